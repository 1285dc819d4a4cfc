"""Several pictures of one request, all of them or none: a job for each, so that each can be free.

`several` is for clients that are told of a part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from novelai.server.http.job_results import Picture, headers_of_all, pictures_of, wait_for_end
from novelai.server.model.job import Job
from novelai.server.model.job_request import IdempotencyConflictError, JobRefusedError, JobRequest
from novelai.server.model.key import Key
from novelai.server.model.params import JobParams
from novelai.server.model.problems import ProblemError
from novelai.server.model.states import State
from novelai.server.services import Services

__all__ = ["Drawn", "headers_of_drawn", "submit_all", "wait_for_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finished picture: of which job, and which of its pictures."""

    job: Job
    position: int
    picture: Picture


async def submit_all(
    services: Services,
    key: Key,
    wanted: Sequence[JobParams],
    *,
    door: str,
    dedupe_key: str | None,
    request_id: str | None = None,
    client_data: Mapping[str, str] | None = None,
) -> list[Job]:
    """Submit a job for each.

    When one is refused, those before it are taken back. What runs already is paid for and goes on:
    then these are all there is.

    Args:
        services: the services.
        key: of the caller.
        wanted: what to do.
        door: through which it came.
        dedupe_key: of the request, if it has one.
        request_id: of the request, if its jobs are looked for again.
        client_data: what the jobs keep.

    Raises:
        OrderRefusedError: one was refused, and none runs.
        IdempotencyConflictError: the dedupe key was used for something else.
    """
    jobs: list[Job] = []
    fresh: list[Job] = []
    for place, params in enumerate(wanted):
        try:
            found = await services.jobs.submit(
                key,
                JobRequest(
                    params=params,
                    door=door,
                    request_id=request_id,
                    dedupe_key=dedupe_key,
                    place=place,
                    client_data=client_data,
                ),
            )
        except (JobRefusedError, IdempotencyConflictError) as error:
            taken_back = {job.id for job in fresh if await _cancel(services, key, job)}
            left = [job for job in jobs if job.id not in taken_back]
            if not left or isinstance(error, IdempotencyConflictError):
                raise
            return left
        jobs.append(found.job)
        if found.created:
            fresh.append(found.job)
    return jobs


async def wait_for_all(services: Services, key: Key, jobs: Sequence[Job]) -> list[Drawn]:
    """Return the pictures of these jobs, when all of them have ended.

    Those that came, if some failed.

    Raises:
        ProblemError: none came. Of several reasons the one that may have cost something.
    """
    found: list[Drawn] = []
    problems: list[ProblemError] = []
    for waited in jobs:
        try:
            job = await wait_for_end(services, key, waited)
        except ProblemError as problem:
            problems.append(problem)
        else:
            pictures = await pictures_of(services, job)
            found += [
                Drawn(job=job, position=position, picture=picture)
                for position, picture in enumerate(pictures)
            ]
    if not found:
        raise max(problems, key=lambda problem: problem.charged != "no")
    return found


def headers_of_drawn(found: Sequence[Drawn]) -> dict[str, str]:
    """Build the headers that tell of the jobs behind an answer."""
    seed = found[0].picture.seed if len(found) == 1 else None
    return headers_of_all((one.job for one in found), seed=seed)


async def _cancel(services: Services, key: Key, job: Job) -> bool:
    now = await services.jobs.cancel(key, job.id)
    return now is not None and now.state is State.CANCELLED
