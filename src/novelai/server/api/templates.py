"""``/api/templates``: prompts with choices and names in them."""

import random

import anyio.to_thread
from fastapi import APIRouter

from novelai.server.http.context import ReaderContext
from novelai.server.model.problems import PROBLEMS
from novelai.server.studio.templates import ExpandIn, ExpandView, expand_all

__all__ = ["router"]

ROLL_SEEDS = 2**32

router: APIRouter = APIRouter(prefix="/api/templates", tags=["library"], responses=PROBLEMS)


@router.post("/expand")
async def expand(body: ExpandIn, context: ReaderContext) -> ExpandView:
    """Expand templates with the caller's library. Nothing is kept, sent or charged.

    What cannot be expanded is among ``problems``, with its place in the text.
    """
    library = await context.services.library.library_of(context.key)
    roll_seed = body.roll_seed
    if roll_seed is None:
        roll_seed = random.randrange(ROLL_SEEDS)  # noqa: S311 - of a picture, not of a secret
    return await anyio.to_thread.run_sync(expand_all, body, library, roll_seed)
