"""Length-prefixed msgpack maps: a 32-bit big-endian length, then the map."""

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

    @property
    def pending(self) -> int:
        """How many bytes wait for the rest of their frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Take the next bytes; return the maps they complete."""
        self._buffer += data
        found: list[dict[str, Any]] = []
        start = 0
        with memoryview(self._buffer) as view:
            while len(view) - start >= PREFIX:
                length = int.from_bytes(view[start : start + PREFIX], "big")
                if length > MAX_FRAME:
                    raise broken_stream("a frame claims to be implausibly long")
                end = start + PREFIX + length
                if len(view) < end:
                    break
                with view[start + PREFIX : end] as frame:
                    found.append(_unpack(frame))
                start = end
        del self._buffer[:start]
        return found

    def finish(self) -> list[dict[str, Any]]:
        """Say that the stream ended; raise if it ended inside a frame."""
        if self._buffer:
            raise cut_stream()
        return []


def _unpack(frame: memoryview) -> dict[str, Any]:
    try:
        value: object = msgpack.unpackb(frame)  # pyright: ignore[reportUnknownMemberType]
    except (ValueError, msgpack.UnpackException) as error:
        raise broken_stream("a frame is not msgpack") from error
    if not isinstance(value, dict):
        raise broken_stream("a frame is not a map")
    return cast("dict[str, Any]", value)
