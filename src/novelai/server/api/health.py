"""Whether the server is alive."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from novelai._version import __version__

__all__ = ["Health", "health_router"]


class Health(BaseModel):
    """What ``/healthz`` answers."""

    status: Literal["ok"] = "ok"
    version: str = __version__
    demo: bool


def health_router(*, demo: bool) -> APIRouter:
    """The route for liveness checks."""
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    async def healthz() -> Health:
        """Tell that the process answers."""
        return Health(demo=demo)

    return router
