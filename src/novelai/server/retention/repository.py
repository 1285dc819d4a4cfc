"""All SQL that forgets what is old."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.states import ENDED
from novelai.server.storage.tables import jobs, sessions

__all__ = ["forget_jobs", "forget_sessions"]


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
