"""Encodings that a job needs."""

import anyio.to_thread

from novelai.catalogue import base_model
from novelai.server.model.artifact import EncodingKey, sha256_of
from novelai.server.model.params import EncodeVibeParams, JobParams
from novelai.types.generation import GenerateImageParams

__all__ = ["encoding_key", "encodings_needed"]


async def encoding_key(image: bytes, model: str, info_extracted: float) -> EncodingKey:
    """Return a vibe as it is asked for."""
    source = await anyio.to_thread.run_sync(sha256_of, image)
    return EncodingKey(source=source, model=base_model(model), info_extracted=info_extracted)


async def encodings_needed(params: JobParams) -> list[EncodingKey]:
    """List the encodings that a job needs; pictures that are not bytes yet are left out."""
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
        await encoding_key(image, params.model, info_extracted)
        for image, info_extracted in asked
        if isinstance(image, bytes)
    ]
