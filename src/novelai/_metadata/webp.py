"""The EXIF block of a WebP file, read without decoding its pixels."""

import struct

__all__ = ["EXIF_POINTER", "TAGS", "USER_COMMENT", "block_texts", "exif_texts", "is_webp"]

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

EXIF_POINTER = 0x8769
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
MAX_ENTRIES = 256
MAX_CHUNKS = 10_000
MAX_TEXT = 4 * 1024 * 1024
"""Longest value in bytes that is read; NovelAI's are a few kilobytes."""
ENCODINGS = {b"ASCII\0\0\0": "utf-8", b"UNICODE\0": "utf-16", b"\0\0\0\0\0\0\0\0": "utf-8"}


def is_webp(data: bytes) -> bool:
    """Return whether the bytes begin like a WebP file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def exif_texts(data: bytes) -> dict[str, str]:
    """Return the texts of the EXIF block by NovelAI's names.

    Empty when there is none or it is broken.
    """
    return block_texts(_exif_block(data))


def block_texts(block: bytes) -> dict[str, str]:
    """Return the texts of an EXIF block by NovelAI's names."""
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return {}
    try:
        (first,) = struct.unpack_from(f"{order}I", block, 4)
        texts, nested = _directory(block, first, order)
        if nested is not None:
            texts.update(_directory(block, nested, order)[0])
    except (struct.error, IndexError):
        return {}
    return texts


def _exif_block(data: bytes) -> bytes:
    position = 12
    for _ in range(MAX_CHUNKS):
        if position + 8 > len(data):
            break
        name, length = struct.unpack_from("<4sI", data, position)
        if name == b"EXIF":
            return data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2
    return b""


def _directory(block: bytes, offset: int, order: str) -> tuple[dict[str, str], int | None]:
    texts: dict[str, str] = {}
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
        elif size and TAGS.get(tag, "") not in {"", *texts}:
            value = block[start : start + min(size, MAX_TEXT)]
            texts[TAGS[tag]] = _decode(value, comment=tag == USER_COMMENT)
    return texts, nested


def _decode(value: bytes, *, comment: bool) -> str:
    encoding = "utf-8"
    if comment and value[:8] in ENCODINGS:
        encoding, value = ENCODINGS[value[:8]], value[8:]
    return value.decode(encoding, errors="replace").rstrip("\0")
