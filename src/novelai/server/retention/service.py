"""Tidying up, again and again while the server runs."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.images.sweep import expire_uploads, sweep_orphans
from novelai.server.model.job import ENDED
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.storage.tables import jobs, sessions

__all__ = [
    "RetentionPeriods",
    "RetentionReport",
    "apply_retention",
    "forget_jobs",
    "forget_sessions",
    "keep_applying",
]

log = logging.getLogger(__name__)

DAY = 86_400.0
EVERY = 3600.0
AT_ONCE = 500
"""Transactions stay short: jobs are not held up."""

FEW = 5
"""Series that are taken back at once, which have many jobs."""

RESTED = 30.0
"""Days after which a series that was paused, or halted, is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPeriods:
    """Days; 0 is for ever.

    Attributes:
        binned: pictures, collections and entries of the library in the bin.
        jobs: jobs that have ended, and series of which no picture is left; pictures stay in the
            gallery.
        uploads: pictures that were handed in, since they were used last.
    """

    binned: float = 30.0
    jobs: float = 90.0
    uploads: float = 7.0

    @classmethod
    def of(cls, settings: Settings) -> "RetentionPeriods":
        """As the settings say."""
        return cls(binned=settings.bin_days, jobs=settings.job_days, uploads=settings.upload_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionReport:
    """How many of each were forgotten."""

    binned: int = 0
    jobs: int = 0
    sessions: int = 0
    uploads: int = 0
    entries: int = 0
    series: int = 0
    collections: int = 0
    orphans: int = 0


async def apply_retention(services: Services, keep: RetentionPeriods) -> RetentionReport:
    """Forget what is old now."""
    database, blobs = services.context.database, services.context.blobs
    async with database.read() as connection:
        now = await services.context.clock.now(connection)

    async def empty_bins() -> int:
        return await services.images.empty_bin(older_than=keep.binned * DAY)

    async def jobs() -> int:
        async with database.write() as connection:
            return await forget_jobs(connection, now - keep.jobs * DAY, AT_ONCE)

    async def sessions() -> int:
        async with database.write() as connection:
            return await forget_sessions(connection, now)

    async def uploads() -> int:
        age = keep.uploads * DAY
        return await expire_uploads(database, blobs, services.context.clock, older_than=age)

    async def entries() -> int:
        return await services.library.forget(older_than=keep.binned * DAY, limit=AT_ONCE)

    async def rested() -> int:
        return await services.series.cancel_forgotten(older_than=RESTED * DAY, limit=FEW)

    async def series() -> int:
        return await services.series.forget(older_than=keep.jobs * DAY, limit=AT_ONCE)

    async def collections() -> int:
        return await services.collections.forget(older_than=keep.binned * DAY, limit=AT_ONCE)

    await _all(rested)
    return RetentionReport(
        binned=await _all(empty_bins) if keep.binned else 0,
        jobs=await _all(jobs) if keep.jobs else 0,
        sessions=await sessions(),
        uploads=await _all(uploads) if keep.uploads else 0,
        entries=await _all(entries) if keep.binned else 0,
        series=await _all(series) if keep.jobs else 0,
        collections=await _all(collections) if keep.binned else 0,
        # Last: what the others left behind is a day old by the next time.
        orphans=(await sweep_orphans(database, blobs, now=now)).removed,
    )


async def keep_applying(
    services: Services, keep: RetentionPeriods, *, every: float = EVERY
) -> None:
    """Tidy until cancelled.

    Args:
        services: what is tidied.
        keep: what is kept how long.
        every: seconds between two times.
    """
    while True:
        try:
            done = await apply_retention(services, keep)
            if done != RetentionReport():
                log.info("forgotten for their age: %s", done)
        except* (SQLAlchemyError, OSError) as group:
            log.error("tidying waits after %s", type(group.exceptions[0]).__name__)  # noqa: TRY400
        await anyio.sleep(every)


async def _all(forget: Callable[[], Awaitable[int]]) -> int:
    total = 0
    while number := await forget():
        total += number
    return total


async def forget_jobs(connection: AsyncConnection, before: float, limit: int) -> int:
    """Forget jobs that ended before a moment; pictures and what was spent stay."""
    old = (
        select(jobs.c.seq)
        .where(jobs.c.state.in_(ENDED), jobs.c.finished_at < before)
        .order_by(jobs.c.seq)
        .limit(limit)
        .scalar_subquery()
    )
    return (await connection.execute(delete(jobs).where(jobs.c.seq.in_(old)))).rowcount


async def forget_sessions(connection: AsyncConnection, now: float) -> int:
    """Forget sessions of browsers that have expired."""
    return (await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))).rowcount
