"""naifu's one route: ``POST /generate-stream``, whose pictures come as events."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from novelai.server.compat.a1111.choices import choices_of
from novelai.server.compat.a1111.plan import plan_of
from novelai.server.compat.a1111.schemas import ImageRequest, Scale, Side, Steps
from novelai.server.compat.bodies import in_base64, json_object, read_model
from novelai.server.compat.job_batch import JobBatch
from novelai.server.http.context import MakerContext

__all__ = ["naifu_router"]

DOOR = "naifu"
MOST = 10
NAMES = {"size": "width and height", "noise_schedule": "sampler", "negative_prompt": "uc"}
"""What a body calls our parameters, where it has another name."""

router: APIRouter = APIRouter(include_in_schema=False)


class NaifuRequest(BaseModel):
    """The body, by the names that NovelAI's first version had."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", hide_input_in_errors=True)

    prompt: str = ""
    uc: str = ""
    width: Side | None = None
    height: Side | None = None
    steps: Steps | None = None
    scale: Scale | None = None
    sampler: str | None = None
    seed: int = -1
    n_samples: Annotated[int, Field(ge=1, le=MOST)] = 1


def naifu_router() -> APIRouter:
    """Return the route of this API."""
    return router


@router.post("/generate-stream")
async def generate_stream(context: MakerContext) -> StreamingResponse:
    """Make pictures; each is an event ``newImage``."""
    body = await json_object(context.http)
    asked = read_model(NaifuRequest, body)
    fields: dict[str, Any] = {
        "prompt": asked.prompt,
        "negative_prompt": asked.uc,
        "width": asked.width,
        "height": asked.height,
        "steps": asked.steps,
        "cfg_scale": asked.scale,
        "sampler_name": asked.sampler,
        "seed": asked.seed,
        "n_iter": asked.n_samples,
        "prompt_syntax": choices_of(context.key).prompt_syntax,
    }
    plan = await plan_of(context, read_model(ImageRequest, fields), names=NAMES)
    result = await JobBatch(context=context, door=DOOR, notes=plan.notes).run(plan.wanted)
    images = [one.image.data for one in result.images]
    return StreamingResponse(
        _events(images), media_type="text/event-stream", headers=result.headers
    )


async def _events(images: list[bytes]) -> AsyncGenerator[str]:
    for number, data in enumerate(images, 1):
        yield f"event: newImage\nid: {number}\ndata:{await in_base64(data)}\n\n"
