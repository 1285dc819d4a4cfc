"""One claimed job, to its end, with the vibes that it needs."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from novelai.cost import ENCODE_VIBE_ANLAS
from novelai.errors import InvalidResponseError, NovelAIError, RequestTimeoutError
from novelai.server.accounts.clients import SENDING
from novelai.server.jobs import claims
from novelai.server.jobs.pricing import opens_images, price_on
from novelai.server.model.account import Account
from novelai.server.model.artifact import Artifact, EncodingKey, encoding_key
from novelai.server.model.budget import Price
from novelai.server.model.job import Job
from novelai.server.model.params import EncodeVibeParams, JobParams, unpack
from novelai.server.model.tier import Tier
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.telemetry.metrics import about, trace_calls
from novelai.server.upstream.perform import ENCODING, Output, perform
from novelai.server.vibes import repository as vibes
from novelai.server.worker.attempt import (
    Attempt,
    PriceRoseError,
    TakenAwayError,
    retry_forever,
    spool,
)
from novelai.server.worker.context import WorkerContext
from novelai.server.worker.finish import (
    finish_call,
    finish_failed,
    finish_refused,
    finish_succeeded,
    requeue,
)
from novelai.types.generation import GenerateImageParams
from novelai.types.vibe import Vibe

__all__ = [
    "CachedEncoding",
    "EncodedElsewhereError",
    "find_or_claim",
    "reference",
    "run",
    "with_encodings",
]

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
        if attempt.is_shown:
            with anyio.CancelScope(shield=True):
                await attempt.context.previews.drop(job.id, attempt.made)


async def _call(attempt: Attempt, products: list[Output], tasks: TaskGroup) -> None:
    context, job = attempt.context, attempt.job
    params = await unpack(job.kind, job.params, context.blobs.image)
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
                continue
            attempt.is_shown = True
            if context.previews.put(job, event):
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
        if opens_images(params):
            return await anyio.to_thread.run_sync(price_on, params, tier)
        return price_on(params, tier)

    await attempt.ready(price)


LOOK = 0.1
"""Seconds between two looks for a vibe that another job encodes."""


class EncodedElsewhereError(Exception):
    """Another job encodes the vibe, and takes long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedEncoding:
    """An encoding that was paid for before."""

    sha256: str
    data: bytes


async def find_or_claim(attempt: Attempt, wanted: EncodingKey) -> CachedEncoding | None:
    """Return the encoding, if the job's owner has it.

    ``None``: this job encodes it, and no other does.

    What another job encodes at this moment is waited for: paid for once, it serves both. When that
    one fails this one encodes it.

    Raises:
        EncodedElsewhereError: the other one takes longer than an account should wait.
    """
    context = attempt.context
    until = context.monotonic() + context.timing.encoding
    while True:
        found = await _find(attempt, wanted)
        if found is not None:
            return found
        async with context.database.write() as connection:
            mine = await claims.begin_encoding(connection, attempt.job, wanted.name)
        if mine:
            return await _find(attempt, wanted)  # another one may have ended in between
        if context.monotonic() >= until:
            raise EncodedElsewhereError
        await anyio.sleep(LOOK)


async def _find(attempt: Attempt, wanted: EncodingKey) -> CachedEncoding | None:
    context = attempt.context
    async with context.database.read() as connection:
        found = await vibes.find_encoding(connection, attempt.job.owner_id, wanted)
    if found is None:
        return None
    try:
        return CachedEncoding(sha256=found.sha256, data=await context.blobs.image(found.sha256))
    except BlobMissingError:
        return None


async def with_encodings(attempt: Attempt, params: GenerateImageParams) -> GenerateImageParams:
    """Return the same parameters with an encoding in each vibe.

    What is missing is paid for and kept.

    Raises:
        NovelAIError: an encoding failed; those before it are kept and counted.
        EncodedElsewhereError: another job encodes one of them, and takes long.
        PriceRoseError: it costs more than was set aside.
        TakenAwayError: the job is another process's.
    """
    if params.spec.vibes != "encoded" or not params.effective_vibes:
        return params
    ready = [await _encode(attempt, vibe, params.model) for vibe in params.effective_vibes]
    named = len(params.vibes or ())
    changed: dict[str, Any] = {"vibes": tuple(ready[:named])} if named else {}
    if params.controlnet is not None:
        changed |= {"controlnet": params.controlnet.replace(images=tuple(ready[named:]))}
    return params.replace(**changed)


async def _encode(attempt: Attempt, vibe: Vibe, model: str) -> Vibe:
    image = vibe.image
    if vibe.encoding_for(model) is not None or not isinstance(image, bytes):
        return vibe
    wanted = await encoding_key(image, model, vibe.info_extracted)
    found = await find_or_claim(attempt, wanted)
    data = found.data if found is not None else await _pay(attempt, image, wanted)
    return vibe.with_encoding(data, model=model)


async def _pay(attempt: Attempt, image: bytes, wanted: EncodingKey) -> bytes:
    await attempt.ready(_price)
    params = EncodeVibeParams(image=image, model=wanted.model, info_extracted=wanted.info_extracted)
    client = attempt.context.accounts.client(attempt.account)
    before = attempt.sending.left
    (product,) = [one async for one in perform(client, params) if isinstance(one, Output)]
    if attempt.sending.left == before:
        attempt.price = 0  # this client had encoded it before, for whoever
    job = attempt.job
    (made,) = await retry_forever(
        f"a vibe of {job.id}", lambda: spool(attempt.context.blobs, job, [product], wanted)
    )
    await attempt.keep_encoding(made)
    return product.data


async def _price(_tier: Tier) -> Price:
    return Price(anlas=ENCODE_VIBE_ANLAS)


def reference(found: CachedEncoding, wanted: EncodingKey) -> Artifact:
    """Return an encoding that was paid for before, as what an encoding job made."""
    return Artifact(
        position=0,
        sha256=found.sha256,
        media_type=ENCODING,
        size=len(found.data),
        width=0,
        height=0,
        seed=None,
        vibe=wanted,
    )
