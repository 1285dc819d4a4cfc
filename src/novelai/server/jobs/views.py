"""Jobs as the HTTP API shows them, from their rows."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, cast

from novelai.catalogue import size_presets
from novelai.server.jobs.schemas import JobImage, JobSummary, JobVibe, JobView
from novelai.server.model.image import Image
from novelai.server.model.job import Job, State
from novelai.server.model.vibe import StoredVibe

__all__ = ["ORDINARY", "SHOWN", "eta", "job_view", "summary_of"]

SHOWN = 200
"""Characters of a prompt that a summary shows."""

ORDINARY = 10.0
"""Seconds a picture takes, as long as none was made."""


def job_view(
    job: Job,
    *,
    images: Sequence[Image] = (),
    vibes: Sequence[StoredVibe] = (),
    position: int | None = None,
    eta_seconds: float | None = None,
    waits_for: str | None = None,
    full: bool = False,
) -> JobView:
    """Return a job as the API shows it.

    Args:
        job: the row.
        images: its pictures that are in the gallery or the bin.
        vibes: what came of an encoding.
        position: how many come before it.
        eta_seconds: about how long until it is done.
        waits_for: what keeps those that wait from beginning.
        full: with its parameters.
    """
    return JobView(
        id=job.id,
        kind=job.kind,
        state=job.state,
        door=job.door,
        model=job.model,
        position=position if job.state is State.QUEUED else None,
        eta_seconds=None if job.ended else eta_seconds,
        waits_for=waits_for if job.state is State.QUEUED else None,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        attempts=job.attempts,
        cost_max=job.cost_max,
        cost=job.cost,
        price=job.price,
        allowance=job.allowance,
        charged=job.charged,
        priority=job.priority,
        series=job.series_id,
        cell=job.cell,
        take=job.take,
        summary=summary_of(job.params),
        params=job.params if full else None,
        images=[_image(image) for image in images],
        vibes=[
            JobVibe(id=vibe.id, model=vibe.model, info_extracted=vibe.info_extracted)
            for vibe in vibes
        ],
        error=job.error,
        webhook=job.webhook if full else None,
    )


def summary_of(params: Mapping[str, Any]) -> JobSummary:
    """Return the short form of a job's parameters."""
    width, height = _size(params.get("size"))
    return JobSummary(
        prompt=str(params.get("prompt") or "")[:SHOWN],
        width=width,
        height=height,
        steps=params.get("steps"),
        seed=params.get("seed"),
        n_samples=params.get("n_samples") or 1,
        tool=params.get("tool"),
    )


def eta(position: int, seconds: Sequence[float], *, accounts: int, running: int) -> float:
    """About how long until a waiting job is done, in seconds.

    Args:
        position: how many come before it.
        seconds: what the last ones took.
        accounts: how many work side by side.
        running: how many are at it.
    """
    each = median(seconds) if seconds else ORDINARY
    return each * ((position + running) // max(accounts, 1) + 1)


def _size(size: Any) -> tuple[int | None, int | None]:
    if isinstance(size, str):
        return size_presets().get(size, (None, None))
    if isinstance(size, Sequence):
        width, height = cast("Sequence[int]", size)
        return width, height
    return None, None


def _image(image: Image) -> JobImage:
    return JobImage(
        id=image.id,
        url=f"/api/images/{image.id}/file",
        thumb=f"/api/images/{image.id}/thumbnail",
        seed=image.seed,
        width=image.width,
        height=image.height,
        media_type=image.media_type,
    )
