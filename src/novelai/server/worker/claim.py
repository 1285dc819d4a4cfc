"""Taking a job and an account, and writing down that a paid request is about to leave."""

from novelai.server.jobs import claims, transitions
from novelai.server.model.account import Account
from novelai.server.model.job import Job
from novelai.server.model.states import State
from novelai.server.telemetry.spans import trace_calls
from novelai.server.worker.context import WorkerContext

__all__ = ["claim", "intend"]


@trace_calls("claim", only_results=True)
async def claim(context: WorkerContext) -> tuple[Job, Account] | None:
    """Return the fairest job that an account is free for, in one transaction.

    ``None``: nothing to do.
    """
    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        found = await claims.next_claim(connection, now)
        if found is None:
            return None
        account, waiting = found
        until = now + context.timing.lease
        job = await claims.hold(connection, waiting, account.id, now=now, lease_until=until)
        transitions.announce(connection, context.bus, job, State.RUNNING)
        return job, account


async def intend(
    context: WorkerContext, job: Job, *, anlas_before: int | None, price: int | None
) -> bool:
    """Write down that a paid request is about to leave; ``False``: the job was taken away."""
    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        return await claims.record_sent(
            connection, job, now=now, anlas_before=anlas_before, price=price
        )
