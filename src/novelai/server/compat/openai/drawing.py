"""From a wish to finished pictures: submitting, waiting, and who gets the answer."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import Response

from novelai.server.compat.batch import Drawn, headers_of_drawn, submit_all, wait_for_all
from novelai.server.compat.bodies import json_answer
from novelai.server.compat.openai.context import Visit
from novelai.server.compat.openai.events import STOPPED
from novelai.server.compat.openai.image_request import ImageRequest
from novelai.server.compat.openai.pending_requests import PendingRequest, lookup_of
from novelai.server.compat.progress import PreviewUpdate, frames, watch_previews
from novelai.server.http.disconnects import CallerLeftError, while_there
from novelai.server.http.event_stream import EventStream
from novelai.server.http.job_results import headers_of
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

    visit: Visit
    wish: ImageRequest
    jobs: Sequence[Job]
    after: str
    asking: PendingRequest

    @property
    def delivered(self) -> BackgroundTask:
        """To be run when the answer was sent."""
        return BackgroundTask(self._mark_delivered)

    async def _finish(self) -> list[Drawn]:
        """Return the pictures.

        Raises:
            ProblemError: there are none.
            CallerLeftError: nobody waits any more; the jobs go on.
        """
        answered = False
        try:
            found = await while_there(self.visit.request.receive, self._draw)
            answered = True
            return found
        finally:
            if not answered:
                self.leave()

    async def answer(self, tell: Callable[[list[Drawn]], Awaitable[Mapping[str, Any]]]) -> Response:
        """Return the answer that is sent when all is drawn.

        Args:
            tell: makes its document from the pictures.

        Raises:
            ProblemError: there are none.
        """
        try:
            found = await self._finish()
        except CallerLeftError:
            return Response(status_code=GONE)
        response = await json_answer(await tell(found), headers_of_drawn(found))
        response.background = self.delivered
        return response

    def stream(self, events: AsyncGenerator[bytes]) -> EventStream:
        """Return the answer that goes on while it is drawn."""
        return EventStream(
            events,
            stopping=self.visit.stopping,
            headers=headers_of(self.jobs[0]),
            retry=None,
            bye=STOPPED,
        )

    def previews(self) -> AsyncGenerator[PreviewUpdate]:
        """Pictures in the making: as many as were wished for, spread over the steps."""
        every = watch_previews(self.visit.services, self.visit.key, self.jobs[0], self.after)
        return frames(every, self.wish.partial_images)

    def every_preview(self) -> AsyncGenerator[PreviewUpdate]:
        """All pictures in the making."""
        return watch_previews(self.visit.services, self.visit.key, self.jobs[0], self.after)

    def leave(self) -> None:
        """Nobody waits any more: unless it was `delivered`, the answer is kept for a repetition."""
        self.asking.lost = True

    async def all(self) -> list[Drawn]:
        """Return the pictures, for a stream: it says itself when they were `delivered`.

        Raises:
            ProblemError: there are none.
        """
        return await self._draw()

    async def _draw(self) -> list[Drawn]:
        try:
            return await wait_for_all(self.visit.services, self.visit.key, self.jobs)
        except ProblemError as problem:
            if problem.charged == "no":
                self.visit.repeats.forget(self.asking)
            raise

    async def _mark_delivered(self) -> None:
        self.visit.repeats.forget(self.asking)


async def begin_drawing(visit: Visit, wish: ImageRequest) -> Drawing:
    """Submit the jobs of a wish, or join those of the request that it repeats.

    Raises:
        OrderRefusedError: the key may not.
        IdempotencyConflictError: its Idempotency-Key was used for something else.
        ProblemError: 400; its Idempotency-Key is too long.
    """
    headers, services = visit.request.headers, visit.services
    given = headers.get("idempotency-key")
    if given is not None and len(given) > LONGEST_KEY:
        raise ProblemError(400, "invalid_params", "The Idempotency-Key is too long. Not taken.")
    retries = headers.get(RETRIES, "")
    asking = await visit.repeats.begin(
        services,
        visit.key,
        wish.digest,
        given=given,
        retries=int(retries) if retries.isascii() and retries.isdecimal() else 0,
    )
    after = services.context.bus.newest_id()
    try:
        jobs = await submit_all(
            services,
            visit.key,
            wish.each,
            door=DOOR,
            dedupe_key=asking.request_id,
            request_id=asking.request_id,
            client_data={"lookup": lookup_of(wish.digest)},
        )
    except Exception:
        visit.repeats.forget(asking)
        raise
    return Drawing(visit=visit, wish=wish, jobs=jobs, after=after, asking=asking)
