"""Several pictures of one request: a job for each, so that each can be free."""

from collections.abc import Sequence
from dataclasses import dataclass

from novelai.server.engine_room import EngineRoom
from novelai.server.jobs.job import Job
from novelai.server.jobs.order import Order, OrderRefusedError
from novelai.server.jobs.outcome import Picture, ended, pictures_of
from novelai.server.jobs.states import State
from novelai.server.keys.key import Key
from novelai.server.problems import ProblemError
from novelai.types.generation import GenerateImageParams

__all__ = ["DOOR", "Drawn", "drawn", "submitted"]

DOOR = "openai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finished picture: of which job, and which of its pictures."""

    job: Job
    position: int
    picture: Picture


async def submitted(
    room: EngineRoom, key: Key, wanted: Sequence[GenerateImageParams], base: str
) -> list[Job]:
    """Submit a job for each picture.

    When one is refused, those before it are taken back. What runs already is paid for and goes on:
    then these are all there is.

    Args:
        room: the services.
        key: of the caller.
        wanted: what to draw.
        base: of the jobs' idempotency keys.

    Raises:
        OrderRefusedError: one was refused, and none runs.
        IdempotencyConflictError: the base was used for something else.
    """
    jobs: list[Job] = []
    fresh: list[Job] = []
    for index, params in enumerate(wanted):
        order = Order(params=params, door=DOOR, idempotency_key=f"{base}:{index}")
        try:
            found = await room.jobs.submit(key, order)
        except OrderRefusedError:
            taken_back = {job.id for job in fresh if await _taken_back(room, key, job)}
            left = [job for job in jobs if job.id not in taken_back]
            if not left:
                raise
            return left
        jobs.append(found.job)
        if found.created:
            fresh.append(found.job)
    return jobs


async def drawn(room: EngineRoom, key: Key, jobs: Sequence[Job]) -> list[Drawn]:
    """The pictures of these jobs, when all of them have ended; those that came, if some failed.

    Raises:
        ProblemError: none came. Of several reasons the one that may have cost something.
    """
    found: list[Drawn] = []
    problems: list[ProblemError] = []
    for waited in jobs:
        try:
            job = await ended(room, key, waited)
        except ProblemError as problem:
            problems.append(problem)
        else:
            pictures = await pictures_of(room, job)
            found += [
                Drawn(job=job, position=position, picture=picture)
                for position, picture in enumerate(pictures)
            ]
    if not found:
        raise max(problems, key=lambda problem: problem.charged != "no")
    return found


async def _taken_back(room: EngineRoom, key: Key, job: Job) -> bool:
    now = await room.jobs.cancel(key, job.id)
    return now is not None and now.state is State.CANCELLED
