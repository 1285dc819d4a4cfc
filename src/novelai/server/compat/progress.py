"""Pictures in the making, as NovelAI sends them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from novelai.server.http.context import RequestContext
from novelai.server.model.job import Job, State

__all__ = ["PreviewUpdate", "frames", "watch_previews"]

GOES_ON = frozenset({State.QUEUED, State.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewUpdate:
    """A preview.

    Attributes:
        step: which sampling step it shows, of ``steps``.
        data: a JPEG or PNG, as it came.
    """

    step: int
    steps: int
    data: bytes = field(repr=False)


async def watch_previews(
    context: RequestContext, job: Job, after: str
) -> AsyncGenerator[PreviewUpdate]:
    """Yield the previews of a job until it has ended or is uncertain.

    Args:
        context: who asks.
        job: that was submitted.
        after: the newest event before that; none behind it is missed.
    """
    now = await context.services.jobs.read(context.key, job.id)
    if now is None or now.state not in GOES_ON:
        return
    async with aclosing(
        context.services.context.bus.listen(job.owner_id, after=after, job_id=job.id)
    ) as events:
        async for event in events:
            if event.name == "reset":  # events were missed: whoever asks waits for the end
                return
            if event.name == "job" and State(event.data["state"]) not in GOES_ON:
                return
            if event.name == "preview":
                data = await context.services.context.previews.get(job.id)
                if data is not None:
                    yield PreviewUpdate(
                        step=event.data["step"], steps=event.data["steps"], data=data
                    )


async def frames(
    previews: AsyncGenerator[PreviewUpdate], count: int
) -> AsyncGenerator[PreviewUpdate]:
    """Yield some of the previews, spread evenly over the steps.

    Args:
        previews: all of them.
        count: how many are wanted.
    """
    given = 0
    last = b""
    async with aclosing(previews):
        async for one in previews:
            due = one.steps * (given + 1) / (count + 1)
            if given < count and one.step + 1 >= due and one.data != last:
                given += 1
                last = one.data
                yield one
