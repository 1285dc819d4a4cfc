"""What keys reserved and spent. Entries are added, never changed; their sum is what is used.

reserve  +cost_max                   when a job is submitted
change   new cost_max - cost_max     when a queued job becomes another
leave    -cost_max                   when that one is of another model: from the model it had,
enter    new cost_max                and to the model it has now
release  -cost_max                   when it ended without a charge
settle   cost - cost_max             when it was charged: the sum of all is the cost

Free V5 pictures are counted likewise, beside the Anlas: what was set aside gives way to what the
job drew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Date, Text, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.budget import SECONDS, Window
from novelai.server.model.job import Job
from novelai.server.storage.tables import keys, ledger

__all__ = [
    "Usage",
    "UsageRow",
    "release",
    "release_all",
    "rereserve",
    "reserve",
    "reserve_all",
    "settle",
    "spending",
    "usage",
]


INSERT = ledger.insert().inline()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a key has reserved and spent.

    Attributes:
        windows: Anlas within the last day, 7 days and 30 days.
        allowance: free V5 pictures within the last 30 days.
    """

    windows: Mapping[Window, int] = field(default_factory=lambda: dict.fromkeys(SECONDS, 0))
    allowance: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """What was used in one group.

    Attributes:
        group: the day as ``2026-11-25`` (UTC), the key's id, or the model; empty without a model.
        jobs: how many were submitted, less those that ended without a charge and a picture.
        images: pictures that came.
        anlas: reserved by open jobs, and spent.
        allowance: free V5 pictures.
    """

    group: str
    jobs: int
    images: int
    anlas: int
    allowance: int


async def reserve(connection: AsyncConnection, job: Job) -> None:
    """Set aside what a job may cost."""
    await _add(connection, job, "reserve", job.cost_max, job.allowance)


async def reserve_all(connection: AsyncConnection, jobs: Sequence[Mapping[str, Any]]) -> None:
    """Set aside what many new jobs may cost, from their columns."""
    values = [
        {
            "key_id": one["key_id"],
            "job_id": one["id"],
            "entry": "reserve",
            "anlas": one["cost_max"],
            "allowance": one["allowance"],
            "images": 0,
            "model": one["model"],
            "at": one["created_at"],
        }
        for one in jobs
    ]
    if values:
        await connection.execute(INSERT, values)


async def rereserve(
    connection: AsyncConnection, job: Job, *, model: str | None, cost_max: int, allowance: int
) -> None:
    """Set aside something else for a queued job.

    Args:
        connection: of the transaction that also writes the new bounds into the job's row.
        job: as it was before.
        model: the model it uses now.
        cost_max: Anlas it may cost now.
        allowance: free V5 pictures it may use now.
    """
    anlas, images = cost_max - job.cost_max, allowance - job.allowance
    if model != job.model:
        await _add(connection, job, "leave", -job.cost_max, -job.allowance)
        await _add(connection, replace(job, model=model), "enter", cost_max, allowance)
    elif anlas or images:
        await _add(connection, job, "change", anlas, images)


async def release_all(connection: AsyncConnection, jobs: Sequence[Job]) -> None:
    """Give back everything that was set aside for several jobs."""
    values = [_entry(job, "release", -job.cost_max, -job.allowance) for job in jobs]
    if values:
        await connection.execute(INSERT, values)


async def release(connection: AsyncConnection, job: Job) -> None:
    """Give back everything that was set aside."""
    await _add(connection, job, "release", -job.cost_max, -job.allowance)


async def settle(
    connection: AsyncConnection, job: Job, *, cost: int, allowance: int, images: int = 0
) -> None:
    """Replace what was set aside by what it cost.

    Args:
        connection: of the caller's transaction.
        job: which.
        cost: Anlas.
        allowance: free V5 pictures it drew.
        images: how many pictures came.
    """
    anlas, pictures = cost - job.cost_max, allowance - job.allowance
    await _add(connection, job, "settle", anlas, pictures, images=images)


async def spending(
    connection: AsyncConnection, key_id: str, now: float, *, without: Job | None = None
) -> Usage:
    """Add up what a key has reserved and spent, but for one job when asked."""

    def within(window: Window, column: ColumnElement[int]) -> ColumnElement[int]:
        inside = case((ledger.c.at > now - SECONDS[window], column), else_=0)
        return func.coalesce(func.sum(inside), 0)

    query = select(
        *(within(window, ledger.c.anlas) for window in SECONDS),
        within("month", ledger.c.allowance),
    ).where(ledger.c.key_id == key_id, ledger.c.at > now - max(SECONDS.values()))
    if without is not None:
        query = query.where(ledger.c.job_id != without.id)
    *sums, allowance = (await connection.execute(query)).one()
    windows: dict[Window, int] = dict(zip(SECONDS, map(int, sums), strict=True))
    return Usage(windows=windows, allowance=int(allowance))


async def usage(
    connection: AsyncConnection,
    *,
    owner_id: str,
    key_id: str | None,
    by: Literal["day", "key", "model"],
    since: float | None,
    until: float | None,
) -> list[UsageRow]:
    """Add up what an owner's keys used, in groups.

    Args:
        connection: to read from.
        owner_id: whose.
        key_id: only this key's.
        by: what makes a group.
        since: jobs submitted at or after, unix seconds.
        until: jobs submitted before, unix seconds.
    """
    group = _group(connection, by)
    opened = case(
        (ledger.c.entry.in_(("reserve", "enter")), 1),
        (ledger.c.entry.in_(("release", "leave")), -1),
        else_=0,
    )
    query = (
        select(
            group.label("group"),
            func.sum(opened).label("jobs"),
            func.sum(ledger.c.images).label("images"),
            func.sum(ledger.c.anlas).label("anlas"),
            func.sum(ledger.c.allowance).label("allowance"),
        )
        .join(keys, keys.c.id == ledger.c.key_id)
        .where(keys.c.owner_id == owner_id)
    )
    if key_id is not None:
        query = query.where(ledger.c.key_id == key_id)
    if since is not None:
        query = query.where(ledger.c.at >= since)
    if until is not None:
        query = query.where(ledger.c.at < until)
    rows = await connection.execute(query.group_by(group).order_by(group))
    return [
        UsageRow(
            group=row.group,
            jobs=int(row.jobs),
            images=int(row.images),
            anlas=int(row.anlas),
            allowance=int(row.allowance),
        )
        for row in rows
    ]


def _group(connection: AsyncConnection, by: Literal["day", "key", "model"]) -> ColumnElement[str]:
    if by == "key":
        return ledger.c.key_id
    if by == "model":
        return func.coalesce(ledger.c.model, "")
    if connection.dialect.name == "postgresql":
        utc = func.timezone("UTC", func.to_timestamp(ledger.c.at))
        return cast(cast(utc, Date), Text)
    return func.date(ledger.c.at, "unixepoch")


async def _add(
    connection: AsyncConnection,
    job: Job,
    entry: str,
    anlas: int,
    allowance: int,
    *,
    images: int = 0,
) -> None:
    await connection.execute(INSERT, _entry(job, entry, anlas, allowance, images=images))


def _entry(job: Job, entry: str, anlas: int, allowance: int, *, images: int = 0) -> dict[str, Any]:
    return {
        "key_id": job.key_id,
        "job_id": job.id,
        "entry": entry,
        "anlas": anlas,
        "allowance": allowance,
        "images": images,
        "model": job.model,
        "at": job.created_at,  # all of a job counts in the window it was submitted in
    }
