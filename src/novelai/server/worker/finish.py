"""Writing down how an attempt ended. It waits for the database and the disk as long as it takes."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from novelai.errors import NovelAIError
from novelai.server.accounts import repository as accounts
from novelai.server.jobs import transitions
from novelai.server.model.artifact import Artifact, EncodingKey
from novelai.server.model.job import Job
from novelai.server.telemetry.metrics import trace_calls
from novelai.server.upstream.perform import Output
from novelai.server.upstream.verdict import (
    ENDED,
    Verdict,
    broke,
    problem,
    verdict,
    was_refused,
    without_charge,
)
from novelai.server.worker.attempt import Attempt, PriceRoseError, forget, retry_forever, spool
from novelai.server.worker.composing import compose_made
from novelai.server.worker.context import WorkerContext
from novelai.server.worker.halting import halt, halt_for_price, reason_to_halt

__all__ = [
    "finish_call",
    "finish_failed",
    "finish_refused",
    "finish_succeeded",
    "requeue",
]

log = logging.getLogger(__name__)

UNREADABLE = {"code": "Unreadable", "detail": "What was handed in cannot be read any more."}


async def finish_call(
    attempt: Attempt,
    products: list[Output],
    *,
    error: NovelAIError | None = None,
    vibe: EncodingKey | None = None,
) -> None:
    """Keep what a call brought. A picture that was paid for is not given up for a full disk."""
    context, job = attempt.context, attempt.job
    made = received = await retry_forever(
        f"a picture of {job.id}", lambda: spool(context.blobs, job, products, vibe)
    )
    note: Mapping[str, Any] | None = None
    if job.params.get("inpaint"):
        made, note = await retry_forever(
            f"a picture of {job.id}", lambda: compose_made(context.blobs, job, received)
        )
    if error is not None:
        note = problem(error)
    if await finish_succeeded(attempt, made, cost=await _cost(attempt), note=note):
        attempt.made = made
        await retry_forever(f"the spool of {job.id}", lambda: forget(context.blobs, job))


@trace_calls("finish")
async def finish_succeeded(
    attempt: Attempt, made: list[Artifact], *, cost: int, note: Mapping[str, Any] | None = None
) -> bool:
    """End a job with what it made; ``False`` when another process decides, which finds it.

    Args:
        attempt: at the job.
        made: what came, its bytes stored.
        cost: Anlas the last call was charged with.
        note: what went wrong all the same.
    """
    context, job = attempt.context, attempt.job

    async def write() -> bool:
        async with context.database.write() as connection:
            now = await context.clock.now(connection)
            return await transitions.succeed(
                connection,
                context.bus,
                job,
                made,
                now=now,
                free_at=now + context.timing.pacing,
                cost=cost,
                allowance=attempt.allowance,
                error=note,
            )

    context.broken.pop(attempt.account.id, None)
    return await retry_forever(f"the end of {job.id}", write)


async def finish_failed(attempt: Attempt, error: NovelAIError) -> None:
    """End a call that brought nothing: try again, give up, or look into it later."""
    context, job = attempt.context, attempt.job
    if not was_refused(error):
        job = replace(job, failures=job.failures + 1)
    free = attempt.price == 0
    alone = True
    if broke(error):
        alone = context.broken.get(attempt.account.id) in (None, job.id)
        context.broken[attempt.account.id] = job.id
    found = verdict(
        error,
        paid=not free,
        attempts=job.attempts,
        failures=job.failures,
        alone=alone,
        chance=context.rng.random(),
    )
    note = without_charge(problem(error)) if free else problem(error)
    if found.job == "doubt":
        note = {**note, ENDED: "ended"}
    log.info("%s: %s, %s", job.id, note["code"], found.job)
    await retry_forever(f"the end of {job.id}", lambda: _decide(context, job, note, found))


async def finish_refused(attempt: Attempt, reason: PriceRoseError | None = None) -> None:
    """End a job whose call was not sent: it cannot be read, or would cost too much."""
    context, job = attempt.context, attempt.job
    note = UNREADABLE
    if reason is not None and job.series_id is not None:
        await halt_for_price(context, job)
        return
    if reason is not None:
        note = {
            "code": "PriceRose",
            "detail": (
                f"It would cost {reason.anlas} Anlas on this account now, and {job.cost_max} were "
                "set aside. It was not sent; submit it again to accept the price."
            ),
        }

    async def write() -> None:
        async with context.database.write() as connection:
            now = await context.clock.now(connection)
            await transitions.fail(connection, context.bus, job, note, now=now, free_at=now)

    await retry_forever(f"the end of {job.id}", write)


async def requeue(attempt: Attempt, *, pause: float = 0.0, under_way: bool = False) -> None:
    """Give a job back to the queue; others may run it.

    Args:
        attempt: no call of it that costs something is under way.
        pause: seconds before it is begun again.
        under_way: a free call was left: its account rests until that has surely ended.
    """
    context, job = attempt.context, attempt.job
    rest = context.timing.settle if under_way else 0.0

    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        await transitions.requeue(
            connection, context.bus, job, run_after=now + pause, free_at=now + rest
        )


async def _cost(attempt: Attempt) -> int:
    """Return the cost of the call.

    Its price, or where none is known, what is missing from the balance.
    """
    if attempt.price is not None:
        return attempt.price
    before = attempt.job.anlas_before
    try:
        after = (await attempt.context.accounts.refresh(attempt.account)).anlas
    except NovelAIError:
        return 0
    return max(before - after, 0) if before is not None and after is not None else 0


async def _decide(
    context: WorkerContext, job: Job, note: Mapping[str, Any], found: Verdict
) -> None:
    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        free_at = now + max(found.cooldown, context.timing.pacing)
        wanted = found.job
        if found.account_refused and job.account_id is not None:
            off = {"enabled": False, "health": "refused"}
            await accounts.change(connection, job.account_id, off)
            if not await accounts.of_owner(connection, job.owner_id, enabled=True):
                wanted = "fail"
        if wanted == "fail" and (reason := reason_to_halt(job, note)) is not None:
            await halt(connection, context, job, reason, now=now, free_at=free_at, note=note)
        elif wanted == "retry":
            run_after = now + found.pause
            await transitions.requeue(
                connection, context.bus, job, run_after=run_after, free_at=free_at, error=note
            )
        elif wanted == "fail":
            await transitions.fail(connection, context.bus, job, note, now=now, free_at=free_at)
        else:
            look_at = now + context.timing.first_look
            await transitions.doubt(connection, context.bus, job, note, look_at=look_at)
