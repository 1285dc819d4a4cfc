"""Orders of other programs, brought inside what is free on the owner's accounts.

Programs ask with defaults of their own, which often cost something: 50 steps, 1024x1536, three
pictures in one call. For a key with the switch ``fit_free`` these are made smaller instead of being
refused, and a note says so. What cannot be made free is left as it was asked for: the key's limits
decide about it as about any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import Any

import anyio.to_thread
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.catalogue import SIZE_STEP
from novelai.cost import FREE_VIBES, OPUS_FREE_AREA, OPUS_FREE_STEPS
from novelai.server.accounts import repository as owned
from novelai.server.jobs.pricing import price_at_most
from novelai.server.model.artifact import EncodingKey, encoding_key
from novelai.server.model.key import Key
from novelai.server.model.native_params import NativeParams
from novelai.server.model.params import JobParams
from novelai.server.model.tier import Tier
from novelai.server.storage.engine import Database
from novelai.server.vibes import repository as stored
from novelai.types.generation import GenerateImageParams
from novelai.types.vibe import Vibe

__all__ = ["Fitted", "FittingService", "fit_into_free", "free_size"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """An order as it is taken.

    Attributes:
        params: of the job.
        notes: what was taken otherwise than asked for, a sentence each.
    """

    params: JobParams
    notes: Sequence[str] = ()


class FittingService:
    """Fits orders of keys that want it.

    Args:
        database: where accounts and encoded vibes are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fit(self, key: Key, params: JobParams) -> Fitted:
        """Return an order of a key as it is to be submitted.

        Raises:
            InvalidParamsError: a picture in it cannot be read.
        """
        if not (key.limits.fit_free and isinstance(params, GenerateImageParams)):
            return Fitted(params)
        lacking = [await _lacking(params, vibe) for vibe in params.effective_vibes]
        async with self._database.look() as connection:
            accounts = await owned.of_owner(connection, key.owner_id, enabled=True)
            paid = [await _is_paid(connection, key.owner_id, one) for one in lacking]
        tiers = [account.pricing_tier for account in accounts]
        return await anyio.to_thread.run_sync(partial(fit_into_free, params, tiers, paid))


def fit_into_free(
    params: GenerateImageParams, tiers: Sequence[Tier], paid: Sequence[bool] = ()
) -> Fitted:
    """Return the picture that is nearest to what was asked for among those that are free.

    Args:
        params: as asked for.
        tiers: of the accounts that may draw it; it must be free on each.
        paid: for each of its vibes, whether its encoding is there or was paid for.
    """
    if _is_free(params, tiers, paid):
        return Fitted(params)
    changes: dict[str, Any] = {}
    notes: list[str] = []
    for cut in (_steps, _size, _count, _references):
        found = cut(params)
        if found is not None:
            changes |= found[0]
            notes.append(f"{found[1]}, so that it is free.")
    kept = [place for place, ready in enumerate(paid) if ready][:FREE_VIBES]
    if len(kept) < len(paid):
        changes |= _with_vibes(params, kept)
        notes.append(f"Vibes: {len(kept)} instead of {len(paid)}, so that it is free.")
    if isinstance(params, NativeParams):
        changes["native"] = params.write_own_part(vibes=len(kept), references=0)
    fitted = params.replace(**changes)
    if not _is_free(fitted, tiers, [True] * len(kept)):
        return Fitted(params)
    return Fitted(fitted, tuple(notes))


def free_size(width: int, height: int) -> tuple[int, int]:
    """Return the largest size of a shape that can be free: in steps of 64, within 1,048,576 pixels.

    Args:
        width: of the shape, in pixels.
        height: of the shape, in pixels.
    """
    scale = sqrt(OPUS_FREE_AREA / (width * height))
    short, long = sorted((width * scale, height * scale))
    least = max(int(short / SIZE_STEP), 1) * SIZE_STEP
    most = min(int(long / SIZE_STEP), OPUS_FREE_AREA // least // SIZE_STEP) * SIZE_STEP
    return (least, most) if width <= height else (most, least)


Cut = tuple[dict[str, Any], str]
"""Fields that are changed, and the beginning of the sentence about it."""


def _steps(params: GenerateImageParams) -> Cut | None:
    if params.steps <= OPUS_FREE_STEPS:
        return None
    return {"steps": OPUS_FREE_STEPS}, f"Steps: {OPUS_FREE_STEPS} instead of {params.steps}"


def _size(params: GenerateImageParams) -> Cut | None:
    width, height = params.dimensions
    if width * height <= OPUS_FREE_AREA:
        return None
    size = free_size(width, height)
    return {"size": size}, f"Size: {size[0]}x{size[1]} instead of {width}x{height}"


def _count(params: GenerateImageParams) -> Cut | None:
    if params.n_samples == 1:
        return None
    return {"n_samples": 1}, f"Count: 1 picture instead of {params.n_samples}"


def _references(params: GenerateImageParams) -> Cut | None:
    asked = len(params.character_references or ())
    if not asked:
        return None
    return {"character_references": None}, f"Character references: none instead of {asked}"


def _with_vibes(params: GenerateImageParams, kept: Sequence[int]) -> dict[str, Any]:
    """Return the fields that hold the vibes at these places, and no others."""
    plain = params.vibes or ()
    changes: dict[str, Any] = {"vibes": [plain[one] for one in kept if one < len(plain)] or None}
    if params.controlnet is not None:
        images = params.controlnet.images
        left = [images[one - len(plain)] for one in kept if one >= len(plain)]
        changes["controlnet"] = params.controlnet.replace(images=left) if left else None
    return changes


def _is_free(params: GenerateImageParams, tiers: Sequence[Tier], paid: Sequence[bool]) -> bool:
    carried = [one.encoding_for(params.model) is not None for one in params.effective_vibes]
    encoded = sum(ready and not own for ready, own in zip(paid, carried, strict=True))
    return price_at_most(params, tiers, encoded=encoded).anlas == 0


async def _lacking(params: GenerateImageParams, vibe: Vibe) -> EncodingKey | None:
    """Return the encoding that a vibe lacks, if it lacks one."""
    if params.spec.vibes != "encoded" or vibe.encoding_for(params.model) is not None:
        return None
    image = vibe.image if isinstance(vibe.image, bytes) else b""  # nobody has one of nothing
    return await encoding_key(image, params.model, vibe.info_extracted)


async def _is_paid(connection: AsyncConnection, owner_id: str, key: EncodingKey | None) -> bool:
    return key is None or await stored.find_encoding(connection, owner_id, key) is not None
