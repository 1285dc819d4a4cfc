"""ComfyUI's routes for a workflow with one sampler: submit, follow, fetch."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Response
from starlette.datastructures import UploadFile

from novelai.server.compat.bodies import json_answer, json_object
from novelai.server.compat.comfyui.lists import lists_router
from novelai.server.compat.comfyui.pictures import take_mask, take_picture, uploaded
from novelai.server.compat.comfyui.plan import plan_prompt
from novelai.server.compat.comfyui.prompt_ref import PromptRef
from novelai.server.compat.comfyui.prompts import DOOR, entry_of, is_over, open_prompts, own
from novelai.server.compat.comfyui.socket import socket_router
from novelai.server.compat.comfyui.workflow import read_workflow
from novelai.server.compat.route import SharedRoute
from novelai.server.http.context import AnyContext, MakerContext, RequestContext
from novelai.server.http.job_results import headers_of, images_of, notes_header
from novelai.server.model.job import ENDED, JobRequest, State
from novelai.server.model.problems import ProblemError, not_found

__all__ = ["comfy_router"]

RECENT = 64
MOST_FIELDS = 10
METHODS = frozenset({"auto", "latent2rgb", "taesd"})
"""Ways of ComfyUI to make previews; here there is one. Without any it makes none."""

router: APIRouter = APIRouter(include_in_schema=False)
shared: APIRouter = APIRouter(include_in_schema=False, route_class=SharedRoute)


def comfy_router() -> APIRouter:
    """Return the routes of this API."""
    whole = APIRouter(include_in_schema=False)
    whole.include_router(router)
    whole.include_router(shared)
    whole.include_router(lists_router())
    whole.include_router(socket_router())
    return whole


@router.post("/prompt")
async def prompt(context: MakerContext) -> Response:
    """Queue a workflow."""
    body = await json_object(context.http)
    found = read_workflow(body.get("prompt"))
    notes = list(found.notes)
    params = await plan_prompt(context, found, notes)
    # Before it is submitted: the job keeps what is told of it at its end.
    fitted = await context.services.fitting.fit(context.key, params)
    notes += fitted.notes
    told = PromptRef(
        sampler=found.node.name,
        output=found.output,
        sends=found.sends,
        previews=_previews(body.get("extra_data")),
        notes=notes,
    )
    data = told.client_data(str(body.get("client_id") or ""))
    order = JobRequest(params=fitted.params, door=DOOR, client_data=data)
    job = (await context.services.jobs.submit(context.key, order)).job
    answer: dict[str, Any] = {"prompt_id": job.id, "number": job.seq, "node_errors": {}}
    answer |= {"notes": notes} if notes else {}
    return await json_answer(answer, headers_of(job) | notes_header(notes))


@router.get("/prompt")
async def remaining(context: AnyContext) -> dict[str, Any]:
    """Return how much waits."""
    return {"exec_info": {"queue_remaining": len(await open_prompts(context))}}


@router.get("/history")
async def history(
    context: AnyContext, max_items: Annotated[int, Query(ge=1)] = RECENT
) -> dict[str, Mapping[str, Any]]:
    """List what ended lately, by prompt id."""
    states = (*ENDED, State.UNCERTAIN)
    found = await context.services.jobs.list(context.key, states=states, limit=RECENT)
    ended = own(context.key, found)[:max_items]
    return {job.id: entry_of(job) for job in reversed(ended)}


@router.get("/history/{prompt_id}")
async def history_of(prompt_id: str, context: AnyContext) -> dict[str, Mapping[str, Any]]:
    """Return the outcome of a prompt; empty as long as it goes on."""
    job = await context.services.jobs.read(context.key, prompt_id)
    if job is None or not is_over(job):
        return {}
    return {job.id: entry_of(job)}


@router.get("/view")
async def view(filename: Annotated[str, Query(max_length=200)], context: AnyContext) -> Response:
    """Return the bytes of a picture, of one that was handed in, too."""
    if (handed_in := await uploaded(context, filename)) is not None:
        return Response(handed_in[0], media_type=handed_in[1])
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
    named = (await json_object(context.http)).get("prompt_id")
    wanted = [job.id for job in await open_prompts(context)]
    await _cancel(context, [job for job in wanted if named in (None, job)])
    return Response()


@router.post("/history")
async def forget(context: MakerContext) -> Response:
    """Keep the history: it is the server's own, and pictures are deleted on its page."""
    del context
    return Response()


@router.post("/free")
async def free(context: MakerContext) -> Response:
    """Free nothing: no model is loaded here."""
    del context
    return Response()


@router.post("/upload/image")
async def upload_image(context: MakerContext) -> dict[str, str]:
    """Take a picture for workflows to come. Its name is the sum of its bytes."""
    return await take_picture(context, (await _form(context))[0])


@router.post("/upload/mask")
async def upload_mask(context: MakerContext) -> dict[str, str]:
    """Take a mask, and join it with its picture."""
    data, reference = await _form(context)
    return await take_mask(context, data, reference)


async def _form(context: RequestContext) -> tuple[bytes, str]:
    """Return the picture in a form, and which other one it belongs to."""
    async with context.http.form(max_files=1, max_fields=MOST_FIELDS) as form:
        picture, reference = form.get("image"), form.get("original_ref")
        if not isinstance(picture, UploadFile):
            raise ProblemError(
                400,
                "no_picture",
                "A picture is handed in as the part 'image' of a form. "
                "Nothing was sent or charged.",
            )
        return await picture.read(), reference if isinstance(reference, str) else ""


def _previews(extra: object) -> bool:
    if not isinstance(extra, Mapping):
        return False
    method: object = cast("Mapping[str, Any]", extra).get("preview_method")
    return isinstance(method, str) and method in METHODS


async def _cancel(context: RequestContext, job_ids: Sequence[str]) -> None:
    for job_id in job_ids:
        await context.services.jobs.cancel(context.key, job_id)
