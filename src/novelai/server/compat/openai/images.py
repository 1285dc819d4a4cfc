"""``/v1/images/...``: pictures from a prompt, from a picture, or in a part of one."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from novelai.server.compat.bodies import in_base64
from novelai.server.compat.job_batch import BatchImage
from novelai.server.compat.openai.answer import (
    as_wished,
    cost_of,
    usage_of,
    vendor_of,
)
from novelai.server.compat.openai.document import read_document
from novelai.server.compat.openai.drawing import Drawing, begin_drawing
from novelai.server.compat.openai.errors import error_of
from novelai.server.compat.openai.events import event_of, large_event
from novelai.server.compat.openai.image_request import ImageRequest, Operation, read_wish
from novelai.server.http.context import RequestContext
from novelai.server.links.address import public_base
from novelai.server.model.problems import ProblemError

__all__ = ["address_of", "draw"]

LINK_SECONDS = 3_600
PNG = b"\x89PNG"
NAMES: Mapping[Operation, str] = {
    "generation": "image_generation",
    "edit": "image_edit",
    "variation": "image_edit",
}


async def draw(context: RequestContext, operation: Operation) -> Response:
    """Answer a request for pictures."""
    document = await read_document(context.http)
    wish = await read_wish(context.services, context.key, document, context.http.headers, operation)
    drawing = await begin_drawing(context, wish)
    if wish.stream:
        return drawing.stream(_events(drawing))

    async def tell(found: Sequence[BatchImage]) -> dict[str, Any]:
        return _about(found[0], wish) | {
            "data": [await _datum(drawing, one) for one in found],
            "usage": usage_of(found, tokens_per_anlas=context.settings.tokens_per_anlas),
            "novelai": vendor_of(found[0], anlas=cost_of(found)),
        }

    return await drawing.answer(tell)


async def _events(drawing: Drawing) -> AsyncGenerator[bytes]:
    wish = drawing.wish
    name = NAMES[wish.operation]
    try:
        index = 0
        async for seen in drawing.previews():
            shown = {
                "b64_json": await in_base64(seen.data),
                "partial_image_index": index,
                "step": seen.step,
                "steps": seen.steps,
                "output_format": "png" if seen.data.startswith(PNG) else "jpeg",
            }
            about = {"created_at": int(time.time()), **_usage_of(wish)}
            yield event_of(f"{name}.partial_image", about | shown)
            index += 1
        one = (await drawing.all())[0]
        about = _about(one, wish)
        about["created_at"] = about.pop("created")
        tokens = drawing.context.settings.tokens_per_anlas
        about |= await _datum(drawing, one) | {"usage": usage_of([one], tokens_per_anlas=tokens)}
        yield await large_event(f"{name}.completed", about)
        await drawing.delivered()
    except ProblemError as problem:
        yield event_of(None, error_of(problem))
    finally:
        drawing.leave()


def _usage_of(wish: ImageRequest) -> dict[str, Any]:
    width, height = wish.params.dimensions
    return {
        "size": f"{width}x{height}",
        "quality": wish.shown_quality,
        "background": wish.shown_background,
        "output_format": wish.output_format,
    }


def _about(drawn: BatchImage, wish: ImageRequest) -> dict[str, Any]:
    created = drawn.job.finished_at or drawn.job.created_at
    form = drawn.picture.media_type.removeprefix("image/") if wish.as_url else wish.output_format
    return {"created": int(created), **_usage_of(wish), "output_format": form}


async def _datum(drawing: Drawing, drawn: BatchImage) -> dict[str, Any]:
    vendor = {"novelai": vendor_of(drawn)}
    if drawing.wish.as_url:
        return {"url": await address_of(drawing.context, drawn)} | vendor
    data, _ = await as_wished(drawn, drawing.wish)
    return {"b64_json": await in_base64(data)} | vendor


async def address_of(context: RequestContext, drawn: BatchImage) -> str:
    """Return a link to a picture, for an hour."""
    images = await context.services.images.of_job(drawn.job.id)
    link = await context.services.links.to_image(context.key, images[drawn.position], LINK_SECONDS)
    return public_base(context.http, context.settings) + link.path
