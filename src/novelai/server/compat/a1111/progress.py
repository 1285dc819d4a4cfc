"""How far the caller's pictures are, and taking back those that wait."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter

from novelai.server.compat.a1111.generation import DOOR
from novelai.server.compat.bodies import in_base64, json_object
from novelai.server.http.context import AnyContext, MakerContext, RequestContext
from novelai.server.model.job import Job, State
from novelai.server.services import Services

__all__ = ["router", "seconds_left"]

MANY = 1_000
BEGUN = 0.01
"""Progress of what waits: 0 would mean that nothing is going on."""

router: APIRouter = APIRouter(include_in_schema=False)


@router.get("/sdapi/v1/progress")
async def progress(context: AnyContext, *, skip_current_image: bool = False) -> Any:
    """Tell how far this key's pictures are that were asked for at this door."""
    jobs = await _open(context)
    step, steps = _steps(context.services, jobs)
    preview = None if skip_current_image else await _preview(context.services, jobs)
    return {
        "progress": _share(jobs, step, steps),
        "eta_relative": await _eta(context.services, jobs, step, steps),
        "state": {
            "skipped": False,
            "interrupted": False,
            "stopping_generation": False,
            "job": jobs[0].id if jobs else "",
            "job_count": len(jobs),
            "job_timestamp": f"{jobs[0].created_at:.0f}" if jobs else "0",
            "job_no": 0,
            "sampling_step": step,
            "sampling_steps": steps,
        },
        "current_image": preview,
        "textinfo": _sentence(jobs),
    }


@router.post("/internal/progress")
async def internal_progress(context: AnyContext) -> Any:
    """Return the same in the form that A1111's own page asks for."""
    body = await json_object(context.http)
    jobs = await _open(context)
    running = [job for job in jobs if job.state is State.RUNNING]
    preview = await _preview(context.services, jobs) if body.get("live_preview", True) else None
    step, steps = _steps(context.services, jobs)
    return {
        "active": bool(running),
        "queued": bool(jobs) and not running,
        "completed": not jobs,
        "progress": _share(jobs, step, steps),
        "eta": await _eta(context.services, jobs, step, steps),
        "live_preview": None if preview is None else f"data:image/jpeg;base64,{preview}",
        "id_live_preview": step if preview is not None else -1,
        "textinfo": _sentence(jobs),
    }


@router.get("/internal/pendingTasks")
@router.get("/internal/pending-tasks")
async def pending_tasks(context: AnyContext) -> dict[str, Any]:
    """List the tasks that wait or run."""
    jobs = await _open(context)
    return {"size": len(jobs), "tasks": [job.id for job in jobs]}


@router.post("/sdapi/v1/interrupt")
@router.post("/sdapi/v1/skip")
async def interrupt(context: MakerContext) -> dict[str, Any]:
    """Take back what waits. What runs is paid for: its picture lands in the gallery."""
    for job in await _open(context):
        if job.state is State.QUEUED:
            await context.services.jobs.cancel(context.key, job.id)
    return {}


async def _open(context: RequestContext) -> list[Job]:
    """Return this key's unfinished jobs from this door, the running ones first, then the oldest."""
    found = await context.services.jobs.list(
        context.key, states=(State.RUNNING, State.QUEUED), limit=MANY
    )
    own = [job for job in found if job.key_id == context.key.id and job.door == DOOR]
    return sorted(own, key=lambda job: (job.state is not State.RUNNING, job.seq))


def _steps(services: Services, jobs: Sequence[Job]) -> tuple[int, int]:
    if not jobs:
        return 0, 0
    found = services.context.previews.step_of(jobs[0].id)
    return found or (0, int(jobs[0].params.get("steps") or 0))


def _share(jobs: Sequence[Job], step: int, steps: int) -> float:
    if not jobs:
        return 0.0
    done = min(step / steps, 1.0) if steps else 0.0
    return max(done / len(jobs), BEGUN)


async def _preview(services: Services, jobs: Sequence[Job]) -> str | None:
    data = await services.context.previews.get(jobs[0].id) if jobs else None
    return None if data is None else await in_base64(data)


async def _eta(services: Services, jobs: Sequence[Job], step: int, steps: int) -> float:
    """Return about how many seconds all of them still take."""
    if not jobs:
        return 0.0
    now = services.context.clock.local()
    waiting = sum(job.state is State.QUEUED for job in jobs)
    paced = seconds_left(jobs[0].started_at, now, step=step, steps=steps, waiting=waiting)
    if paced is not None:
        return paced
    views = await services.queries.views(jobs)
    return max((view.eta_seconds or 0.0 for view in views), default=0.0)


def seconds_left(
    begun: float | None, now: float, *, step: int, steps: int, waiting: int
) -> float | None:
    """Return how long pictures take at the pace of the one that is made; ``None``: it has none yet.

    Args:
        begun: when it was begun, in unix seconds.
        now: the time.
        step: how many steps are done.
        steps: of how many.
        waiting: pictures behind it.
    """
    if begun is None or not 0 < step <= steps:
        return None
    each = max(now - begun, 0.0) / step
    return each * (steps - step) + waiting * each * steps


def _sentence(jobs: Sequence[Job]) -> str | None:
    if not jobs:
        return None
    waiting = sum(job.state is State.QUEUED for job in jobs)
    return f"{len(jobs) - waiting} running, {waiting} waiting"
