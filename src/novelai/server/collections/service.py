"""Making, changing and filling collections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.collections import repository
from novelai.server.collections.collection import Collection, collection_key
from novelai.server.events.bus import Bus
from novelai.server.images import repository as images
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError, not_found
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database

__all__ = ["CollectionService", "Filled"]

MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A collection after pictures were put in or taken out.

    Attributes:
        added: pictures that were not in it before, by their ids.
        removed: pictures that were.
    """

    collection: Collection
    added: Sequence[str]
    removed: Sequence[str]


class CollectionService:
    """The collections of each key; with scope ``admin`` all of its owner's.

    Args:
        database: where they are.
        clock: what time it is.
        bus: who is told.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def list(
        self, key: Key, *, image_id: str | None = None, binned: bool = False
    ) -> Sequence[Collection]:
        """List collections, the last used first; with ``image_id`` those that hold a picture."""
        async with self._database.read() as connection:
            return await repository.list_collections(
                connection, key, image_id=image_id, binned=binned
            )

    async def read(self, key: Key, collection_id: str) -> Collection:
        """Return a collection.

        Raises:
            ProblemError: 404; there is none that the key may see.
        """
        async with self._database.read() as connection:
            return await _find(connection, key, collection_id)

    async def add(self, key: Key, name: str) -> Collection:
        """Make an empty collection.

        Raises:
            ProblemError: 409; the key has one of this name. 413; there are too many.
        """
        _check_name(name)
        try:
            async with self._database.write() as connection:
                if await repository.count_all(connection, key.owner_id) >= MOST:
                    sentence = f"One owner has at most {MOST:,} collections. Not saved."
                    raise ProblemError(413, "too_large", sentence)
                await _check_free(connection, key.id, name)
                now = await self._clock.now(connection)
                made = await repository.add(connection, key, name, now)
                return await self._announce(connection, key, made)
        except IntegrityError:  # another process took the name at this moment
            raise _name_conflict(name) from None

    async def change(
        self,
        key: Key,
        collection_id: str,
        *,
        name: str | None = None,
        cover: str | None = None,
    ) -> Collection:
        """Give a collection another name or cover.

        Raises:
            ProblemError: 404; there is no such collection. 409; the name is taken. 422; the cover
                is no picture that is in it.
        """
        values: dict[str, Any] = {}
        try:
            async with self._database.write() as connection:
                found = await _find(connection, key, collection_id, lock=True)
                if name is not None:
                    _check_name(name)
                    await _check_free(connection, found.key_id, name, instead_of=found.id)
                    values["name"] = name
                if cover is not None:
                    await self._check_cover(connection, key, found, cover)
                    values["cover"] = cover
                if values:
                    await repository.change(connection, found.id, values)
                return await self._announce(connection, key, found.id)
        except IntegrityError:
            raise _name_conflict(name or "") from None

    async def fill(
        self, key: Key, collection_id: str, *, add: Sequence[str], remove: Sequence[str]
    ) -> Filled:
        """Put pictures in and take others out; those the key may not see are left out.

        Raises:
            ProblemError: 404; there is no such collection.
        """
        async with self._database.write() as connection:
            found = await _find(connection, key, collection_id, lock=True)
            own = None if "admin" in key.limits.scopes else key.id
            seen = await images.by_ids(connection, key.owner_id, add, own) if add else []
            now = await self._clock.now(connection)
            added = await repository.add_images(connection, found.id, [one.id for one in seen], now)
            removed = await repository.take_out(connection, found.id, remove) if remove else []
            if added or removed:
                await repository.change(connection, found.id, {"used_at": now})
            changed = await self._announce(connection, key, found.id)
        return Filled(collection=changed, added=added, removed=removed)

    async def bin(self, key: Key, collection_id: str) -> Collection:
        """Put a collection into the bin, where it is kept for 30 days; its pictures stay.

        Raises:
            ProblemError: 404; there is no such collection.
        """
        async with self._database.write() as connection:
            found = await _find(connection, key, collection_id, lock=True)
            if found.deleted_at is None:
                now = await self._clock.now(connection)
                await repository.change(connection, found.id, {"deleted_at": now})
            return await self._announce(connection, key, found.id)

    async def restore(self, key: Key, collection_id: str) -> Collection:
        """Take a collection out of the bin.

        Raises:
            ProblemError: 404; there is no such collection. 409; its name is taken by now.
        """
        try:
            async with self._database.write() as connection:
                found = await _find(connection, key, collection_id, lock=True)
                await _check_free(connection, found.key_id, found.name, instead_of=found.id)
                await repository.change(connection, found.id, {"deleted_at": None})
                return await self._announce(connection, key, found.id)
        except IntegrityError:
            raise _name_conflict("") from None

    async def check_target(self, key: Key, collection_id: str) -> None:
        """Check that the pictures of an order can be put into a collection.

        Raises:
            ProblemError: 422; there is none in use that the key may see.
        """
        async with self._database.read() as connection:
            found = await repository.by_id(connection, key, collection_id)
        if found is None or found.deleted_at is not None:
            raise _refusal("collection", "names no collection of this key")

    async def forget(self, *, older_than: float, limit: int) -> int:
        """Forget collections that have been in the bin for so many seconds; return how many."""
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            return await repository.forget(connection, now - older_than, limit)

    async def _announce(
        self, connection: AsyncConnection, key: Key, collection_id: str
    ) -> Collection:
        """Tell of a change, and return the collection as it is now."""
        changed = await _find(connection, key, collection_id)
        data = {
            "id": changed.id,
            "deleted": changed.deleted_at is not None,
            "key": changed.key_id,
        }
        self._bus.announce(connection, key.owner_id, "collection", data)
        return changed

    async def _check_cover(
        self, connection: AsyncConnection, key: Key, found: Collection, cover: str
    ) -> None:
        held = await repository.list_collections(connection, key, image_id=cover)
        if found.id not in {one.id for one in held}:
            raise _refusal("cover", "names no picture of this collection")


async def _find(
    connection: AsyncConnection, key: Key, collection_id: str, *, lock: bool = False
) -> Collection:
    found = await repository.by_id(connection, key, collection_id, lock=lock)
    if found is None:
        raise not_found("collection")
    return found


async def _check_free(
    connection: AsyncConnection, key_id: str, name: str, *, instead_of: str | None = None
) -> None:
    holder = await repository.holder_of(connection, key_id, name)
    if holder not in (None, instead_of):
        raise _name_conflict(name, holder)


def _check_name(name: str) -> None:
    if not collection_key(name):
        raise _refusal("name", "must not be blank")


def _name_conflict(name: str, holder: str | None = None) -> ProblemError:
    return ProblemError(
        409,
        "name_taken",
        f'A collection "{name}" is there already. Not saved.' if name else "The name is taken.",
        errors=[("name", "is taken")],
        members={} if holder is None else {"holder": holder},
    )


def _refusal(field: str, message: str) -> ProblemError:
    sentence = f"{field} {message}. Nothing was done."
    return ProblemError(422, "invalid_params", sentence, errors=[(field, message)])
