"""Encodings that a job needs: taken from what was paid for before, or paid for, one by one."""

from dataclasses import dataclass
from typing import Any

import anyio

from novelai.cost import ENCODE_VIBE_ANLAS
from novelai.server.jobs import claims
from novelai.server.model.artifact import Artifact, EncodingKey
from novelai.server.model.budget import Price
from novelai.server.model.params import EncodeVibeParams
from novelai.server.model.tier import Tier
from novelai.server.model.vibe_encoding import encoding_key
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.upstream.perform import ENCODING, Output, perform
from novelai.server.vibes import repository as vibes
from novelai.server.worker.attempt import Attempt
from novelai.server.worker.retry_forever import retry_forever
from novelai.server.worker.spool import spool
from novelai.types.generation import GenerateImageParams
from novelai.types.vibe import Vibe

__all__ = [
    "CachedEncoding",
    "EncodedElsewhereError",
    "find_or_claim",
    "reference",
    "with_encodings",
]

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
        return CachedEncoding(sha256=found.sha256, data=await context.blobs.picture(found.sha256))
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
