"""``GET /generate``: a picture for a prompt, through the same job as everything else."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from novelai.fastapi.query import GenerationQuery
from novelai.server.api.link_errors import explain_in_image, wants_image
from novelai.server.http.context import RequestContext
from novelai.server.http.dependencies import ServicesDep, caller_of
from novelai.server.http.error_handlers import problem_in, tell_refusal
from novelai.server.http.file_responses import LINKED, is_cached_by, not_modified
from novelai.server.http.job_results import images_of, wait_for_end
from novelai.server.model.job import Job, JobRefusedError, JobRequest, State
from novelai.server.model.key import default_model, with_model
from novelai.server.model.problems import PROBLEMS, ProblemError
from novelai.server.services import Services
from novelai.server.storage.blobs import BlobMissingError
from novelai.types.generation import GenerateImageParams

__all__ = ["router"]

IMAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, with its embedded settings",
        "content": {
            "image/png": {"schema": {"type": "string", "format": "binary"}},
            "image/webp": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}

router: APIRouter = APIRouter(tags=["generate"], responses=PROBLEMS)


@router.get("/generate", response_class=Response, responses=IMAGE)
async def generate(
    request: Request,
    params: GenerationQuery,
    services: ServicesDep,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    link: Annotated[str | None, Query(description="Permission; see /api/links.")] = None,
) -> Response:
    """Generate one picture and answer its bytes, as NovelAI sent them.

    Who goes away while it is made loses nothing: the picture lands in the gallery.
    """
    if link is not None:
        return await answer_link(request, services, params, link)
    caller = await caller_of(request)
    if "model" not in request.query_params:
        params = with_model(params, default_model(caller))
    order = JobRequest(params=params, door="generate", dedupe_key=idempotency_key)
    context = RequestContext(services=services, key=caller, request=request)
    return await _draw(context, order)


async def answer_link(
    request: Request, services: Services, params: GenerateImageParams, link: str
) -> Response:
    """Return the picture of a link: drawn the first time, then the same.

    In a page, refusals are seen.
    """
    key = None
    try:
        key = await services.links.key_of("generate", request.query_params.multi_items(), link)
        context = RequestContext(services=services, key=key, request=request)
        name, place, earlier, cache = None, 0, None, "no-store"
        if request.query_params.get("fresh") != "1":
            name, cache = services.links.name_of(link), LINKED
            place, earlier = await _find_earlier(context, name)
        if earlier is not None and await _has(context, earlier):
            return not_modified(_tag(earlier), cache=cache)
        if "model" not in request.query_params:
            drawn_by = earlier.model if earlier is not None else None
            params = with_model(params, drawn_by or default_model(key))
        job_request = JobRequest(
            params=params, door="link", request_id=name, dedupe_key=name, place=place
        )
        return await _draw(context, job_request, cache=cache)
    except (ProblemError, JobRefusedError, BlobMissingError) as error:
        problem = _problem(error)
        tell_refusal(request.scope, problem, key_id=None if key is None else key.id)
        if wants_image(request):
            return explain_in_image(problem)
        raise problem from None


def _problem(error: Exception) -> ProblemError:
    if isinstance(error, BlobMissingError):
        return ProblemError(404, "not_found", "The picture of this link was deleted.")
    return problem_in(error)


async def _find_earlier(context: RequestContext, name: str) -> tuple[int, Job | None]:
    """Return the place of a link's job, and the job; after one that failed free of charge, none."""
    found = await context.services.jobs.of_request(context.key, name)
    if not found:
        return 0, None
    last = found[0]
    if last.state in (State.FAILED, State.CANCELLED) and last.charged == "no":
        return last.place + 1, None
    return last.place, last


async def _has(context: RequestContext, job: Job) -> bool:
    """Return whether the caller has the picture of a job, and it was not deleted since."""
    known = context.http.headers.get("if-none-match")
    if known is None or job.state is not State.SUCCEEDED or not is_cached_by(known, _tag(job)):
        return False
    return bool(await context.services.images.of_job(job.id))


def _tag(job: Job) -> str:
    assert job.result
    return job.result[0]["sha256"]


async def _draw(
    context: RequestContext, order: JobRequest, *, cache: str | None = None
) -> Response:
    """Draw, and answer with the picture.

    Args:
        context: who asks.
        order: what is to be drawn.
        cache: how long the answer is kept; by default nothing is said about it.
    """
    submitted = (await context.services.jobs.submit(context.key, order)).job
    job = await wait_for_end(context.services, context.key, submitted)
    image = (await images_of(context.services, job))[0]
    headers = dict(image.headers)
    if cache is not None:
        headers |= {"Cache-Control": cache, "ETag": f'"{_tag(job)}"'}
    return Response(image.data, media_type=image.media_type, headers=headers)
