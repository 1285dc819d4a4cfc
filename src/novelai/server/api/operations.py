"""``/healthz``, ``/readyz`` and ``/metrics``."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from novelai._version import __version__
from novelai.server.health import PARTS, metrics_text, unready
from novelai.server.http.dependencies import (
    caller_of,
    is_unproven,
    require_scope,
    services_of,
    settings_of,
)
from novelai.server.keys.service import LOCAL
from novelai.server.model.problems import ProblemError

__all__ = ["Health", "Readiness", "router"]


router: APIRouter = APIRouter(tags=["operations"])


class Health(BaseModel):
    """What ``/healthz`` answers."""

    status: Literal["ok"] = "ok"
    version: str = __version__
    demo: bool


class Readiness(BaseModel):
    """What ``/readyz`` answers.

    Attributes:
        ready: all parts are.
        parts: each with ``ok``, or what is wrong with it.
    """

    ready: bool
    parts: dict[str, str] = Field(examples=[{"database": "ok"}])


@router.get("/healthz")
async def healthz(request: Request) -> Health:
    """Tell that the process answers."""
    return Health(demo=settings_of(request).demo)


@router.get("/readyz", responses={503: {"model": Readiness}})
async def readyz(request: Request, response: Response) -> Readiness:
    """Tell whether the server can do its work; 503 says which part cannot."""
    services = services_of(request)
    wrong = await services.readiness.get(lambda: unready(services))
    if wrong:
        response.status_code = 503
    parts = {name: wrong.get(name, "ok") for name in PARTS}
    return Readiness(ready=not wrong, parts=parts)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Give all counts as Prometheus reads them: to this machine, and the first owner's admins."""
    key = await caller_of(request)
    if not is_unproven(key):
        require_scope(key, "admin")
        if key.owner_id != LOCAL:
            raise ProblemError(403, "scope", "Counts are of all owners: the first one's to see.")
    return Response(await metrics_text(services_of(request)), media_type=CONTENT_TYPE_LATEST)
