"""ZIP archives of pictures, as the image endpoints answer them."""

import zipfile
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, TYPE_CHECKING, cast

from novelai._notebook import PictureList
from novelai.errors import InvalidResponseError
from novelai.types.base import seed_at

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["is_small", "read_pictures"]


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

PIECE = 31 * 1024
"""Packed bytes at once: those of pictures, unpacked, fit into the first block that zlib takes."""

SMALL = 2 * 1024 * 1024
"""Bytes that are unpacked in half a millisecond; one picture of the usual sizes has fewer."""

DIRECTORY = 46
"""Bytes of a directory's entry, before its name."""

END = 22
"""Bytes of what ends an archive that has no remark."""


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One file of an archive."""

    name: str
    data: bytes = field(repr=False)


def read_pictures(
    content: bytes | memoryview, *, seed: int | None = None, request_id: str | None = None
) -> "list[GeneratedImage]":
    """Return the pictures of an archive in order, or the one that comes without an archive.

    Args:
        content: the archive, or a picture.
        seed: of the first picture; each further one has the next.
        request_id: of the request that was answered.

    Raises:
        InvalidResponseError: it cannot be read, or holds no picture.
    """
    from novelai.pictures import GeneratedImage

    entries = [ArchiveEntry("", bytes(content))] if _is_bare(content) else read_archive(content)
    if not entries:
        raise InvalidResponseError(
            "NovelAI's answer is an archive without a picture. Whether it was charged is unknown.",
            status=200,
            charged="unknown",
        )
    return PictureList(
        GeneratedImage(
            entry.data,
            seed=None if seed is None else seed_at(seed, index),
            request_id=request_id,
        )
        for index, entry in enumerate(entries)
    )


def is_small(content: bytes | memoryview) -> bool:
    """Return whether this is read in half a millisecond: nothing, or one picture of a usual size.

    In a thread it takes four times as long, nearly all of it for memory that the thread asks of
    the system and gives back.
    """
    if len(content) > SMALL or _is_bare(content):
        return len(content) <= SMALL
    end = bytes(content[-END:])
    size, offset = (int.from_bytes(end[at : at + 4], "little") for at in (12, 16))
    entry = bytes(content[offset : offset + DIRECTORY])
    names = sum(int.from_bytes(entry[at : at + 2], "little") for at in (28, 30, 32))
    is_only = end.startswith(b"PK\x05\x06") and size == DIRECTORY + names
    is_whole = entry.startswith(b"PK\x01\x02") and offset + size + END == len(content)
    return is_only and is_whole and int.from_bytes(entry[24:28], "little") <= SMALL


def _is_bare(content: bytes | memoryview) -> bool:
    return bytes(content[:8]).startswith(PICTURES)


class _File:
    """Bytes as a file that is read, without a copy of the whole."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = data
        self._at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = (0, self._at, len(self._data))[whence] + offset
        if self._at < 0:
            raise OSError("That is before its beginning.")
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = len(self._data) if size < 0 else self._at + size
        piece = bytes(self._data[self._at : end])
        self._at += len(piece)
        return piece


def read_archive(content: bytes | memoryview) -> list[ArchiveEntry]:
    """Return the files of a ZIP archive in order, their checksums verified.

    Raises:
        InvalidResponseError: the archive is cut, damaged or implausibly large.
    """
    try:
        with zipfile.ZipFile(cast("IO[bytes]", _File(content))) as archive:
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


def _unpack(content: bytes | memoryview, entry: zipfile.ZipInfo) -> bytes:
    # `ZipFile.read` gathers a picture from many small pieces, which takes five times as long.
    header = bytes(content[entry.header_offset : entry.header_offset + LOCAL_HEADER])
    if not header.startswith(b"PK\x03\x04") or entry.flag_bits & ENCRYPTED:
        raise zipfile.BadZipFile(entry.filename)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    start = entry.header_offset + LOCAL_HEADER + lengths
    packed = memoryview(content)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        data = bytes(packed)
        checksum = zlib.crc32(data)
    else:
        data, checksum = _inflate(packed, entry.file_size)
    if len(data) != entry.file_size or checksum != entry.CRC:
        raise zipfile.BadZipFile(entry.filename)
    return data


def _inflate(packed: memoryview, size: int) -> tuple[bytes, int]:
    """Return what was packed, and its checksum; nothing where it is not of the size it claims."""
    # Piece by piece into one buffer that becomes the result: memory of megabytes that comes and
    # goes costs more than unpacking. `BytesIO` alone writes in place and hands out without a copy.
    buffer = BytesIO(bytes(size))
    unpacker = zlib.decompressobj(RAW_DEFLATE)
    left, checksum = size, 0
    for start in range(0, len(packed), PIECE):
        piece = unpacker.decompress(packed[start : start + PIECE], left + 1)
        left -= len(piece)
        if left < 0:
            break
        checksum = zlib.crc32(piece, checksum)  # now, while it is near the processor
        buffer.write(piece)
    return b"" if left else buffer.getvalue(), checksum


def _unreadable(why: str) -> InvalidResponseError:
    return InvalidResponseError(
        f"NovelAI's answer is not a readable archive: {why}. "
        "Whether it was charged is unknown; check the balance before sending it again.",
        status=200,
        charged="unknown",
    )
