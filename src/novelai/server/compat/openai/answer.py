"""Finished pictures as OpenAI's clients read them."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import anyio.to_thread
from PIL import Image

from novelai.server.compat.job_batch import BatchImage
from novelai.server.compat.openai.image_request import ImageRequest

__all__ = ["cost_of", "encode_as_asked", "usage_of", "vendor_of"]

JPEG = "image/jpeg"


async def encode_as_asked(image: BatchImage, image_request: ImageRequest) -> tuple[bytes, str]:
    """Encode a picture; give bytes and media type. A JPEG loses the settings inside the picture."""
    picture = image.image
    if image_request.output_format != "jpeg":
        return picture.data, picture.media_type
    return await anyio.to_thread.run_sync(_as_jpeg, picture.data, image_request.compression), JPEG


def cost_of(images: Sequence[BatchImage]) -> int:
    """Anlas of all of these together."""
    return sum({one.job.id: one.job.cost or 0 for one in images}.values())


def usage_of(images: Sequence[BatchImage], *, tokens_per_anlas: int) -> dict[str, Any]:
    """Anlas as tokens: a picture counts one token in, an Anlas so many out.

    Relays that bill by tokens so bill what it cost; a free picture is not nothing to them.
    """
    count, anlas = len(images), cost_of(images) * tokens_per_anlas
    return {
        "input_tokens": count,
        "output_tokens": anlas,
        "total_tokens": count + anlas,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": count},
    }


def vendor_of(image: BatchImage, *, anlas: int | None = None) -> dict[str, Any]:
    """Return the part of an answer that only this server tells."""
    job = image.job
    return {
        "seed": image.image.seed,
        "anlas": job.cost if anlas is None else anlas,
        "model": job.model,
        "job_id": job.id,
    }


def _as_jpeg(data: bytes, quality: int) -> bytes:
    with Image.open(BytesIO(data)) as image:
        flat = Image.new("RGB", image.size, "white")
        full = image.convert("RGBA")
        flat.paste(full, mask=full.getchannel("A"))
    buffer = BytesIO()
    flat.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
