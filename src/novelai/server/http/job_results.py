"""Waiting for a job to end, and what to answer then: for doors that answer with the picture."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from novelai.server.model.job import Job, State
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError
from novelai.server.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from novelai.server.services import Services

__all__ = [
    "Image",
    "failure",
    "headers_of",
    "headers_of_all",
    "images_of",
    "notes_header",
    "wait_for_end",
]

LONGEST = 3_600.0

NOT_IN_TIME = "not_in_time"
"""The code of a job that has not ended, and is still to come."""

NOTES = "X-NovelAI-Notes"
MOST_NOTES = 2_000
"""Characters of that header at most: proxies refuse long ones."""

READABLE = " !#$&'()*+,/:;=?@[]"
"""What stands in that header as it is, beside letters and digits."""

STATUS: Mapping[str, int] = {
    "InsufficientAnlas": 402,
    "InvalidParams": 422,
    "InvalidRequest": 400,
    "Conflict": 409,
    "RateLimit": 429,
    "ConcurrentGeneration": 429,
    "RequestTimeout": 504,
    "ConnectionFailed": 503,
    "WorkerLost": 503,
}
"""HTTP status by a job's error code; any other is 502: NovelAI failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A finished picture as an answer."""

    data: bytes = field(repr=False)
    media_type: str
    seed: int | None
    headers: Mapping[str, str]


async def wait_for_end(services: "Services", key: Key, job: Job, seconds: float = LONGEST) -> Job:
    """Return a job of this key when it has succeeded.

    The caller may go away meanwhile: the job goes on.

    Args:
        services: the services.
        key: of the caller.
        job: that was submitted.
        seconds: the longest to wait.

    Raises:
        ProblemError: it failed, was cancelled, is uncertain, or goes on for longer than that.
    """
    found = await services.jobs.wait(key, job.id, seconds) or job
    if found.state is State.SUCCEEDED:
        return found
    raise failure(found)


async def images_of(services: "Services", job: Job, *, received: bool = False) -> list[Image]:
    """Return the pictures of a job that has succeeded.

    Args:
        services: the services.
        job: that made them.
        received: as NovelAI sent them, also where an inpainting result was laid over its picture.
    """
    headers = headers_of(job)
    found: list[Image] = []
    for one in job.result or ():
        seed = one["seed"]
        sent = one.get("received") if received else None
        found.append(
            Image(
                data=await _bytes_of(services, job, sent or one["sha256"]),
                media_type=one["media_type"],
                seed=seed,
                headers=headers if seed is None else {**headers, "X-Seed": str(seed)},
            )
        )
    return found


async def _bytes_of(services: "Services", job: Job, sha256: str) -> bytes:
    try:
        return await services.context.blobs.image(sha256)
    except StorageUnavailableError as error:
        raise ProblemError(
            503,
            "storage",
            f"The picture is made and kept, and cannot be read just now: {error.sentence} It is in "
            f"the gallery; see /api/jobs/{job.id}. Do not ask for it again.",
            charged=job.charged,
            retry_after=5,
            headers={**headers_of(job), "X-Should-Retry": "false"},
        ) from error


def headers_of(job: Job) -> dict[str, str]:
    """Build the headers in which every door tells of a job."""
    headers = {"X-Job-Id": job.id}
    if job.cost is not None:
        headers["X-Anlas-Cost"] = str(job.cost)
    return headers


def headers_of_all(
    jobs: Iterable[Job], *, seed: int | None = None, notes: Iterable[str] = ()
) -> dict[str, str]:
    """Return the same of several jobs: their ids, and their cost in all once it is known.

    Args:
        jobs: of one request.
        seed: of the picture, where there is a single one.
        notes: sentences; see `notes_header`.
    """
    each = {job.id: job for job in jobs}
    headers = {"X-Job-Id": ", ".join(each)}
    costs = [job.cost for job in each.values() if job.cost is not None]
    if len(costs) == len(each):
        headers["X-Anlas-Cost"] = str(sum(costs))
    if seed is not None:
        headers["X-Seed"] = str(seed)
    return headers | notes_header(notes)


def notes_header(notes: Iterable[str]) -> dict[str, str]:
    """Return the header that says what was done otherwise than asked for, if anything was.

    Whatever is not ASCII is percent-encoded.
    """
    text = quote(" ".join(notes)[:MOST_NOTES], safe=READABLE)
    return {NOTES: text} if text else {}


def failure(job: Job) -> ProblemError:
    """Build the answer for a job that did not succeed (yet)."""
    headers = headers_of(job)
    error: Mapping[str, Any] = job.error or {}
    detail = str(error.get("detail") or "")
    if job.state is State.CANCELLED:
        return ProblemError(
            409, "cancelled", "The job was cancelled. Nothing was charged.", headers=headers
        )
    if job.state is State.UNCERTAIN:
        return ProblemError(
            502,
            "uncertain",
            f"{detail} It may have run and been charged: the server finds out, and keeps the "
            f"picture if there is one. See /api/jobs/{job.id}; do not send it again before.",
            charged="unknown",
            headers={**headers, "X-Should-Retry": "false"},
        )
    if job.state is State.FAILED:
        code = str(error.get("code") or "")
        charged = "It was charged." if job.charged == "yes" else "Nothing was charged."
        status = STATUS.get(code, 502)
        return ProblemError(
            status,
            code or "failed",
            f"{detail} {charged}",
            charged=job.charged,
            retry_after=5.0 if status in (429, 503) else None,
            headers=headers,
            members={name: error[name] for name in ("required", "available") if name in error},
        )
    waits = job.state is State.QUEUED
    so_far = "The job waits, and is still to come" if waits else "The job goes on"
    return ProblemError(
        504,
        NOT_IN_TIME,
        f"{so_far}: its picture lands in the gallery. See /api/jobs/{job.id}.",
        charged=job.charged if waits else "unknown",
        headers=headers,
    )
