"""Answers that go on: pieces as they come, a sign of life in silence, an end when the caller goes.

Every stream of this package is sent from here; how an event is written is FastAPI's affair
(``fastapi.sse.format_sse_event``). Its ``EventSourceResponse`` begins before it knows whether there
will be an event at all: these answers keep the status of a failure that comes first.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from fastapi.sse import KEEPALIVE_COMMENT
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["EVENTS", "KEEPALIVE_SECONDS", "PieceStream", "send_body", "until_gone"]

EVENTS = "text/event-stream"
KEEPALIVE_SECONDS = 15.0
"""Proxies cut a silent connection after 30 to 100 seconds."""


@dataclass(frozen=True, slots=True)
class _Piece:
    data: bytes = b""
    failure: Exception | None = None
    is_last: bool = False


class PieceStream(Response):
    """An answer in pieces.

    Subclasses say what a failure looks like: `refuse` before anything was sent, `describe` later.

    Args:
        pieces: closed at the end, however it comes.
        status_code: of HTTP.
        headers: further headers.
        media_type: of the whole.
        failures: exceptions of the pieces that callers are told of; others are raised.
        opening: is sent at once; without it the answer begins with its first piece.
        closing: when this returns, what it returned is sent, and is the last.
        keepalive: seconds of silence after which ``sign`` is sent; ``None``: never.
        sign: a piece without meaning.
        ahead: pieces that are fetched before the caller takes them.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        media_type: str = EVENTS,
        failures: tuple[type[Exception], ...] = (),
        opening: bytes | None = None,
        closing: Callable[[], Awaitable[bytes]] | None = None,
        keepalive: float | None = KEEPALIVE_SECONDS,
        sign: bytes = KEEPALIVE_COMMENT,
        ahead: int = 0,
    ) -> None:
        super().__init__(None, status_code, headers, media_type)
        del self.headers["content-length"]
        self.headers.setdefault("Cache-Control", "no-store")
        self.headers.setdefault("X-Accel-Buffering", "no")
        self._pieces = pieces
        self._failures = failures
        self._opening = opening
        self._closing = closing
        self._keepalive = keepalive
        self._sign = _Piece(sign)
        self._ahead = ahead

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces as they come; stop when the caller goes away."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_gone, receive, tasks.cancel_scope)
            failure = await self._send_pieces(send)
            tasks.cancel_scope.cancel()
        if failure is not None:
            await self.refuse(failure, scope, receive, send)

    async def refuse(self, failure: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a failure that came before anything was sent; by default it is raised."""
        del scope, receive, send
        raise failure

    def describe(self, failure: Exception) -> bytes:
        """Return the last piece after a failure that came later; by default it is raised."""
        raise failure

    async def _send_pieces(self, send: Send) -> Exception | None:
        """Send everything; return the failure that came before anything was sent."""
        into, out_of = anyio.create_memory_object_stream[_Piece](self._ahead)
        async with anyio.create_task_group() as tasks, out_of:
            piece = await self._first(send, tasks, into, out_of)
            if piece.failure is not None and self._opening is None:
                tasks.cancel_scope.cancel()
                return piece.failure
            if self._opening is None:
                await self._begin(send)
            while True:
                data = piece.data if piece.failure is None else self.describe(piece.failure)
                if data:
                    await send_body(send, data)
                if piece.is_last:
                    break
                piece = await self._next(out_of)
            tasks.cancel_scope.cancel()
        await send_body(send, b"", more=False)
        return None

    async def _first(
        self,
        send: Send,
        tasks: anyio.abc.TaskGroup,
        into: MemoryObjectSendStream[_Piece],
        out_of: MemoryObjectReceiveStream[_Piece],
    ) -> _Piece:
        """Begin to listen; return the opening, else the first piece."""
        if self._closing is not None:
            tasks.start_soon(self._close, self._closing, into.clone())
        tasks.start_soon(self._pump, into)
        if self._opening is None:
            return await self._next(out_of)
        await self._begin(send)
        return _Piece(self._opening)

    async def _begin(self, send: Send) -> None:
        start = {"type": "http.response.start", "headers": self.raw_headers}
        await send({**start, "status": self.status_code})

    async def _next(self, out_of: MemoryObjectReceiveStream[_Piece]) -> _Piece:
        with anyio.move_on_after(self._keepalive):
            return await out_of.receive()
        return self._sign

    async def _pump(self, into: MemoryObjectSendStream[_Piece]) -> None:
        async with into, aclosing(self._pieces) as pieces:
            try:
                async for data in pieces:
                    await into.send(_Piece(data))
            except self._failures as failure:
                await into.send(_Piece(failure=failure, is_last=True))
            else:
                await into.send(_Piece(is_last=True))

    @staticmethod
    async def _close(
        closing: Callable[[], Awaitable[bytes]], into: MemoryObjectSendStream[_Piece]
    ) -> None:
        async with into:
            await into.send(_Piece(await closing(), is_last=True))


async def until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Cancel a scope when the caller goes away; the request's body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def send_body(send: Send, body: bytes, *, more: bool = True) -> None:
    """Send a piece of an answer; ``more`` tells whether others follow."""
    await send({"type": "http.response.body", "body": body, "more_body": more})
