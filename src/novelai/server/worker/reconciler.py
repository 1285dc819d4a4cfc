"""What became of an uncertain job: its picture was kept, or the account's balance tells.

The account did nothing since, so what is missing from its balance is this job's price.
"""

import logging
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.errors import NovelAIError
from novelai.server.accounts import repository as accounts
from novelai.server.accounts.account import Account
from novelai.server.images.made import Made
from novelai.server.jobs import endings, repository
from novelai.server.jobs.job import Job
from novelai.server.jobs.states import State
from novelai.server.worker.parts import Parts
from novelai.server.worker.spool import forget, look

__all__ = ["Finding", "judge", "reconcile"]

log = logging.getLogger(__name__)

LOST = {"code": "Lost", "detail": "It was charged, and its picture did not arrive."}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the balance tells of a job."""

    fate: Literal["charged", "not_charged", "unclear"]


def judge(before: int | None, now: int | None, price: int | None) -> Finding:
    """Compare balances in Anlas.

    Args:
        before: before the call.
        now: when it has surely ended.
        price: of the call. Any other difference means that the account was used elsewhere.
    """
    if before is None or now is None or price is None:
        return Finding("unclear")
    if before == now:
        return Finding("not_charged")
    return Finding("charged" if before - now == price else "unclear")


async def reconcile(parts: Parts) -> bool:
    """Look into one account that waits for an uncertain job; ``False`` when none is due."""
    async with parts.database.write() as connection:
        now = await parts.clock.now(connection)
        found = await accounts.doubtful(connection, now)
        if found is None:
            return False
        account, job_id = found
        job = await repository.by_id(connection, job_id)
        assert job is not None
        # Nobody else looks while this process asks.
        await accounts.keep_for(connection, job, now + parts.timing.lease)
    made = await look(parts.blobs, job)
    balance = None if made else await _balance(parts, account)
    async with parts.database.write() as connection:
        now = await parts.clock.now(connection)
        job = await repository.by_id(connection, job_id, lock=True)
        if job is None or job.state is not State.UNCERTAIN:
            return True
        await _settle(connection, parts, job, made=made, balance=balance, now=now)
    if made:
        await forget(parts.blobs, job)
    return True


async def _balance(parts: Parts, account: Account) -> Account | None:
    try:
        return await parts.accounts.refresh(account)
    except NovelAIError as error:
        log.warning("balance of %s not known: %s", account.id, type(error).__name__)
        return None


async def _settle(
    connection: AsyncConnection,
    parts: Parts,
    job: Job,
    *,
    made: list[Made],
    balance: Account | None,
    now: float,
) -> None:
    bus = parts.bus
    if made:
        await endings.succeed(connection, bus, job, made, now=now, free_at=now)
        return
    if balance is None and now < (job.sent_at or now) + parts.timing.give_up:
        await accounts.keep_for(connection, job, now + parts.timing.settle)
        return
    fate = judge(job.anlas_before, None if balance is None else balance.anlas, job.price).fate
    log.info("%s: %s", job.id, fate)
    if fate == "charged":
        cost = min(job.price or 0, job.cost_max)
        await endings.fail(connection, bus, job, LOST, now=now, free_at=now, cost=cost)
    elif fate == "not_charged":
        await endings.requeue(connection, bus, job, run_after=now, free_at=now, error=job.error)
    else:
        await accounts.free(connection, job, now)  # its owner decides
