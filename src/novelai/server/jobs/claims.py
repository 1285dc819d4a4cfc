"""All SQL of the claim: who runs next on which account, and what says that it runs."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Double, bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.account import Account, account_from
from novelai.server.model.job import Job, State, job_from, job_of, stride
from novelai.server.model.rows import columns_of
from novelai.server.storage.tables import accounts, jobs, keys, owners

__all__ = ["begin_encoding", "hold", "next_claim", "record_sent", "running"]


# Built once: to put these together takes longer than to run them.
READY = (jobs.c.state == State.QUEUED) & (jobs.c.run_after <= bindparam("now"))
FREE_ACCOUNT = (
    select(accounts)
    .where(
        accounts.c.enabled,
        accounts.c.job_id.is_(None),
        accounts.c.free_at <= bindparam("now"),
        exists().where(READY, jobs.c.owner_id == accounts.c.owner_id),
        owners.c.id == accounts.c.owner_id,
        owners.c.paused.is_(False),
    )
    .order_by(accounts.c.last_used_at, accounts.c.id)
    .limit(1)
    .with_for_update(of=accounts, skip_locked=True)
)
FAIREST_JOB = (
    select(jobs)
    .join(keys, keys.c.id == jobs.c.key_id)
    .where(READY, jobs.c.owner_id == bindparam("owner"))
    .order_by(jobs.c.priority.desc(), keys.c.vtime, jobs.c.lane, jobs.c.rank, jobs.c.seq)
    .limit(1)
    .with_for_update(of=jobs, skip_locked=True)
)
CHANGE_JOB = update(jobs).where(jobs.c.id == bindparam("job"))
CHANGE_ACCOUNT = update(accounts).where(accounts.c.id == bindparam("account"))
SERVED = select(keys.c.vtime).where(keys.c.id == bindparam("key")).scalar_subquery()
FOLLOW = (
    update(owners)
    .where(owners.c.id == bindparam("owner"), owners.c.vtime < SERVED)
    .values(vtime=SERVED)
)
ADVANCE = (
    update(keys)
    .where(keys.c.id == bindparam("key"))
    .values(vtime=keys.c.vtime + bindparam("step", type_=Double) / keys.c.weight)
)


async def next_claim(connection: AsyncConnection, now: float) -> tuple[Account, Job] | None:
    """Return a free account and the fairest job that may run on it, both locked.

    The least recently used account first; of its owner's jobs the highest priority, then the key
    whose clock is furthest behind, then single orders before series, then the oldest.
    """
    found = (await connection.execute(FREE_ACCOUNT, {"now": now})).one_or_none()
    if found is None:
        return None
    free = account_from(found)
    asked = {"now": now, "owner": free.owner_id}
    job = (await connection.execute(FAIREST_JOB, asked)).one_or_none()
    return None if job is None else (replace(free, last_used_at=now), job_from(job))


async def hold(
    connection: AsyncConnection, job: Job, account_id: str, *, now: float, lease_until: float
) -> Job:
    """Give a job and an account, both locked, to each other; the fence grows."""
    values: dict[str, Any] = {
        "state": State.RUNNING,
        "account_id": account_id,
        "fence": job.fence + 1,
        "attempts": job.attempts + 1,
        "started_at": now,
        "sent_at": None,
        "anlas_before": None,
        "price": None,
        "encoding": None,
    }
    await connection.execute(CHANGE_JOB, {"job": job.id, **values})
    held = {"job_id": job.id, "lease_until": lease_until, "last_used_at": now}
    await connection.execute(CHANGE_ACCOUNT, {"account": account_id, **held})
    await _advance_clocks(connection, job)
    return replace(job, **values)


async def _advance_clocks(connection: AsyncConnection, job: Job) -> None:
    """Charge the key's clock for the job; the owner's follows the key that is served.

    A job that is tried again has paid for its turn.
    """
    if job.attempts:
        return
    await connection.execute(FOLLOW, {"key": job.key_id, "owner": job.owner_id})
    await connection.execute(ADVANCE, {"key": job.key_id, "step": stride(job.cost_max)})


async def record_sent(
    connection: AsyncConnection,
    job: Job,
    *,
    now: float,
    anlas_before: int | None,
    price: int | None,
) -> bool:
    """Write down that the request is about to leave; ``False`` if the lease or fence is lost."""
    holds = exists().where(
        accounts.c.id == jobs.c.account_id,
        accounts.c.job_id == jobs.c.id,
        accounts.c.lease_until > now,
    )
    changed = await connection.execute(
        update(jobs)
        .where(
            jobs.c.id == job.id,
            jobs.c.fence == job.fence,
            jobs.c.state == State.RUNNING,
            holds,
        )
        .values(sent_at=now, anlas_before=anlas_before, price=price)
    )
    return changed.rowcount == 1


async def begin_encoding(connection: AsyncConnection, job: Job, vibe: str) -> bool:
    """Say that a running job encodes a vibe; ``False`` while another one of its owner does.

    Another one is at it as long as it holds an account: also when its worker died, until somebody
    has found out what became of the call.
    """
    # One of an owner at a time looks and begins.
    await connection.execute(
        select(owners.c.id).where(owners.c.id == job.owner_id).with_for_update(key_share=True)
    )
    others = (
        select(jobs.c.id)
        .join(accounts, accounts.c.job_id == jobs.c.id)
        .where(accounts.c.owner_id == job.owner_id, jobs.c.encoding == vibe, jobs.c.id != job.id)
    )
    if (await connection.execute(others)).first() is not None:
        return False
    await connection.execute(
        update(jobs).where(jobs.c.id == job.id, jobs.c.fence == job.fence).values(encoding=vibe)
    )
    return True


async def running(connection: AsyncConnection) -> list[tuple[Job, float | None]]:
    """All running jobs, each with the end of its lease; ``None``: nobody holds one."""
    query = (
        select(jobs, accounts.c.lease_until)
        .outerjoin(accounts, accounts.c.job_id == jobs.c.id)
        .where(jobs.c.state == State.RUNNING)
    )
    found: list[tuple[Job, float | None]] = []
    for row in await connection.execute(query):
        columns = columns_of(row)
        lease_until = columns.pop("lease_until")
        found.append((job_of(columns), lease_until))
    return found
