"""Jobs whose worker is gone: what surely cost nothing waits again, the rest is uncertain."""

import logging

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.accounts import repository as accounts
from novelai.server.jobs import claims, repository, transitions
from novelai.server.model.job import Job, State
from novelai.server.worker.context import WorkerContext

__all__ = ["reap"]

log = logging.getLogger(__name__)

MANY = 100
"""Attempts after which a job is not begun again: it may be what ends the workers."""


async def reap(context: WorkerContext, *, everything: bool = False) -> int:
    """Take back running jobs whose lease has run out.

    A lease has run out when the database's clock says so, and this process has watched it for its
    whole length without seeing it renewed: a clock that jumps frees no account.

    Args:
        context: the worker's.
        everything: all running jobs, whatever their lease says: for the start of the only process.

    Returns:
        how many there were.
    """
    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        running = [
            (job, until)
            for job, until in await claims.running(connection)
            if job.run not in context.mine
        ]
        watched = {job.id: (job.fence, until) for job, until in running}
        stood = context.running.seconds_unchanged(watched, context.monotonic())
        lost = [
            (job, until)
            for job, until in running
            if everything
            or until is None
            or (until <= now and stood[job.id] >= context.timing.lease)
        ]
        count = 0
        for known, until in lost:
            # Its worker may be about to write; in the order in which it locks, so that none of the
            # two waits for the other one.
            job = await repository.by_id(connection, known.id, lock=True)
            if job is None or job.state is not State.RUNNING or job.run != known.run:
                continue
            if until is None or await accounts.take_over(connection, job, until, now):
                log.warning("%s was left by its worker", job.id)
                await _take(connection, context, job, now)
                count += 1
    return count


async def _take(connection: AsyncConnection, context: WorkerContext, job: Job, now: float) -> None:
    note = {"code": "WorkerLost", "detail": "The server stopped during the call."}
    settle = context.timing.settle
    if job.sent_at is not None:
        await transitions.doubt(connection, context.bus, job, note, look_at=now + settle)
    elif job.attempts >= MANY:
        note["detail"] = f"The server stopped {job.attempts} times while it ran."
        await transitions.fail(connection, context.bus, job, note, now=now, free_at=now)
    else:
        # A free call may still be under way: its account rests until it has surely ended.
        free_at = max(now, min(job.started_at or now, now) + settle)
        await transitions.requeue(connection, context.bus, job, run_after=now, free_at=free_at)
