"""An EXIF block and where WebP, JPEG and PNG files keep it, read without decoding a pixel."""

import struct
from collections.abc import Generator, Iterator

from novelai._metadata.decoding import decode_comment, decode_plain

__all__ = [
    "EXIF_POINTER",
    "TAGS",
    "USER_COMMENT",
    "block_texts",
    "is_jpeg",
    "is_webp",
    "jpeg_exif",
    "webp_exif",
]

USER_COMMENT = 0x9286

TAGS = {
    0x010D: "Title",
    0x010E: "Description",
    0x0131: "Source",
    0x013B: "Artist",
    0x8298: "Copyright",
    USER_COMMENT: "Comment",
}
"""NovelAI puts its Source into EXIF's Software, and the settings into UserComment."""

CAMERA = frozenset({0x010F, 0x0110})
"""Make and Model, where ComfyUI puts its graphs into WebP: ``prompt:{...}``."""

GRAPHS = ("prompt", "workflow")
EXIF_POINTER = 0x8769
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
MAX_ENTRIES = 256
MAX_CHUNKS = 10_000
MAX_TEXT = 4 * 1024 * 1024
"""Most bytes of text that are read in all; NovelAI's are a few kilobytes."""

JPEG_EXIF = b"Exif\0\0"
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers of a JPEG that no length follows."""


def is_webp(data: bytes) -> bool:
    """Return whether the bytes begin like a WebP file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def is_jpeg(data: bytes) -> bool:
    """Return whether the bytes begin like a JPEG file."""
    return data[:3] == b"\xff\xd8\xff"


def webp_exif(data: bytes) -> bytes:
    """Return the EXIF block of a WebP file; empty when there is none."""
    position = 12
    for _ in range(MAX_CHUNKS):
        if position + 8 > len(data):
            break
        name, length = struct.unpack_from("<4sI", data, position)
        if name == b"EXIF":
            return data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2
    return b""


def jpeg_exif(data: bytes) -> bytes:
    """Return the EXIF block of a JPEG file; empty when there is none before its pixels."""
    position = 2
    for _ in range(MAX_CHUNKS):
        if position + 4 > len(data) or data[position] != 0xFF:
            break
        marker = data[position + 1]
        if marker in (0xD9, 0xDA):  # the end, or the beginning of the pixels
            break
        if marker == 0xFF or marker in JPEG_BARE:
            position += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        body = data[position + 4 : position + 2 + length]
        if marker == 0xE1 and body.startswith(JPEG_EXIF):
            return body
        position += 2 + length
    return b""


def block_texts(block: bytes) -> list[tuple[str, str]]:
    """Return the texts of an EXIF block by NovelAI's names, in their order.

    Empty when there are none; what is broken ends the list.
    """
    block = block.removeprefix(JPEG_EXIF)
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return []
    texts: list[tuple[str, str]] = []
    room = MAX_TEXT
    try:
        for tag, value in _values(block, order, room):
            room -= len(value)
            if room < 0:
                break
            name, text = _named(tag, value, order)
            if name:
                texts.append((name, text))
    except (struct.error, IndexError):
        pass
    return texts


def _values(block: bytes, order: str, longest: int) -> Iterator[tuple[int, bytes]]:
    """Yield tag and value of the first directory's texts, then of EXIF's own below it."""
    (offset,) = struct.unpack_from(f"{order}I", block, 4)
    nested = yield from _directory(block, offset, order, longest)
    if nested is not None:
        yield from _directory(block, nested, order, longest)


def _directory(
    block: bytes, offset: int, order: str, longest: int
) -> Generator[tuple[int, bytes], None, int | None]:
    """Yield a directory's texts; return where EXIF's own directory is, if it names one."""
    nested: int | None = None
    (count,) = struct.unpack_from(f"{order}H", block, offset)
    for index in range(min(count, MAX_ENTRIES)):
        entry = offset + 2 + 12 * index
        tag, kind, length = struct.unpack_from(f"{order}HHI", block, entry)
        size = SIZES.get(kind, 0) * length
        start = entry + 8
        if size > 4:
            (start,) = struct.unpack_from(f"{order}I", block, start)
        if tag == EXIF_POINTER:
            (nested,) = struct.unpack_from(f"{order}I", block, entry + 8)
        elif size and (tag in TAGS or tag in CAMERA):
            yield tag, block[start : start + min(size, longest)]
    return nested


def _named(tag: int, value: bytes, order: str) -> tuple[str, str]:
    """Return what a text is called, and the text; no name for one that says nothing here."""
    if tag == USER_COMMENT:
        return TAGS[tag], decode_comment(value, order=order)
    text = decode_plain(value).rstrip("\0")
    if tag in CAMERA:
        name, _, graph = text.partition(":")
        return (name, graph) if name in GRAPHS and graph.startswith("{") else ("", "")
    return TAGS[tag], text
