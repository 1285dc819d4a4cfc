"""All SQL on series, and on their jobs as parts of them.

Who changes a series, or a job of one, locks the series before the job.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    and_,
    bindparam,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.job import HELD, SERIES_LANE, Job, State, job_from
from novelai.server.model.series import Series, series_from
from novelai.server.storage.tables import images, jobs, series

__all__ = [
    "UNFINISHED",
    "SeriesJob",
    "any_unfinished",
    "by_id",
    "by_idempotency_key",
    "change",
    "change_waiting",
    "count_open",
    "forget",
    "hold_jobs",
    "in_front",
    "insert",
    "insert_jobs",
    "jobs_of",
    "last_failures",
    "list_held",
    "list_series",
    "list_waiting",
    "lock_of_job",
    "lock_waiting",
    "newest_takes",
    "open_of_key",
    "release_jobs",
    "states",
    "with_sheet_due",
]

# Built once: to put these together takes longer than to run them.
READ = select(series).where(series.c.id == bindparam("series"))
LOCK = READ.with_for_update(key_share=True)
INSERT_JOBS = jobs.insert().inline()
UNFINISHED = (State.QUEUED, State.RUNNING, State.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesJob:
    """A job of a series, as far as its state goes.

    Attributes:
        cell: its place; ``None``: it prepares something for cells.
        spent: Anlas it was charged with, as far as that is known.
    """

    id: str
    series_id: str
    cell: int | None
    take: int
    state: State
    cost_max: int
    spent: int
    run_after: float


async def insert(connection: AsyncConnection, values: Mapping[str, Any]) -> Series:
    """Add a series."""
    return series_from(
        (await connection.execute(series.insert().values(values).returning(series))).one()
    )


async def insert_jobs(connection: AsyncConnection, values: Sequence[Mapping[str, Any]]) -> None:
    """Add jobs, all with the same columns."""
    if values:
        await connection.execute(INSERT_JOBS, values)


async def by_id(
    connection: AsyncConnection, series_id: str, *, lock: bool = False
) -> Series | None:
    """Return a series by its id, locked against others when asked."""
    query = LOCK if lock else READ
    row = (await connection.execute(query, {"series": series_id})).one_or_none()
    return None if row is None else series_from(row)


async def lock_of_job(connection: AsyncConnection, job_id: str) -> None:
    """Lock the series of a job, if it has one: before the job, as everybody does."""
    of_job = select(jobs.c.series_id).where(jobs.c.id == job_id).scalar_subquery()
    query = select(series.c.id).where(series.c.id == of_job)
    await connection.execute(query.with_for_update(key_share=True))


async def by_idempotency_key(connection: AsyncConnection, key_id: str, given: str) -> Series | None:
    """Return the series that a key ordered under an idempotency key."""
    query = select(series).where(series.c.key_id == key_id, series.c.idempotency_key == given)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else series_from(row)


async def list_series(
    connection: AsyncConnection,
    owner_id: str,
    *,
    key_id: str | None = None,
    finished: bool | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Series]:
    """Return an owner's series, newest first.

    Args:
        connection: to read from.
        owner_id: whose.
        key_id: only this key's.
        finished: only those that have come to their end, or only the others.
        before: the `seq` the page starts behind.
        limit: how many at most.
    """
    query = select(series).where(series.c.owner_id == owner_id)
    if key_id is not None:
        query = query.where(series.c.key_id == key_id)
    if finished is not None:
        ended = series.c.finished_at.is_not(None)
        query = query.where(ended if finished else ~ended)
    if before is not None:
        query = query.where(series.c.seq < before)
    rows = await connection.execute(query.order_by(series.c.seq.desc()).limit(limit))
    return [series_from(row) for row in rows]


async def count_open(connection: AsyncConnection, key_id: str) -> tuple[int, int]:
    """Return how many series of a key have not ended, and how many cells of them wait."""
    open_series = select(func.count()).where(
        series.c.key_id == key_id, series.c.finished_at.is_(None)
    )
    waiting = select(func.count()).where(
        jobs.c.key_id == key_id,
        jobs.c.state == State.QUEUED,
        jobs.c.lane == SERIES_LANE,
        jobs.c.cell.is_not(None),
    )
    query = select(open_series.scalar_subquery(), waiting.scalar_subquery())
    found = (await connection.execute(query)).one()
    return found[0], found[1]


async def change(connection: AsyncConnection, series_id: str, values: Mapping[str, Any]) -> None:
    """Change columns of a series."""
    await connection.execute(update(series).where(series.c.id == series_id).values(**values))


async def states(connection: AsyncConnection, ids: Sequence[str]) -> list[SeriesJob]:
    """Return the jobs of some series as far as their states go, the newest take of each last."""
    columns = (
        jobs.c.id, jobs.c.series_id, jobs.c.cell, jobs.c.take, jobs.c.state, jobs.c.cost_max,
        func.coalesce(jobs.c.cost, jobs.c.spent).label("spent"), jobs.c.run_after,
    )  # fmt: skip
    query = select(*columns).where(jobs.c.series_id.in_(ids))
    rows = await connection.execute(query.order_by(jobs.c.series_id, jobs.c.cell, jobs.c.take))
    return [
        SeriesJob(
            id=row.id,
            series_id=row.series_id,
            cell=row.cell,
            take=row.take,
            state=State(row.state),
            cost_max=row.cost_max,
            spent=row.spent,
            run_after=row.run_after,
        )
        for row in rows
    ]


async def jobs_of(
    connection: AsyncConnection, series_id: str, *, first: int = 0, limit: int | None = None
) -> list[Job]:
    """Return the jobs of a series' cells, from a cell on, the newest take of each last."""
    query = select(jobs).where(jobs.c.series_id == series_id, jobs.c.cell >= first)
    if limit is not None:
        query = query.where(jobs.c.cell < first + limit)
    rows = await connection.execute(query.order_by(jobs.c.cell, jobs.c.take))
    return [job_from(row) for row in rows]


