"""``/api/templates``: prompts with choices and names in them."""

import anyio.to_thread
from fastapi import APIRouter

from novelai.server.http.context import ReaderContext
from novelai.server.http.json_body import JSONRoute
from novelai.server.model.problems import PROBLEMS
from novelai.server.studio.templates import ExpandIn, ExpandView, expand_all

__all__ = ["router"]

router: APIRouter = APIRouter(
    prefix="/api/templates", tags=["library"], responses=PROBLEMS, route_class=JSONRoute
)


@router.post("/expand")
async def expand(body: ExpandIn, context: ReaderContext) -> ExpandView:
    """Expand templates with the caller's library. Nothing is kept, sent or charged.

    What cannot be expanded is among ``problems``, with its place in the text.
    """
    library = await context.services.library.library_of(context.key)
    roll_seed = context.services.rolls.draw_seed() if body.roll_seed is None else body.roll_seed
    return await anyio.to_thread.run_sync(expand_all, body, library, roll_seed)
