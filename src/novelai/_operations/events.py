"""Frames of a generation stream to the events people see."""

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, cast

from novelai._codecs.cut import broken_stream, cut_stream
from novelai._codecs.sse import ServerSentEvent, SSEDecoder
from novelai.errors import GenerationFailedError
from novelai.types.base import seed_at
from novelai.types.events import FinalEvent, ImageEvent, PreviewEvent

__all__ = ["ImageEventDecoder", "SSEFrames"]


class Frames(Protocol):
    """Bytes to maps: msgpack or SSE."""

    def completing(self, data: bytes) -> int: ...
    def feed(self, data: bytes) -> Iterable[dict[str, Any]]: ...
    def finish(self) -> Iterable[dict[str, Any]]: ...


class SSEFrames:
    """The same maps as in msgpack, sent as JSON in server-sent events."""

    def __init__(self) -> None:
        self._events = SSEDecoder()

    def completing(self, data: bytes) -> int:
        """Return how many bytes would be decoded if these were fed; 0 if they complete no event."""
        return self._events.completing(data)

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Take the next bytes; give the maps they complete, one by one."""
        for event in self._events.feed(data):
            yield _frame(event)

    def finish(self) -> Iterator[dict[str, Any]]:
        """Say that the stream ended; raise if it ended inside an event."""
        for event in self._events.finish():
            yield _frame(event)


class ImageEventDecoder:
    """Bytes of a generation stream to previews and pictures, however they were cut.

    Args:
        frames: the framing, msgpack or SSE.
        steps: steps asked for, stated in each preview.
        samples: pictures asked for; the stream is complete when each has come.
        seed: seed of the first picture.
    """

    def __init__(self, frames: Frames, *, steps: int, samples: int, seed: int) -> None:
        self._frames = frames
        self._steps = steps
        self._seed = seed
        self._missing = samples
        self._failure: GenerationFailedError | None = None
        self._request_id: str | None = None

    def begin(self, request_id: str) -> None:
        """Take the id of the request that is answered."""
        self._request_id = request_id

    def completing(self, data: bytes) -> int:
        """Return how many bytes would be decoded if these were fed; 0 if they complete no event."""
        return self._frames.completing(data)

    def feed(self, data: bytes) -> Iterable[ImageEvent]:
        """Take the next bytes; give the events they complete, one by one.

        One by one, so that a picture that arrived before a damaged frame is not lost.
        """
        for frame in self._frames.feed(data):
            yield from self._event(frame)

    def finish(self) -> Iterable[ImageEvent]:
        """Say that the stream ended; raise if a picture is missing or failed.

        What was cut off after the last picture is no loss.
        """
        if self._missing > 0:
            for frame in self._frames.finish():
                yield from self._event(frame)
        if self._missing > 0:
            raise self._failure or cut_stream()
        if self._failure is not None:
            raise self._failure

    def _event(self, frame: Mapping[str, Any]) -> Iterable[ImageEvent]:
        kind = frame.get("event_type")
        if kind == "error":
            self._fail(frame)
        if kind == "intermediate":
            yield PreviewEvent(
                sample=_number(frame, "samp_ix"),
                step=_number(frame, "step_ix") + 1,
                steps=self._steps,
                sigma=_sigma(frame),
                data=_picture(frame),
                generation_id=_generation_id(frame),
            )
        elif kind == "final":
            from novelai.pictures import GeneratedImage

            sample = _number(frame, "samp_ix")
            seed = seed_at(self._seed, sample)
            picture = GeneratedImage(_picture(frame), seed=seed, request_id=self._request_id)
            self._missing -= 1
            yield FinalEvent(sample=sample, picture=picture, generation_id=_generation_id(frame))
        # Other kinds are new to this version and passed over.

    def _fail(self, frame: Mapping[str, Any]) -> None:
        """Raise at once, or at the end when it was one picture of several: the others are paid."""
        failure = GenerationFailedError(
            f"NovelAI reported a failure: {str(frame.get('message'))[:500]}. "
            "Whether it was charged is unknown.",
            status=200,
            charged="unknown",
        )
        if "samp_ix" not in frame or self._missing <= 1:
            raise failure
        self._missing -= 1
        self._failure = failure


def _frame(event: ServerSentEvent) -> dict[str, Any]:
    try:
        value: object = json.loads(event.data)
    except (ValueError, RecursionError) as error:
        raise broken_stream("an event is not JSON") from error
    if not isinstance(value, dict):
        raise broken_stream("an event is not a map")
    return {"event_type": event.event, **cast("dict[str, Any]", value)}


def _number(frame: Mapping[str, Any], name: str) -> int:
    value = frame.get(name, 0)
    if not isinstance(value, int):
        raise broken_stream(f"{name} is not a whole number")
    return value


def _sigma(frame: Mapping[str, Any]) -> float | None:
    sigma = frame.get("sigma")
    try:
        return float(sigma) if isinstance(sigma, (int, float)) else None
    except OverflowError:
        return None


def _generation_id(frame: Mapping[str, Any]) -> int | None:
    number = frame.get("gen_id")
    return number if isinstance(number, int) else None


def _picture(frame: Mapping[str, Any]) -> bytes:
    image = frame.get("image")
    if isinstance(image, bytes):
        return image
    if isinstance(image, str):
        try:
            return b64decode(image, validate=True)
        except ValueError as error:
            raise broken_stream("a picture is not base64") from error
    raise broken_stream("an event holds no picture")
