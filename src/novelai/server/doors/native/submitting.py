"""Jobs of one request, and what came of them."""

from collections.abc import Sequence

from novelai.server.engine_room import EngineRoom
from novelai.server.jobs.job import Job
from novelai.server.jobs.order import IdempotencyConflictError, Order, OrderRefusedError
from novelai.server.jobs.outcome import Picture, ended, pictures_of
from novelai.server.jobs.service import Submitted
from novelai.server.keys.key import Key
from novelai.server.problems import ProblemError
from novelai.server.upstream.params import JobParams

__all__ = ["DOOR", "finished", "submitted"]

DOOR = "native"


async def submitted(
    room: EngineRoom, key: Key, params: Sequence[JobParams], idempotency_key: str | None
) -> list[Job]:
    """Submit all jobs of a request.

    When one is refused, those before it are taken back; if some of them run already, they are the
    answer: what is paid for is not thrown away.

    Raises:
        OrderRefusedError: it is not taken.
        IdempotencyConflictError: the idempotency key was used for something else.
    """
    taken: list[Submitted] = []
    for index, one in enumerate(params):
        name = None if idempotency_key is None else f"{idempotency_key}/{index}"
        order = Order(params=one, door=DOOR, idempotency_key=name)
        try:
            taken.append(await room.jobs.submit(key, order))
        except (OrderRefusedError, IdempotencyConflictError):
            kept = await _without_new(room, key, taken)
            if not kept:
                raise
            return kept
    return [one.job for one in taken]


async def finished(
    room: EngineRoom, key: Key, jobs: Sequence[Job]
) -> tuple[list[Job], list[Picture]]:
    """Wait for all jobs; those that succeeded, with their pictures.

    Raises:
        ProblemError: none succeeded.
    """
    done: list[Job] = []
    pictures: list[Picture] = []
    problem: ProblemError | None = None
    for job in jobs:
        try:
            made = await ended(room, key, job)
        except ProblemError as error:
            problem = problem or error
            continue
        done.append(made)
        pictures += await pictures_of(room, made)
    if problem is not None and not done:
        raise problem
    return done, pictures


async def _without_new(room: EngineRoom, key: Key, taken: Sequence[Submitted]) -> list[Job]:
    kept: list[Job] = []
    for one in taken:
        job = await room.jobs.cancel(key, one.job.id) if one.created else one.job
        if job is not None and job.state != "cancelled":
            kept.append(job)
    return [] if all(not one.created for one in taken) else kept
