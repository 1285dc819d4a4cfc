"""All SQL of the claim: who runs next on which account, and what says that it runs."""

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.jobs.job import Job, job_from
from novelai.server.jobs.states import State
from novelai.server.jobs.turns import stride
from novelai.server.storage.tables import accounts, jobs, keys, owners

__all__ = ["anything_ready", "expired", "hold", "next_claim", "record_sent"]


async def anything_ready(connection: AsyncConnection, now: float) -> bool:
    """Whether a job may wait that an account is free for. Locks nothing."""
    query = select(
        exists().where(
            jobs.c.state == State.QUEUED,
            jobs.c.run_after <= now,
            accounts.c.owner_id == jobs.c.owner_id,
            accounts.c.enabled,
            accounts.c.job_id.is_(None),
            accounts.c.free_at <= now,
            owners.c.id == jobs.c.owner_id,
            owners.c.paused.is_(False),
        )
    )
    return bool((await connection.execute(query)).scalar())


async def next_claim(connection: AsyncConnection, now: float) -> tuple[str, Job] | None:
    """A free account and the fairest job that may run on it, both locked.

    The least recently used account first; of its owner's jobs the highest priority, then the key
    whose clock is furthest behind, then the oldest.
    """
    ready = (jobs.c.state == State.QUEUED) & (jobs.c.run_after <= now)
    account = await connection.execute(
        select(accounts.c.id, accounts.c.owner_id)
        .where(
            accounts.c.enabled,
            accounts.c.job_id.is_(None),
            accounts.c.free_at <= now,
            exists().where(ready, jobs.c.owner_id == accounts.c.owner_id),
            owners.c.id == accounts.c.owner_id,
            owners.c.paused.is_(False),
        )
        .order_by(accounts.c.last_used_at, accounts.c.id)
        .limit(1)
        .with_for_update(of=accounts, skip_locked=True)
    )
    free = account.one_or_none()
    if free is None:
        return None
    query = (
        select(jobs)
        .join(keys, keys.c.id == jobs.c.key_id)
        .where(ready, jobs.c.owner_id == free.owner_id)
        .order_by(jobs.c.priority.desc(), keys.c.vtime, jobs.c.rank, jobs.c.seq)
        .limit(1)
        .with_for_update(of=jobs, skip_locked=True)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (free.id, job_from(row))


async def hold(
    connection: AsyncConnection, job: Job, account_id: str, *, now: float, lease_until: float
) -> Job:
    """Give a job and an account to each other; the fence grows."""
    changed = await connection.execute(
        update(jobs)
        .where(jobs.c.id == job.id)
        .values(
            state=State.RUNNING,
            account_id=account_id,
            fence=jobs.c.fence + 1,
            attempts=jobs.c.attempts + 1,
            started_at=now,
            sent_at=None,
            anlas_before=None,
            price=None,
        )
        .returning(jobs)
    )
    await connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(job_id=job.id, lease_until=lease_until, last_used_at=now)
    )
    await _advance_clocks(connection, job)
    return job_from(changed.one())


async def _advance_clocks(connection: AsyncConnection, job: Job) -> None:
    """Charge the key's clock for the job; the owner's follows the key that is served.

    A job that is tried again has paid for its turn.
    """
    if job.attempts:
        return
    served = select(keys.c.vtime).where(keys.c.id == job.key_id).scalar_subquery()
    await connection.execute(
        update(owners)
        .where(owners.c.id == job.owner_id, owners.c.vtime < served)
        .values(vtime=served)
    )
    await connection.execute(
        update(keys)
        .where(keys.c.id == job.key_id)
        .values(vtime=keys.c.vtime + stride(job.cost_max, 1.0) / keys.c.weight)
    )


async def record_sent(
    connection: AsyncConnection, job: Job, *, now: float, anlas_before: int | None, price: int
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


async def expired(connection: AsyncConnection, now: float) -> list[Job]:
    """Running jobs whose worker did not renew its lease, locked."""
    query = (
        select(jobs)
        .outerjoin(accounts, accounts.c.job_id == jobs.c.id)
        .where(
            jobs.c.state == State.RUNNING,
            accounts.c.id.is_(None) | (accounts.c.lease_until <= now),
        )
        .with_for_update(of=jobs, skip_locked=True)
    )
    return [job_from(row) for row in await connection.execute(query)]
