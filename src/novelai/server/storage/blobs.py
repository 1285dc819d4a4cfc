"""Bytes by name, in a folder or in an S3-compatible bucket.

pictures/ab/abcdef...   pictures and vibes, by their sha256: the same bytes are kept once
thumbs/ab/abcdef....webp
spool/job-fence-spent   what a call brought, until the database knows of it
previews/job            the newest picture in the making, where processes share a bucket
"""

import os
import shutil
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import time
from typing import Any

import anyio.to_thread
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from novelai.server.model.artifact import sha256_of
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.storage.private import FOLDER_MODE

__all__ = ["BlobMissingError", "Blobs", "Entry", "write_whole"]

MIB = 1024 * 1024

FRESH = 3600.0
"""Bytes that are older and are handed in again are written again, so that no sweep takes them."""


class BlobMissingError(LookupError):
    """No bytes are kept under this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is kept under a name.

    Attributes:
        written_at: unix seconds of the store's clock.
    """

    name: str
    size: int
    written_at: float


class Blobs:
    """A store of bytes.

    Each method raises `StorageUnavailableError` when the store does not answer, is full, or may
    not be written.

    Args:
        store: where they are; see `local` and `s3`.
        folder: the folder, where it is one: what is written there is synced to the disk.
        reserve: bytes of its disk that are left to what was paid for.
    """

    def __init__(
        self, store: LocalStore | S3Store, folder: Path | None = None, *, reserve: int = 0
    ) -> None:
        self._store = store
        self._folder = folder
        self._reserve = reserve
        self._where = "The bucket of pictures" if folder is None else "The folder of pictures"

    @classmethod
    def local(cls, folder: Path, *, reserve: int = 0) -> "Blobs":
        """Keep bytes in a folder, which is made when it is missing."""
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        return cls(LocalStore(folder), folder, reserve=reserve)

    @classmethod
    def s3(cls, bucket: str, options: Mapping[str, Any]) -> "Blobs":
        """Keep bytes in a bucket.

        Args:
            bucket: its name.
            options: as obstore's `S3Store` takes them: ``endpoint``, ``access_key_id``, ...
        """
        return cls(S3Store(bucket, **options))

    @property
    def shared(self) -> bool:
        """Return whether other machines see the same bytes."""
        return self._folder is None

    async def put(self, path: str, data: bytes) -> None:
        """Keep bytes; when this returns, they survive a crash of the machine."""
        with self._trouble():
            if self._folder is None:
                await self._store.put_async(path, data)
            else:
                await anyio.to_thread.run_sync(write_whole, self._folder, path, data)

    async def get(self, path: str) -> bytes:
        """Return the bytes under a name.

        Raises:
            BlobMissingError: there are none.
        """
        with self._trouble():
            try:
                found = await self._store.get_async(path)
                return bytes(await found.bytes_async())
            except FileNotFoundError as error:
                raise BlobMissingError(path) from error

    async def look(self, path: str) -> Entry | None:
        """Describe what is under a name, without its bytes; ``None`` when there is nothing."""
        with self._trouble():
            try:
                return _entry(await self._store.head_async(path))
            except FileNotFoundError:
                return None

    async def exists(self, path: str) -> bool:
        """Return whether there are bytes under a name."""
        return await self.look(path) is not None

    async def delete(self, path: str) -> None:
        """Forget the bytes under a name; nothing happens when there are none."""
        with self._trouble():
            try:
                await self._store.delete_async(path)
            except FileNotFoundError:
                return

    async def pages(self, prefix: str) -> AsyncGenerator[list[Entry]]:
        """All that is kept under a prefix, some at a time."""
        with self._trouble():
            async for page in self._store.list(prefix=prefix):
                yield [_entry(entry) for entry in page]

    async def names(self, prefix: str) -> list[str]:
        """All names under a prefix, sorted."""
        return sorted([one.name async for page in self.pages(prefix) for one in page])

    async def put_handed_in(self, data: bytes) -> str:
        """Keep what somebody handed in, as `put_image` does, while there is room for that.

        Raises:
            StorageUnavailableError: what is left is for pictures that are paid for.
        """
        if self._folder is not None and self._reserve:
            found = await anyio.to_thread.run_sync(shutil.disk_usage, self._folder)
            if found.free - len(data) < self._reserve:
                raise StorageUnavailableError(
                    f"The disk is nearly full: {found.free // MIB:,} MiB are left, which are kept "
                    "for pictures that are paid for. Whoever runs the server makes room there."
                )
        return await self.put_image(data)

    async def put_image(self, data: bytes) -> str:
        """Keep bytes that may be here already under their sha256, which is returned."""
        sha256 = await anyio.to_thread.run_sync(sha256_of, data)
        path = image_path(sha256)
        known = await self.look(path)
        if known is None or known.size != len(data) or known.written_at < time() - FRESH:
            await self.put(path, data)
        return sha256

    async def image(self, sha256: str) -> bytes:
        """Return the bytes with this sha256.

        Raises:
            BlobMissingError: there are none.
        """
        return await self.get(image_path(sha256))

    async def delete_image(self, sha256: str) -> None:
        """Forget bytes and what was derived from them."""
        await self.delete(image_path(sha256))
        await self.delete(thumbnail_path(sha256))

    @contextmanager
    def _trouble(self) -> Generator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise StorageUnavailableError(
                f"{self._where} cannot be used ({reason}). What is in it is kept, and jobs wait."
            ) from error


def image_path(sha256: str) -> str:
    """Return the path of the bytes with this sha256."""
    return f"pictures/{sha256[:2]}/{sha256}"


def thumbnail_path(sha256: str) -> str:
    """Return the path of the thumbnail of these bytes."""
    return f"thumbs/{sha256[:2]}/{sha256}.webp"


def _entry(meta: Mapping[str, Any]) -> Entry:
    return Entry(name=meta["path"], size=meta["size"], written_at=meta["last_modified"].timestamp())


NUMBERS = count()


def write_whole(folder: Path, name: str, data: bytes) -> None:
    """Write a file below a folder, in the place of an older one. Blocks: not for the event loop.

    Args:
        folder: it is there.
        name: with slashes; folders in it are made.
        data: the content.

    Raises:
        OSError: the disk is full or broken, or the folder cannot be written; nothing is left.
    """
    path = folder / name
    draft = path.with_name(f".{path.name}.{os.getpid()}.{next(NUMBERS)}")
    try:
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileNotFoundError:
        _make(folder, path.parent)
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _make(folder: Path, wanted: Path) -> None:
    """Make folders; each is synced into the one above, or a power cut could take all below."""
    missing = [wanted, *wanted.parents][: len(wanted.relative_to(folder).parts)]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        _sync(one.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
