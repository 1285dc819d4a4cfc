"""All SQL on jobs. Every function takes the connection of its caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.jobs.job import Job, job_from
from novelai.server.jobs.states import State
from novelai.server.storage.tables import accounts, jobs, keys, owners

__all__ = [
    "ahead_of",
    "anything_ready",
    "by_body",
    "by_id",
    "by_idempotency_key",
    "count_queued",
    "count_since",
    "expired",
    "hold",
    "insert",
    "newest",
    "next_claim",
    "recent_seconds",
    "record_sent",
    "update_state",
]

UNFINISHED = (State.QUEUED, State.RUNNING, State.UNCERTAIN)


async def insert(connection: AsyncConnection, values: Mapping[str, Any]) -> Job:
    """Add a job."""
    row = await connection.execute(jobs.insert().values(**values).returning(jobs))
    return job_from(row.one())


async def by_id(connection: AsyncConnection, job_id: str, *, lock: bool = False) -> Job | None:
    """A job by its id, locked against others when asked."""
    query = select(jobs).where(jobs.c.id == job_id)
    return await _one(connection, query.with_for_update() if lock else query)


async def by_idempotency_key(connection: AsyncConnection, key_id: str, value: str) -> Job | None:
    """The job that a key submitted under an idempotency key."""
    query = select(jobs).where(jobs.c.key_id == key_id, jobs.c.idempotency_key == value)
    return await _one(connection, query)


async def by_body(connection: AsyncConnection, key_id: str, body_hash: str) -> Job | None:
    """The unfinished job of a key with the same body."""
    query = select(jobs).where(
        jobs.c.key_id == key_id, jobs.c.body_hash == body_hash, jobs.c.state.in_(UNFINISHED)
    )
    return await _one(connection, query.order_by(jobs.c.seq).limit(1))


async def newest(
    connection: AsyncConnection,
    owner_id: str,
    *,
    key_id: str | None = None,
    states: Sequence[State] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[Job]:
    """An owner's jobs, newest first; ``before`` is the `seq` the page starts behind."""
    query = select(jobs).where(jobs.c.owner_id == owner_id)
    if key_id is not None:
        query = query.where(jobs.c.key_id == key_id)
    if states:
        query = query.where(jobs.c.state.in_(states))
    if before is not None:
        query = query.where(jobs.c.seq < before)
    rows = await connection.execute(query.order_by(jobs.c.seq.desc()).limit(limit))
    return [job_from(row) for row in rows]


async def count_queued(connection: AsyncConnection, key_id: str) -> int:
    """How many jobs of a key wait."""
    query = select(func.count()).where(jobs.c.key_id == key_id, jobs.c.state == State.QUEUED)
    return (await connection.execute(query)).scalar_one()


async def count_since(connection: AsyncConnection, key_id: str, moment: float) -> int:
    """How many jobs a key submitted since a moment."""
    query = select(func.count()).where(jobs.c.key_id == key_id, jobs.c.created_at > moment)
    return (await connection.execute(query)).scalar_one()


async def ahead_of(connection: AsyncConnection, job: Job) -> int:
    """How many jobs of the same owner come before a queued one, as things stand."""
    own = (
        select(keys.c.vtime, jobs.c.priority, jobs.c.rank, jobs.c.seq)
        .join(keys, keys.c.id == jobs.c.key_id)
        .where(jobs.c.id == job.id)
        .subquery()
    )
    first = jobs.c.priority > own.c.priority
    same = jobs.c.priority == own.c.priority
    before = (jobs.c.rank < own.c.rank) | ((jobs.c.rank == own.c.rank) & (jobs.c.seq < own.c.seq))
    earlier = (keys.c.vtime < own.c.vtime) | ((keys.c.vtime == own.c.vtime) & before)
    query = (
        select(func.count())
        .select_from(jobs.join(keys, keys.c.id == jobs.c.key_id), own)
        .where(
            jobs.c.owner_id == job.owner_id,
            jobs.c.state == State.QUEUED,
            first | (same & earlier),
        )
    )
    return (await connection.execute(query)).scalar_one()


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
    job = await _one(connection, query)
    return None if job is None else (free.id, job)


async def recent_seconds(connection: AsyncConnection, owner_id: str, limit: int) -> list[float]:
    """How long the last successful jobs of an owner took."""
    query = (
        select(jobs.c.finished_at - jobs.c.started_at)
        .where(jobs.c.owner_id == owner_id, jobs.c.state == State.SUCCEEDED)
        .order_by(jobs.c.seq.desc())
        .limit(limit)
    )
    return [float(seconds) for seconds in (await connection.execute(query)).scalars()]


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
    """Charge the key's clock for the job; the owner's follows the key that is served."""
    served = select(keys.c.vtime).where(keys.c.id == job.key_id).scalar_subquery()
    await connection.execute(
        update(owners)
        .where(owners.c.id == job.owner_id, owners.c.vtime < served)
        .values(vtime=served)
    )
    await connection.execute(
        update(keys)
        .where(keys.c.id == job.key_id)
        .values(vtime=keys.c.vtime + (1 + job.cost_max) / keys.c.weight)
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


async def update_state(
    connection: AsyncConnection, job: Job, state: State, values: Mapping[str, Any]
) -> bool:
    """Move a job on, if nobody else did since it was read."""
    changed = await connection.execute(
        update(jobs)
        .where(jobs.c.id == job.id, jobs.c.fence == job.fence, jobs.c.state == job.state)
        .values(state=state, **values)
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


async def _one(connection: AsyncConnection, query: Select[Any]) -> Job | None:
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else job_from(row)
