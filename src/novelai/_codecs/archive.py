"""ZIP archives of pictures, as the image endpoints answer them."""

import zipfile
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from novelai._notebook import PictureList
from novelai.errors import InvalidResponseError
from novelai.types.base import seed_at

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["read_pictures"]


METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What the service packs with; others are a damaged header, or bring errors of their own."""

MAX_BYTES = 512 * 1024 * 1024
"""More than eight pictures of the largest size; an archive that claims more is not one."""

PICTURES = (b"\x89PNG\r\n\x1a\n", b"RIFF", b"\xff\xd8\xff")
"""What PNG, WebP and JPEG files begin with."""

LOCAL_HEADER = 30
"""Bytes before an entry's name; the lengths of the name and of the field after it end them."""

RAW_DEFLATE = -15
"""Neither zlib header nor checksum: the archive has its own."""

ENCRYPTED = 1


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One file of an archive."""

    name: str
    data: bytes = field(repr=False)


def read_pictures(content: bytes, *, seed: int | None = None) -> "list[GeneratedImage]":
    """Return the pictures of an archive in order, or the one that comes without an archive.

    Args:
        content: the archive, or a picture.
        seed: of the first picture; each further one has the next.

    Raises:
        InvalidResponseError: it cannot be read, or holds no picture.
    """
    from novelai.pictures import GeneratedImage

    bare = content.startswith(PICTURES)
    entries = [ArchiveEntry("", content)] if bare else read_archive(content)
    if not entries:
        raise InvalidResponseError(
            "NovelAI's answer is an archive without a picture. Whether it was charged is unknown.",
            status=200,
            charged="unknown",
        )
    return PictureList(
        GeneratedImage(entry.data, seed=None if seed is None else seed_at(seed, index))
        for index, entry in enumerate(entries)
    )


def read_archive(content: bytes) -> list[ArchiveEntry]:
    """Return the files of a ZIP archive in order, their checksums verified.

    Raises:
        InvalidResponseError: the archive is cut, damaged or implausibly large.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > MAX_BYTES:
            raise _unreadable("it claims to be implausibly large")
        if any(entry.compress_type not in METHODS for entry in entries):
            raise _unreadable("it is packed in an unknown way")
        return [ArchiveEntry(entry.filename, _unpack(content, entry)) for entry in entries]
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        raise _unreadable("it is cut or damaged") from error


def _unpack(content: bytes, entry: zipfile.ZipInfo) -> bytes:
    # `ZipFile.read` gathers a picture from many small pieces, which takes five times as long.
    header = content[entry.header_offset : entry.header_offset + LOCAL_HEADER]
    if not header.startswith(b"PK\x03\x04") or entry.flag_bits & ENCRYPTED:
        raise zipfile.BadZipFile(entry.filename)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    start = entry.header_offset + LOCAL_HEADER + lengths
    packed = memoryview(content)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        data = bytes(packed)
    else:
        # One byte more than it claims: enough to notice a lie, too little to be flooded.
        data = zlib.decompressobj(RAW_DEFLATE).decompress(packed, entry.file_size + 1)
    if len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
        raise zipfile.BadZipFile(entry.filename)
    return data


def _unreadable(why: str) -> InvalidResponseError:
    return InvalidResponseError(
        f"NovelAI's answer is not a readable archive: {why}. "
        "Whether it was charged is unknown; check the balance before sending it again.",
        status=200,
        charged="unknown",
    )
