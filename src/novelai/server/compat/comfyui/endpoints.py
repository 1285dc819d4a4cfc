"""ComfyUI's routes for a workflow with one sampler: submit, follow, fetch."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from novelai._version import __version__
from novelai.catalogue import model_spec
from novelai.server.compat.a1111.choices import choices_of
from novelai.server.compat.a1111.plan import plan_of
from novelai.server.compat.a1111.schemas import ImageRequest
from novelai.server.compat.bodies import json_answer, json_object, read_model
from novelai.server.compat.comfyui.graph import WorkflowImage, read_workflow
from novelai.server.compat.comfyui.nodes import node_list
from novelai.server.compat.comfyui.prompt_ref import PromptRef
from novelai.server.compat.comfyui.prompts import DOOR, entry_of, is_over, open_prompts, own
from novelai.server.compat.comfyui.socket import socket_router
from novelai.server.compat.job_batch import submit_fitted
from novelai.server.compat.route import SharedRoute
from novelai.server.http.context import AnyContext, MakerContext, RequestContext
from novelai.server.http.dependencies import Caller
from novelai.server.http.job_results import headers_of, images_of, notes_header
from novelai.server.model.job import ENDED, JobRequest, State
from novelai.server.model.key import list_allowed_models
from novelai.server.model.params import JobParams
from novelai.server.model.problems import not_found

__all__ = ["comfy_router"]

RECENT = 64

router: APIRouter = APIRouter(include_in_schema=False)
shared: APIRouter = APIRouter(include_in_schema=False, route_class=SharedRoute)


def comfy_router() -> APIRouter:
    """Return the routes of this API."""
    whole = APIRouter(include_in_schema=False)
    whole.include_router(router)
    whole.include_router(shared)
    whole.include_router(socket_router())
    return whole


@router.get("/system_stats")
async def system_stats(_caller: Caller) -> dict[str, Any]:
    """Somebody is here; pictures are not made on this machine."""
    return {"system": {"comfyui_version": f"novelai {__version__}"}, "devices": []}


@router.get("/object_info")
async def object_info(caller: Caller) -> dict[str, Any]:
    """Return the nodes that workflows may have."""
    return node_list(model_spec(choices_of(caller).model), list_allowed_models(caller))


@router.get("/object_info/{name}")
async def object_info_of(name: str, caller: Caller) -> dict[str, Any]:
    """One of the nodes."""
    nodes = await object_info(caller)
    return {name: nodes[name]} if name in nodes else {}


@router.post("/prompt")
async def prompt(context: MakerContext) -> Response:
    """Queue a workflow."""
    body = await json_object(context.http)
    found = read_workflow(body.get("prompt"))
    params = await _params(context, found)
    nodes = PromptRef(sampler=found.node, output=found.output)
    data = nodes.client_data(str(body.get("client_id") or ""))
    order = JobRequest(params=params, door=DOOR, client_data=data)
    taken = await submit_fitted(context, order)
    job = taken.job
    answer: dict[str, Any] = {"prompt_id": job.id, "number": job.seq, "node_errors": {}}
    return await json_answer(answer, headers_of(job) | notes_header(taken.notes))


@router.get("/prompt")
async def remaining(context: AnyContext) -> dict[str, Any]:
    """Return how much waits."""
    return {"exec_info": {"queue_remaining": len(await open_prompts(context))}}


@router.get("/history")
async def history(context: AnyContext) -> dict[str, Mapping[str, Any]]:
    """List what ended lately, by prompt id."""
    states = (*ENDED, State.UNCERTAIN)
    found = await context.services.jobs.list(context.key, states=states, limit=RECENT)
    return {job.id: entry_of(job) for job in reversed(own(context.key, found))}


@router.get("/history/{prompt_id}")
async def history_of(prompt_id: str, context: AnyContext) -> dict[str, Mapping[str, Any]]:
    """Return the outcome of a prompt; empty as long as it goes on."""
    job = await context.services.jobs.read(context.key, prompt_id)
    if job is None or not is_over(job):
        return {}
    return {job.id: entry_of(job)}


@router.get("/view")
async def view(filename: Annotated[str, Query(max_length=200)], context: AnyContext) -> Response:
    """Return the bytes of a picture."""
    job_id, _, place = filename.partition(".")[0].rpartition("-")
    job = await context.services.jobs.read(context.key, job_id)
    images = [] if job is None or job.kind != "generate" else await images_of(context.services, job)
    if not place.isascii() or not place.isdecimal() or int(place) >= len(images):
        raise not_found("picture")
    image = images[int(place)]
    return Response(image.data, media_type=image.media_type, headers=dict(image.headers))


@shared.get("/queue")
async def queue(context: AnyContext) -> dict[str, Any]:
    """List what runs and what waits."""
    jobs = await open_prompts(context)
    rows: dict[State, list[Any]] = {
        state: [[job.seq, job.id, {}, {}, []] for job in jobs if job.state is state]
        for state in (State.RUNNING, State.QUEUED)
    }
    return {"queue_running": rows[State.RUNNING], "queue_pending": rows[State.QUEUED]}


@router.post("/queue")
async def take_back(context: MakerContext) -> Response:
    """Take back what waits: all of it, or those that are named."""
    body = await json_object(context.http)
    named: object = body.get("delete")
    wanted = [job.id for job in await open_prompts(context)]
    if not body.get("clear"):
        wanted = [job for job in wanted if isinstance(named, list) and job in named]
    await _cancel(context, wanted)
    return Response()


@router.post("/interrupt")
async def interrupt(context: MakerContext) -> Response:
    """Take back what waits. What runs is paid for: its picture lands in the gallery."""
    await _cancel(context, [job.id for job in await open_prompts(context)])
    return Response()


async def _params(context: RequestContext, found: WorkflowImage) -> JobParams:
    if found.native:
        return await context.services.params.read(context.key, "generate", found.native)
    return (await plan_of(context, read_model(ImageRequest, found.fields))).wanted[0]


async def _cancel(context: RequestContext, job_ids: Sequence[str]) -> None:
    for job_id in job_ids:
        await context.services.jobs.cancel(context.key, job_id)
