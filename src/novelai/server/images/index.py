"""The index of words where it is missing: pictures that an earlier version brought."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, column, exists, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.images.repository import add_words
from novelai.server.model.rows import columns_of
from novelai.server.storage.engine import Database
from novelai.server.storage.tables import images

__all__ = ["any_missing", "index_missing"]

AT_ONCE = 200
"""Pictures of one transaction: what others write waits no longer than for that."""

TEXTS = (
    images.c.seq, images.c.id, images.c.prompt, images.c.negative_prompt, images.c.settings
)  # fmt: skip


async def any_missing(database: Database) -> bool:
    """Return whether there are pictures that are not in the index."""
    async with database.look() as connection:
        return bool(await _find_missing(connection, None, 1))


async def index_missing(database: Database, below: int | None = None) -> int | None:
    """Add some pictures that are not in the index, the newest first.

    Args:
        database: which.
        below: only such whose `seq` is lower.

    Returns:
        the `seq` to go on below; ``None`` when nothing is missing below it.
    """
    async with database.look() as connection:
        rows = await _find_missing(connection, below, AT_ONCE)
    if not rows:
        return None
    async with database.write() as connection:
        await add_words(connection, rows)
    return rows[-1]["seq"]


async def _find_missing(
    connection: AsyncConnection, below: int | None, limit: int
) -> Sequence[Mapping[str, Any]]:
    place = "seq" if connection.dialect.name == "postgresql" else "rowid"
    index = table("images_words", column(place, BigInteger))
    missing = select(*TEXTS).where(~exists().where(index.c[place] == images.c.seq))
    if below is not None:
        missing = missing.where(images.c.seq < below)
    rows = await connection.execute(missing.order_by(images.c.seq.desc()).limit(limit))
    return [columns_of(row) for row in rows]
