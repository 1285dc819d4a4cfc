"""``GET /generate``: a picture for a prompt, through the same job as everything else."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from novelai.fastapi.query import GenerationQuery
from novelai.server.access.caller import Caller, Room
from novelai.server.jobs.order import Order
from novelai.server.jobs.outcome import picture_of
from novelai.server.problems import PROBLEMS

__all__ = ["generate_router"]

PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, with its embedded settings",
        "content": {
            "image/png": {"schema": {"type": "string", "format": "binary"}},
            "image/webp": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}

router = APIRouter(tags=["generate"], responses=PROBLEMS)


def generate_router() -> APIRouter:
    """The documented route."""
    return router


@router.get("/generate", response_class=Response, responses=PICTURE)
async def generate(
    params: GenerationQuery,
    caller: Caller,
    room: Room,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Generate one picture and answer its bytes, as NovelAI sent them.

    Who goes away while it is made loses nothing: the picture lands in the gallery.
    """
    order = Order(params=params, door="generate", idempotency_key=idempotency_key)
    job = (await room.jobs.submit(caller, order)).job
    picture = await picture_of(room, caller, job)
    return Response(picture.data, media_type=picture.media_type, headers=picture.headers)
