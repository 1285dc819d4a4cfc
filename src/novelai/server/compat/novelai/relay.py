"""Calls that cost no Anlas, passed on to NovelAI as they are: text, voice, tags."""

from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from novelai._wire import Host
from novelai._wire import Request as Wanted
from novelai.errors import NovelAIError
from novelai.server.compat.novelai.errors import answer_error
from novelai.server.model.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from novelai.async_client import AsyncNovelAI
from novelai.server.http.disconnects import send_body, until_gone

__all__ = ["RelayLimits", "Relayed", "read_request"]

PATIENCE = 60.0
"""Seconds for which a lock, held by a picture of the same account, is waited out."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
KEPT = ("content-type", "content-disposition", "cache-control")
REFUSED, LOCKED = 401, 429
IN_EXCEPTION = 502


class RelayLimits:
    """One relayed generation at a time for each account, in the order they came."""

    def __init__(self) -> None:
        self._locks: dict[str, anyio.Lock] = {}

    @asynccontextmanager
    async def turn(self, account_id: str, *, needed: bool) -> "AsyncGenerator[None]":
        """Wait for a turn, if one is needed."""
        if not needed:
            yield
            return
        async with self._locks.setdefault(account_id, anyio.Lock()):
            yield


async def read_request(request: Request, host: Host, path: str) -> Wanted:
    """Return a request as it is passed on: its body, its query, and what it accepts."""
    return Wanted(
        request.method,
        host,
        path,
        content=await request.body() or None,
        content_type=request.headers.get("content-type"),
        accept=request.headers.get("accept"),
        query=dict(request.query_params),
    )


class Relayed(Response):
    """NovelAI's answer, passed on as it comes.

    Args:
        client: of the account.
        request: what is asked.
        limits: whose turn it is.
        account_id: of the account.
        generation: it is one of the calls that NovelAI runs one at a time.
    """

    def __init__(
        self,
        client: "AsyncNovelAI",
        request: Wanted,
        *,
        limits: RelayLimits,
        account_id: str,
        generation: bool,
    ) -> None:
        super().__init__(None, 200)
        del self.headers["content-length"]
        self._client = client
        self._request = request
        self._limits = limits
        self._account_id = account_id
        self._generation = generation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask, and send what comes; a caller who goes away ends it: it costs nothing."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_gone, receive, tasks.cancel_scope)
            async with self._limits.turn(self._account_id, needed=self._generation):
                try:
                    await self._pass_on(send)
                except (NovelAIError, ProblemError) as error:
                    await answer_error(scope, error)(scope, receive, send)
            tasks.cancel_scope.cancel()

    async def _pass_on(self, send: Send) -> None:
        pause, waited = FIRST_PAUSE, 0.0
        driver = self._client._driver  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        while True:
            async with driver.forward(self._request) as (status, headers, chunks):
                if status != LOCKED or waited >= PATIENCE or not self._generation:
                    if status == REFUSED:
                        raise ProblemError(
                            IN_EXCEPTION, "account", "NovelAI does not accept the account's token."
                        )
                    await self._start(send, status, headers)
                    async for data in chunks:
                        await send_body(send, data)
                    await send_body(send, b"", more=False)
                    return
            await anyio.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, LONGEST_PAUSE)

    async def _start(self, send: Send, status: int, headers: Mapping[str, str]) -> None:
        self.headers.update({name: headers[name] for name in KEPT if name in headers})
        start: dict[str, Any] = {"type": "http.response.start", "status": status}
        await send({**start, "headers": self.raw_headers})
