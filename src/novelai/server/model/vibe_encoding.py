"""Encodings that a job needs, and how many of them its owner has already."""

import anyio.to_thread
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.catalogue import base_model
from novelai.server.model.artifact import Wanted
from novelai.server.model.params import EncodeVibeParams, JobParams
from novelai.server.storage.blobs import sha256_of
from novelai.server.vibes import repository
from novelai.types.generation import GenerateImageParams

__all__ = ["count_known", "wanted_by", "wanted_of"]


async def wanted_by(image: bytes, model: str, info_extracted: float) -> Wanted:
    """A vibe as it is asked for."""
    source = await anyio.to_thread.run_sync(sha256_of, image)
    return Wanted(source=source, model=base_model(model), info_extracted=info_extracted)


async def wanted_of(params: JobParams) -> list[Wanted]:
    """What a job would have to have encoded; pictures that are not bytes yet are left out."""
    if isinstance(params, EncodeVibeParams):
        asked = [(params.image, params.info_extracted)]
    elif isinstance(params, GenerateImageParams) and params.spec.vibes == "encoded":
        asked = [
            (vibe.image, vibe.info_extracted)
            for vibe in params.effective_vibes
            if vibe.encoding_for(params.model) is None
        ]
    else:
        return []
    return [
        await wanted_by(image, params.model, info_extracted)
        for image, info_extracted in asked
        if isinstance(image, bytes)
    ]


async def count_known(connection: AsyncConnection, owner_id: str, wanted: list[Wanted]) -> int:
    """How many of them an owner has already: they cost nothing any more."""
    found = [await repository.known(connection, owner_id, one) for one in wanted]
    return sum(one is not None for one in found)
