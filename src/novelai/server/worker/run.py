"""One claimed job, to its end."""

import logging
from contextlib import suppress

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from novelai.errors import InvalidResponseError, NovelAIError, RequestTimeoutError
from novelai.server.jobs.pricing import opens_pictures, price_on
from novelai.server.model.account import Account
from novelai.server.model.artifact import EncodingKey
from novelai.server.model.budget import Price
from novelai.server.model.job import Job
from novelai.server.model.params import EncodeVibeParams, JobParams, unpack
from novelai.server.model.tier import Tier
from novelai.server.model.vibe_encoding import encoding_key
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.telemetry.spans import about, trace_calls
from novelai.server.upstream.clients import SENDING
from novelai.server.upstream.perform import Output, perform
from novelai.server.worker.attempt import Attempt, PriceRoseError, TakenAwayError
from novelai.server.worker.context import WorkerContext
from novelai.server.worker.encoding import (
    EncodedElsewhereError,
    find_or_claim,
    reference,
    with_encodings,
)
from novelai.server.worker.finish import (
    finish_call,
    finish_failed,
    finish_refused,
    finish_succeeded,
    requeue,
)
from novelai.types.generation import GenerateImageParams

__all__ = ["run"]

log = logging.getLogger(__name__)

LATER = 5.0
"""Seconds until a job is tried again that lacks its pictures, or a vibe."""


@trace_calls("job")
async def run(context: WorkerContext, job: Job, account: Account) -> None:
    """Do a job that was claimed, and write down how it ended.

    When the lease is lost nothing is written: somebody else decides.
    """
    about(job.id)
    attempt = Attempt(context, job, account)
    SENDING.set(attempt.sending)
    context.mine.add(job.run)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempt.lease.keep, tasks.cancel_scope)
            await _run(attempt, tasks)
            tasks.cancel_scope.cancel()
    finally:
        context.mine.discard(job.run)


async def _run(attempt: Attempt, tasks: TaskGroup) -> None:
    job = attempt.job
    products: list[Output] = []
    try:
        await _call(attempt, products, tasks)
    except NovelAIError as error:
        # Behind a picture the answer broke off: that one is paid for and kept.
        await (
            finish_call(attempt, products, error=error)
            if products
            else finish_failed(attempt, error)
        )
    except (BlobMissingError, ValidationError) as error:
        log.error("%s cannot be run: %s", job.id, type(error).__name__)  # noqa: TRY400 - no texts
        await finish_refused(attempt)
    except PriceRoseError as error:
        await finish_refused(attempt, error)
    except StorageUnavailableError:
        log.warning("%s waits for the store", job.id)
        await requeue(attempt, pause=LATER)
    except EncodedElsewhereError:
        log.info("%s waits for a vibe", job.id)
        await requeue(attempt, pause=LATER)
    except TakenAwayError:
        log.info("%s was taken away", job.id)
    except anyio.get_cancelled_exc_class():
        if not attempt.lease.paying:
            with anyio.CancelScope(shield=True), suppress(SQLAlchemyError, OSError):
                await requeue(attempt, under_way=attempt.sending.left > 0)
        raise
    finally:
        with anyio.CancelScope(shield=True):
            await attempt.context.previews.drop(job.id)


async def _call(attempt: Attempt, products: list[Output], tasks: TaskGroup) -> None:
    context, job = attempt.context, attempt.job
    params = await unpack(job.kind, job.params, context.blobs.picture)
    vibe: EncodingKey | None = None
    if isinstance(params, GenerateImageParams):
        params = await with_encodings(attempt, params)
    elif isinstance(params, EncodeVibeParams) and isinstance(params.image, bytes):
        vibe = await encoding_key(params.image, params.model, params.info_extracted)
        found = await find_or_claim(attempt, vibe)
        if found is not None:
            await finish_succeeded(attempt, [reference(found, vibe)], cost=0)
            return
    await _check_price(attempt, params)
    before = attempt.sending.left
    with anyio.move_on_after(context.timing.call) as limit:
        async for event in perform(context.accounts.client(attempt.account), params):
            if isinstance(event, Output):
                products.append(event)
            elif context.previews.put(job, event):
                # Beside the call, which is paid for and must not wait for a silent database.
                tasks.start_soon(context.previews.tell, job)
    if limit.cancelled_caught:
        raise RequestTimeoutError(
            f"No complete answer within {context.timing.call:g} seconds.", charged="unknown"
        )
    if not products:
        raise InvalidResponseError("The answer holds no picture.", charged="unknown")
    if attempt.sending.left == before:
        attempt.price = 0  # a vibe that this client had encoded before
    await finish_call(attempt, products, vibe=vibe)


async def _check_price(attempt: Attempt, params: JobParams) -> None:
    async def price(tier: Tier) -> Price:
        if opens_pictures(params):
            return await anyio.to_thread.run_sync(price_on, params, tier)
        return price_on(params, tier)

    await attempt.ready(price)
