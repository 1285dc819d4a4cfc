"""A generation stream as server-sent events."""

import json
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import anyio.to_thread
from fastapi.sse import format_sse_event

from novelai.errors import NovelAIError
from novelai.fastapi.problems import problem_of
from novelai.fastapi.streaming import EVENTS, KEEPALIVE_SECONDS, PieceStream
from novelai.streams import AsyncEventStream
from novelai.types.events import FinalEvent, ImageEvent, PreviewEvent

__all__ = ["EventStreamResponse", "event_stream"]

AHEAD = 32
"""Events that are read although a slow caller has not taken those before: NovelAI is not held."""


class EventStreamResponse(PieceStream):
    """Server-sent events: ``preview``, ``final`` and ``error``.

    ===========  ====================================================================
    event        data (JSON)
    ===========  ====================================================================
    ``preview``  ``sample, step, steps, sigma, media_type, image`` (base64 JPEG)
    ``final``    ``sample, seed, media_type, image`` (base64 of its file)
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

    media_type = EVENTS

    def __init__(
        self,
        stream: AsyncEventStream[ImageEvent],
        # FastAPI describes a route by the default of this parameter.
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        keepalive: float = KEEPALIVE_SECONDS,
    ) -> None:
        super().__init__(
            _pieces(stream),
            status_code,
            headers,
            failures=(NovelAIError,),
            keepalive=keepalive,
            ahead=AHEAD,
        )

    def describe(self, failure: Exception) -> bytes:
        """Return the event of a failure: a problem document."""
        assert isinstance(failure, NovelAIError)
        return _event("error", problem_of(failure).document())


def event_stream(
    stream: AsyncEventStream[ImageEvent], *, keepalive: float = KEEPALIVE_SECONDS
) -> EventStreamResponse:
    """Answer a generation stream as server-sent events; see `EventStreamResponse`.

    Args:
        stream: what ``generate_stream`` returned.
        keepalive: seconds of silence after which a comment is sent.
    """
    return EventStreamResponse(stream, keepalive=keepalive)


async def _pieces(stream: AsyncEventStream[ImageEvent]) -> AsyncGenerator[bytes]:
    async with stream:
        async for event in stream:
            if isinstance(event, PreviewEvent):
                yield _event("preview", _preview(event))
            else:
                # A finished picture is megabytes of base64: not on the event loop.
                yield await anyio.to_thread.run_sync(_final_event, event)


def _final_event(event: FinalEvent) -> bytes:
    return _event("final", _final(event))


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