async def newest_takes(connection: AsyncConnection, series_id: str) -> dict[int, Job]:
    """Return the newest job of each cell of a series."""
    found = await jobs_of(connection, series_id)
    return {job.cell: job for job in found if job.cell is not None}


async def list_waiting(connection: AsyncConnection, series_id: str) -> list[Job]:
    """Return the jobs of a series that wait, in their order."""
    query = select(jobs).where(jobs.c.series_id == series_id, jobs.c.state == State.QUEUED)
    rows = await connection.execute(query.order_by(jobs.c.rank, jobs.c.seq))
    return [job_from(row) for row in rows]


async def lock_waiting(connection: AsyncConnection, series_id: str) -> list[Job]:
    """Return the same, locked."""
    query = select(jobs).where(jobs.c.series_id == series_id, jobs.c.state == State.QUEUED)
    rows = await connection.execute(query.order_by(jobs.c.seq).with_for_update())
    return [job_from(row) for row in rows]


async def any_unfinished(
    connection: AsyncConnection, series_id: str, *, preparing: bool = False
) -> bool:
    """Return whether a job of a series has not ended.

    Args:
        connection: to read from.
        series_id: which.
        preparing: only those that prepare something for the cells.
    """
    where: list[ColumnElement[bool]] = [
        jobs.c.series_id == series_id, jobs.c.state.in_(UNFINISHED)
    ]  # fmt: skip
    if preparing:
        where.append(jobs.c.cell.is_(None))
    return bool((await connection.execute(select(exists().where(*where)))).scalar())


async def hold_jobs(connection: AsyncConnection, series_id: str) -> None:
    """Keep what waits of a series from running."""
    await _set_run_after(connection, series_id, HELD)


async def release_jobs(connection: AsyncConnection, series_id: str) -> None:
    """Let what waits of a series run."""
    await _set_run_after(connection, series_id, 0.0)


async def _set_run_after(connection: AsyncConnection, series_id: str, moment: float) -> None:
    await connection.execute(
        update(jobs)
        .where(jobs.c.series_id == series_id, jobs.c.state == State.QUEUED)
        .values(run_after=moment)
    )


async def last_failures(
    connection: AsyncConnection, series_id: str, since: float, limit: int
) -> list[str | None]:
    """Return the codes of the last jobs that ran, newest first; ``None``: it worked."""
    query = (
        select(jobs.c.state, jobs.c.error)
        .where(
            jobs.c.series_id == series_id,
            jobs.c.state.in_((State.SUCCEEDED, State.FAILED)),
            jobs.c.finished_at >= since,
        )
        .order_by(jobs.c.finished_at.desc(), jobs.c.seq.desc())
        .limit(limit)
    )
    rows = await connection.execute(query)
    return [None if row[0] == State.SUCCEEDED else _code_of(row[1]) for row in rows]


def _code_of(error: Mapping[str, Any] | None) -> str:
    return str((error or {}).get("code"))


async def in_front(connection: AsyncConnection, key_id: str) -> list[tuple[str, float]]:
    """Return the series of a key that wait, in their order, with the place of the first job."""
    first: ColumnElement[float] = func.min(jobs.c.rank, type_=Double)
    oldest: ColumnElement[int] = func.min(jobs.c.seq, type_=BigInteger)
    query = (
        select(jobs.c.series_id, first)
        .where(jobs.c.key_id == key_id, jobs.c.state == State.QUEUED, jobs.c.lane == SERIES_LANE)
        .group_by(jobs.c.series_id)
        .order_by(first, oldest)
    )
    return [(row[0], row[1]) for row in await connection.execute(query)]


async def change_waiting(
    connection: AsyncConnection, series_id: str, values: Mapping[str, Any]
) -> None:
    """Change columns of the jobs of a series that wait."""
    await connection.execute(
        update(jobs)
        .where(jobs.c.series_id == series_id, jobs.c.state == State.QUEUED)
        .values(**values)
    )


async def with_sheet_due(connection: AsyncConnection, limit: int) -> list[Series]:
    """Return series of everybody whose sheet is to be drawn."""
    query = select(series).where(series.c.sheet == "due").order_by(series.c.seq).limit(limit)
    return [series_from(row) for row in await connection.execute(query)]


async def open_of_key(connection: AsyncConnection, key_id: str) -> list[str]:
    """Return the ids of a key's series that have not ended."""
    query = select(series.c.id).where(series.c.key_id == key_id, series.c.finished_at.is_(None))
    return list((await connection.execute(query)).scalars())


async def list_held(connection: AsyncConnection, before: float, limit: int) -> list[Series]:
    """Return series of everybody that have rested since before a moment."""
    query = select(series).where(
        series.c.held_at < before, series.c.hold.is_not(None), series.c.finished_at.is_(None)
    )
    rows = await connection.execute(query.order_by(series.c.seq).limit(limit))
    return [series_from(row) for row in rows]


async def forget(connection: AsyncConnection, before: float, limit: int) -> int:
    """Forget series that ended before a moment, and of which no picture is left."""
    kept = exists().where(images.c.owner_id == series.c.owner_id, images.c.series_id == series.c.id)
    old = (
        select(series.c.seq)
        .where(and_(series.c.finished_at < before, ~kept))
        .limit(limit)
        .scalar_subquery()
    )
    return (await connection.execute(series.delete().where(series.c.seq.in_(old)))).rowcount
