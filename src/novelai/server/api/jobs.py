"""``/api/jobs``: submitting, reading, changing and cancelling jobs."""

import re
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from novelai.server.fields import PathName
from novelai.server.http.dependencies import Admin, Live, Maker, Reader, Room, ServerSettings
from novelai.server.http.event_stream import EventStream
from novelai.server.http.file_responses import (
    PICTURE,
    Known,
    kept_by_caller,
    stored_file,
    unchanged,
)
from novelai.server.jobs.event_schemas import STREAM
from novelai.server.jobs.queue import NotQueuedError
from novelai.server.jobs.schemas import (
    AgainIn,
    JobChangeIn,
    JobIn,
    JobPage,
    JobView,
    QueueIn,
    ResolveIn,
)
from novelai.server.model.job import Job
from novelai.server.model.job_request import Order
from novelai.server.model.key import Key
from novelai.server.model.params import fields_of, references
from novelai.server.model.problems import PROBLEMS, ProblemError, not_found
from novelai.server.model.states import State
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.storage.image_info import look_at
from novelai.server.webhooks.address import check_webhook

__all__ = ["router"]

LONGEST_WAIT = 600.0
PREFER_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])", re.IGNORECASE)

router = APIRouter(prefix="/api", tags=["jobs"], responses=PROBLEMS)

