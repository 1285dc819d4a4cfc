"""All SQL on images."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.images.filter import COUNTED, Filter, Sort
from novelai.server.images.origin import inherited, place_in_stack, source_of
from novelai.server.images.query import Query, parse_query
from novelai.server.images.search import FEW, counting, leading, matching
from novelai.server.images.words import vector_of, words_of
from novelai.server.model.artifact import Artifact
from novelai.server.model.image import Image, image_from
from novelai.server.model.job import Job
from novelai.server.model.params import references, settings_to_keep
from novelai.server.storage.clock import new_id
from novelai.server.storage.tables import (
    collection_images,
    collections,
    images,
    jobs,
    keys,
    uploads,
    vibes,
)

__all__ = [
    "add_words",
    "by_hashes",
    "by_ids",
    "change",
    "count_derived",
    "count_of_job",
    "find",
    "find_and_count",
    "find_unused",
    "insert",
    "insert_values",
    "of_job",
    "of_jobs",
    "of_series",
    "purge",
    "refresh_words",
    "source_among",
]

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

INSERT = images.insert().inline()
COLUMNS = list(images.c)
FIRST = images.alias("first")
OF_JOB = select(*COLUMNS).where(images.c.job_id == bindparam("job")).order_by(images.c.position)


COST = select(jobs.c.cost).where(jobs.c.id == images.c.job_id).scalar_subquery()
ORDERS: Mapping[Sort, Sequence[ColumnElement[Any]]] = {
    "old": (images.c.seq,),
    "series": (
        images.c.series_id.desc().nulls_last(),
        images.c.cell.nulls_last(),
        images.c.take.desc(),
        images.c.position,
        images.c.seq.desc(),
    ),
    "cost": (func.coalesce(COST, 0).desc(), images.c.seq.desc()),
    # Fibonacci hashing: neighbours are far apart.
    "random": ((images.c.seq * 2_654_435_761) % 4_294_967_296, images.c.seq),
}


async def insert(connection: AsyncConnection, job: Job, made: Artifact, now: float) -> None:
    """Add a picture of a job."""
    params = job.params
    values: dict[str, Any] = {
        "id": new_id("img"),
        "owner_id": job.owner_id,
        "key_id": job.key_id,
        "job_id": job.id,
        "position": made.position,
        "sha256": made.sha256,
        "received": made.received,
        "media_type": made.media_type,
        "bytes": made.size,
        "width": made.width,
        "height": made.height,
        "kind": job.kind,
        "model": job.model if job.kind == "generate" else None,
        "seed": made.seed,
        "prompt": str(params.get("prompt") or ""),
        "negative_prompt": str(params.get("negative_prompt") or ""),
        "settings": settings_to_keep(params),
        "sources": references(params),
        "derived_from": None,
        "stack": None,
        "door": job.door,
        "favourite": False,
        "created_at": now,
        "series_id": job.series_id,
        "cell": job.cell,
        "take": None if job.series_id is None else job.take,
    }
    if values["sources"] and (source := await _find_source(connection, job)):
        values |= place_in_stack(source) | inherited(job.kind, values["settings"], source)
    if job.roll is not None:  # else NULL, which a JSON column would not make of None
        values["roll"] = job.roll
    await insert_values(connection, values)
    if job.collection_id is not None:
        await _add_to_collection(connection, job.collection_id, values["id"], now)


async def insert_values(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Add a picture by its columns, and what it is found by."""
    await connection.execute(INSERT, values)
    await add_words(connection, [values])


async def _add_to_collection(
    connection: AsyncConnection, collection_id: str, image_id: str, now: float
) -> None:
    """Put a picture into a collection, if that is still there."""
    there = (collections.c.id == collection_id, collections.c.deleted_at.is_(None))
    # Held, so that it is not deleted before the picture is in it.
    used = update(collections).where(*there).values(used_at=now)
    if (await connection.execute(used)).rowcount:
        values = {"collection_id": collection_id, "image_id": image_id, "added_at": now}
        await connection.execute(collection_images.insert(), values)


async def count_of_job(connection: AsyncConnection, job_id: str) -> int:
    """Return at which position the next picture of a job would be."""
    query = select(func.coalesce(func.max(images.c.position) + 1, 0))
    return (await connection.execute(query.where(images.c.job_id == job_id))).scalar_one()


async def _find_source(connection: AsyncConnection, job: Job) -> Image | None:
    """Return the picture of the gallery that a job makes anew, as far as its key may see it."""
    sha256 = source_of(job.params)
    if sha256 is None:
        return None
    return await _with_bytes(connection, job.owner_id, sha256, job.key_id)


async def source_among(connection: AsyncConnection, image: Image) -> Image | None:
    """Return what a tool's picture was made from, as far as its key may see it."""
    if not image.sources:
        return None
    return await _with_bytes(connection, image.owner_id, image.sources[0], image.key_id)


