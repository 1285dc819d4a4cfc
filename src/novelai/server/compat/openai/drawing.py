"""From a request to finished pictures: submitting, waiting, and who gets the answer."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from starlette.background import BackgroundTask
from starlette.responses import Response

from novelai.server.compat.bodies import json_answer, with_notes
from novelai.server.compat.job_batch import BatchImage, BatchResult, JobBatch
from novelai.server.compat.openai.events import STOPPED
from novelai.server.compat.openai.image_request import ImageRequest
from novelai.server.compat.openai.pending_requests import PendingRequest, PendingRequests, lookup_of
from novelai.server.compat.progress import PreviewUpdate, frames, watch_previews
from novelai.server.http.context import RequestContext
from novelai.server.http.disconnects import CallerLeftError, while_there
from novelai.server.http.event_stream import EventStream
from novelai.server.http.job_results import NOT_IN_TIME, headers_of, notes_header
from novelai.server.model.job import Job
from novelai.server.model.problems import ProblemError

__all__ = ["Drawing", "begin_drawing"]

DOOR = "openai"
GONE = 499
RETRIES = "x-stainless-retry-count"
LONGEST_KEY = 150


@dataclass(slots=True, kw_only=True)
class Drawing:
    """Pictures that are being drawn for a request."""

    context: RequestContext
    image_request: ImageRequest
    batch: JobBatch
    jobs: Sequence[Job]
    after: str
    asking: PendingRequest

    @property
    def notes(self) -> Sequence[str]:
        """What is done otherwise than it was asked for."""
        return self.batch.notes

    async def answer(
        self, tell: Callable[[Sequence[BatchImage]], Awaitable[Mapping[str, Any]]]
    ) -> Response:
        """Return the answer that is sent when all is drawn.

        Args:
            tell: makes its document from the pictures.

        Raises:
            ProblemError: there are none.
        """
        answered = False
        try:
            result = await while_there(self.context.http.receive, self._draw)
            document = with_notes(await tell(result.images), result.notes)
            response = await json_answer(document, result.headers)
            answered = True
        except CallerLeftError:  # the jobs go on
            return Response(status_code=GONE)
        finally:
            if not answered:
                self.leave()
        response.background = BackgroundTask(self.mark_delivered)
        return response

    def stream(self, events: AsyncGenerator[bytes]) -> EventStream:
        """Return the answer that goes on while it is drawn."""
        return EventStream(
            events,
            stopping=self.context.services.stopping,
            headers=headers_of(self.jobs[0]) | notes_header(self.notes),
            retry=None,
            bye=STOPPED,
        )

    def previews(self) -> AsyncGenerator[PreviewUpdate]:
        """Pictures in the making: as many as were asked for, spread over the steps."""
        every = watch_previews(self.context, self.jobs[0], self.after)
        return frames(every, self.image_request.partial_images)

    def every_preview(self) -> AsyncGenerator[PreviewUpdate]:
        """All pictures in the making."""
        return watch_previews(self.context, self.jobs[0], self.after)

    async def mark_delivered(self) -> None:
        """Forget the request: its caller has the answer."""
        self._forget()

    def leave(self) -> None:
        """Note that nobody waits any more: an answer without `mark_delivered` is kept."""
        self.asking.lost = True

    async def take_back(self) -> None:
        """Take back what waits, unless somebody else asks for it, or will under its own name.

        Who leaves a chat that is streamed has stopped it: it tells all the time that it goes on.
        When the server stops nobody has left, and what waits is drawn when it is back.
        """
        stopping = self.context.services.stopping.begun
        is_open = PendingRequests.of(self.context).is_open(self.asking)
        if stopping or self.asking.named or not is_open:
            return
        with anyio.CancelScope(shield=True):
            for job in self.jobs:
                await self.context.services.jobs.cancel(self.context.key, job.id)

    async def all(self) -> Sequence[BatchImage]:
        """Return the pictures, for a stream: it says itself that they came: `mark_delivered`.

        Raises:
            ProblemError: there are none.
        """
        return (await self._draw()).images

    async def _draw(self) -> BatchResult:
        try:
            return await self.batch.wait(self.jobs)
        except ProblemError as problem:
            if problem.charged == "no" and problem.code != NOT_IN_TIME:
                self._forget()
            raise

    def _forget(self) -> None:
        PendingRequests.of(self.context).forget(self.asking)


async def begin_drawing(context: RequestContext, image_request: ImageRequest) -> Drawing:
    """Submit the jobs of a request, or join those of the request that it repeats.

    Raises:
        JobRefusedError: the key may not.
        IdempotencyConflictError: its Idempotency-Key was used for something else.
        ProblemError: 400; its Idempotency-Key is too long.
    """
    headers = context.http.headers
    given = headers.get("idempotency-key")
    if given is not None and len(given) > LONGEST_KEY:
        raise ProblemError(400, "invalid_params", "The Idempotency-Key is too long. Not taken.")
    retries = headers.get(RETRIES, "")
    pending = PendingRequests.of(context)
    asking = await pending.begin(
        context,
        image_request.digest,
        given=given,
        retries=int(retries) if retries.isascii() and retries.isdecimal() else 0,
    )
    after = context.services.context.bus.newest_id()
    batch = JobBatch(
        context=context,
        door=DOOR,
        request_id=asking.request_id,
        dedupe_key=asking.request_id,
        client_data={"lookup": lookup_of(image_request.digest)},
        all_or_none=True,
        notes=image_request.notes,
    )
    try:
        jobs = await batch.submit(image_request.each)
    except Exception:
        pending.forget(asking)
        raise
    return Drawing(
        context=context,
        image_request=image_request,
        batch=batch,
        jobs=jobs,
        after=after,
        asking=asking,
    )
