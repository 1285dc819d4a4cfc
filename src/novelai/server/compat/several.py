"""Several pictures for one request: a job for each, so that each can be free and takes its turn.

What came is answered even when another one failed: it is paid for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio

from novelai.server.http.error_handlers import FAILURES, problem_in
from novelai.server.http.job_results import (
    Picture,
    failure,
    headers_of_all,
    pictures_of,
    wait_for_end,
)
from novelai.server.model.job import Job
from novelai.server.model.job_request import JobRequest
from novelai.server.model.key import Key
from novelai.server.model.params import JobParams
from novelai.server.model.problems import ProblemError
from novelai.server.services import Services
from novelai.types.generation import GenerateImageParams

__all__ = ["Made", "Outcome", "Several", "seed_each", "totals"]

SEEDS = 2**32
SECOND = 1_000
"""Places of second jobs: behind those of all first ones."""
Second = Callable[[Picture], JobParams]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A picture and the jobs that made it; the last one's parameters are in ``params``."""

    picture: Picture
    params: JobParams
    jobs: Sequence[Job]


@dataclass(slots=True)
class Outcome:
    """What came of a request.

    Attributes:
        made: pictures, in the order asked for.
        problems: what went wrong with others.
    """

    made: list[Made] = field(default_factory=list[Made])
    problems: list[ProblemError] = field(default_factory=list[ProblemError])


def seed_each(params: GenerateImageParams, count: int) -> list[GenerateImageParams]:
    """Return the parameters for several pictures: seed, seed + 1 and so on.

    Drawn where none is stated.
    """
    if params.seed is None:
        return [params] * count
    first = params.seed
    return [params.replace(seed=(first + place) % SEEDS) for place in range(count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Makes the pictures of one request.

    Attributes:
        services: the services.
        key: of the caller.
        door: through which it came.
        dedupe_key: of the request.
        second: makes the parameters of a second job from the first one's picture.
        seconds: the longest to wait for each job.
    """

    services: Services
    key: Key
    door: str
    dedupe_key: str | None = None
    second: Second | None = None
    seconds: float = 3_600.0

    async def make(self, wanted: Sequence[JobParams]) -> Outcome:
        """Submit a job for each, and wait until all have ended.

        Raises:
            OrderRefusedError: the first was not taken; then nothing is submitted.
            ProblemError: nothing was made; it says why.
        """
        outcome = Outcome()
        jobs = await self._submit_jobs(wanted, outcome)
        results: list[list[Made] | ProblemError] = [[]] * len(jobs)

        async def follow(place: int) -> None:
            try:
                made, problem = await self._follow(jobs[place], wanted[place], place)
            except FAILURES as error:
                results[place] = problem_in(error)
                return
            results[place] = made
            if problem is not None:
                outcome.problems.append(problem)

        async with anyio.create_task_group() as tasks:
            for place in range(len(jobs)):
                tasks.start_soon(follow, place)
        for result in results:
            if isinstance(result, ProblemError):
                outcome.problems.append(result)
            else:
                outcome.made.extend(result)
        if not outcome.made:
            raise outcome.problems[0] if outcome.problems else failure(jobs[0])
        return outcome

    async def _submit_jobs(self, wanted: Sequence[JobParams], outcome: Outcome) -> list[Job]:
        jobs: list[Job] = []
        for place, params in enumerate(wanted):
            try:
                jobs.append(await self._submit(params, place))
            except FAILURES as error:
                if not jobs:
                    raise
                outcome.problems.append(problem_in(error))
                break
        return jobs

    async def _submit(self, params: JobParams, place: int) -> Job:
        order = JobRequest(params=params, door=self.door, dedupe_key=self.dedupe_key, place=place)
        return (await self.services.jobs.submit(self.key, order)).job

    async def _follow(
        self, job: Job, params: JobParams, place: int
    ) -> tuple[list[Made], ProblemError | None]:
        """Return the pictures of the last job that worked, and why the second did not."""
        first = await wait_for_end(self.services, self.key, job, self.seconds)
        pictures = await self._pictures([first], params)
        if self.second is None:
            return pictures, None
        try:
            further = self.second(pictures[0].picture)
            job = await self._submit(further, SECOND + place)
            job = await wait_for_end(self.services, self.key, job, self.seconds)
            return await self._pictures([first, job], further), None
        except FAILURES as error:
            return pictures, problem_in(error)

    async def _pictures(self, jobs: Sequence[Job], params: JobParams) -> list[Made]:
        return [
            Made(picture=picture, params=params, jobs=jobs)
            for picture in await pictures_of(self.services, jobs[-1])
        ]


def totals(made: Sequence[Made]) -> dict[str, str]:
    """Build the headers of every door: the jobs, the Anlas of all of them, a single one's seed."""
    seed = made[0].picture.seed if len(made) == 1 else None
    return headers_of_all((job for one in made for job in one.jobs), seed=seed)
