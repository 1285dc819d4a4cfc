"""All SQL on collections."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    ScalarSelect,
    and_,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.collections.collection import Collection, collection_key
from novelai.server.model.key import Key
from novelai.server.storage.clock import new_id
from novelai.server.storage.tables import collection_images, collections, images

__all__ = [
    "add",
    "add_images",
    "by_id",
    "change",
    "count_all",
    "forget",
    "holder_of",
    "list_collections",
    "take_out",
]

MEMBER = collection_images.c.collection_id == collections.c.id
THERE = and_(images.c.id == collection_images.c.image_id, images.c.deleted_at.is_(None))


async def list_collections(
    connection: AsyncConnection, key: Key, *, image_id: str | None = None, binned: bool = False
) -> list[Collection]:
    """List collections that a key may see, the last used first; those that hold a picture."""
    where = [_is_visible_to(key), _is_binned() if binned else _in_use()]
    if image_id is not None:
        where.append(exists().where(MEMBER, collection_images.c.image_id == image_id))
    query = _select(key).where(*where)
    rows = await connection.execute(query.order_by(collections.c.used_at.desc(), collections.c.id))
    return [_collection(row) for row in rows]


async def by_id(
    connection: AsyncConnection, key: Key, collection_id: str, *, lock: bool = False
) -> Collection | None:
    """Return a collection that a key may see, also one in the bin."""
    if lock:
        held = select(collections.c.id).where(collections.c.id == collection_id).with_for_update()
        await connection.execute(held)
    query = _select(key).where(collections.c.id == collection_id, _is_visible_to(key))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _collection(row)


async def holder_of(connection: AsyncConnection, key_id: str, name: str) -> str | None:
    """Return the id of the collection in use that has a name among those of a key."""
    query = select(collections.c.id).where(
        collections.c.key_id == key_id, collections.c.name_key == collection_key(name), _in_use()
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def count_all(connection: AsyncConnection, owner_id: str) -> int:
    """Return how many collections an owner has, those in the bin too."""
    query = select(func.count()).where(collections.c.owner_id == owner_id)
    return (await connection.execute(query)).scalar_one()


async def add(connection: AsyncConnection, key: Key, name: str, now: float) -> str:
    """Keep a new collection, whose name is free; return its id."""
    collection_id = new_id("col")
    values = {
        "id": collection_id,
        "owner_id": key.owner_id,
        "key_id": key.id,
        "name": name,
        "name_key": collection_key(name),
        "created_at": now,
        "used_at": now,
    }
    await connection.execute(collections.insert().values(values))
    return collection_id


async def change(
    connection: AsyncConnection, collection_id: str, values: Mapping[str, Any]
) -> None:
    """Change columns of a collection."""
    if "name" in values:
        values = {**values, "name_key": collection_key(values["name"])}
    where = collections.c.id == collection_id
    await connection.execute(update(collections).where(where).values(**values))


async def add_images(
    connection: AsyncConnection, collection_id: str, image_ids: Sequence[str], now: float
) -> list[str]:
    """Put pictures in; return those that were not there before."""
    held = select(collection_images.c.image_id).where(
        collection_images.c.collection_id == collection_id,
        collection_images.c.image_id.in_(image_ids),
    )
    there = set((await connection.execute(held)).scalars())
    new = [image_id for image_id in dict.fromkeys(image_ids) if image_id not in there]
    if new:
        rows = [{"collection_id": collection_id, "image_id": one, "added_at": now} for one in new]
        await connection.execute(collection_images.insert(), rows)
    return new


async def take_out(
    connection: AsyncConnection, collection_id: str, image_ids: Sequence[str]
) -> list[str]:
    """Take pictures out; return those that were there."""
    out = delete(collection_images).where(
        collection_images.c.collection_id == collection_id,
        collection_images.c.image_id.in_(image_ids),
    )
    gone = await connection.execute(out.returning(collection_images.c.image_id))
    return list(gone.scalars())


async def forget(connection: AsyncConnection, before: float, limit: int) -> int:
    """Forget collections that went into the bin before a moment."""
    old = select(collections.c.id).where(collections.c.deleted_at < before).limit(limit)
    gone = delete(collections).where(collections.c.id.in_(old.scalar_subquery()))
    return (await connection.execute(gone)).rowcount


def _select(key: Key) -> Any:
    columns: list[Column[Any]] = [
        collections.c[name]
        for name in ("id", "key_id", "name", "created_at", "used_at", "deleted_at")
    ]
    return select(*columns, _count().label("pictures"), _cover(key).label("cover"))


def _count() -> ScalarSelect[int]:
    held = collection_images.join(images, THERE)
    query = select(func.count()).select_from(held).where(MEMBER)
    return query.correlate(collections).scalar_subquery()


def _cover(key: Key) -> ColumnElement[str]:
    """Return the picture that was chosen, while it is there, or else the newest."""
    seen = [] if _is_admin(key) else [images.c.key_id == key.id]
    held = select(images.c.id).select_from(collection_images.join(images, THERE))
    held = held.where(MEMBER, *seen).correlate(collections)
    chosen = held.where(images.c.id == collections.c.cover)
    newest = held.order_by(images.c.seq.desc()).limit(1)
    return func.coalesce(chosen.scalar_subquery(), newest.scalar_subquery())


def _is_admin(key: Key) -> bool:
    return "admin" in key.limits.scopes


def _is_visible_to(key: Key) -> ColumnElement[bool]:
    own = collections.c.owner_id == key.owner_id
    return own if _is_admin(key) else and_(own, collections.c.key_id == key.id)


def _in_use() -> ColumnElement[bool]:
    return collections.c.deleted_at.is_(None)


def _is_binned() -> ColumnElement[bool]:
    return collections.c.deleted_at.is_not(None)


def _collection(row: Row[Any]) -> Collection:
    return Collection(
        id=row.id,
        key_id=row.key_id,
        name=row.name,
        cover=row.cover,
        count=row.pictures,
        created_at=row.created_at,
        used_at=row.used_at,
        deleted_at=row.deleted_at,
    )