async def _own_key(connection: AsyncConnection, key_id: str) -> str | None:
    """Return the key itself when it sees its own pictures only; ``None``: it sees all."""
    scopes = (await connection.execute(select(keys.c.scopes).where(keys.c.id == key_id))).scalar()
    return None if "admin" in (scopes or ()) else key_id


async def _with_bytes(
    connection: AsyncConnection, owner_id: str, sha256: str, key_id: str
) -> Image | None:
    """Return the newest picture with these bytes that a key may see."""
    query = select(*COLUMNS).where(images.c.owner_id == owner_id, images.c.sha256 == sha256)
    if (own := await _own_key(connection, key_id)) is not None:
        query = query.where(images.c.key_id == own)
    row = (await connection.execute(query.order_by(images.c.seq.desc()).limit(1))).first()
    return None if row is None else image_from(row)


async def add_words(connection: AsyncConnection, pictures: Sequence[Mapping[str, Any]]) -> None:
    """Add pictures that are in their table to the index.

    Args:
        connection: of a transaction.
        pictures: id, prompt, negative_prompt and settings of each.
    """
    postgres = connection.dialect.name == "postgresql"
    write = vector_of if postgres else " ".join
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


async def find(
    connection: AsyncConnection,
    owner_id: str,
    wanted: Filter,
    *,
    before: int | None = None,
    limit: int = 50,
    sort: Sort = "new",
) -> list[Image]:
    """Return an owner's pictures.

    Args:
        connection: to read from.
        owner_id: whose.
        wanted: which.
        before: the `seq` the page starts behind; in another order how many come before it.
        limit: how many at most.
        sort: in which order.
    """
    query = parse_query(wanted.query)
    few = await _find_few(connection, query)
    page = _page(connection, owner_id, wanted, query, few, before=before, sort=sort)
    return [image_from(row) for row in await connection.execute(page.limit(limit))]


async def find_and_count(
    connection: AsyncConnection,
    owner_id: str,
    wanted: Filter,
    *,
    before: int | None = None,
    limit: int = 50,
    sort: Sort = "new",
) -> tuple[list[Image], int]:
    """Return the same, and how many pictures there are in all; counted to 10,000."""
    query = parse_query(wanted.query)
    few = await _find_few(connection, query)
    page = _page(connection, owner_id, wanted, query, few, before=before, sort=sort)
    found = [image_from(row) for row in await connection.execute(page.limit(limit))]
    chosen = select(images.c.seq).where(*_conditions(owner_id, wanted))
    some = counting(connection.dialect.name, chosen, query, few=few).limit(COUNTED).subquery()
    counted = await connection.execute(select(func.count()).select_from(some))
    return found, counted.scalar_one()


def _page(
    connection: AsyncConnection,
    owner_id: str,
    wanted: Filter,
    query: Query,
    few: Sequence[int] | None,
    *,
    before: int | None,
    sort: Sort,
) -> Select[Any]:
    chosen = select(*COLUMNS).where(*_conditions(owner_id, wanted))
    is_new = sort == "new"
    page = matching(
        connection.dialect.name,
        chosen,
        query,
        before=before if is_new else None,
        few=few,
        binned=wanted.binned,
    )
    return page if is_new else page.order_by(None).order_by(*ORDERS[sort]).offset(before or 0)


async def _find_few(connection: AsyncConnection, query: Query) -> list[int] | None:
    """Return the pictures that words are in where that helps to find them, and they are few."""
    first = leading(connection.dialect.name, query)
    if first is None:
        return None
    found = list((await connection.execute(first)).scalars())
    return found if len(found) <= FEW else None


async def count_derived(
    connection: AsyncConnection, owner_id: str, ids: Sequence[str], key_id: str | None = None
) -> Mapping[str, int]:
    """Return how many versions there are of each of these pictures, without the bin."""
    counts: dict[str, int] = {}
    # Of the first of a stack all are counted, of the others those that were made from it.
    for column in (images.c.derived_from, images.c.stack):
        query = select(column, func.count()).where(
            column.in_(ids), images.c.owner_id == owner_id, images.c.deleted_at.is_(None)
        )
        if key_id is not None:
            query = query.where(images.c.key_id == key_id)
        rows = await connection.execute(query.group_by(column))
        counts |= {row[0]: row[1] for row in rows}
    return counts


