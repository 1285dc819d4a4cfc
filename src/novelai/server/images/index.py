"""The index of words: what is written with each picture, and afterwards where it is missing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import BigInteger, column, exists, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.images.words import BOUNDARY, index_words
from novelai.server.model.rows import columns_of
from novelai.server.storage.engine import Database
from novelai.server.storage.tables import images

__all__ = ["add_words", "any_missing", "index_missing", "quoted", "refresh_words", "words_of"]

AT_ONCE = 200
"""Pictures of one transaction: what others write waits no longer than for that."""

SQLITE = text(
    "INSERT INTO images_words (rowid, wanted, unwanted) "
    "SELECT seq, :wanted, :unwanted FROM images WHERE id = :id"
)
POSTGRES = text(
    "INSERT INTO images_words (seq, wanted, unwanted) "
    "SELECT seq, CAST(CAST(:wanted AS text) AS tsvector), CAST(CAST(:unwanted AS text) AS tsvector)"
    " FROM images WHERE id = :id ON CONFLICT DO NOTHING"
)
FORGET = "DELETE FROM images_words WHERE {place} IN (SELECT seq FROM images WHERE id = :id)"
TEXTS = (
    images.c.seq, images.c.id, images.c.prompt, images.c.negative_prompt, images.c.settings
)  # fmt: skip


def words_of(
    prompt: str, negative_prompt: str, settings: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Return the words of what was wanted of a picture, and of what was not.

    Args:
        prompt: of the whole picture.
        negative_prompt: likewise.
        settings: hold the characters.
    """
    characters = [
        cast("Mapping[str, Any]", one)
        for one in settings.get("characters") or ()
        if isinstance(one, Mapping)
    ]
    wanted = [prompt, *(str(one.get("prompt") or "") for one in characters)]
    unwanted = [negative_prompt, *(str(one.get("negative_prompt") or "") for one in characters)]
    return index_words(wanted), index_words(unwanted)


async def add_words(connection: AsyncConnection, pictures: Sequence[Mapping[str, Any]]) -> None:
    """Add pictures that are in their table to the index.

    Args:
        connection: of a transaction.
        pictures: id, prompt, negative_prompt and settings of each.
    """
    postgres = connection.dialect.name == "postgresql"
    write = _vector if postgres else " ".join
    values: list[dict[str, Any]] = []
    for one in pictures:
        wanted, unwanted = words_of(one["prompt"], one["negative_prompt"], one["settings"])
        values.append({"id": one["id"], "wanted": write(wanted), "unwanted": write(unwanted)})
    await connection.execute(POSTGRES if postgres else SQLITE, values)


async def refresh_words(connection: AsyncConnection, picture: Mapping[str, Any]) -> None:
    """Index a picture again whose texts have changed; arguments as for `add_words`."""
    place = "seq" if connection.dialect.name == "postgresql" else "rowid"
    await connection.execute(text(FORGET.format(place=place)), {"id": picture["id"]})
    await add_words(connection, [picture])


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


def _vector(words: Iterable[str]) -> str:
    """Return words with their places, as Postgres reads them."""
    return " ".join(
        f"{quoted(word)}:{place}" for place, word in enumerate(words, start=1) if word != BOUNDARY
    )


def quoted(word: str) -> str:
    """Return a word as Postgres reads it in vectors and queries."""
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
