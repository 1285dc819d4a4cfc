"""Finished pictures as OpenAI's clients read them."""

import base64
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import anyio.to_thread
from PIL import Image
from starlette.responses import Response

from novelai.server.doors.openai.batch import Drawn
from novelai.server.doors.openai.wish import Wish

__all__ = ["as_wished", "headers_of_all", "in_base64", "json_answer", "usage_of", "vendor_of"]

JPEG = "image/jpeg"


async def as_wished(drawn: Drawn, wish: Wish) -> tuple[bytes, str]:
    """The bytes to answer, and their media type. A JPEG loses the settings inside the picture."""
    picture = drawn.picture
    if wish.output_format != "jpeg":
        return picture.data, picture.media_type
    return await anyio.to_thread.run_sync(_as_jpeg, picture.data, wish.compression), JPEG


async def in_base64(data: bytes) -> str:
    """Base64 text; of megabytes, so in a thread."""
    return await anyio.to_thread.run_sync(lambda: base64.b64encode(data).decode())


async def json_answer(document: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """A response with a document of megabytes, written in a thread."""
    body = await anyio.to_thread.run_sync(lambda: json.dumps(document).encode())
    return Response(body, headers=dict(headers), media_type="application/json")


def headers_of_all(drawn: Sequence[Drawn]) -> dict[str, str]:
    """What every door tells in headers; for several pictures their ids and their cost in all."""
    if len(drawn) == 1:
        return dict(drawn[0].picture.headers)
    ids = dict.fromkeys(one.job.id for one in drawn)
    return {"X-Job-Id": ", ".join(ids), "X-Anlas-Cost": str(cost_of(drawn))}


def cost_of(drawn: Sequence[Drawn]) -> int:
    """Anlas of all of these together."""
    return sum({one.job.id: one.job.cost or 0 for one in drawn}.values())


def usage_of(drawn: Sequence[Drawn], *, tokens_per_anlas: int) -> dict[str, Any]:
    """Anlas as tokens: a picture counts one token in, an Anlas so many out.

    Relays that bill by tokens so bill what it cost; a free picture is not nothing to them.
    """
    pictures, anlas = len(drawn), cost_of(drawn) * tokens_per_anlas
    return {
        "input_tokens": pictures,
        "output_tokens": anlas,
        "total_tokens": pictures + anlas,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": pictures},
    }


def vendor_of(drawn: Drawn, *, anlas: int | None = None) -> dict[str, Any]:
    """What only this server tells."""
    job = drawn.job
    return {
        "seed": drawn.picture.seed,
        "anlas": job.cost if anlas is None else anlas,
        "model": job.model,
        "job_id": job.id,
    }


def _as_jpeg(data: bytes, quality: int) -> bytes:
    with Image.open(BytesIO(data)) as picture:
        flat = Image.new("RGB", picture.size, "white")
        full = picture.convert("RGBA")
        flat.paste(full, mask=full.getchannel("A"))
    buffer = BytesIO()
    flat.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
