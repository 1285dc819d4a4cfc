"""A generation that is watched: frames as they come, from the jobs behind them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any
from zlib import crc32

from starlette.types import Receive, Scope, Send

from novelai.fastapi.streaming import KEEPALIVE_SECONDS, PieceStream
from novelai.server.compat.novelai.errors import answer_error, wire_error
from novelai.server.compat.novelai.frames import KEEPALIVE, MEDIA_TYPES, Framing, frame
from novelai.server.http.context import RequestContext
from novelai.server.http.job_results import failure, images_of
from novelai.server.model.job import Job, State
from novelai.server.model.problems import ProblemError

__all__ = ["FrameStream", "frames_of"]


async def frames_of(
    context: RequestContext, jobs: Sequence[Job], framing: Framing
) -> AsyncGenerator[bytes]:
    """Previews and pictures of jobs, each job one sample, until all have ended.

    Raises:
        ProblemError: all of them failed.
    """
    stream = _Stream(context, jobs, framing)
    # From here on nothing is missed: what happened before is read below.
    after = context.services.context.bus.newest_id()
    async for data in stream.end_frames():
        yield data
    if not stream.waiting:
        return
    async with aclosing(
        context.services.context.bus.listen(context.key.owner_id, after=after)
    ) as events:
        async for event in events:
            if event.name == "preview":
                data = await stream.preview(event.data)
                if data is not None:
                    yield data
            elif event.name == "reset" or event.data.get("job") in stream.waiting:
                async for data in stream.end_frames():
                    yield data
            if not stream.waiting:
                return


class _Stream:
    """What has been told of some jobs."""

    def __init__(self, context: RequestContext, jobs: Sequence[Job], framing: Framing) -> None:
        self.waiting = {job.id: sample for sample, job in enumerate(jobs)}
        self._services = context.services
        self._key = context.key
        self._framing: Framing = framing
        self._number = crc32(jobs[0].id.encode())
        self._made = 0

    async def preview(self, data: Mapping[str, Any]) -> bytes | None:
        """Return the frame of a preview, if it is of one of these jobs."""
        sample = self.waiting.get(data["job"])
        image = None if sample is None else await self._services.context.previews.get(data["job"])
        if image is None:
            return None
        fields = {
            "event_type": "intermediate",
            "samp_ix": sample,
            "step_ix": data["step"] - 1,
            "gen_id": self._number,
            "sigma": data.get("sigma") or 0.0,
            "image": image,
        }
        return frame(fields, self._framing)

    async def end_frames(self) -> AsyncGenerator[bytes]:
        """Yield the frames of the jobs that have ended, or are uncertain, since the last time."""
        over: list[tuple[int, Job]] = []
        # The last is read first: if that has ended, those that ended before it are seen to have.
        for job_id, sample in reversed(self.waiting.items()):
            job = await self._services.jobs.read(self._key, job_id)
            if job is not None and (job.ended or job.state is State.UNCERTAIN):
                over.append((sample, job))
        for sample, job in reversed(over):
            del self.waiting[job.id]
            if job.state is State.SUCCEEDED:
                self._made += 1
                # As NovelAI sent it: its own clients put it together with their picture.
                (image, *_) = await images_of(self._services, job, received=True)
                yield self._frame("final", sample, gen_id=self._number, image=image.data)
                continue
            problem = failure(job)
            if not self._made and not self.waiting:
                raise problem
            yield self._frame("error", sample, message=wire_error(problem).detail)

    def _frame(self, kind: str, sample: int, **fields: object) -> bytes:
        return frame({"event_type": kind, "samp_ix": sample, **fields}, self._framing)


class FrameStream(PieceStream):
    """Frames as an answer; what fails before the first of them is an ordinary error.

    So the answer begins with the first frame. A server-sent stream begins sooner when that takes
    long, with a comment.

    Args:
        frames: closed at the end, however it comes.
        framing: how they are packed.
        headers: about the jobs.
        keepalive: seconds of silence after which a comment is sent.
    """

    def __init__(
        self,
        frames: AsyncGenerator[bytes],
        framing: Framing,
        headers: Mapping[str, str],
        *,
        keepalive: float = KEEPALIVE_SECONDS,
    ) -> None:
        super().__init__(
            frames,
            headers={"Cache-Control": "no-cache", **headers},
            media_type=MEDIA_TYPES[framing],
            failures=(ProblemError,),
            keepalive=keepalive if framing == "sse" else None,
            sign=KEEPALIVE,
        )
        self._framing: Framing = framing

    async def refuse(self, failure: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the error as NovelAI would."""
        await answer_error(scope, failure)(scope, receive, send)

    def describe(self, failure: Exception) -> bytes:
        """Return the frame of an error."""
        assert isinstance(failure, ProblemError)
        message = wire_error(failure).detail
        return frame({"event_type": "error", "message": message}, self._framing)
