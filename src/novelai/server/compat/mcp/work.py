"""One paid job of a tool: submitted, followed for a while, and shown."""

from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import anyio
from mcp_types import CallToolResult, ContentBlock

from novelai.server.compat.job_batch import submit_fitted
from novelai.server.compat.mcp.content import View, image_content, text_content
from novelai.server.compat.mcp.context import DOOR, ContextOf, ToolContext
from novelai.server.compat.mcp.words import in_words
from novelai.server.compat.progress import watch_previews
from novelai.server.http.context import RequestContext
from novelai.server.http.job_results import failure
from novelai.server.model.job import Job, JobRequest, State
from novelai.server.model.params import JobKind

__all__ = ["Work", "report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a tool wants done.

    Attributes:
        params: as ``POST /api/jobs`` takes them.
        view: how to show what came of it.
        seconds: how long to wait; then the job goes on by itself.
    """

    kind: JobKind
    params: dict[str, Any]
    view: View
    seconds: float

    async def result(self, context_of: ContextOf, context: ToolContext) -> CallToolResult:
        """Do it in the name of the caller, and report progress meanwhile.

        Raises:
            ToolError: it is refused, or failed; a sentence says whether it was charged.
        """
        caller = context_of(context)
        with in_words(caller.request):
            return CallToolResult(content=await self._done(caller, context))

    async def _done(self, caller: RequestContext, context: ToolContext) -> list[ContentBlock]:
        given = {name: value for name, value in self.params.items() if value is not None}
        params = await caller.services.params.read(caller.key, self.kind, given)
        after = caller.services.context.bus.newest_id()
        taken = await submit_fitted(caller, JobRequest(params=params, door=DOOR))
        job = taken.job
        with anyio.move_on_after(self.seconds):
            async with aclosing(watch_previews(caller, job, after)) as previews:
                async for one in previews:
                    step = f"Step {one.step + 1} of {one.steps}"
                    await context.report_progress(one.step + 1, one.steps, step)
            await caller.services.jobs.wait(caller.key, job.id, self.seconds)
        job = await caller.services.jobs.read(caller.key, job.id) or job
        told = await report(caller, job, self.view)
        return [*told, text_content(*taken.notes)] if taken.notes else told


async def report(caller: RequestContext, job: Job, view: View) -> list[ContentBlock]:
    """Report on a job, in words and in pictures.

    Raises:
        ProblemError: it did not succeed, and will not.
    """
    if job.state in (State.QUEUED, State.RUNNING):
        shown = await caller.services.queries.view(job)
        place = f", {shown.position} before it" if shown.position else ""
        return [
            text_content(
                f"job {job.id} is {job.state}{place}. It goes on by itself.",
                "Ask job_status for it; do not order it again, that would be another picture.",
            )
        ]
    if job.state is not State.SUCCEEDED:
        raise failure(job)
    images = await caller.services.images.of_job(job.id)
    lines = [f"job {job.id} succeeded. Cost: {job.cost or 0} Anlas. Model: {job.model}."]
    lines += [
        f"picture {image.id}: {image.width}x{image.height}"
        + ("" if image.seed is None else f", seed {image.seed}")
        for image in images
    ]
    return [text_content(*lines), *await image_content(caller, images, view)]
