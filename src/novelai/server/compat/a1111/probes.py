"""How clients find out whether somebody is there, before they send anything."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from novelai._version import __version__
from novelai.server.compat.a1111.choices import Choices, choices_of
from novelai.server.compat.a1111.lists import UPSCALER
from novelai.server.compat.route import SharedRoute
from novelai.server.http.dependencies import Caller, caller_if_known

__all__ = ["router"]

router: APIRouter = APIRouter(include_in_schema=False)
front: APIRouter = APIRouter(include_in_schema=False, route_class=SharedRoute)


@front.get("/")
async def draw_things(request: Request) -> dict[str, Any]:
    """Answer Draw Things' question for the model in use."""
    key = await caller_if_known(request)
    choices = Choices() if key is None else choices_of(key)
    return {"model": choices.model, "upscaler": UPSCALER}


@router.head("/")
async def anybody() -> Response:
    """Somebody is here."""
    return Response()


@router.options("/v1/images/generations")
async def stable_diffusion_cpp() -> Response:
    """stable-diffusion.cpp's clients look for this before ``/sdapi/v1/txt2img``."""
    return Response(status_code=204, headers={"Allow": "OPTIONS, POST"})


@router.get("/internal/ping")
async def ping() -> dict[str, Any]:
    """Somebody is here."""
    return {}


@router.get("/internal/sysinfo")
async def sysinfo(_caller: Caller) -> dict[str, Any]:
    """Return the version; what else A1111 tells here would help an attacker."""
    return {"Version": f"novelai {__version__}", "Extensions": [], "Config": {}}


@router.get("/app_id")
@router.get("/app_id/")
async def app_id() -> dict[str, str]:
    """Answer the first question of Gradio's clients."""
    return {"app_id": f"novelai-{__version__}"}


router.include_router(front)
