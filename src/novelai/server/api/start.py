"""``/api/start``: all that the page begins with, in one answer."""

import gzip

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from novelai.server.api.events import state_view
from novelai.server.api.session import SessionView, session_view
from novelai.server.drafts.schemas import DraftView, draft_view
from novelai.server.http.dependencies import ServerSettings, ServicesDep, caller_if_known
from novelai.server.jobs.schemas import StateView
from novelai.server.model.problems import PROBLEMS
from novelai.server.studio.models import ModelsView, models_view

__all__ = ["router"]

LEVEL = 5
"""Of compression: the models shrink to a seventh in less than a millisecond."""

router: APIRouter = APIRouter(prefix="/api", tags=["live"], responses=PROBLEMS)


class StartView(BaseModel):
    """What a page shows first.

    Attributes:
        session: who is calling.
        models: what the models can do; ``None`` for a stranger, like all that follows.
        state: the queue; ``None`` also for a key that may not look.
        draft: what the caller is working on.
    """

    session: SessionView
    models: ModelsView | None = None
    state: StateView | None = None
    draft: DraftView | None = None


@router.get("/start", response_model=StartView)
async def start(request: Request, services: ServicesDep, settings: ServerSettings) -> Response:
    """Session, models, state and draft at once; answers a stranger, too, with the session alone."""
    key = await caller_if_known(request)
    found = StartView(session=session_view(settings, key))
    if key is not None:
        found.models = models_view(key)
        found.draft = draft_view(await services.drafts.read(key))
        if "read" in key.limits.scopes:
            found.state = await state_view(services, settings, key)
    return _pack(request, found)


def _pack(request: Request, found: StartView) -> Response:
    body = found.model_dump_json().encode()
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, LEVEL)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type="application/json")
