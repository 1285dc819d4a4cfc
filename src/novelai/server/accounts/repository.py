"""All SQL on accounts, but for the claim."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.account import Account, account_from
from novelai.server.model.job import Job, State
from novelai.server.storage.tables import accounts, jobs

__all__ = [
    "beat",
    "by_id",
    "by_token_hash",
    "change",
    "free",
    "insert",
    "keep_for",
    "of_owner",
    "pay",
    "take_over",
]


# Built once: to put these together takes longer than to run them.
READ = select(accounts).where(accounts.c.id == bindparam("account"))
OWN = (
    select(accounts)
    .where(accounts.c.owner_id == bindparam("owner"))
    .order_by(accounts.c.created_at, accounts.c.id)
)
ENABLED = OWN.where(accounts.c.enabled)
HELD = update(accounts).where(
    accounts.c.id == bindparam("account"), accounts.c.job_id == bindparam("job")
)
COOLING = select(func.min(accounts.c.free_at)).where(
    accounts.c.enabled, accounts.c.job_id.is_(None), accounts.c.free_at > bindparam("now")
)
WAITING = select(func.min(jobs.c.run_after)).where(
    jobs.c.state == State.QUEUED, jobs.c.run_after > bindparam("now")
)
DUE = select(COOLING.scalar_subquery(), WAITING.scalar_subquery())


async def insert(connection: AsyncConnection, values: Mapping[str, Any]) -> Account:
    """Add an account."""
    row = await connection.execute(accounts.insert().values(values).returning(accounts))
    return account_from(row.one())


async def by_id(connection: AsyncConnection, account_id: str) -> Account | None:
    """Return an account by its id."""
    row = (await connection.execute(READ, {"account": account_id})).one_or_none()
    return None if row is None else account_from(row)


async def by_token_hash(connection: AsyncConnection, token_hash: str) -> Account | None:
    """Return the account with this token."""
    return await _one(connection, accounts.c.token_hash == token_hash)


async def of_owner(
    connection: AsyncConnection, owner_id: str, *, enabled: bool = False
) -> list[Account]:
    """Return an owner's accounts, all or only the enabled ones."""
    rows = await connection.execute(ENABLED if enabled else OWN, {"owner": owner_id})
    return [account_from(row) for row in rows]


async def everyone(connection: AsyncConnection) -> list[Account]:
    """All accounts."""
    query = select(accounts).order_by(accounts.c.created_at, accounts.c.id)
    return [account_from(row) for row in await connection.execute(query)]


async def change(connection: AsyncConnection, account_id: str, values: Mapping[str, Any]) -> None:
    """Change columns of an account."""
    await connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


async def remove(connection: AsyncConnection, account_id: str) -> bool:
    """Forget an account that no job holds."""
    removed = await connection.execute(
        accounts.delete().where(accounts.c.id == account_id, accounts.c.job_id.is_(None))
    )
    return removed.rowcount == 1


async def beat(connection: AsyncConnection, job: Job, lease_until: float) -> bool:
    """Renew the lease; ``False`` when the job was taken away."""
    running = exists().where(
        jobs.c.id == job.id, jobs.c.fence == job.fence, jobs.c.state == State.RUNNING
    )
    changed = await connection.execute(
        update(accounts)
        .where(accounts.c.id == job.account_id, accounts.c.job_id == job.id, running)
        .values(lease_until=lease_until)
    )
    return changed.rowcount == 1


async def free(connection: AsyncConnection, job: Job, free_at: float) -> None:
    """Let the account of a job go; it is free again from then on."""
    values = {"job_id": None, "lease_until": None, "free_at": free_at}
    await connection.execute(HELD, {"account": job.account_id, "job": job.id, **values})


async def pay(connection: AsyncConnection, job: Job, cost: int) -> bool:
    """Take what a call cost from the balance at once; ``False`` when that changes nothing.

    The balance is what it was when the call left, unless NovelAI was asked meanwhile: what it said
    then is newer, and stays.
    """
    before = job.anlas_before
    if not cost or before is None:
        return False
    changed = await connection.execute(
        update(accounts)
        .where(accounts.c.id == job.account_id, accounts.c.anlas == before)
        .values(anlas=max(before - cost, 0))
    )
    return changed.rowcount == 1


async def keep_for(connection: AsyncConnection, job: Job, until: float) -> None:
    """Let an account wait for the outcome of its job to be known, before it does anything else."""
    values = {"account": job.account_id, "job": job.id, "lease_until": until}
    await connection.execute(HELD, values)


async def take_over(
    connection: AsyncConnection, job: Job, seen: float | None, until: float
) -> bool:
    """Take what another process held, or waited for; ``False`` when it was renewed meanwhile.

    Args:
        connection: of the caller's transaction.
        job: that holds the account.
        seen: the end of the lease, as it was watched.
        until: the new end.
    """
    changed = await connection.execute(
        update(accounts)
        .where(
            accounts.c.id == job.account_id,
            accounts.c.job_id == job.id,
            accounts.c.lease_until == seen,
        )
        .values(lease_until=until)
    )
    return changed.rowcount == 1


async def doubtful(connection: AsyncConnection) -> list[tuple[Account, str]]:
    """Accounts that wait for uncertain jobs, each with the job's id."""
    rows = await connection.execute(
        select(accounts)
        .join(jobs, jobs.c.id == accounts.c.job_id)
        .where(jobs.c.state == State.UNCERTAIN)
        .order_by(accounts.c.lease_until)
    )
    found = map(account_from, rows)
    return [(account, account.job_id) for account in found if account.job_id is not None]


async def next_due(connection: AsyncConnection, now: float) -> float | None:
    """Return when the next cooling account or waiting job is ready, unix seconds."""
    times = (await connection.execute(DUE, {"now": now})).one()
    return min((float(time) for time in times if time is not None), default=None)


async def _one(connection: AsyncConnection, condition: Any) -> Account | None:
    row = (await connection.execute(select(accounts).where(condition))).one_or_none()
    return None if row is None else account_from(row)