def _conditions(owner_id: str, wanted: Filter) -> list[ColumnElement[bool]]:
    binned = images.c.deleted_at.is_not(None) if wanted.binned else images.c.deleted_at.is_(None)
    found = [images.c.owner_id == owner_id, binned]
    for name in (
        "key_id",
        "model",
        "seed",
        "width",
        "height",
        "kind",
        "job_id",
        "series_id",
        "favourite",
    ):
        value = getattr(wanted, name)
        if value is not None:
            found.append(images.c[name] == value)
    if wanted.since is not None:
        found.append(images.c.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(images.c.created_at < wanted.until)
    if wanted.collection is not None:
        found.append(images.c.id.in_(_members_of(wanted.collection)))
    if wanted.stacked:
        found.append(~_is_under_another(wanted.key_id))
    return found


def _members_of(collection_id: str) -> Select[Any]:
    return select(collection_images.c.image_id).where(
        collection_images.c.collection_id == collection_id
    )


def _is_under_another(key_id: str | None) -> ColumnElement[bool]:
    """Return whether the first of a picture's versions is in the gallery and stands for all."""
    conditions = [FIRST.c.id == images.c.stack, FIRST.c.deleted_at.is_(None)]
    if key_id is not None:
        conditions.append(FIRST.c.key_id == key_id)
    return exists().where(*conditions)


async def by_hashes(
    connection: AsyncConnection, owner_id: str, hashes: Sequence[str], key_id: str | None = None
) -> Mapping[str, str]:
    """Ids of an owner's pictures by the sha256 of their bytes, the newest of each."""
    query = select(images.c.sha256, images.c.id).where(
        images.c.owner_id == owner_id, images.c.sha256.in_(hashes)
    )
    if key_id is not None:
        query = query.where(images.c.key_id == key_id)
    rows = await connection.execute(query.order_by(images.c.seq))
    return {row.sha256: row.id for row in rows}


async def by_ids(
    connection: AsyncConnection, owner_id: str, ids: Sequence[str], key_id: str | None = None
) -> list[Image]:
    """Return an owner's pictures by their ids, those of one key when asked."""
    query = select(*COLUMNS).where(images.c.owner_id == owner_id, images.c.id.in_(ids))
    if key_id is not None:
        query = query.where(images.c.key_id == key_id)
    return [image_from(row) for row in await connection.execute(query.order_by(images.c.seq))]


async def of_job(connection: AsyncConnection, job_id: str) -> list[Image]:
    """Return the pictures of a job, in order."""
    return [image_from(row) for row in await connection.execute(OF_JOB, {"job": job_id})]


async def of_jobs(connection: AsyncConnection, job_ids: Sequence[str]) -> list[Image]:
    """Return the pictures of several jobs, in order."""
    query = select(*COLUMNS).where(images.c.job_id.in_(job_ids))
    rows = await connection.execute(query.order_by(images.c.job_id, images.c.position))
    return [image_from(row) for row in rows]


async def of_series(connection: AsyncConnection, owner_id: str, series_id: str) -> list[Image]:
    """Return the pictures of a series that are in the gallery, by cell, take and position."""
    query = select(*COLUMNS).where(
        images.c.owner_id == owner_id,
        images.c.series_id == series_id,
        images.c.cell.is_not(None),
        images.c.deleted_at.is_(None),
    )
    order = (images.c.cell, images.c.take, images.c.position)
    return [image_from(row) for row in await connection.execute(query.order_by(*order))]


async def find_binned(connection: AsyncConnection, moment: float, limit: int) -> list[Image]:
    """Pictures of everybody that have been in the bin since before a moment."""
    query = select(*COLUMNS).where(images.c.deleted_at < moment).limit(limit)
    return [image_from(row) for row in await connection.execute(query)]


async def change(
    connection: AsyncConnection, ids: Sequence[str], values: Mapping[str, Any]
) -> None:
    """Change columns of pictures."""
    await connection.execute(update(images).where(images.c.id.in_(ids)).values(**values))


async def purge(connection: AsyncConnection, ids: Sequence[str]) -> None:
    """Forget pictures; what was made from them stays, and stands for itself."""
    for column in (images.c.derived_from, images.c.stack):
        alone = update(images).where(column.in_(ids)).values({column: None})
        await connection.execute(alone)
    await connection.execute(delete(images).where(images.c.id.in_(ids)))


async def find_unused(connection: AsyncConnection, hashes: Sequence[str]) -> list[str]:
    """Return those of these bytes that nothing has any more.

    No picture, upload, vibe, or unfinished job.
    """
    used: set[str] = set()
    for column in (
        images.c.sha256, images.c.received, uploads.c.sha256, vibes.c.sha256, vibes.c.source
    ):  # fmt: skip
        kept = select(column).where(column.in_(hashes))
        used.update((await connection.execute(kept)).scalars())
    waiting = select(jobs.c.params).where(jobs.c.finished_at.is_(None))
    for params in (await connection.execute(waiting)).scalars():
        used.update(references(params))
    return [sha256 for sha256 in hashes if sha256 not in used]


async def count(connection: AsyncConnection, owner_id: str) -> int:
    """Return how many pictures an owner has, without the bin."""
    query = select(func.count()).where(images.c.owner_id == owner_id, images.c.deleted_at.is_(None))
    return (await connection.execute(query)).scalar_one()