IdempotencyKey = Annotated[
    str | None,
    Header(
        max_length=200,
        description="The same key with the same body gives the same job: nothing is paid twice.",
    ),
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
    caller: Maker,
    room: Room,
    settings: ServerSettings,
    *,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> JobView:
    """Submit a job. It costs what ``POST /api/cost`` says, charged when it was made."""
    if body.webhook is not None:
        reason = check_webhook(body.webhook, private=settings.webhook_private)
        if reason is not None:
            raise ProblemError(422, "invalid_params", reason, errors=[("webhook", reason)])
    params = await room.intake.read(caller, body.kind, body.params)
    order = Order(
        params=params,
        priority=body.priority,
        idempotency_key=idempotency_key,
        webhook=body.webhook,
    )
    job = (await room.jobs.submit(caller, order)).job
    seconds = _wished_wait(prefer)
    if seconds:
        job = await room.jobs.wait(caller, job.id, seconds) or job
        response.headers["Preference-Applied"] = f"wait={seconds:.0f}"
    if job.ended or job.state is State.UNCERTAIN:
        response.status_code = 200
    response.headers["Location"] = f"/api/jobs/{job.id}"
    return await room.board.view(job, full=True)


@router.get("/jobs")
async def list_jobs(
    caller: Reader,
    room: Room,
    *,
    state: Annotated[str | None, Query(description="States, separated by commas.")] = None,
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    full: Annotated[bool, Query(description="With parameters.")] = False,
) -> JobPage:
    """List jobs, newest first."""
    states = _states(state)
    found = await room.jobs.list(caller, states=states, before=before, limit=limit)
    last = found[-1].seq if len(found) == limit else None
    return JobPage(jobs=await room.board.views(found, full=full), next=last)


@router.delete("/jobs")
async def cancel_all(caller: Maker, room: Room) -> dict[str, int]:
    """Take back everything that waits."""
    return {"cancelled": await room.queue.cancel_all(caller)}


@router.get("/jobs/{job_id}")
async def read(job_id: str, caller: Reader, room: Room) -> JobView:
    """Read a job."""
    return await room.board.view(await _job(room, caller, job_id), full=True)


@router.patch("/jobs/{job_id}")
async def change(job_id: str, body: JobChangeIn, caller: Maker, room: Room) -> JobView:
    """Change a job that waits: its parameters, how urgent it is, its place."""
    job: Job | None = await _job(room, caller, job_id)
    assert job is not None
    given = body.model_fields_set
    try:
        if body.params is not None or body.priority is not None:
            params = None
            if body.params is not None:
                own = references(job.params)
                params = await room.intake.read(caller, job.kind, body.params, own=own)
            job = await room.queue.change(caller, job_id, params=params, priority=body.priority)
        if "before" in given:
            job = await room.queue.move(caller, job_id, body.before)
    except NotQueuedError as error:
        raise _not_queued(error.job) from None
    if job is None:
        raise not_found("job")
    return await room.board.view(job, full=True)


@router.delete("/jobs/{job_id}")
async def cancel(job_id: str, caller: Maker, room: Room) -> JobView:
    """Take back a job that waits. What was sent is paid for, and its picture is kept."""
    job = await room.jobs.cancel(caller, job_id)
    if job is None:
        raise not_found("job")
    if job.state is not State.CANCELLED:
        raise _not_queued(job)
    return await room.board.view(job)


@router.post("/jobs/{job_id}/resolve")
async def resolve(job_id: str, body: ResolveIn, caller: Maker, room: Room) -> JobView:
    """Say what became of an uncertain job."""
    job = await _job(room, caller, job_id)
    if job.state is not State.UNCERTAIN:
        raise ProblemError(409, "conflict", f"The job is {job.state}, not uncertain.")
    resolved = await room.jobs.resolve(caller, job_id, charged=body.charged)
    return await room.board.view(resolved or job)


@router.post("/jobs/{job_id}/again", status_code=202)
async def again(
    job_id: str, body: AgainIn, response: Response, caller: Maker, room: Room
) -> JobView:
    """Submit the same once more as a new job, with changes."""
    job = await _job(room, caller, job_id)
    params = await room.queue.params(job)
    if body.changes:
        changed = await room.intake.changed(caller, job.kind, fields_of(params), body.changes)
        params = changed
    new = await room.queue.again(caller, job, params, "api")
    response.headers["Location"] = f"/api/jobs/{new.id}"
    return await room.board.view(new, full=True)


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
async def preview(job_id: str, caller: Reader, room: Room, rev: int | None = None) -> Response:
    """Return the newest picture in the making."""
    del rev  # makes each address a new one
    job = await _job(room, caller, job_id)
    # A worker tells of the end first, and forgets the preview then.
    data = None if job.ended else await room.parts.previews.get(job_id)
    if data is None:
        return Response(status_code=204)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/jobs/{job_id}/events", response_class=EventStream, responses=STREAM)
async def events(job_id: str, caller: Reader, room: Room, live: Live) -> EventStream:
    """Stream what happens to a job until it has ended."""
    await _job(room, caller, job_id)
    return EventStream(room.feed.of_job(caller, job_id), stopping=live)


@router.post("/queue")
async def queue(body: QueueIn, caller: Admin, room: Room) -> QueueIn:
    """Let the queue of all keys of the owner rest, or go on."""
    await room.queue.pause(caller, paused=body.paused)
    return body


async def _job(room: Room, caller: Key, job_id: str) -> Job:
    job = await room.jobs.read(caller, job_id)
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


def _wished_wait(prefer: str | None) -> float:
    found = PREFER_WAIT.search(prefer or "")
    return min(float(found[1]), LONGEST_WAIT) if found else 0.0


@router.get("/jobs/{job_id}/pictures/{sha256}", response_class=Response, responses=PICTURE)
async def picture(
    job_id: PathName,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    caller: Reader,
    room: Room,
    *,
    known: Known = None,
) -> Response:
    """Get a picture that a job was given; its parameters name it by sha256."""
    job = await room.jobs.read(caller, job_id)
    if job is None or sha256 not in references(job.params):
        raise not_found("picture of a job")
    if kept_by_caller(known, sha256):
        return unchanged(sha256)
    try:
        data = await room.parts.blobs.picture(sha256)
        seen = look_at(data, pixel_limit=room.uploads.pixel_limit)
    except (BlobMissingError, ProblemError):
        # Its bytes are gone, or they are an encoding.
        raise not_found("picture of a job") from None
    return stored_file(data, media_type=seen.media_type, tag=sha256)
