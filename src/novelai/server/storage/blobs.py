"""Bytes by name, in a folder or in an S3-compatible bucket.

pictures/ab/abcdef...   what was received, by its sha256: the same bytes are kept once
thumbs/ab/abcdef....webp
spool/job/fence         what a call brought, until the database knows of it
previews/job            the newest picture in the making, where processes share a bucket
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio.to_thread
from obstore.store import LocalStore, S3Store

__all__ = ["BlobMissingError", "Blobs", "sha256_of"]


class BlobMissingError(LookupError):
    """No bytes are kept under this name."""


def sha256_of(data: bytes) -> str:
    """The name of some bytes."""
    return hashlib.sha256(data).hexdigest()


class Blobs:
    """A store of bytes.

    Args:
        store: where they are; see `local` and `s3`.
        folder: the folder, where it is one: what is written there is synced to the disk.
    """

    def __init__(self, store: LocalStore | S3Store, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    @classmethod
    def local(cls, folder: Path) -> "Blobs":
        """Keep bytes in a folder, which is made when it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(folder), folder)

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
        """Whether other machines see the same bytes."""
        return self._folder is None

    async def put(self, path: str, data: bytes) -> None:
        """Keep bytes; when this returns, they survive a crash of the machine."""
        await self._store.put_async(path, data)
        if self._folder is not None:
            await anyio.to_thread.run_sync(_sync, self._folder / path)

    async def get(self, path: str) -> bytes:
        """The bytes under a name.

        Raises:
            BlobMissingError: there are none.
        """
        try:
            found = await self._store.get_async(path)
            return bytes(await found.bytes_async())
        except FileNotFoundError as error:
            raise BlobMissingError(path) from error

    async def exists(self, path: str) -> bool:
        """Whether there are bytes under a name."""
        try:
            await self._store.head_async(path)
        except FileNotFoundError:
            return False
        return True

    async def delete(self, path: str) -> None:
        """Forget the bytes under a name; nothing happens when there are none."""
        try:
            await self._store.delete_async(path)
        except FileNotFoundError:
            return

    async def names(self, prefix: str) -> list[str]:
        """All names under a prefix, sorted."""
        found: list[str] = []
        async for page in self._store.list(prefix=prefix):
            found.extend(entry["path"] for entry in page)
        return sorted(found)

    async def put_picture(self, data: bytes) -> str:
        """Keep bytes under their sha256, which is returned."""
        sha256 = await anyio.to_thread.run_sync(sha256_of, data)
        path = picture_path(sha256)
        if not await self.exists(path):
            await self.put(path, data)
        return sha256

    async def picture(self, sha256: str) -> bytes:
        """The bytes with this sha256.

        Raises:
            BlobMissingError: there are none.
        """
        return await self.get(picture_path(sha256))

    async def delete_picture(self, sha256: str) -> None:
        """Forget bytes and what was derived from them."""
        await self.delete(picture_path(sha256))
        await self.delete(thumbnail_path(sha256))


def picture_path(sha256: str) -> str:
    """Where the bytes with this sha256 are."""
    return f"pictures/{sha256[:2]}/{sha256}"


def thumbnail_path(sha256: str) -> str:
    """Where the small picture of these bytes is."""
    return f"thumbs/{sha256[:2]}/{sha256}.webp"


def _sync(path: Path) -> None:
    for name in (path, path.parent):
        handle = os.open(name, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
