"""ComfyUI's routes that tell what there is."""

from typing import Any

from fastapi import APIRouter

from novelai._version import __version__
from novelai.catalogue import model_spec
from novelai.server.compat.a1111.choices import choices_of
from novelai.server.compat.comfyui.folders import FOLDERS, files_in
from novelai.server.compat.comfyui.messages import FEATURES
from novelai.server.compat.comfyui.nodes import node_list
from novelai.server.http.dependencies import Caller
from novelai.server.model.key import list_allowed_models
from novelai.server.model.problems import not_found

__all__ = ["lists_router"]

router: APIRouter = APIRouter(include_in_schema=False)

ELSEWHERE = {
    "name": "NovelAI",
    "type": "cpu",
    "index": 0,
    "vram_total": 0,
    "vram_free": 0,
    "torch_vram_total": 0,
    "torch_vram_free": 0,
}
"""The device that pictures are made on, as far as a client needs one."""


def lists_router() -> APIRouter:
    """Return the routes."""
    return router


@router.get("/system_stats")
async def system_stats(_caller: Caller) -> dict[str, Any]:
    """Somebody is here; pictures are not made on this machine."""
    system: dict[str, Any] = {
        "os": "posix",
        "ram_total": 0,
        "ram_free": 0,
        "comfyui_version": f"novelai {__version__}",
        "python_version": "",
        "pytorch_version": "",
        "embedded_python": False,
        "argv": [],
    }
    return {"system": system, "devices": [ELSEWHERE]}


@router.get("/features")
async def features(_caller: Caller) -> dict[str, Any]:
    """Tell what is offered."""
    return dict(FEATURES)


@router.get("/object_info")
async def object_info(caller: Caller) -> dict[str, Any]:
    """Return the nodes that workflows may have."""
    return node_list(model_spec(choices_of(caller).model), list_allowed_models(caller))


@router.get("/object_info/{name}")
async def object_info_of(name: str, caller: Caller) -> dict[str, Any]:
    """One of the nodes."""
    nodes = await object_info(caller)
    return {name: nodes[name]} if name in nodes else {}


@router.get("/embeddings")
@router.get("/extensions")
async def nothing(_caller: Caller) -> list[str]:
    """List what is not here."""
    return []


@router.get("/models")
async def folders(_caller: Caller) -> list[str]:
    """List the folders of models."""
    return list(FOLDERS)


@router.get("/models/{folder}")
async def files(folder: str, caller: Caller) -> list[str]:
    """List the files of a folder.

    Raises:
        ProblemError: 404; there is no such folder.
    """
    found = files_in(folder, list_allowed_models(caller))
    if found is None:
        raise not_found("folder of models")
    return found
