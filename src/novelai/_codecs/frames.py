"""Length-prefixed msgpack maps: a 32-bit big-endian length, then the map."""

from collections.abc import Iterator
from typing import Any, cast

import msgpack  # pyright: ignore[reportMissingTypeStubs]

from novelai._codecs.cut import broken_stream, cut_stream

__all__ = ["FrameDecoder"]

PREFIX = 4
COPYING = 16
"""How many times as fast as decoding it is to copy a frame out, which is all that is done here."""

MAX_FRAME = 128 * 1024 * 1024
"""A picture of the largest size is below 16 MiB; a longer frame is a damaged length."""


class FrameDecoder:
    """Turns the bytes of a msgpack stream into maps, however they were cut."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # a growing buffer would copy a picture several times
        self._held = 0
        self._end = PREFIX  # of the frame, or of the length before it

    def completing(self, data: bytes) -> int:
        """Return how much work these would be, in bytes decoded; 0 if they complete no frame."""
        held = self._held + len(data)
        if held < self._end:
            return 0
        begun = b"".join([*self._pieces, data[:PREFIX]]) if self._held < PREFIX else b""
        is_whole = not begun or held >= PREFIX + _length(begun)
        return max(held // COPYING, 1) if is_whole else 0

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Take the next bytes; give the maps they complete, one by one.

        One by one, so that those before a damaged frame are not lost with it.
        """
        self._pieces.append(data)
        self._held += len(data)
        if self._held < self._end:
            return
        buffer = b"".join(self._pieces)
        start = 0
        try:
            while len(buffer) >= (end := self._end_of_frame(buffer, start)):
                with memoryview(buffer) as view, view[start + PREFIX : end] as frame:
                    found = _unpack(frame)
                start = end
                yield found
            self._end = end - start
        finally:
            self._pieces = [buffer[start:]]
            self._held = len(buffer) - start

    def finish(self) -> list[dict[str, Any]]:
        """Say that the stream ended; raise if it ended inside a frame."""
        if self._held:
            raise cut_stream()
        return []

    def _end_of_frame(self, buffer: bytes, start: int) -> int:
        """Return where a frame ends, or the length before it while that is not known."""
        if len(buffer) < start + PREFIX:
            return start + PREFIX
        length = _length(buffer[start : start + PREFIX])
        if length > MAX_FRAME:
            raise broken_stream("a frame claims to be implausibly long")
        return start + PREFIX + length


def _length(prefix: bytes) -> int:
    return int.from_bytes(prefix[:PREFIX], "big")


def _unpack(frame: memoryview) -> dict[str, Any]:
    try:
        value: object = msgpack.unpackb(frame)  # pyright: ignore[reportUnknownMemberType]
    except (ValueError, msgpack.UnpackException) as error:
        raise broken_stream("a frame is not msgpack") from error
    if not isinstance(value, dict):
        raise broken_stream("a frame is not a map")
    return cast("dict[str, Any]", value)
