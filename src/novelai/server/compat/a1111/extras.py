"""Work on finished pictures: enlarging, and reading what is embedded."""

from collections.abc import Mapping
from typing import Any, cast

import anyio.to_thread
from fastapi import APIRouter, Response

from novelai.server.compat.a1111.generation import DOOR
from novelai.server.compat.a1111.lists import UPSCALER
from novelai.server.compat.a1111.pnginfo import png_info
from novelai.server.compat.a1111.schemas import MOST, ExtrasRequest
from novelai.server.compat.bodies import as_base64, in_base64, json_answer, json_object, read_model
from novelai.server.compat.input_images import decode_image
from novelai.server.compat.job_batch import JobBatch
from novelai.server.http.context import AnyContext, MakerContext
from novelai.server.http.dependencies import Caller
from novelai.server.http.error_handlers import invalid
from novelai.server.model.problems import ProblemError
from novelai.types.tools import UpscaleParams

__all__ = ["router"]

FACTOR = 2.0
UNCHANGED = "Nothing to enlarge: not changed."
LONGEST = 60
TO_A_SIZE = 1
UNUSED = ("gfpgan_visibility", "codeformer_visibility", "extras_upscaler_2_visibility")
"""Fields of what NovelAI lacks; 0 switches it off."""

router: APIRouter = APIRouter(prefix="/sdapi/v1", include_in_schema=False)


@router.post("/extra-single-image")
async def extra_single_image(context: MakerContext) -> Response:
    """Enlarge a picture to twice its size; costs 1 to 4 Anlas. ``None`` leaves it as it is."""
    body = await json_object(context.http)
    image_request = read_model(ExtrasRequest, body)
    image = await decode_image(
        image_request.image, pixel_limit=context.services.uploads.pixel_limit, field="image"
    )
    if not image_request.enlarges:
        text = await in_base64(image)
        return await json_answer({"image": text, "html_info": UNCHANGED})
    batch = JobBatch(context=context, door=DOOR, notes=_notes(image_request, body))
    result = await batch.run([UpscaleParams(image=image)])
    text = await in_base64(result.images[0].image.data)
    answer = {"image": text, "html_info": " ".join(result.notes)}
    return await json_answer(answer, result.headers)


@router.post("/extra-batch-images")
async def extra_batch_images(context: MakerContext) -> Response:
    """Enlarge several pictures, each as by itself."""
    body = await json_object(context.http)
    given: object = body.get("imageList")
    if not isinstance(given, list) or not 0 < len(cast("list[Any]", given)) <= MOST:
        raise invalid([("imageList", f"holds 1 to {MOST} pictures")])
    texts = [
        str(cast("dict[str, Any]", one).get("data") if isinstance(one, dict) else one)
        for one in cast("list[Any]", given)
    ]
    limit = context.services.uploads.pixel_limit
    images = [
        await decode_image(text, pixel_limit=limit, field=f"imageList.{place}")
        for place, text in enumerate(texts)
    ]
    image_request = read_model(ExtrasRequest, body | {"image": ""})
    if not image_request.enlarges:
        return await json_answer({"html_info": UNCHANGED, "images": await as_base64(images)})
    batch = JobBatch(context=context, door=DOOR, notes=_notes(image_request, body))
    result = await batch.run([UpscaleParams(image=image) for image in images])
    answer = {
        "html_info": " ".join((*result.notes, *(one.detail for one in result.problems))),
        "images": await as_base64([one.image.data for one in result.images]),
    }
    return await json_answer(answer, result.headers)


@router.post("/png-info")
async def read_png_info(context: AnyContext) -> Response:
    """Tell what is embedded in a picture, in the open or hidden in its alpha channel."""
    body = await json_object(context.http)
    text = str(body.get("image") or "")
    image = await decode_image(
        text, pixel_limit=context.services.uploads.pixel_limit, field="image"
    )
    return await json_answer(await anyio.to_thread.run_sync(png_info, image))


@router.post("/interrogate")
async def interrogate(_caller: Caller) -> Response:
    """NovelAI describes no pictures."""
    raise ProblemError(
        501,
        "not_implemented",
        "NovelAI does not describe pictures. Use /sdapi/v1/png-info for one that it made.",
    )


def _notes(image_request: ExtrasRequest, body: Mapping[str, Any]) -> list[str]:
    """Return what is done otherwise than asked for."""
    notes: list[str] = []
    if image_request.upscaler_1 != UPSCALER:
        notes.append(
            f"upscaler_1 {image_request.upscaler_1[:LONGEST]} became {UPSCALER}: there is no other."
        )
    if image_request.resize_mode == TO_A_SIZE:
        notes.append("resize_mode 1 became 0: NovelAI enlarges to twice the size.")
    elif image_request.upscaling_resize != FACTOR:
        asked = image_request.upscaling_resize
        notes.append(
            f"upscaling_resize {asked:g} became {FACTOR:g}: NovelAI enlarges to twice the size."
        )
    unused = [name for name in UNUSED if body.get(name)]
    if unused:
        notes.append(f"Ignored, as NovelAI has no such thing: {', '.join(unused)}.")
    return notes
