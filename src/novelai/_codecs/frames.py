"""Length-prefixed msgpack maps: a 32-bit big-endian length, then the map."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, cast

import msgpack  # pyright: ignore[reportMissingTypeStubs]

from novelai._codecs.cut import broken_stream, cut_stream

__all__ = ["FrameDecoder", "whole_frames"]

PREFIX = 4
COPYING = 16
"""How many times as fast as decoding it is to copy a frame out, which is all that is done here."""

MAX_FRAME = 128 * 1024 * 1024
"""A picture of the largest size is below 16 MiB; a longer frame is a damaged length."""


class FrameDecoder:
    """Turns the bytes of a msgpack stream into maps, however they were cut."""

    def __init__(self) -> None:
        self._begun = BytesIO()  # a frame that is not whole: it grows in place, without copies

    def completing(self, data: bytes | memoryview) -> int:
        """Return how much work these would be, in bytes decoded; 0 if they complete no frame."""
        held = self._begun.tell()
        begun = self._begun.getvalue()[:held] if held < PREFIX else b""
        end = _end_of_frame(begun + bytes(data[:PREFIX])) if held < PREFIX else self._end
        return max((held + len(data)) // COPYING, 1) if held + len(data) >= end else 0

    def feed(self, data: bytes | memoryview) -> Iterator[dict[str, Any]]:
        """Take the next bytes; give the maps they complete, one by one.

        One by one, so that those before a damaged frame are not lost with it.
        """
        rest = memoryview(data)
        while rest:
            if not self._begun.tell() and len(rest) >= PREFIX:
                end = _end_of_frame(rest)
                if end <= len(rest):
                    frame, rest = rest[PREFIX:end], rest[end:]
                    yield _unpack(frame)
                    continue
            missing = self._end - self._begun.tell()
            self._begun.write(rest[:missing])
            rest = rest[missing:]
            if PREFIX <= self._begun.tell() == self._end:
                yield self._take_frame()

    def finish(self) -> list[dict[str, Any]]:
        """Say that the stream ended; raise if it ended inside a frame."""
        if self._begun.tell():
            raise cut_stream()
        return []

    @property
    def _end(self) -> int:
        """Where the frame that has begun ends, or the length before it while that is not known."""
        if self._begun.tell() < PREFIX:
            return PREFIX
        with self._begun.getbuffer() as begun:
            return _end_of_frame(begun)

    def _take_frame(self) -> dict[str, Any]:
        with self._begun.getbuffer() as begun, begun[PREFIX : self._begun.tell()] as frame:
            found = _unpack(frame)
        self._begun.seek(0)
        return found


def whole_frames(came: memoryview) -> tuple[int, int]:
    """Return where the last whole frame ends, and how many bytes it takes until the next is whole.

    Behind a damaged length nothing is waited for: whoever reads it says what is wrong.
    """
    start = 0
    while len(came) - start >= PREFIX:
        length = int.from_bytes(came[start : start + PREFIX], "big")
        if length > MAX_FRAME:
            return len(came), 0
        if start + PREFIX + length > len(came):
            return start, start + PREFIX + length
        start += PREFIX + length
    return start, start + PREFIX


def _end_of_frame(begun: bytes | memoryview) -> int:
    """Return where a frame ends, or the length before it while that is not known."""
    if len(begun) < PREFIX:
        return PREFIX
    length = int.from_bytes(begun[:PREFIX], "big")
    if length > MAX_FRAME:
        raise broken_stream("a frame claims to be implausibly long")
    return PREFIX + length


def _unpack(frame: memoryview) -> dict[str, Any]:
    try:
        value: object = msgpack.unpackb(frame)  # pyright: ignore[reportUnknownMemberType]
    except (ValueError, msgpack.UnpackException) as error:
        raise broken_stream("a frame is not msgpack") from error
    if not isinstance(value, dict):
        raise broken_stream("a frame is not a map")
    return cast("dict[str, Any]", value)
