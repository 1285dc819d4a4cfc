"""All SQL on owners and keys."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.job import HELD, State
from novelai.server.model.key import Key, key_from
from novelai.server.storage.tables import jobs, keys, owners

__all__ = ["by_hash", "by_id", "change", "insert", "insert_owner", "join_queue", "of_owner"]


# Built once: to put these together takes longer than to run them.
READ = select(keys).where(keys.c.id == bindparam("key"))
LOCK = READ.with_for_update(key_share=True)
BY_HASH = select(keys).where(keys.c.secret_hash == bindparam("hash"))
CLOCK = select(owners.c.vtime).where(owners.c.id == bindparam("owner")).scalar_subquery()
WAITING = keys.alias()
FURTHEST_BEHIND = (
    select(func.min(WAITING.c.vtime))
    .join(jobs, jobs.c.key_id == WAITING.c.id)
    .where(
        jobs.c.owner_id == bindparam("owner"),
        jobs.c.state == State.QUEUED,
        jobs.c.run_after < HELD / 2,
    )
    .scalar_subquery()
)
LATEST = func.coalesce(FURTHEST_BEHIND, CLOCK)
JOIN = (
    update(keys)
    .where(keys.c.id == bindparam("key"))
    .values(
        vtime=case(
            (keys.c.vtime < CLOCK, CLOCK), (keys.c.vtime > LATEST, LATEST), else_=keys.c.vtime
        )
    )
)


async def insert_owner(connection: AsyncConnection, owner_id: str, name: str, now: float) -> None:
    """Add an owner."""
    values = {"id": owner_id, "name": name, "vtime": 0.0, "paused": False, "created_at": now}
    await connection.execute(owners.insert().values(values))


async def owner_exists(connection: AsyncConnection, owner_id: str) -> bool:
    """Return whether there is such an owner."""
    query = select(owners.c.id).where(owners.c.id == owner_id)
    return (await connection.execute(query)).one_or_none() is not None


async def is_paused(connection: AsyncConnection, owner_id: str) -> bool:
    """Return whether an owner's queue rests."""
    query = select(owners.c.paused).where(owners.c.id == owner_id)
    return bool((await connection.execute(query)).scalar_one_or_none())


async def pause(connection: AsyncConnection, owner_id: str, *, paused: bool) -> None:
    """Let an owner's queue rest, or go on."""
    await connection.execute(update(owners).where(owners.c.id == owner_id).values(paused=paused))


async def owner_by_name(connection: AsyncConnection, name: str) -> str | None:
    """Return the id of the oldest owner with a name."""
    query = select(owners.c.id).where(owners.c.name == name)
    return (await connection.execute(query.order_by(owners.c.created_at).limit(1))).scalar()


async def owner_names(connection: AsyncConnection) -> dict[str, str]:
    """Return the names of all owners by their ids."""
    rows = await connection.execute(select(owners.c.id, owners.c.name))
    return {row.id: row.name for row in rows}


async def insert(connection: AsyncConnection, values: Mapping[str, Any]) -> Key:
    """Add a key."""
    return key_from((await connection.execute(keys.insert().values(values).returning(keys))).one())


async def by_id(connection: AsyncConnection, key_id: str, *, lock: bool = False) -> Key | None:
    """Return a key by its id, locked against other submissions when asked."""
    row = (await connection.execute(LOCK if lock else READ, {"key": key_id})).one_or_none()
    return None if row is None else key_from(row)


async def by_hash(connection: AsyncConnection, secret_hash: str) -> Key | None:
    """Return the key with this secret."""
    row = (await connection.execute(BY_HASH, {"hash": secret_hash})).one_or_none()
    return None if row is None else key_from(row)


async def of_owner(connection: AsyncConnection, owner_id: str) -> list[Key]:
    """Return an owner's keys, oldest first."""
    query = select(keys).where(keys.c.owner_id == owner_id).order_by(keys.c.created_at, keys.c.id)
    return [key_from(row) for row in await connection.execute(query)]


async def with_secret(connection: AsyncConnection) -> list[Key]:
    """Everybody's keys, but for those of people at this machine, oldest first."""
    query = select(keys).where(keys.c.secret_hash.is_not(None))
    rows = await connection.execute(query.order_by(keys.c.created_at, keys.c.id))
    return [key_from(row) for row in rows]


async def change(connection: AsyncConnection, key_id: str, values: Mapping[str, Any]) -> None:
    """Change columns of a key."""
    await connection.execute(update(keys).where(keys.c.id == key_id).values(**values))


async def join_queue(connection: AsyncConnection, key: Key) -> None:
    """Set the clock of a key that had nothing queued.

    Idling saves up no turns, and a dear picture of the past is owed for one turn at most: who asks
    for a single picture waits for one of each other key, however many wait there.
    """
    await connection.execute(JOIN, {"key": key.id, "owner": key.owner_id})
