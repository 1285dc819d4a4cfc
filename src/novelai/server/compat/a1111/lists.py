"""What A1111's clients offer for choosing; also the lists that are always the same here."""

from typing import Any

from fastapi import APIRouter

from novelai.catalogue import model_spec
from novelai.server.compat.a1111.choices import OPTION, choices_of, read_choices, render_options
from novelai.server.compat.bodies import json_object
from novelai.server.compat.sampler_names import SCHEDULES
from novelai.server.compat.samplers import list_samplers
from novelai.server.http.context import MakerContext
from novelai.server.http.dependencies import Caller
from novelai.server.model.key import list_allowed_models

__all__ = ["UPSCALER", "router"]

router: APIRouter = APIRouter(prefix="/sdapi/v1", include_in_schema=False)

UPSCALER = "NovelAI"
"""The only way to enlarge."""

EMPTY_LISTS = ("sd-vae", "sd-modules", "loras", "hypernetworks", "prompt-styles", "face-restorers",
               "realesrgan-models", "script-info", "extensions")  # fmt: skip
"""Things that NovelAI does not have."""

EMPTY_OBJECTS = ("cmd-flags",)
LATENT_MODES = ("Latent",)


@router.get("/options")
async def options(caller: Caller) -> dict[str, Any]:
    """Return the choices of this key's clients."""
    return render_options(choices_of(caller))


@router.post("/options")
async def choose(context: MakerContext) -> None:
    """Choose a model, or how prompts are read, for this key. What means nothing here is ignored."""
    choices = read_choices(context.key, await json_object(context.http))
    if choices is not None:
        await context.services.keys.choose(context.key.id, {OPTION: choices})


@router.get("/sd-models")
async def models(caller: Caller) -> list[dict[str, Any]]:
    """Return the models this key may use."""
    return [
        {
            "title": model,
            "model_name": model,
            "hash": None,
            "sha256": None,
            "filename": model,
            "config": None,
        }
        for model in list_allowed_models(caller)
    ]


@router.get("/samplers")
async def samplers(caller: Caller) -> list[dict[str, Any]]:
    """Return the samplers of the model that this key chose, as A1111 spells them."""
    spec = model_spec(choices_of(caller).model)
    return [
        {"name": label, "aliases": [sampler], "options": {}}
        for label, sampler in list_samplers(spec)
    ]


@router.get("/schedulers")
async def schedulers(caller: Caller) -> list[dict[str, Any]]:
    """Return the noise schedules of the model that this key chose."""
    spec = model_spec(choices_of(caller).model)
    return [
        {
            "name": schedule,
            "label": SCHEDULES.get(schedule, schedule),
            "aliases": [],
            "default_rho": -1.0,
            "need_inner_model": False,
        }
        for schedule in spec.noise_schedules
    ]


@router.get("/upscalers")
async def upscalers(_caller: Caller) -> list[dict[str, Any]]:
    """List the ways in which pictures can be enlarged."""
    shared = {"model_name": None, "model_path": None, "model_url": None}
    return [
        {"name": "None", **shared, "scale": 1.0},
        {"name": UPSCALER, **shared, "scale": 2.0},
    ]


@router.get("/latent-upscale-modes")
async def latent_upscale_modes(_caller: Caller) -> list[dict[str, str]]:
    """List the ways in which the hires fix may enlarge: one."""
    return [{"name": name} for name in LATENT_MODES]


@router.get("/embeddings")
async def embeddings(_caller: Caller) -> dict[str, Any]:
    """None."""
    return {"loaded": {}, "skipped": {}}


@router.get("/scripts")
async def scripts(_caller: Caller) -> dict[str, list[str]]:
    """Return the one through which NovelAI's own parameters come."""
    return {"txt2img": ["novelai"], "img2img": ["novelai"]}


@router.get("/memory")
async def memory(_caller: Caller) -> dict[str, Any]:
    """Pictures are not made on this machine: it needs no memory for them."""
    return {"ram": {"free": 0, "used": 0, "total": 0}, "cuda": {}}


async def _nothing(_caller: Caller) -> list[Any]:
    return []


async def _no_members(_caller: Caller) -> dict[str, Any]:
    return {}


for _name in EMPTY_LISTS:
    router.add_api_route(f"/{_name}", _nothing, methods=["GET"])
for _name in EMPTY_OBJECTS:
    router.add_api_route(f"/{_name}", _no_members, methods=["GET"])
for _name in ("refresh-checkpoints", "refresh-loras", "refresh-vae", "unload-checkpoint",
              "reload-checkpoint"):  # fmt: skip
    router.add_api_route(f"/{_name}", _no_members, methods=["POST"])
