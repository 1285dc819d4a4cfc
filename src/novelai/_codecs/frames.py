"""Length-prefixed msgpack maps: a 32-bit big-endian length, then the map."""

from collections.abc import Iterator
from typing import Any, cast

import msgpack  # pyright: ignore[reportMissingTypeStubs]

from novelai._codecs.cut import broken_stream, cut_stream

__all__ = ["FrameDecoder"]

PREFIX = 4
MAX_FRAME = 128 * 1024 * 1024
"""A picture of the largest size is below 16 MiB; a longer frame is a damaged length."""


class FrameDecoder:
    """Turns the bytes of a msgpack stream into maps, however they were cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def completing(self, data: bytes) -> int:
        """Return how many bytes would be decoded if these were fed; 0 if they complete no frame."""
        held = len(self._buffer) + len(data)
        prefix = bytes(self._buffer[:PREFIX]) + data[:PREFIX]
        whole = held >= PREFIX and held >= PREFIX + int.from_bytes(prefix[:PREFIX], "big")
        return held if whole else 0

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Take the next bytes; give the maps they complete, one by one.

        One by one, so that those before a damaged frame are not lost with it.
        """
        self._buffer += data
        start = 0
        try:
            while (end := self._end_of_frame(start)) is not None:
                with memoryview(self._buffer) as view, view[start + PREFIX : end] as frame:
                    found = _unpack(frame)
                start = end
                yield found
        finally:
            del self._buffer[:start]

    def finish(self) -> list[dict[str, Any]]:
        """Say that the stream ended; raise if it ended inside a frame."""
        if self._buffer:
            raise cut_stream()
        return []

    def _end_of_frame(self, start: int) -> int | None:
        if len(self._buffer) < start + PREFIX:
            return None
        length = int.from_bytes(self._buffer[start : start + PREFIX], "big")
        if length > MAX_FRAME:
            raise broken_stream("a frame claims to be implausibly long")
        end = start + PREFIX + length
        return end if len(self._buffer) >= end else None


def _unpack(frame: memoryview) -> dict[str, Any]:
    try:
        value: object = msgpack.unpackb(frame)  # pyright: ignore[reportUnknownMemberType]
    except (ValueError, msgpack.UnpackException) as error:
        raise broken_stream("a frame is not msgpack") from error
    if not isinstance(value, dict):
        raise broken_stream("a frame is not a map")
    return cast("dict[str, Any]", value)
