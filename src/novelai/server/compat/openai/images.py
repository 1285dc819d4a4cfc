"""``/v1/images/...``: pictures from a prompt, from a picture, or in a part of one."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from novelai.server.compat.bodies import in_base64, with_notes
from novelai.server.compat.job_batch import BatchImage
from novelai.server.compat.openai.answer import cost_of, encode_as_asked, usage_of, vendor_of
from novelai.server.compat.openai.document import read_document
from novelai.server.compat.openai.drawing import Drawing, begin_drawing
from novelai.server.compat.openai.errors import error_of
from novelai.server.compat.openai.events import event_of, large_event
from novelai.server.compat.openai.image_request import ImageRequest, Operation, read_image_request
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
    image_request = await read_image_request(context, document, context.http.headers, operation)
    drawing = await begin_drawing(context, image_request)
    if image_request.stream:
        return drawing.stream(_events(drawing))

    async def tell(found: Sequence[BatchImage]) -> dict[str, Any]:
        return _about(found[0], image_request) | {
            "data": [await _datum(drawing, one) for one in found],
            "usage": usage_of(found, tokens_per_anlas=context.settings.tokens_per_anlas),
            "novelai": vendor_of(found[0], anlas=cost_of(found)),
        }

    return await drawing.answer(tell)


async def _events(drawing: Drawing) -> AsyncGenerator[bytes]:
    image_request = drawing.image_request
    name = NAMES[image_request.operation]
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
            about = {"created_at": int(time.time()), **image_request.shown}
            yield event_of(f"{name}.partial_image", about | shown)
            index += 1
        one = (await drawing.all())[0]
        about = _about(one, image_request)
        about["created_at"] = about.pop("created")
        tokens = drawing.context.settings.tokens_per_anlas
        about |= await _datum(drawing, one) | {"usage": usage_of([one], tokens_per_anlas=tokens)}
        yield await large_event(f"{name}.completed", with_notes(about, drawing.notes))
        await drawing.mark_delivered()
    except ProblemError as problem:
        yield event_of(None, error_of(problem))
    finally:
        drawing.leave()


def _about(image: BatchImage, image_request: ImageRequest) -> dict[str, Any]:
    created = image.job.finished_at or image.job.created_at
    form = (
        image.image.media_type.removeprefix("image/")
        if image_request.as_url
        else image_request.output_format
    )
    return {"created": int(created), **image_request.shown, "output_format": form}


async def _datum(drawing: Drawing, image: BatchImage) -> dict[str, Any]:
    vendor = {"novelai": vendor_of(image)}
    if drawing.image_request.as_url:
        return {"url": await address_of(drawing.context, image)} | vendor
    data, _ = await encode_as_asked(image, drawing.image_request)
    return {"b64_json": await in_base64(data)} | vendor


async def address_of(context: RequestContext, image: BatchImage) -> str:
    """Return a link to a picture, for an hour."""
    images = await context.services.images.of_job(image.job.id)
    link = await context.services.links.to_image(context.key, images[image.position], LINK_SECONDS)
    return public_base(context.http, context.settings) + link.path
