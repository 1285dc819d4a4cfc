"""All SQL on the library."""

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.library.entry import EntryFilter, EntryText, LibraryEntry
from novelai.server.model.key import Key
from novelai.server.storage.clock import new_id
from novelai.server.storage.tables import library

__all__ = [
    "add",
    "by_id",
    "callable_by",
    "forget",
    "holder_of",
    "list_entries",
    "measure",
    "replace",
]

TEXT = ("text", "undesired", "note")


async def list_entries(
    connection: AsyncConnection, key: Key, wanted: EntryFilter, limit: int
) -> list[LibraryEntry]:
    """List entries that a key may see, by name."""
    where = [_seen_by(key), _is_binned() if wanted.binned else _in_use()]
    if wanted.kind is not None:
        where.append(library.c.kind == wanted.kind)
    if wanted.query:
        where.append(library.c.name_key.contains(wanted.query, autoescape=True))
    place = (library.c.name_key, library.c.id)
    if wanted.after is not None:
        where.append(tuple_(*place) > tuple_(*wanted.after))
    rows = await connection.execute(select(library).where(*where).order_by(*place).limit(limit))
    return [_entry(row) for row in rows]


async def callable_by(connection: AsyncConnection, key: Key) -> list[LibraryEntry]:
    """List what a key's templates may call: a name's first entry is the one that is meant.

    Its own come before those that others share, older ones before newer ones.
    """
    mine = library.c.key_id == key.id
    where = (library.c.owner_id == key.owner_id, _in_use(), or_(mine, library.c.shared))
    order = (mine.desc(), library.c.created_at, library.c.id)
    rows = await connection.execute(select(library).where(*where).order_by(*order))
    return [_entry(row) for row in rows]


async def by_id(connection: AsyncConnection, key: Key, entry_id: str) -> LibraryEntry | None:
    """Return an entry that a key may see, also one in the bin."""
    query = select(library).where(library.c.id == entry_id, _seen_by(key))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _entry(row)


async def holder_of(connection: AsyncConnection, key_id: str, name_key: str) -> LibraryEntry | None:
    """Return the entry in use that has a name among those of a key."""
    where = (library.c.key_id == key_id, library.c.name_key == name_key, _in_use())
    row = (await connection.execute(select(library).where(*where))).one_or_none()
    return None if row is None else _entry(row)


async def measure(connection: AsyncConnection, owner_id: str) -> tuple[int, int]:
    """Return how many entries an owner has, those in the bin too, and their bytes."""
    columns = (func.count(), func.coalesce(func.sum(library.c.bytes), 0))
    row = (await connection.execute(select(*columns).where(library.c.owner_id == owner_id))).one()
    return int(row[0]), int(row[1])


async def add(
    connection: AsyncConnection, key: Key, content: EntryText, now: float
) -> LibraryEntry:
    """Keep a new entry; its name is free."""
    entry_id = new_id("lib")
    values = _values(content) | {
        "id": entry_id,
        "owner_id": key.owner_id,
        "key_id": key.id,
        "revision": 1,
        "created_at": now,
        "updated_at": now,
    }
    await connection.execute(library.insert().values(values))
    return LibraryEntry(
        id=entry_id,
        key_id=key.id,
        content=content,
        revision=1,
        created_at=now,
        updated_at=now,
        deleted_at=None,
    )


async def replace(
    connection: AsyncConnection,
    entry: LibraryEntry,
    content: EntryText,
    *,
    now: float,
    deleted: bool = False,
) -> bool:
    """Put other content in the place of an entry's; ``False`` when it was changed meanwhile."""
    values = _values(content) | {
        "revision": entry.revision + 1,
        "updated_at": now,
        "deleted_at": now if deleted else None,
    }
    where = (library.c.id == entry.id, library.c.revision == entry.revision)
    return (await connection.execute(library.update().where(*where).values(values))).rowcount == 1


async def forget(connection: AsyncConnection, before: float, limit: int) -> int:
    """Forget entries that went into the bin before a moment."""
    old = select(library.c.id).where(library.c.deleted_at < before).limit(limit).scalar_subquery()
    return (await connection.execute(delete(library).where(library.c.id.in_(old)))).rowcount


def _seen_by(key: Key) -> ColumnElement[bool]:
    own = library.c.owner_id == key.owner_id
    if "admin" in key.limits.scopes:
        return own
    return and_(own, or_(library.c.key_id == key.id, and_(library.c.shared, _in_use())))


def _in_use() -> ColumnElement[bool]:
    return library.c.deleted_at.is_(None)


def _is_binned() -> ColumnElement[bool]:
    return library.c.deleted_at.is_not(None)


def _values(content: EntryText) -> dict[str, Any]:
    return {
        "kind": content.kind,
        "name": content.name,
        "name_key": content.name_key,
        "shared": content.shared,
        "document": {name: getattr(content, name) for name in TEXT},
        "bytes": content.size,
    }


def _entry(row: Row[Any]) -> LibraryEntry:
    texts = {name: row.document[name] for name in TEXT}
    return LibraryEntry(
        id=row.id,
        key_id=row.key_id,
        content=EntryText(kind=row.kind, name=row.name, shared=row.shared, **texts),
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )
