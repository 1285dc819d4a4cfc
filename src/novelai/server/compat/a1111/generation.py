"""``txt2img`` and ``img2img``."""

from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Header, Request, Response

from novelai.server.compat.a1111.info import info_of, parameters_of
from novelai.server.compat.a1111.plan import plan_of
from novelai.server.compat.a1111.schemas import ImageRequest, ImageToImageRequest
from novelai.server.compat.bodies import as_base64, json_answer, json_object
from novelai.server.compat.several import Several, totals
from novelai.server.http.dependencies import Maker, ServicesDep
from novelai.server.model.key import Key
from novelai.server.services import Services

__all__ = ["DOOR", "router"]

DOOR = "a1111"

router = APIRouter(prefix="/sdapi/v1", include_in_schema=False)

IdempotencyKey = Annotated[str | None, Header(max_length=180)]


@router.post("/txt2img")
async def txt2img(
    request: Request, caller: Maker, services: ServicesDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make pictures from a prompt."""
    body = await json_object(request)
    return await _make(services, caller, ImageRequest.model_validate(body), body, idempotency_key)


@router.post("/img2img")
async def img2img(
    request: Request, caller: Maker, services: ServicesDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make pictures from a picture, or repaint what is white in a mask."""
    body = await json_object(request)
    return await _make(
        services, caller, ImageToImageRequest.model_validate(body), body, idempotency_key
    )


async def _make(
    services: Services,
    key: Key,
    wish: ImageRequest,
    body: dict[str, Any],
    idempotency_key: str | None,
) -> Response:
    plan = await plan_of(services, key, wish)
    several = Several(
        services=services, key=key, door=DOOR, dedupe_key=idempotency_key, second=plan.second
    )
    outcome = await several.make(plan.wanted)
    pictures = [one.picture.data for one in outcome.made] if wish.send_images else []
    answer: dict[str, Any] = {
        "images": await as_base64(pictures),
        "parameters": parameters_of(body),
        "info": await anyio.to_thread.run_sync(info_of, wish, plan, outcome),
    }
    if isinstance(wish, ImageToImageRequest) and wish.include_init_images:
        answer["parameters"] |= {"init_images": wish.init_images, "mask": wish.mask}
    return await json_answer(answer, totals(outcome.made))
