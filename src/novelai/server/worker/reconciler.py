"""What became of an uncertain job: its picture was kept, or the account's balance tells.

The account did nothing since, so what is missing from its balance is this job's price.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.errors import NovelAIError
from novelai.server.accounts import repository as accounts
from novelai.server.jobs import repository, transitions
from novelai.server.model.account import Account
from novelai.server.model.artifact import Artifact
from novelai.server.model.job import Job, State
from novelai.server.upstream.verdict import ENDED, hopeless, without_charge
from novelai.server.worker.attempt import forget, look
from novelai.server.worker.composing import compose_made
from novelai.server.worker.context import WorkerContext

__all__ = ["Finding", "judge", "reconcile"]

log = logging.getLogger(__name__)

LOST = {"code": "Lost", "detail": "It was charged, and its picture did not arrive."}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the balance tells of a call.

    Attributes:
        cost: Anlas, when it was charged.
    """

    fate: Literal["charged", "not_charged", "unclear"]
    cost: int = 0


def judge(before: int | None, now: int | None, price: int | None) -> Finding:
    """Compare balances in Anlas.

    Args:
        before: before the call.
        now: when it has surely ended.
        price: of the call; ``None`` when it is unknown: then it is what is missing. Otherwise any
            other difference means that the account was used elsewhere.
    """
    if before is None or now is None:
        return Finding("unclear")
    if before == now:
        return Finding("not_charged")
    missing = before - now
    if missing == price or (price is None and missing > 0):
        return Finding("charged", missing)
    return Finding("unclear")


async def reconcile(context: WorkerContext) -> bool:
    """Look into one account that waits for an uncertain job; ``False`` when none is due."""
    due = await _due(context)
    if due is None:
        return False
    account, job = due
    made, note = await compose_made(context.blobs, job, await look(context.blobs, job))
    told = made and job.price is not None  # what it cost is known without asking
    balance = None if told else await _balance(context, account)
    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        seen = await repository.by_id(connection, job.id, lock=True)
        if seen is None or seen.state is not State.UNCERTAIN or seen.run != job.run:
            return True
        ended = await _settle(
            connection,
            context,
            seen,
            account=account,
            made=made,
            note=note,
            balance=balance,
            now=now,
        )
    if made and ended:
        await forget(context.blobs, job)
    return True


async def _due(context: WorkerContext) -> tuple[Account, Job] | None:
    """Return an account whose call has surely ended, kept from other processes while this one asks.

    It was watched for that long: clocks jump, and a picture may still be on its way.
    """
    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        found = await accounts.doubtful(connection)
        watched = {job_id: account.lease_until for account, job_id in found}
        stood = context.doubtful.seconds_unchanged(watched, context.monotonic())
        for account, job_id in found:
            if account.lease_until is None or account.lease_until > now:
                continue
            job = await repository.by_id(connection, job_id)
            assert job is not None
            if stood[job_id] < _patience(context, job):
                continue
            again = now + context.timing.settle
            if await accounts.take_over(connection, job, account.lease_until, again):
                return account, job
    return None


def _patience(context: WorkerContext, job: Job) -> float:
    """Return for how long an account must have stood still before its balance tells of a job.

    Where the worker saw the call end, a first look may find at once that it was charged. That it
    was not is believed later, whatever NovelAI said of it: who is too early pays twice. What a lost
    worker left may go on, and its picture still come.
    """
    timing = context.timing
    if ENDED not in (job.error or {}):
        return timing.settle
    return timing.settle - timing.first_look if job.run in context.looked else timing.first_look


def _is_early(context: WorkerContext, job: Job, finding: Finding) -> bool:
    """Return whether a first look tells too little: NovelAI may still be at it."""
    if ENDED not in (job.error or {}) or job.run in context.looked:
        return False
    if context.timing.first_look == context.timing.settle:
        return False
    return finding.fate != "charged" or job.price is None


async def _balance(context: WorkerContext, account: Account) -> Account | None:
    try:
        return await context.accounts.refresh(account)
    except NovelAIError as error:
        log.warning("balance of %s not known: %s", account.id, type(error).__name__)
        return None


async def _settle(
    connection: AsyncConnection,
    context: WorkerContext,
    job: Job,
    *,
    account: Account,
    made: list[Artifact],
    note: Mapping[str, Any] | None,
    balance: Account | None,
    now: float,
) -> bool:
    """End the job, or leave it; ``False``: it is looked into again."""
    bus = context.bus
    drawn = job.allowance if account.pricing_tier.draws_allowance else 0
    told = made and job.price is not None
    finding = judge(job.anlas_before, None if balance is None else balance.anlas, job.price)
    if not made and _is_early(context, job, finding):
        context.looked.add(job.run)
        rest = context.timing.settle - context.timing.first_look
        await accounts.keep_for(connection, job, now + rest)
        return False
    if not told and balance is None and now < (job.sent_at or now) + context.timing.give_up:
        return False
    context.looked.discard(job.run)
    log.info("%s: %s", job.id, "found" if made else finding.fate)
    if made:
        cost = finding.cost if job.price is None else job.price
        await _resume(
            connection, context, job, made, note=note, now=now, cost=cost, allowance=drawn
        )
    elif finding.fate == "charged":
        await transitions.fail(
            connection, bus, job, LOST, now=now, free_at=now, cost=finding.cost, allowance=drawn
        )
    elif finding.fate == "not_charged":
        note = without_charge(job.error or {})
        if hopeless(job.failures):
            await transitions.fail(connection, bus, job, note, now=now, free_at=now)
        else:
            # Behind the others: if it breaks NovelAI again, they do not wait for that again.
            await transitions.requeue(
                connection, bus, job, run_after=now, free_at=now, error=note, rank=now
            )
    else:
        await accounts.free(connection, job, now)  # its owner decides
    return True


async def _resume(
    connection: AsyncConnection,
    context: WorkerContext,
    job: Job,
    made: list[Artifact],
    *,
    note: Mapping[str, Any] | None,
    now: float,
    cost: int,
    allowance: int,
) -> None:
    """Go on where the worker stopped: with the picture, or with a vibe that a picture needs."""
    bus = context.bus
    if job.kind == "encode_vibe" or made[0].vibe is None:
        await transitions.succeed(
            connection,
            bus,
            job,
            made,
            now=now,
            free_at=now,
            cost=cost,
            allowance=allowance,
            error=note,
        )
    elif await transitions.keep_encoding(connection, bus, job, made[0], cost=cost, now=now):
        job = await repository.by_id(connection, job.id) or job
        await transitions.requeue(connection, bus, job, run_after=now, free_at=now)
