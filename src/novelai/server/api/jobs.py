"""``/api/jobs``: submitting, reading, changing and cancelling jobs."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response

from novelai.server.fields import PathName
from novelai.server.http.context import AdminContext, MakerContext, ReaderContext, RequestContext
from novelai.server.http.dependencies import Live, ServerSettings, require_proof
from novelai.server.http.event_stream import EventStream
from novelai.server.http.file_responses import (
    IMAGE,
    Known,
    file_response,
    is_cached_by,
    not_modified,
)
from novelai.server.http.json_body import JSONRoute
from novelai.server.jobs.event_schemas import STREAM
from novelai.server.jobs.queue import NotQueuedError
from novelai.server.jobs.schemas import (
    AgainIn,
    JobChangeIn,
    JobIn,
    JobPage,
    JobView,
    QueueIn,
    QueuePage,
    ResolveIn,
)
from novelai.server.model.job import Job, JobRequest, State
from novelai.server.model.params import fields_of, references
from novelai.server.model.problems import PROBLEMS, ProblemError, not_found
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.storage.image_info import read_image_info
from novelai.server.webhooks.address import check_webhook

__all__ = ["router"]

LONGEST_WAIT = 600.0
TEXTS = frozenset({"prompt", "negative_prompt", "characters"})
"""Parameters that hold texts."""

PREFER_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])", re.IGNORECASE)

router: APIRouter = APIRouter(
    prefix="/api", tags=["jobs"], responses=PROBLEMS, route_class=JSONRoute
)

IdempotencyKey = Annotated[
    str | None,
    Header(
        max_length=200,
        description="The same key with the same body gives the same job: nothing is paid twice.",
    ),
]
After = Annotated[
    str | None, Query(max_length=60, description="A job: those behind it; see `next`.")
]
Prefer = Annotated[
    str | None, Header(max_length=200, description="wait=N answers when the job has ended.")
]


@router.post(
    "/jobs",
    status_code=202,
    responses={200: {"model": JobView, "description": "The job has ended already"}},
)
async def submit(
    body: JobIn,
    response: Response,
    settings: ServerSettings,
    context: MakerContext,
    *,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> JobView:
    """Submit a job. It costs what ``POST /api/cost`` says, charged when it was made."""
    if body.webhook is not None:
        require_proof(context.key)
        reason = check_webhook(body.webhook, private=settings.webhook_private)
        if reason is not None:
            raise ProblemError(422, "invalid_params", reason, errors=[("webhook", reason)])
    given: Mapping[str, Any] = body.params
    roll: Mapping[str, Any] | None = None
    if body.templates:
        rolled = await context.services.rolls.expand(
            context.key,
            given,
            roll_seed=body.roll_seed,
            replay=body.replay,
            dedupe_key=idempotency_key,
        )
        given, roll = rolled.params, rolled.roll
    if body.collection is not None:
        await context.services.collections.check_target(context.key, body.collection)
    params = await context.services.params.read(context.key, body.kind, given)
    order = JobRequest(
        params=params,
        roll=roll,
        collection_id=body.collection,
        priority=body.priority,
        dedupe_key=idempotency_key,
        webhook=body.webhook,
    )
    job = (await context.services.jobs.submit(context.key, order)).job
    seconds = _parse_wait(prefer)
    if seconds:
        job = await context.services.jobs.wait(context.key, job.id, seconds) or job
        response.headers["Preference-Applied"] = f"wait={seconds:.0f}"
    if job.ended or job.state is State.UNCERTAIN:
        response.status_code = 200
    response.headers["Location"] = f"/api/jobs/{job.id}"
    return await context.services.queries.view(job, full=True)


@router.get("/jobs")
async def list_jobs(
    context: ReaderContext,
    *,
    state: Annotated[str | None, Query(description="States, separated by commas.")] = None,
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    full: Annotated[bool, Query(description="With parameters.")] = False,
) -> JobPage:
    """List jobs, newest first."""
    states = _states(state)
    found = await context.services.jobs.list(context.key, states=states, before=before, limit=limit)
    last = found[-1].seq if len(found) == limit else None
    return JobPage(jobs=await context.services.queries.views(found, full=full), next=last)


@router.delete("/jobs")
async def cancel_all(context: MakerContext) -> dict[str, int]:
    """Take back everything that waits."""
    return {"cancelled": await context.services.queue.cancel_all(context.key)}


@router.get("/jobs/{job_id}")
async def read(job_id: str, context: ReaderContext) -> JobView:
    """Read a job."""
    return await context.services.queries.view(await _job(context, job_id), full=True)


@router.patch("/jobs/{job_id}")
async def change(job_id: str, body: JobChangeIn, context: MakerContext) -> JobView:
    """Change a job that waits: its parameters, how urgent it is, its place."""
    job: Job | None = await _job(context, job_id)
    assert job is not None
    given = body.model_fields_set
    try:
        if body.params is not None or body.priority is not None:
            params = None
            if body.params is not None:
                own = references(job.params)
                params = await context.services.params.read(
                    context.key, job.kind, body.params, own=own
                )
            job = await context.services.queue.change(
                context.key, job_id, params=params, priority=body.priority
            )
        if "before" in given:
            job = await context.services.queue.move(context.key, job_id, body.before)
    except NotQueuedError as error:
        raise _not_queued(error.job) from None
    if job is None:
        raise not_found("job")
    return await context.services.queries.view(job, full=True)


@router.delete("/jobs/{job_id}")
async def cancel(job_id: str, context: MakerContext) -> JobView:
    """Take back a job that waits. What was sent is paid for, and its picture is kept."""
    job = await context.services.jobs.cancel(context.key, job_id)
    if job is None:
        raise not_found("job")
    if job.state is not State.CANCELLED:
        raise _not_queued(job)
    return await context.services.queries.view(job)


@router.post("/jobs/{job_id}/resolve")
async def resolve(job_id: str, body: ResolveIn, context: MakerContext) -> JobView:
    """Say what became of an uncertain job."""
    job = await _job(context, job_id)
    if job.state is not State.UNCERTAIN:
        raise ProblemError(409, "conflict", f"The job is {job.state}, not uncertain.")
    resolved = await context.services.jobs.resolve(context.key, job_id, charged=body.charged)
    return await context.services.queries.view(resolved or job)


@router.post("/jobs/{job_id}/again", status_code=202)
async def again(job_id: str, body: AgainIn, response: Response, context: MakerContext) -> JobView:
    """Submit the same once more as a new job, with changes."""
    job = await _job(context, job_id)
    params = await context.services.queue.params(job)
    if body.changes:
        changed = await context.services.params.change(
            context.key, job.kind, fields_of(params), body.changes
        )
        params = changed
    new = await context.services.queue.again(
        context.key, job, params, "api", same_texts=not TEXTS & body.changes.keys()
    )
    response.headers["Location"] = f"/api/jobs/{new.id}"
    return await context.services.queries.view(new, full=True)


@router.get(
    "/jobs/{job_id}/preview",
    response_class=Response,
    responses={
        200: {
            "description": "A JPEG",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        },
        204: {"description": "There is none"},
    },
)
async def preview(job_id: str, context: ReaderContext, rev: int | None = None) -> Response:
    """Return the newest picture in the making."""
    del rev  # makes each address a new one
    job = await _job(context, job_id)
    # A worker tells of the end first, and forgets the preview then.
    data = None if job.ended else await context.services.context.previews.get(job_id)
    if data is None:
        return Response(status_code=204)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/jobs/{job_id}/events", response_class=EventStream, responses=STREAM)
async def events(job_id: str, live: Live, context: ReaderContext) -> EventStream:
    """Stream what happens to a job until it has ended."""
    await _job(context, job_id)
    return EventStream(context.services.events.of_job(context.key, job_id), stopping=live)


@router.get("/waiting")
async def list_waiting(context: ReaderContext, after: After = None) -> QueuePage:
    """List single orders that wait, in the order in which they will run."""
    return await context.services.queries.page(context.key, after=after)


@router.post("/queue")
async def queue(body: QueueIn, context: AdminContext) -> QueueIn:
    """Let the queue of all keys of the owner rest, or go on."""
    await context.services.queue.pause(context.key, paused=body.paused)
    return body


async def _job(context: RequestContext, job_id: str) -> Job:
    job = await context.services.jobs.read(context.key, job_id)
    if job is None:
        raise not_found("job")
    return job


def _not_queued(job: Job) -> ProblemError:
    if job.state is State.RUNNING:
        return ProblemError(
            409,
            "not_cancellable",
            "The job runs already: it is paid for, and its picture lands in the gallery.",
        )
    return ProblemError(409, "not_cancellable", f"The job has ended already: {job.state}.")


def _states(text: str | None) -> list[State]:
    try:
        return [State(part.strip()) for part in (text or "").split(",") if part.strip()]
    except ValueError:
        known = ", ".join(State)
        raise ProblemError(
            422, "invalid_params", f"state: one or more of {known}.", errors=[("state", known)]
        ) from None


def _parse_wait(prefer: str | None) -> float:
    found = PREFER_WAIT.search(prefer or "")
    return min(float(found[1]), LONGEST_WAIT) if found else 0.0


@router.get("/jobs/{job_id}/pictures/{sha256}", response_class=Response, responses=IMAGE)
async def picture(
    job_id: PathName,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    context: ReaderContext,
    *,
    known: Known = None,
) -> Response:
    """Get a picture that a job was given; its parameters name it by sha256."""
    job = await context.services.jobs.read(context.key, job_id)
    if job is None or sha256 not in references(job.params):
        raise not_found("picture of a job")
    if is_cached_by(known, sha256):
        return not_modified(sha256)
    try:
        data = await context.services.context.blobs.image(sha256)
        seen = read_image_info(data, pixel_limit=context.services.uploads.pixel_limit)
    except (BlobMissingError, ProblemError):
        # Its bytes are gone, or they are an encoding.
        raise not_found("picture of a job") from None
    return file_response(data, media_type=seen.media_type, tag=sha256)
