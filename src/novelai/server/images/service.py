"""The gallery: looking, searching, favourites, the bin, and deleting for good."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import anyio.to_thread
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.events.bus import Bus
from novelai.server.images import repository
from novelai.server.images.filter import Filter, Sort
from novelai.server.images.reducing import reduce
from novelai.server.images.refining import has_randomiser, read_drawn_prompts
from novelai.server.images.relations import Relations
from novelai.server.model.image import Image
from novelai.server.model.key import Key
from novelai.server.storage.blobs import BlobMissingError, Blobs, thumbnail_path
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database

__all__ = ["ImageService"]

PURGE_AT_ONCE = 200
TOLD_ONE_BY_ONE = 20


class ImageService:
    """Pictures a key may see: its own, with scope ``admin`` all of its owner's.

    Args:
        database: where they are listed.
        blobs: where their bytes are.
        clock: what time it is.
        bus: who is told of changes.
        take_preview: gives the last preview of a finished picture by its sha256, once.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Clock,
        bus: Bus,
        take_preview: Callable[[str], bytes | None],
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._bus = bus
        self._take_preview = take_preview

    async def find(
        self,
        key: Key,
        wanted: Filter,
        *,
        before: int | None = None,
        limit: int = 50,
        sort: Sort = "new",
    ) -> list[Image]:
        """Return a page of pictures.

        Args:
            key: of the caller.
            wanted: which.
            before: the `seq` the page starts behind; in another order how many come before it.
            limit: how many at most.
            sort: in which order; newest first by default.
        """
        wanted = _visible(key, wanted)
        async with self._database.read() as connection:
            return await repository.find(
                connection, key.owner_id, wanted, before=before, limit=limit, sort=sort
            )

    async def find_and_count(
        self,
        key: Key,
        wanted: Filter,
        *,
        before: int | None = None,
        limit: int = 50,
        sort: Sort = "new",
    ) -> tuple[list[Image], int]:
        """Return the same, and how many pictures there are in all; counted to 10,000."""
        async with self._database.read() as connection:
            return await repository.find_and_count(
                connection,
                key.owner_id,
                _visible(key, wanted),
                before=before,
                limit=limit,
                sort=sort,
            )

    async def relations(self, key: Key, images: Sequence[Image]) -> Relations:
        """Return what these pictures were made from and what of them, as far as the key sees it."""
        hashes = sorted({sha256 for image in images for sha256 in image.sources})
        ids = [image.id for image in images]
        own = _own(key)
        async with self._database.look() as connection:
            return Relations(
                sources=await repository.by_hashes(connection, key.owner_id, hashes, own)
                if hashes
                else {},
                derived=await repository.count_derived(connection, key.owner_id, ids, own),
            )

    async def find_many(self, key: Key, image_ids: Sequence[str]) -> list[Image]:
        """Pictures by their ids, oldest first; those this key may not see are left out."""
        async with self._database.read() as connection:
            return await repository.by_ids(connection, key.owner_id, image_ids, _own(key))

    async def read(self, key: Key, image_id: str) -> Image | None:
        """Return a picture, if this key may see it; also one in the bin."""
        async with self._database.read() as connection:
            found = await repository.by_ids(connection, key.owner_id, [image_id], _own(key))
        return found[0] if found else None

    async def of_job(self, job_id: str) -> list[Image]:
        """Return the pictures of a job, in order."""
        async with self._database.look() as connection:
            return await repository.of_job(connection, job_id)

    async def data(self, image: Image, *, received: bool = False) -> bytes:
        """Return the bytes of a picture.

        Args:
            image: which.
            received: as NovelAI sent them, also where an inpainting result was laid over its
                picture.

        Raises:
            BlobMissingError: they are not in the store.
        """
        sent = image.received if received else None
        return await self._blobs.image(sent or image.sha256)

    async def drawn_prompts(self, image: Image) -> Mapping[str, Any]:
        """Return the prompts as NovelAI took them, if they have a randomiser; else nothing."""
        if not has_randomiser(image.settings):
            return {}
        try:
            data = await self._blobs.image(image.sha256)
        except BlobMissingError:
            return {}
        return await anyio.to_thread.run_sync(read_drawn_prompts, data)

    async def thumbnail(self, image: Image) -> bytes:
        """Return a WebP of at most 384 pixels, made when it is first asked for.

        Raises:
            BlobMissingError: the picture is not in the store.
        """
        path = thumbnail_path(image.sha256)
        try:
            return await self._blobs.get(path)
        except BlobMissingError:
            data = await self._blobs.image(image.sha256)
        small = await anyio.to_thread.run_sync(reduce, data)
        await self._blobs.put(path, small)
        return small

    async def glimpse(self, image: Image) -> bytes | None:
        """Return a thumbnail of the last preview of a picture that has just been drawn, once.

        To open the picture itself takes some times as long: that is done when it is seen again.
        """
        preview = self._take_preview(image.sha256)
        return None if preview is None else await anyio.to_thread.run_sync(reduce, preview)

    async def favourite(self, key: Key, image_ids: Sequence[str], *, favourite: bool) -> int:
        """Mark pictures, or not; gives how many there were."""
        return await self._change(key, image_ids, {"favourite": favourite})

    async def bin(self, key: Key, image_ids: Sequence[str]) -> int:
        """Put pictures in the bin; gives how many there were."""
        async with self._database.read() as connection:
            now = await self._clock.now(connection)
        return await self._change(key, image_ids, {"deleted_at": now})

    async def restore(self, key: Key, image_ids: Sequence[str]) -> int:
        """Take pictures out of the bin; gives how many there were."""
        return await self._change(key, image_ids, {"deleted_at": None})

    async def purge(self, key: Key, image_ids: Sequence[str]) -> int:
        """Delete pictures for good, and their bytes once no other picture shares them."""
        async with self._database.write() as connection:
            found = await repository.by_ids(connection, key.owner_id, image_ids, _own(key))
            unused = await _forget(connection, found)
            await self._tell(connection, found)
        await self._delete(unused)
        return len(found)

    async def empty_bin(self, *, older_than: float) -> int:
        """Delete for good what has been in the bin for so many seconds; everybody's."""
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            found = await repository.find_binned(connection, now - older_than, PURGE_AT_ONCE)
            unused = await _forget(connection, found)
        await self._delete(unused)
        return len(found)

    async def _delete(self, hashes: Sequence[str]) -> None:
        for sha256 in hashes:
            await self._blobs.delete_image(sha256)

    async def _change(self, key: Key, image_ids: Sequence[str], values: dict[str, object]) -> int:
        async with self._database.write() as connection:
            found = await repository.by_ids(connection, key.owner_id, image_ids, _own(key))
            ids = [image.id for image in found]
            await repository.change(connection, ids, values)
            await self._tell(connection, found)
        return len(found)

    async def _tell(self, connection: AsyncConnection, found: Sequence[Image]) -> None:
        """Announce each picture, or of many only that something changed."""
        subscription = [(image.owner_id, image.key_id, image.id) for image in found]
        if len(subscription) > TOLD_ONE_BY_ONE:
            subscription = sorted({(owner_id, key_id, "") for owner_id, key_id, _ in subscription})
        for owner_id, key_id, image_id in subscription:
            data = {"image": image_id or None, "key": key_id}
            self._bus.announce(connection, owner_id, "image", data)


async def _forget(connection: AsyncConnection, found: Sequence[Image]) -> list[str]:
    await repository.purge(connection, [image.id for image in found])
    hashes = {image.sha256 for image in found} | {one.received for one in found if one.received}
    return await repository.find_unused(connection, sorted(hashes))


def _visible(key: Key, wanted: Filter) -> Filter:
    own = _own(key)
    return wanted if own is None else replace(wanted, key_id=own)


def _own(key: Key) -> str | None:
    return None if "admin" in key.limits.scopes else key.id
