"""Text chunks of a PNG file, read without decoding its pixels."""

import struct
import zlib
from collections.abc import Iterator, Sequence

from novelai._metadata.decoding import decode_plain

__all__ = ["SIGNATURE", "exif_chunk", "is_plausible", "raw_text_chunks", "text_chunks"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_TEXT = 4 * 1024 * 1024
"""Most bytes of text that are read in all, unpacked; NovelAI's are a few kilobytes."""

MAX_CHUNKS = 50_000
DAMAGED = 256 * 1024
"""What a chunk that cannot be unpacked counts for: it may have cost that much to try."""


def text_chunks(data: bytes) -> list[tuple[str, str]]:
    """Keyword and text of every tEXt, zTXt and iTXt chunk, in their order.

    Damaged chunks are passed over.
    """
    texts: list[tuple[str, str]] = []
    room = MAX_TEXT
    for kind, body in _chunks(data, (b"tEXt", b"zTXt", b"iTXt")):
        keyword, _, rest = body.partition(b"\0")
        text = _text(kind, rest, room)
        room -= DAMAGED if text is None else len(text)
        if text is not None:
            texts.append((keyword.decode("latin-1"), decode_plain(text)))
        if room <= 0:
            break
    return texts


def exif_chunk(data: bytes) -> bytes:
    """Return the EXIF block of a PNG file; empty when there is none."""
    return next((body for _, body in _chunks(data, (b"eXIf",))), b"")


def is_plausible(data: bytes) -> bool:
    """Return whether a file is in few enough pieces to be decoded.

    Pillow has no limit of its own.
    """
    return sum(1 for _ in _pieces(data)) < MAX_CHUNKS


def raw_text_chunks(data: bytes) -> bytes:
    """Return the text chunks of a PNG file as they are, to be put into another one."""
    return b"".join(
        data[start - 8 : end + 4]
        for kind, start, end in _pieces(data)
        if kind in (b"tEXt", b"zTXt", b"iTXt")
    )


def _chunks(data: bytes, kinds: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for kind, start, end in _pieces(data):
        if kind in kinds:
            yield kind, data[start:end]


def _pieces(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk, as far as they are whole."""
    if not data.startswith(SIGNATURE):
        return
    position = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if position + 8 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, position)
        start, end = position + 8, position + 8 + length
        if kind == b"IEND" or end > len(data):
            return
        yield kind, start, end
        position = end + 4


def _text(kind: bytes, rest: bytes, room: int) -> bytes | None:
    if kind == b"tEXt":
        return rest[:room]
    if kind == b"zTXt":
        return _inflate(rest[1:], room)
    packed, fields = rest[:1] == b"\x01", rest[2:].split(b"\0", 2)
    if len(fields) < 3:
        return None
    return _inflate(fields[2], room) if packed else fields[2][:room]


def _inflate(packed: bytes, room: int) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(packed, room)
    except zlib.error:
        return None
