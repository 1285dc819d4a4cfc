"""``/mcp``: the protocol over HTTP, with the keys of the server.

The protocol's library is a third of what a server loads, and most servers are never asked: it is
loaded for the first request. Every request stands for itself, so any process may answer it.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from novelai.server.compat.mcp.caller import with_key
from novelai.server.http.dependencies import caller_of
from novelai.server.http.error_handlers import answer_to
from novelai.server.model.problems import ProblemError

__all__ = ["MCPDoor"]

Serve = Callable[..., Coroutine[Any, Any, None]]


class MCPDoor:
    """An ASGI application that is `open` while the server runs.

    Args:
        body_limit: bytes of a request at most.
    """

    def __init__(self, *, body_limit: int) -> None:
        self._body_limit = body_limit
        self._first = anyio.Lock()
        self._tasks: TaskGroup | None = None
        self._answering: ASGIApp | None = None

    @property
    def routes(self) -> list[Route]:
        """Return the routes on which it is mounted."""
        return [Route(path, self, include_in_schema=False) for path in ("/mcp", "/mcp/")]

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Answer requests until the block ends."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = self._answering = None
                tasks.cancel_scope.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request in the name of its key."""
        try:
            key = await caller_of(Request(scope))
            answering = await self._start()
        except ProblemError as problem:
            await answer_to(scope, problem)(scope, receive, send)
            return
        await answering(with_key(scope, key), receive, send)

    async def _start(self) -> ASGIApp:
        async with self._first:  # of several first requests one begins it
            if self._tasks is None:
                raise ProblemError(503, "stopped", "The server stops. Nothing was sent.")
            if self._answering is None:
                serve = await anyio.to_thread.run_sync(_load)
                begun = await self._tasks.start(serve, self._body_limit)
                self._answering = cast("ASGIApp", begun)
            return self._answering


def _load() -> Serve:
    from novelai.server.compat.mcp.serving import serve

    return serve
