"""How a job leaves a state: its row, the ledger, its account and the news, in one transaction.

Each function gives ``False``, and changes nothing, when the job is not any more as it was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.accounts import repository as accounts
from novelai.server.events.bus import Bus
from novelai.server.images import repository as images
from novelai.server.jobs import repository, series_course, series_rows
from novelai.server.keys import ledger
from novelai.server.model.artifact import Artifact
from novelai.server.model.job import ENDED, HELD, Job, State, may_become
from novelai.server.model.series import Series
from novelai.server.vibes import repository as vibes
from novelai.server.webhooks import outbox

__all__ = [
    "announce",
    "cancel",
    "cancel_all",
    "doubt",
    "fail",
    "keep_encoding",
    "requeue",
    "succeed",
]


def announce(connection: AsyncConnection, bus: Bus, job: Job, state: State) -> None:
    """Tell that a job is in a state now."""
    data: dict[str, Any] = {"job": job.id, "state": state.value, "key": job.key_id}
    if job.webhook is not None:
        data["webhook"] = True
    if job.series_id is not None:
        data["series"] = job.series_id
    bus.announce(connection, job.owner_id, "job", data)
    bus.count_change_after(connection, replace(job, state=state))


async def succeed(
    connection: AsyncConnection,
    bus: Bus,
    job: Job,
    made: Sequence[Artifact],
    *,
    now: float,
    free_at: float,
    cost: int,
    allowance: int,
    error: Mapping[str, Any] | None = None,
) -> bool:
    """Keep what was made, settle the charge, free the account.

    Args:
        connection: of the caller's transaction.
        bus: who is told.
        job: as the caller knows it.
        made: what came, its bytes stored.
        now: the time, unix seconds.
        free_at: when its account may work again, unix seconds.
        cost: Anlas the last call was charged with; `Job.spent` comes on top.
        allowance: free V5 pictures it drew.
        error: what went wrong behind the pictures that came.
    """
    total = job.spent + cost
    values = {
        "finished_at": now,
        "charged": "yes" if total else "no",
        "cost": total,
        "price": cost,
        "result": [one.reference for one in made],
        "error": None if error is None else dict(error),
    }
    if not await _move(connection, bus, job, State.SUCCEEDED, values):
        return False
    for one in made:
        if one.is_image:
            await images.insert(connection, job, one, now)
        elif one.vibe is not None:
            await vibes.keep(connection, job, one, now)
    pictures = sum(one.is_image for one in made)
    await ledger.settle(connection, job, cost=total, allowance=allowance, images=pictures)
    await accounts.pay(connection, job, cost)
    await accounts.free(connection, job, free_at)
    await _promise(connection, job)
    return True


async def fail(
    connection: AsyncConnection,
    bus: Bus,
    job: Job,
    error: Mapping[str, Any],
    *,
    now: float,
    free_at: float,
    cost: int = 0,
    allowance: int = 0,
) -> bool:
    """End a job without a picture: release what was reserved, or settle what it cost.

    ``cost`` is of the last call, in Anlas; `Job.spent` comes on top. ``allowance`` is how many free
    V5 pictures that call drew.
    """
    total = job.spent + cost
    values = {
        "finished_at": now,
        "charged": "yes" if total else "no",
        "cost": total,
        "error": dict(error),
    }
    if not await _move(connection, bus, job, State.FAILED, values):
        return False
    await _close(connection, job, total, allowance)
    await accounts.pay(connection, job, cost)
    await accounts.free(connection, job, free_at)
    await _promise(connection, job)
    return True


async def requeue(
    connection: AsyncConnection,
    bus: Bus,
    job: Job,
    *,
    run_after: float,
    free_at: float,
    error: Mapping[str, Any] | None = None,
    rank: float | None = None,
) -> bool:
    """Back to the queue: it surely did not run, or ran for free. Its reservation stays.

    Only vibes that were encoded on its way may have been charged.

    Args:
        connection: of the transaction.
        bus: who tells it.
        job: as it was read.
        run_after: when it may run, unix seconds.
        free_at: when its account is free again.
        error: why it did not run.
        rank: its new place among the jobs of its key; without one it keeps the old place.
    """
    series = await _series_of(connection, job)
    values = {
        "rank": job.rank if rank is None else rank,
        "failures": job.failures,
        "run_after": run_after if series is None or series.hold is None else HELD,
        "charged": "yes" if job.spent else "no",
        "error": None if error is None else dict(error),
    }
    if not await _move(connection, bus, job, State.QUEUED, values, series=series):
        return False
    await accounts.free(connection, job, free_at)
    return True


async def doubt(
    connection: AsyncConnection,
    bus: Bus,
    job: Job,
    error: Mapping[str, Any],
    *,
    look_at: float,
) -> bool:
    """Mark a job that may have run.

    Its reservation is kept, its account rests until that is clear.
    """
    values = {"charged": "unknown", "failures": job.failures, "error": dict(error)}
    if not await _move(connection, bus, job, State.UNCERTAIN, values):
        return False
    await accounts.keep_for(connection, job, look_at)
    await _promise(connection, job)
    return True


async def cancel(connection: AsyncConnection, bus: Bus, job: Job, *, now: float) -> bool:
    """Take back a job that waits; vibes that were encoded for it are kept, and paid for."""
    charged = "yes" if job.spent else "no"
    values = {"finished_at": now, "cost": job.spent, "charged": charged}
    if not await _move(connection, bus, job, State.CANCELLED, values):
        return False
    await _close(connection, job, job.spent)
    await _promise(connection, job)
    return True


async def cancel_all(
    connection: AsyncConnection, bus: Bus, jobs: Sequence[Job], *, now: float
) -> None:
    """Take back jobs of one series that wait, which are locked, and do not tell of each.

    Those for which vibes were encoded already are taken back one by one.
    """
    free = [job for job in jobs if not job.spent]
    values = {"finished_at": now, "cost": 0, "charged": "no"}
    await repository.cancel_waiting(connection, [job.id for job in free], values)
    await ledger.release_all(connection, free)
    for job in free:
        bus.count_change_after(connection, replace(job, state=State.CANCELLED, cost=0))
    for job in jobs:
        if job.spent:
            await cancel(connection, bus, job, now=now)


async def keep_encoding(
    connection: AsyncConnection, bus: Bus, job: Job, made: Artifact, *, cost: int, now: float
) -> bool:
    """Keep a vibe that was encoded on the way of a job, and count what it cost.

    ``False``, and nothing is kept, when the job is not any more as it was read.
    """
    if not await repository.count_spent(connection, job, cost):
        return False
    await vibes.keep(connection, job, made, now)
    if await accounts.pay(connection, job, cost):
        bus.announce(connection, job.owner_id, "account", {"account": job.account_id})
    return True


async def _close(connection: AsyncConnection, job: Job, cost: int, allowance: int = 0) -> None:
    if cost:
        await ledger.settle(connection, job, cost=cost, allowance=allowance)
    else:
        await ledger.release(connection, job)


async def _move(
    connection: AsyncConnection,
    bus: Bus,
    job: Job,
    state: State,
    values: Mapping[str, Any],
    *,
    series: Series | None = None,
) -> bool:
    if not may_become(job.state, state):
        return False
    series = series or await _series_of(connection, job)
    if not await repository.update_state(connection, job, state, values):
        return False
    announce(connection, bus, replace(job, **values), state)
    if series is not None and state in ENDED:
        await series_course.follow(connection, bus, series, state, values["finished_at"])
    if job.account_id is not None and state is not State.UNCERTAIN:
        bus.announce(connection, job.owner_id, "account", {"account": job.account_id})
    return True


async def _series_of(connection: AsyncConnection, job: Job) -> Series | None:
    """Return the series of a job, locked: who changes one of its jobs waits for the others."""
    if job.series_id is None:
        return None
    return await series_rows.by_id(connection, job.series_id, lock=True)


async def _promise(connection: AsyncConnection, job: Job) -> None:
    """Have the webhook told of what was written."""
    if job.webhook is not None:
        await outbox.promise(connection, job.id)
