"""ZIP archives of pictures, as the image endpoints answer them."""

import zipfile
import zlib
from dataclasses import dataclass, field
from io import BytesIO

from novelai.errors import InvalidResponseError

__all__ = ["ArchiveEntry", "read_archive"]

METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What the service packs with; others are a damaged header, or bring errors of their own."""

MAX_BYTES = 512 * 1024 * 1024
"""More than eight pictures of the largest size; an archive that claims more is not one."""


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One file of an archive."""

    name: str
    data: bytes = field(repr=False)


def read_archive(content: bytes) -> list[ArchiveEntry]:
    """The files of a ZIP archive in order, their checksums verified.

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
            return [ArchiveEntry(entry.filename, archive.read(entry)) for entry in entries]
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


def _unreadable(why: str) -> InvalidResponseError:
    return InvalidResponseError(
        f"NovelAI's answer is not a readable archive: {why}. "
        "Whether it was charged is unknown; check the balance before sending it again.",
        status=200,
        charged="unknown",
    )
