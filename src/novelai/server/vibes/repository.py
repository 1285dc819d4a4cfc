"""All SQL on vibes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.artifact import Artifact, EncodingKey
from novelai.server.model.job import Job
from novelai.server.model.key import Key
from novelai.server.model.vibe import StoredVibe, vibe_from
from novelai.server.storage.clock import new_id
from novelai.server.storage.tables import vibes

__all__ = [
    "add",
    "by_hashes",
    "by_id",
    "change",
    "count_known",
    "find",
    "find_encoding",
    "keep",
    "remove",
]

NAME = 8
"""Characters of the picture's sha256 that name a vibe until somebody calls it something."""


LONGEST_NAME = 200
SAME = ["owner_id", "source", "model", "info_extracted"]


async def find(
    connection: AsyncConnection, owner_id: str, key_id: str | None = None
) -> list[StoredVibe]:
    """Return an owner's vibes, or those of one key, newest first."""
    query = select(vibes).where(_visible(owner_id, key_id)).order_by(vibes.c.created_at.desc())
    return [vibe_from(row) for row in await connection.execute(query)]


async def by_id(
    connection: AsyncConnection, vibe_id: str, owner_id: str, key_id: str | None = None
) -> StoredVibe | None:
    """Return a vibe by its id, of an owner or of one key."""
    query = select(vibes).where(vibes.c.id == vibe_id, _visible(owner_id, key_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else vibe_from(row)


async def by_hashes(
    connection: AsyncConnection, owner_id: str, hashes: Sequence[str]
) -> list[StoredVibe]:
    """Return an owner's vibes by the sha256 of their encodings."""
    query = select(vibes).where(vibes.c.owner_id == owner_id, vibes.c.sha256.in_(hashes))
    return [vibe_from(row) for row in await connection.execute(query)]


async def find_encoding(
    connection: AsyncConnection, owner_id: str, wanted: EncodingKey
) -> StoredVibe | None:
    """Return the encoding an owner has of a picture, for a model and an extraction."""
    query = select(vibes).where(
        vibes.c.owner_id == owner_id,
        vibes.c.source == wanted.source,
        vibes.c.model == wanted.model,
        vibes.c.info_extracted == wanted.info_extracted,
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else vibe_from(row)


async def count_known(connection: AsyncConnection, owner_id: str, wanted: list[EncodingKey]) -> int:
    """Return how many of them an owner has already: they cost nothing any more."""
    found = [await find_encoding(connection, owner_id, one) for one in wanted]
    return sum(one is not None for one in found)


async def keep(connection: AsyncConnection, job: Job, made: Artifact, now: float) -> None:
    """Keep an encoding that a job paid for, in the place of one whose bytes are gone."""
    assert made.vibe is not None
    values = {"owner_id": job.owner_id, "key_id": job.key_id, "sha256": made.sha256}
    statement = _insert(connection, made.vibe, {**values, "created_at": now})
    await connection.execute(
        statement.on_conflict_do_update(index_elements=SAME, set_={"sha256": made.sha256})
    )


async def add(
    connection: AsyncConnection,
    key: Key,
    wanted: EncodingKey,
    *,
    sha256: str,
    name: str,
    now: float,
) -> None:
    """Keep an encoding that was paid for elsewhere, unless there is one."""
    values = {"owner_id": key.owner_id, "key_id": key.id, "sha256": sha256, "created_at": now}
    if name:
        values["name"] = name[:LONGEST_NAME]
    statement = _insert(connection, wanted, values)
    await connection.execute(statement.on_conflict_do_nothing(index_elements=SAME))


async def change(connection: AsyncConnection, vibe_id: str, values: Mapping[str, Any]) -> None:
    """Change columns of a vibe."""
    await connection.execute(vibes.update().where(vibes.c.id == vibe_id).values(**values))


async def remove(connection: AsyncConnection, vibe_id: str) -> None:
    """Forget a vibe."""
    await connection.execute(vibes.delete().where(vibes.c.id == vibe_id))


def _insert(
    connection: AsyncConnection, wanted: EncodingKey, values: Mapping[str, Any]
) -> postgresql.Insert | sqlite.Insert:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    named = {"id": new_id("vibe"), "name": wanted.source[:NAME], **asdict(wanted)}
    return insert(vibes).values(named | dict(values))


def _visible(owner_id: str, key_id: str | None) -> ColumnElement[bool]:
    own = vibes.c.owner_id == owner_id
    return own if key_id is None else own & (vibes.c.key_id == key_id)
