"""What keys reserved and spent. Entries are added, never changed; their sum is what is used.

reserve  +cost_max   when a job is submitted
release  -cost_max   when it ended without a charge
settle   cost - cost_max   when it was charged: the sum of both is the cost
"""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.jobs.job import Job
from novelai.server.keys.budget import SECONDS, Window
from novelai.server.storage.tables import ledger

__all__ = ["release", "reserve", "settle", "used", "used_allowance"]


async def reserve(connection: AsyncConnection, job: Job) -> None:
    """Set aside what a job may cost."""
    await _add(connection, job, "reserve", job.cost_max, job.allowance)


async def release(connection: AsyncConnection, job: Job) -> None:
    """Give back everything that was set aside."""
    await _add(connection, job, "release", -job.cost_max, -job.allowance)


async def settle(connection: AsyncConnection, job: Job, *, cost: int) -> None:
    """Replace what was set aside by what it cost."""
    await _add(connection, job, "settle", cost - job.cost_max, 0)


async def used(connection: AsyncConnection, key_id: str, now: float) -> Mapping[Window, int]:
    """Anlas reserved and spent by a key in each window."""
    found: dict[Window, int] = {}
    for window, seconds in SECONDS.items():
        query = select(func.coalesce(func.sum(ledger.c.anlas), 0)).where(
            ledger.c.key_id == key_id, ledger.c.at > now - seconds
        )
        found[window] = int((await connection.execute(query)).scalar_one())
    return found


async def used_allowance(connection: AsyncConnection, key_id: str, now: float) -> int:
    """Free V5 pictures a key used within the last 30 days."""
    query = select(func.coalesce(func.sum(ledger.c.allowance), 0)).where(
        ledger.c.key_id == key_id, ledger.c.at > now - SECONDS["month"]
    )
    return int((await connection.execute(query)).scalar_one())


async def _add(
    connection: AsyncConnection, job: Job, entry: str, anlas: int, allowance: int
) -> None:
    await connection.execute(
        ledger.insert().values(
            key_id=job.key_id,
            job_id=job.id,
            entry=entry,
            anlas=anlas,
            allowance=allowance,
            model=job.model,
            at=job.created_at,  # all of a job counts in the window it was submitted in
        )
    )
