"""Ready routes to mount in an app."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from novelai.fastapi.dependency import NovelAIClient
from novelai.fastapi.events import EventStreamResponse, event_stream
from novelai.fastapi.problems import Problem
from novelai.fastapi.query import GenerationQuery
from novelai.fastapi.responses import ImageResponse
from novelai.types.subscription import Subscription

__all__ = ["novelai_router"]

PROBLEMS: dict[int | str, dict[str, Any]] = {
    402: {"model": Problem, "description": "Not enough Anlas"},
    422: {"model": Problem, "description": "A parameter is wrong; nothing was sent"},
    429: {"model": Problem, "description": "Busy past the retry budget"},
    502: {"model": Problem, "description": "NovelAI failed"},
    503: {"model": Problem, "description": "NovelAI cannot be reached"},
    504: {"model": Problem, "description": "NovelAI did not answer in time"},
}
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, with its embedded settings",
        "content": {
            "image/png": {"schema": {"type": "string", "format": "binary"}},
            "image/webp": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


def novelai_router() -> APIRouter:
    """Routes for text to image, watching it, prices and the balance.

    ``GET /generate`` answers a picture, ``GET /generate/stream`` server-sent events, ``GET /cost``
    a price in Anlas, ``GET /subscription`` tier and balance. Mount it where you like:
    ``app.include_router(novelai_router(), prefix="/novelai")``. Who may call them is for your app
    to decide, with ``dependencies=[...]``: generating spends the account's Anlas.
    """
    router = APIRouter(tags=["novelai"])

    @router.get("/generate", response_class=ImageResponse, responses={**PICTURE, **PROBLEMS})
    async def generate(params: GenerationQuery, novelai: NovelAIClient) -> ImageResponse:
        """Generate one picture and answer its bytes."""
        return ImageResponse(await novelai.image.generate(params))

    @router.get("/generate/stream", response_class=EventStreamResponse, responses=PROBLEMS)
    async def generate_stream(
        params: GenerationQuery, novelai: NovelAIClient
    ) -> EventStreamResponse:
        """Generate one picture and watch it come."""
        return event_stream(novelai.image.generate_stream(params))

    @router.get("/cost", responses={422: PROBLEMS[422]})
    async def cost(
        *,
        params: GenerationQuery,
        opus: Annotated[bool, Query(description="The account has an Opus subscription.")] = False,
    ) -> dict[str, Any]:
        """Price a generation in Anlas without running it."""
        return asdict(params.calculate_anlas(is_opus=opus))

    @router.get("/subscription", responses=PROBLEMS)
    async def subscription(novelai: NovelAIClient) -> Subscription:
        """Tell tier, balance and V5 allowance of the account."""
        return await novelai.user.get_subscription()

    return router
