"""An answer that goes on: server-sent events until the caller goes or the server stops."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from novelai.server.http.disconnects import send_body, until_gone
from novelai.server.stopping import Stopping

__all__ = ["EventStream"]

KEEPALIVE_SECONDS = 15.0
RETRY_MILLISECONDS = 1_000
BYE = format_sse_event(data_str="{}", event="bye")


class EventStream(Response):
    """Server-sent events.

    Args:
        events: their text; closed at the end, however it comes.
        status_code: of HTTP.
        stopping: at which the stream says ``bye`` and ends.
        keepalive: seconds of silence after which a comment is sent.
        headers: further headers.
        retry: milliseconds after which a browser connects again; ``None`` says nothing of it.
        bye: what is said when the server stops.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncGenerator[bytes],
        # FastAPI describes a route by the default of this parameter.
        status_code: int = 200,
        *,
        stopping: Stopping,
        keepalive: float = KEEPALIVE_SECONDS,
        headers: Mapping[str, str] | None = None,
        retry: int | None = RETRY_MILLISECONDS,
        bye: bytes = BYE,
    ) -> None:
        fixed = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(None, status_code, {**fixed, **(headers or {})}, self.media_type)
        del self.headers["content-length"]
        self._events = events
        self._stopping = stopping
        self._keepalive = keepalive
        self._retry = retry
        self._bye = bye

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send events as they come."""
        start = {"type": "http.response.start", "headers": self.raw_headers}
        await send({**start, "status": self.status_code})
        if self._retry is not None:
            await send_body(send, b"retry: %d\n\n" % self._retry)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_gone, receive, tasks.cancel_scope)
            await self._send_events(send)
            tasks.cancel_scope.cancel()

    async def _send_events(self, send: Send) -> None:
        into, out_of = anyio.create_memory_object_stream[bytes](0)
        async with anyio.create_task_group() as tasks, out_of:
            tasks.start_soon(self._pump, into)
            tasks.start_soon(self._say_bye, into.clone())
            while True:
                text: bytes | None = None
                with anyio.move_on_after(self._keepalive):
                    try:
                        text = await out_of.receive()
                    except anyio.EndOfStream:
                        break
                await send_body(send, KEEPALIVE_COMMENT if text is None else text)
                if text is self._bye or text == b"":
                    break
            tasks.cancel_scope.cancel()
        await send_body(send, b"", more=False)

    async def _pump(self, into: MemoryObjectSendStream[bytes]) -> None:
        async with into, aclosing(self._events) as events:
            async for text in events:
                await into.send(text)
            await into.send(b"")

    async def _say_bye(self, into: MemoryObjectSendStream[bytes]) -> None:
        async with into:
            await self._stopping.wait()
            await into.send(self._bye)
