"""One claimed job, to its end."""

import logging
from dataclasses import replace

import anyio
import anyio.to_thread
from pydantic import ValidationError

from novelai.errors import NovelAIError, RequestTimeoutError
from novelai.server.accounts import repository as accounts
from novelai.server.accounts.account import Account
from novelai.server.jobs import endings
from novelai.server.jobs.job import Job
from novelai.server.jobs.pricing import price_on
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.upstream.params import JobParams, unpack
from novelai.server.upstream.perform import Product, perform
from novelai.server.upstream.verdict import problem, verdict
from novelai.server.worker.claim import intend
from novelai.server.worker.lease import keep_lease
from novelai.server.worker.parts import Parts
from novelai.server.worker.spool import forget, spool

__all__ = ["run"]

log = logging.getLogger(__name__)


async def run(parts: Parts, job: Job, account: Account) -> None:
    """Do a job that was claimed, and write down how it ended.

    When the lease is lost nothing is written: somebody else decides.
    """
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep_lease, parts, job, tasks.cancel_scope)
        await _run(parts, job, account)
        tasks.cancel_scope.cancel()


async def _run(parts: Parts, job: Job, account: Account) -> None:
    products: list[Product] = []
    price = 0
    try:
        params = await unpack(job.kind, job.params, parts.blobs.picture)
        price, before = await _prepare(parts, job, account, params)
        if not await intend(parts, job, anlas_before=before, price=price):
            return
        job = replace(job, price=price, anlas_before=before)
        with anyio.move_on_after(parts.timing.call) as limit:
            async for event in perform(parts.accounts.client(account), params):
                if isinstance(event, Product):
                    products.append(event)
                else:
                    await parts.previews.put(job, event)
        if limit.cancelled_caught:
            raise RequestTimeoutError(
                f"No complete answer within {parts.timing.call:g} seconds.", charged="unknown"
            )
    except NovelAIError as error:
        with anyio.CancelScope(shield=True):
            await _failed(parts, job, error, products, price)
    except (BlobMissingError, ValidationError, OSError) as error:
        log.error("%s cannot be run: %s", job.id, type(error).__name__)  # noqa: TRY400 - no texts
        with anyio.CancelScope(shield=True):
            await _unreadable(parts, job)
    else:
        with anyio.CancelScope(shield=True):
            await _bring_in(parts, job, products, None)
    finally:
        with anyio.CancelScope(shield=True):
            await parts.previews.drop(job.id)


async def _prepare(
    parts: Parts, job: Job, account: Account, params: JobParams
) -> tuple[int, int | None]:
    """The exact price on the account, and its balance when the price is not nothing."""
    price = await anyio.to_thread.run_sync(price_on, params, account.pricing_tier)
    anlas = job.cost_max if price.anlas is None else price.anlas
    if anlas == 0 and price.anlas is not None:
        return 0, None
    account = await parts.accounts.refresh(account)
    return anlas, account.anlas


async def _bring_in(
    parts: Parts, job: Job, products: list[Product], error: NovelAIError | None
) -> None:
    made = await spool(parts.blobs, job, products)
    note = None if error is None else problem(error)
    async with parts.database.write() as connection:
        now = await parts.clock.now(connection)
        free_at = now + parts.timing.pacing
        done = await endings.succeed(
            connection, parts.bus, job, made, now=now, free_at=free_at, error=note
        )
    if done:
        await forget(parts.blobs, job)


async def _failed(
    parts: Parts, job: Job, error: NovelAIError, products: list[Product], price: int
) -> None:
    if products:  # the answer broke off behind a picture: that one is paid for and kept
        await _bring_in(parts, job, products, error)
        return
    found = verdict(error, price=price, attempts=job.attempts, chance=parts.rng.random())
    note = problem(error)
    log.info("%s: %s, %s", job.id, note["code"], found.job)
    async with parts.database.write() as connection:
        now = await parts.clock.now(connection)
        free_at = now + max(found.cooldown, parts.timing.pacing)
        wanted = found.job
        if found.account_refused and job.account_id is not None:
            off = {"enabled": False, "health": "refused"}
            await accounts.change(connection, job.account_id, off)
            if not await accounts.of_owner(connection, job.owner_id, enabled=True):
                wanted = "fail"
        if wanted == "retry":
            await endings.requeue(
                connection,
                parts.bus,
                job,
                run_after=now + found.pause,
                free_at=free_at,
                error=note,
            )
        elif wanted == "fail":
            await endings.fail(connection, parts.bus, job, note, now=now, free_at=free_at)
        else:
            look_at = now + parts.timing.settle
            await endings.doubt(connection, parts.bus, job, note, look_at=look_at)


async def _unreadable(parts: Parts, job: Job) -> None:
    note = {"code": "Unreadable", "detail": "What was handed in cannot be read any more."}
    async with parts.database.write() as connection:
        now = await parts.clock.now(connection)
        await endings.fail(connection, parts.bus, job, note, now=now, free_at=now)
