"""A generation stream as server-sent events."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import anyio
import anyio.to_thread
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from novelai.errors import NovelAIError
from novelai.fastapi.problems import problem_of
from novelai.streams import AsyncEventStream
from novelai.types.events import FinalEvent, ImageEvent, PreviewEvent

__all__ = ["EventStreamResponse", "event_stream"]

KEEPALIVE_SECONDS = 15.0
"""Proxies cut a silent connection after 30 to 100 seconds."""


class EventStreamResponse(Response):
    """Server-sent events: ``preview``, ``final`` and ``error``.

    ===========  ====================================================================
    event        data (JSON)
    ===========  ====================================================================
    ``preview``  ``sample, step, steps, sigma, media_type, image`` (base64 JPEG)
    ``final``    ``sample, seed, media_type, image`` (base64 of the received bytes)
    ``error``    a problem document
    ===========  ====================================================================

    A failure before the first event is an ordinary error response with its own status.

    Args:
        stream: what ``generate_stream`` returned.
        status_code: the HTTP status once the stream has begun.
        headers: further headers.
        keepalive: seconds of silence after which a comment is sent, so that proxies do not take
            the connection for dead. Once one was sent, a failure can only be an ``error`` event.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        stream: AsyncEventStream[ImageEvent],
        # FastAPI describes a route by the default of this parameter.
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        keepalive: float = KEEPALIVE_SECONDS,
    ) -> None:
        super().__init__(None, status_code, headers, self.media_type)
        del self.headers["content-length"]
        self.headers.setdefault("Cache-Control", "no-store")
        self.headers.setdefault("X-Accel-Buffering", "no")
        self._stream = stream
        self._keepalive = keepalive

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events as they come; stop when the caller goes away."""
        refused: NovelAIError | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel_when_gone, receive, tasks.cancel_scope)
            refused = await self._send_events(send)
            tasks.cancel_scope.cancel()
        if refused is not None:
            raise refused

    async def _send_events(self, send: Send) -> NovelAIError | None:
        """Send everything; return the failure that came before anything was sent."""
        started = False
        into, out_of = anyio.create_memory_object_stream[ImageEvent | NovelAIError](32)
        async with anyio.create_task_group() as tasks, out_of:
            tasks.start_soon(self._pump, into)
            while True:
                item: ImageEvent | NovelAIError | None = None
                ended = False
                with anyio.move_on_after(self._keepalive):
                    try:
                        item = await out_of.receive()
                    except anyio.EndOfStream:
                        ended = True
                if isinstance(item, NovelAIError) and not started:
                    return item
                if not started:
                    await _start(send, self.status_code, self.raw_headers)
                    started = True
                if ended:
                    break
                await _body(send, KEEPALIVE_COMMENT if item is None else await _encode(item))
        await _body(send, b"", more=False)
        return None

    async def _pump(self, into: Any) -> None:
        async with into, self._stream:
            try:
                async for event in self._stream:
                    await into.send(event)
            except NovelAIError as error:
                await into.send(error)


def event_stream(
    stream: AsyncEventStream[ImageEvent], *, keepalive: float = KEEPALIVE_SECONDS
) -> EventStreamResponse:
    """Answer a generation stream as server-sent events; see `EventStreamResponse`.

    Args:
        stream: what ``generate_stream`` returned.
        keepalive: seconds of silence after which a comment is sent.
    """
    return EventStreamResponse(stream, keepalive=keepalive)


async def _cancel_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _body(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _encode(item: ImageEvent | NovelAIError) -> bytes:
    if isinstance(item, NovelAIError):
        return _event("error", problem_of(item).model_dump(mode="json"))
    if isinstance(item, PreviewEvent):
        return _event("preview", _preview(item))
    # A finished picture is megabytes of base64: not on the event loop.
    return await anyio.to_thread.run_sync(lambda: _event("final", _final(item)))


def _preview(event: PreviewEvent) -> dict[str, Any]:
    return {
        "sample": event.sample,
        "step": event.step,
        "steps": event.steps,
        "sigma": event.sigma,
        "media_type": "image/jpeg",
        "image": b64encode(event.data).decode("ascii"),
    }


def _final(event: FinalEvent) -> dict[str, Any]:
    return {
        "sample": event.sample,
        "seed": event.picture.seed,
        "media_type": event.picture.media_type,
        "image": b64encode(event.data).decode("ascii"),
    }


def _event(name: str, data: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(data), event=name)
