"""Pictures as one archive, which is sent while it is made: one picture is in memory at a time.

By the standard library: zipstream-ng, which streams archives too, gives what comes as bytes the
time of the download instead of the picture's own, has no types, and is licensed under the LGPL.
"""

import re
import zipfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol

import anyio.to_thread

from novelai.server.model.image import Image
from novelai.server.storage.blobs import BlobMissingError

__all__ = ["file_name", "zip_images"]

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
UNSAFE = re.compile(r"[^\w.-]")
"""What no name of ours holds, and what would lead out of the folder that is unpacked into."""

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Archives know no earlier date."""


def file_name(image: Image, *, received: bool = False) -> str:
    """Return the name of a picture outside, such as ``2026-11-25_7_img_01.png``.

    Args:
        image: which.
        received: it is for what NovelAI sent, where that is another file.
    """
    day = datetime.fromtimestamp(image.created_at, UTC).date().isoformat()
    what = image.kind if image.seed is None else image.seed
    which = "_received" if received and image.received else ""
    name = f"{day}_{what}_{image.id}{which}.{ENDINGS.get(image.media_type, 'bin')}"
    return UNSAFE.sub("_", name)


class ReadImage(Protocol):
    """Gives the bytes of a picture, or what NovelAI sent for it."""

    def __call__(self, image: Image, *, received: bool) -> Awaitable[bytes]: ...


async def zip_images(
    images: Iterable[Image],
    read: ReadImage,
    *,
    name: Callable[[Image], str] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> AsyncGenerator[bytes]:
    """Yield the parts of an archive. Pictures are packed already, so they are stored as they are.

    Behind an inpainting result that was laid over its picture comes what NovelAI sent, with
    ``_received`` in its name.

    Args:
        images: which; one whose bytes are not in the store any more is left out.
        read: gives the bytes of one.
        name: gives the name of one in the archive; by default that of `file_name`.
        files: what stands in front of them, by name.
    """
    sink = _Sink()
    archive = zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED, allowZip64=True)
    for title, content in (files or {}).items():
        info = zipfile.ZipInfo(title, EARLIEST)
        info.external_attr = 0o644 << 16
        archive.writestr(info, content)
    both = ((image, received) for image in images for received in _versions(image))
    for image, received in both:
        try:
            data = await read(image, received=received)
        except BlobMissingError:
            continue
        made = datetime.fromtimestamp(image.created_at, UTC).timetuple()[:6]
        title = file_name(image, received=received) if name is None or received else name(image)
        info = zipfile.ZipInfo(title, max(made, EARLIEST))
        info.external_attr = 0o644 << 16
        await anyio.to_thread.run_sync(archive.writestr, info, data)
        yield sink.take()
    archive.close()
    yield sink.take()


def _versions(image: Image) -> tuple[bool, ...]:
    return (False, True) if image.received else (False,)


class _Sink:
    """A file that can only be written to; what was written is taken away from time to time."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
