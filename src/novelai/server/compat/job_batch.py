"""Several images for one request: a job for each, so that each can be free and takes its turn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import anyio

from novelai.server.http.context import RequestContext
from novelai.server.http.error_handlers import FAILURES, problem_in
from novelai.server.http.job_results import Image, failure, headers_of_all, images_of, wait_for_end
from novelai.server.model.job import (
    IdempotencyConflictError,
    Job,
    JobRefusedError,
    JobRequest,
    State,
)
from novelai.server.model.params import JobParams
from novelai.server.model.problems import ProblemError

__all__ = ["BatchImage", "BatchResult", "FollowUp", "JobBatch", "Taken", "submit_fitted"]

FollowUp = Callable[[Image], JobParams]

FOLLOW_UPS = 1_000
"""Places of jobs that go on with another one's image: behind those of all first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A job that was submitted.

    Attributes:
        job: it, or an earlier one that does the same.
        created: it was made for this.
        params: as they were taken.
        notes: what was taken otherwise than asked for; see `novelai.server.jobs.fitting`.
    """

    job: Job
    created: bool
    params: JobParams
    notes: Sequence[str]


async def submit_fitted(context: RequestContext, order: JobRequest) -> Taken:
    """Submit a job of another program's, brought inside what is free if its key wants that.

    Raises:
        JobRefusedError: it is not taken.
        IdempotencyConflictError: the dedupe key was used for something else.
    """
    fitted = await context.services.fitting.fit(context.key, order.params)
    found = await context.services.jobs.submit(context.key, replace(order, params=fitted.params))
    return Taken(job=found.job, created=found.created, params=fitted.params, notes=fitted.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchImage:
    """A finished image.

    Attributes:
        image: its bytes and seed.
        position: which of its job's images it is.
        jobs: that made it, one on the image of the other; the last gave it.
        params: of the last job.
    """

    image: Image
    position: int
    jobs: Sequence[Job]
    params: JobParams

    @property
    def job(self) -> Job:
        """The job that gave it."""
        return self.jobs[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What came of a request.

    Attributes:
        images: in the order asked for; at least one.
        problems: what went wrong with others.
        notes: what was done otherwise than asked for, a sentence each.
    """

    images: Sequence[BatchImage]
    problems: Sequence[ProblemError]
    notes: Sequence[str] = ()

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every answer: the jobs, the Anlas of all, the seed of a single one."""
        seed = self.images[0].image.seed if len(self.images) == 1 else None
        jobs = (job for one in self.images for job in one.jobs)
        return headers_of_all(jobs, seed=seed, notes=self.notes)


@dataclass(slots=True, kw_only=True)
class JobBatch:
    """The jobs of one request.

    What came is answered even when another one failed: it is paid for.

    Attributes:
        context: who asks.
        door: through which API.
        dedupe_key: of the request, if it has one: the same again gives the same jobs.
        request_id: of the request, if its jobs are looked for again.
        client_data: what its jobs keep; see `JobRequest`.
        all_or_none: when a job is refused, those before it are taken back. What runs already is
            paid for and goes on: then these are all there is. Otherwise they stay, and the refusal
            is one of the problems.
        follow_up: makes the parameters of a further job from the first image of each.
        received: images are given as NovelAI sent them, also where they were put together here.
        notes: what was done otherwise than asked for so far: what its API begins with, and what the
            jobs add, each once.
    """

    context: RequestContext
    door: str
    dedupe_key: str | None = None
    request_id: str | None = None
    client_data: Mapping[str, str] | None = None
    all_or_none: bool = False
    follow_up: FollowUp | None = None
    received: bool = False
    notes: Sequence[str] = ()
    _params: dict[str, JobParams] = field(default_factory=dict[str, JobParams])
    _failures: list[Exception] = field(default_factory=list[Exception])

    async def run(self, wanted: Sequence[JobParams]) -> BatchResult:
        """Submit a job for each, and wait until all have ended; see `submit` and `wait`."""
        return await self.wait(await self.submit(wanted))

    async def submit(self, wanted: Sequence[JobParams]) -> list[Job]:
        """Submit a job for each; give those that were taken.

        Raises:
            JobRefusedError: none was taken, for the reason of the first.
            IdempotencyConflictError: the dedupe key was used for something else.
        """
        jobs: list[Job] = []
        fresh: list[Job] = []
        for place, params in enumerate(wanted):
            try:
                taken = await self._submit(params, place)
            except FAILURES as error:
                return await self._stop(jobs, fresh, error)
            jobs.append(taken.job)
            if taken.created:
                fresh.append(taken.job)
        return jobs

    async def wait(self, jobs: Sequence[Job]) -> BatchResult:
        """Wait until these jobs, which `submit` gave, have ended.

        Raises:
            ProblemError: no image came; of several reasons the one that may have cost something.
            SQLAlchemyError: the server could not look; a job may still make what was asked for.
        """
        results: list[list[BatchImage]] = [[] for _ in jobs]

        async def follow(place: int) -> None:
            try:
                await self._follow(jobs[place], place, results[place])
            except FAILURES as error:
                self._failures.append(error)

        async with anyio.create_task_group() as tasks:
            for place in range(len(jobs)):
                tasks.start_soon(follow, place)
        images = [image for result in results for image in result]
        if not images:
            reasons = self._failures or [failure(jobs[0])]
            raise max(reasons, key=lambda error: problem_in(error).charged != "no")
        problems = [problem_in(one) for one in self._failures]
        return BatchResult(images=images, problems=problems, notes=self.notes)

    async def _submit(self, params: JobParams, place: int) -> Taken:
        request = JobRequest(
            params=params,
            door=self.door,
            request_id=self.request_id,
            dedupe_key=self.dedupe_key,
            place=place,
            client_data=self.client_data,
        )
        taken = await submit_fitted(self.context, request)
        self._params[taken.job.id] = taken.params
        self.notes = tuple(dict.fromkeys((*self.notes, *taken.notes)))
        return taken

    async def _stop(self, jobs: list[Job], fresh: Sequence[Job], error: Exception) -> list[Job]:
        """Go on with the jobs that were taken before one was not, or raise why."""
        if not self.all_or_none:
            if not jobs:
                raise error
            self._failures.append(error)
            return jobs
        if not isinstance(error, (JobRefusedError, IdempotencyConflictError)):
            raise error
        taken_back = {job.id for job in fresh if await self._cancel(job)}
        left = [job for job in jobs if job.id not in taken_back]
        if not left or isinstance(error, IdempotencyConflictError):
            raise error
        return left

    async def _cancel(self, job: Job) -> bool:
        now = await self.context.services.jobs.cancel(self.context.key, job.id)
        return now is not None and now.state is State.CANCELLED

    async def _follow(self, job: Job, place: int, images: list[BatchImage]) -> None:
        """Wait for a job, and for the one that goes on with its image; fill in the images."""
        services, key = self.context.services, self.context.key
        first = await wait_for_end(services, key, job)
        images += await self._images([first], self._params[job.id])
        if self.follow_up is None or not images:
            return
        further = await self._submit(self.follow_up(images[0].image), FOLLOW_UPS + place)
        second = await wait_for_end(services, key, further.job)
        images[:] = await self._images([first, second], further.params)

    async def _images(self, jobs: Sequence[Job], params: JobParams) -> list[BatchImage]:
        found = await images_of(self.context.services, jobs[-1], received=self.received)
        return [
            BatchImage(image=image, position=position, jobs=jobs, params=params)
            for position, image in enumerate(found)
        ]
