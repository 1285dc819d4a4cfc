"""What a client is told of its prompts, from the moment it connects."""

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing

from novelai.server.compat.comfyui import messages
from novelai.server.compat.comfyui.prompt_ref import PromptRef, lookup_of
from novelai.server.compat.comfyui.prompts import DOOR, OVER, is_over, open_prompts
from novelai.server.events.bus import Event
from novelai.server.http.context import RequestContext
from novelai.server.http.job_results import images_of
from novelai.server.model.job import Job, State
from novelai.server.model.key import Key
from novelai.server.services import Services

__all__ = ["DeliveredSet", "WebSocketSession"]

LATELY = 60.0
"""Seconds after its end in which a prompt is told to a client that connects."""

KEPT = 1_000

Message = str | bytes


class DeliveredSet:
    """The prompts of which clients of this process have heard the end."""

    def __init__(self) -> None:
        self._jobs: deque[str] = deque(maxlen=KEPT)

    def __contains__(self, job: Job) -> bool:
        return job.id in self._jobs

    def add(self, job: Job) -> None:
        """Somebody was sent the last message about it."""
        self._jobs.append(job.id)


class WebSocketSession:
    """The messages for one socket.

    Args:
        services: the services.
        key: of who listens; nothing of other keys is told.
        client_id: told is what was submitted under this name.
        delivered: a client that comes back is not told these ends once more: it may take them for
            that of its next prompt.

    Attributes:
        describes_previews: the client takes pictures in the making with words about them.
    """

    def __init__(
        self, services: Services, key: Key, client_id: str, delivered: DeliveredSet
    ) -> None:
        self._services = services
        self._key = key
        self._client_id = client_id
        self._lookup = lookup_of(client_id)
        self._delivered = delivered
        self._running: dict[str, Job] = {}
        self._others: set[str] = set()
        self.describes_previews = False

    async def messages(self) -> AsyncGenerator[Message]:
        """Everything that happens, without end; what is open or ended lately comes first."""
        bus = self._services.context.bus
        # From here on nothing is missed: what happened before is read below.
        after = bus.newest_id()
        yield await self._status(self._client_id)
        async for message in self._caught_up():
            yield message
        async with aclosing(bus.listen(self._key.owner_id, after=after)) as events:
            async for event in events:
                async for message in self._about(event):
                    yield message

    async def _about(self, event: Event) -> AsyncGenerator[Message]:
        if event.name == "reset":
            async for message in self._caught_up():
                yield message
        elif event.data.get("key") == self._key.id and event.name in ("job", "preview"):
            job = await self._mine(event)
            if job is None:
                return
            async for message in self._updates(job):
                yield message
            if event.name == "job":
                yield await self._status()
            elif not is_over(job):
                yield messages.progress(job, event.data["step"], event.data["steps"])
                async for message in self._preview(job):
                    yield message

    async def _preview(self, job: Job) -> AsyncGenerator[Message]:
        """Yield the newest picture in the making, if it was asked for.

        Libraries take every picture for the result: ComfyUI sends none of itself, either.
        """
        if not PromptRef.of(job).previews:
            return
        data = await self._services.context.previews.get(job.id)
        if data is not None:
            yield messages.preview(job, data) if self.describes_previews else messages.image(data)

    async def _caught_up(self) -> AsyncGenerator[Message]:
        found = await self._services.jobs.of_client(self._key, self._lookup, seconds=LATELY)
        for job in reversed(found):
            if job not in self._delivered:
                async for message in self._updates(job):
                    yield message

    async def _mine(self, event: Event) -> Job | None:
        """Return the job of an event as it is now, if it is one of this client's."""
        job_id: str = event.data["job"]
        if job_id in self._others:
            if event.data.get("state") in OVER:
                self._others.discard(job_id)
            return None
        if event.name == "preview" and job_id in self._running:
            return self._running[job_id]
        job = await self._services.jobs.read(self._key, job_id)
        if job is None:
            return None
        if job.door == DOOR and (job.client_data or {}).get("lookup") == self._lookup:
            return job
        if not is_over(job):
            self._others.add(job_id)
        return None

    async def _updates(self, job: Job) -> AsyncGenerator[Message]:
        """Yield the messages about a job that the client has not had."""
        if job.state is not State.QUEUED and job.id not in self._running:
            self._running[job.id] = job
            for message in messages.start_messages(job):
                yield message
        if is_over(job):
            del self._running[job.id]
            async for message in self._end(job):
                yield message
            self._delivered.add(job)

    async def _end(self, job: Job) -> AsyncGenerator[Message]:
        if PromptRef.of(job).sends and job.state is State.SUCCEEDED:
            yield messages.sending(job)
            for image in await images_of(self._services, job):
                yield messages.image(image.data)
        for message in messages.over(job):
            yield message

    async def _status(self, client_id: str | None = None) -> str:
        waiting = await open_prompts(RequestContext(services=self._services, key=self._key))
        return messages.status(len(waiting), client_id)
