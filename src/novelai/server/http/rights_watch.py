"""An answer that goes on ends when the rights of its caller do: events, pictures, sockets.

A key that is revoked, expires or loses a scope, a session that ends, and an address that is closed
are heard of on the bus, from other processes too, and looked up again every few seconds. Whoever
streams is stopped as if the caller had left, and the caller is told why.
"""

import time
from collections.abc import Callable

import anyio
from fastapi.sse import format_sse_event
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.fastapi.streaming import EVENTS
from novelai.server.http.dependencies import Identity, find_identity, identity_in
from novelai.server.http.error_handlers import POLICY_VIOLATION, RENDER, render_error
from novelai.server.model.problems import ProblemError
from novelai.server.storage.errors import StorageUnavailableError

__all__ = ["CHECK_SECONDS", "RightsWatch"]

CHECK_SECONDS = 15.0
"""After which rights are looked up although nothing was heard of them."""

AGAIN_SECONDS = 1.0
"""After which they are, when the database did not answer."""

ENDED = ProblemError(
    401,
    "unauthenticated",
    "Your key or session has ended, or may do less now. What was begun goes on.",
)


class RightsWatch:
    """ASGI middleware around everything that knows its caller.

    Args:
        app: what answers.
        check: seconds; see `CHECK_SECONDS`.
        clock: unix seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        check: float = CHECK_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._check = check
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and cut a long answer off when the rights have ended."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        answer, failure = _Answer(send), None
        async with anyio.create_task_group() as tasks:

            async def cut_off() -> None:
                await self._until_ended(scope)
                answer.is_cut = True
                tasks.cancel_scope.cancel()

            answer.when_long = lambda: tasks.start_soon(cut_off)
            try:
                await self._app(scope, receive, answer.send)
            except Exception as error:  # noqa: BLE001 - raised again below, not as a group
                failure = error
            tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if answer.is_cut:
            await answer.end(scope)

    async def _until_ended(self, scope: Scope) -> None:
        """Return when the caller has lost what they had when they called."""
        first = identity_in(scope)
        if first is None:  # a public answer: there is nothing to lose
            await anyio.sleep_forever()
            return
        now: Identity | None = first
        while now is not None:
            with anyio.move_on_after(self._seconds(now)):
                await now.subscription.of_key(now.key.id)
            now = await self._still(scope, first)

    def _seconds(self, identity: Identity) -> float:
        expires = identity.key.limits.expires_at
        if expires is None:
            return self._check
        return min(self._check, max(expires - self._clock(), 0.1))

    async def _still(self, scope: Scope, first: Identity) -> Identity | None:
        while True:
            try:
                now = await find_identity(scope, also=first.also)
            except ProblemError:
                return None
            except (
                SQLAlchemyError,
                StorageUnavailableError,
            ):  # nothing is told without the database either
                await anyio.sleep(AGAIN_SECONDS)
                continue
            lost = set(first.key.limits.scopes) - set(now.key.limits.scopes)
            return now if now.key.id == first.key.id and not lost else None


class _Answer:
    """An answer on its way to the caller."""

    def __init__(self, send: Send) -> None:
        self.is_cut = False
        self.when_long: Callable[[], object] = lambda: None
        self._send = send
        self._kind = ""
        self._media_type = ""
        self._over = False

    async def send(self, message: Message) -> None:
        """Send on, and tell when it is one that goes on."""
        self._kind = message["type"]
        if self._kind == "http.response.start":
            headers = Headers(raw=list(message["headers"]))
            self._media_type = headers.get("content-type", "")
            if "content-length" not in headers:
                self.when_long()
        elif self._kind == "websocket.accept":
            self.when_long()
        elif self._kind == "http.response.body":
            self._over = not message.get("more_body")
        else:
            self._over = self._kind == "websocket.close"
        await self._send(message)

    async def end(self, scope: Scope) -> None:
        """End an answer that was cut off, with a sentence where there is a place for one."""
        if self._over:
            return
        if self._kind.startswith("websocket"):
            reason = ENDED.detail
            await self._send(
                {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": reason}
            )
            return
        body = b""
        if self._media_type.startswith(EVENTS):
            text = bytes(render_error(scope, ENDED).body).decode()
            body = format_sse_event(data_str=text, event=None if RENDER in scope else "bye")
        await self._send({"type": "http.response.body", "body": body, "more_body": False})
