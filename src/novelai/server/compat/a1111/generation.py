"""``txt2img`` and ``img2img``."""

from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Header, Response

from novelai.server.compat.a1111.ignored import ignored_of, refuse_scripts
from novelai.server.compat.a1111.info import info_of, parameters_of
from novelai.server.compat.a1111.plan import plan_of
from novelai.server.compat.a1111.schemas import ImageRequest, ImageToImageRequest
from novelai.server.compat.bodies import as_base64, json_answer, json_object, read_model
from novelai.server.compat.job_batch import JobBatch
from novelai.server.http.context import MakerContext, RequestContext

__all__ = ["DOOR", "router"]

DOOR = "a1111"

router: APIRouter = APIRouter(prefix="/sdapi/v1", include_in_schema=False)

IdempotencyKey = Annotated[str | None, Header(max_length=180)]


@router.post("/txt2img")
async def txt2img(context: MakerContext, idempotency_key: IdempotencyKey = None) -> Response:
    """Make pictures from a prompt."""
    body = await json_object(context.http)
    return await _make(context, read_model(ImageRequest, body), body, idempotency_key)


@router.post("/img2img")
async def img2img(context: MakerContext, idempotency_key: IdempotencyKey = None) -> Response:
    """Make pictures from a picture, or repaint what is white in a mask."""
    body = await json_object(context.http)
    return await _make(context, read_model(ImageToImageRequest, body), body, idempotency_key)


async def _make(
    context: RequestContext,
    asked: ImageRequest,
    body: dict[str, Any],
    idempotency_key: str | None,
) -> Response:
    refuse_scripts(body)
    plan = await plan_of(context, asked)
    batch = JobBatch(
        context=context,
        door=DOOR,
        dedupe_key=idempotency_key,
        follow_up=plan.follow_up,
        notes=plan.notes,
    )
    result = await batch.run(plan.wanted)
    images = [one.image.data for one in result.images] if asked.send_images else []
    answer: dict[str, Any] = {
        "images": await as_base64(images),
        "parameters": parameters_of(body),
        "info": await anyio.to_thread.run_sync(info_of, asked, result, ignored_of(body)),
    }
    if isinstance(asked, ImageToImageRequest) and asked.include_init_images:
        answer["parameters"] |= {"init_images": asked.init_images, "mask": asked.mask}
    return await json_answer(answer, result.headers)
