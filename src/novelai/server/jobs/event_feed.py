"""What happened, as pages are told: events of the bus become server-sent events.

Each event is turned into text once for all who listen, and read from the database for that: the
bus carries names only, never a prompt.
"""

import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from fastapi.sse import format_sse_event

from novelai.server.accounts import repository as accounts
from novelai.server.accounts.schemas import account_view
from novelai.server.events.bus import Bus, Event
from novelai.server.jobs import repository, series_rows
from novelai.server.jobs.event_schemas import (
    AccountEvent,
    CollectionChange,
    CollectionEvent,
    DraftEvent,
    DraftRevision,
    EventContent,
    GalleryChange,
    GalleryEvent,
    JobEvent,
    JobEventName,
    JobPreview,
    LibraryChange,
    LibraryEvent,
    PreviewEvent,
    QueueEvent,
    SeriesEvent,
    StreamEvent,
)
from novelai.server.jobs.queries import JobQueries
from novelai.server.jobs.schemas import QueueIn
from novelai.server.jobs.series_views import series_views
from novelai.server.model.job import ENDED, State
from novelai.server.model.key import Key
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database

__all__ = ["EventFeed"]

NAMES: Mapping[State, JobEventName] = {
    State.QUEUED: "job.queued",
    State.RUNNING: "job.started",
    State.SUCCEEDED: "job.done",
    State.FAILED: "job.failed",
    State.CANCELLED: "job.cancelled",
    State.UNCERTAIN: "job.failed",
}
KEPT = 512


def _text_of(content: EventContent, event_id: str | None = None) -> bytes:
    data = content.model_dump(mode="json")["data"]
    return format_sse_event(data_str=json.dumps(data), event=content.event, id=event_id)


def _preview(data: Mapping[str, Any]) -> PreviewEvent:
    address = f"/api/jobs/{data['job']}/preview?rev={data['rev']}"
    shown = {name: data[name] for name in ("step", "steps", "sample", "rev")}
    return PreviewEvent(data=JobPreview(id=data["job"], url=address, **shown))


PLAIN: Mapping[str, Callable[[Mapping[str, Any]], EventContent]] = {
    "preview": _preview,
    "image": lambda data: GalleryEvent(data=GalleryChange(image=data.get("image"))),
    "queue": lambda data: QueueEvent(data=QueueIn(paused=data["paused"])),
    "library": lambda data: LibraryEvent(data=LibraryChange.model_validate(data)),
    "collection": lambda data: CollectionEvent(data=CollectionChange.model_validate(data)),
    "draft": lambda data: DraftEvent(data=DraftRevision(revision=data["revision"])),
}
"""Events that say it all themselves."""


class EventFeed:
    """Tells keys what happens.

    Args:
        database: where to look things up.
        clock: what time it is.
        bus: where it is heard of.
        queries: how jobs are shown.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus, queries: JobQueries) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._queries = queries
        self._texts: OrderedDict[str, bytes | None] = OrderedDict()
        self.listeners: int = 0

    async def listen(
        self, key: Key, *, after: str | None = None, job_id: str | None = None
    ) -> AsyncGenerator[bytes]:
        """Stream what a key may know of, as server-sent events.

        Args:
            key: whose events; with scope ``admin`` all of its owner's.
            after: the last id that was seen.
            job_id: only those of this job, until it has ended.
        """
        everything = "admin" in key.limits.scopes
        self.listeners += 1
        try:
            async for event in self._bus.listen(key.owner_id, after=after, job_id=job_id):
                whose = event.data.get("key")
                if whose not in (None, key.id) and not (everything and event.name != "draft"):
                    continue
                text = await self._text(event)
                if text is not None:
                    yield text
                if job_id is not None and event.data.get("state") in ENDED:
                    return
        finally:
            self.listeners -= 1

    async def of_job(self, key: Key, job_id: str) -> AsyncGenerator[bytes]:
        """Yield a job as it is, then what happens to it until it has ended."""
        after = self._bus.newest_id()
        async with self._database.read() as connection:
            job = await repository.by_id(connection, job_id)
        if job is None:
            return
        yield _text_of(JobEvent(event=NAMES[job.state], data=await self._queries.view(job)))
        if not job.ended:
            async for text in self.listen(key, after=after, job_id=job_id):
                yield text

    async def _text(self, event: Event) -> bytes | None:
        if event.name == "reset":  # for one listener: its id is where that one goes on
            return _text_of(StreamEvent(event="reset"), event.id)
        if event.id in self._texts:
            return self._texts[event.id]
        content = await self._render(event)
        text = None
        if content is not None:
            text = _text_of(content, None if isinstance(content, PreviewEvent) else event.id)
        self._texts[event.id] = text
        if len(self._texts) > KEPT:
            self._texts.popitem(last=False)
        return text

    async def _render(self, event: Event) -> EventContent | None:
        data = event.data
        if event.name == "job":
            return await self._job(data)
        if event.name == "account":
            return await self._account(data)
        if event.name == "series":
            return await self._series(data)
        plain = PLAIN.get(event.name)
        return None if plain is None else plain(data)

    async def _job(self, data: Mapping[str, Any]) -> JobEvent | None:
        async with self._database.read() as connection:
            job = await repository.by_id(connection, data["job"])
        if job is None:
            return None
        name = "job.updated" if data.get("changed") else NAMES[State(data["state"])]
        return JobEvent(event=name, data=await self._queries.glance(job))

    async def _series(self, data: Mapping[str, Any]) -> SeriesEvent | None:
        async with self._database.read() as connection:
            series = await series_rows.by_id(connection, data["series"])
            if series is None:
                return None
            (view,) = await series_views(connection, [series])
        return SeriesEvent(data=view)

    async def _account(self, data: Mapping[str, Any]) -> AccountEvent | None:
        async with self._database.read() as connection:
            account = await accounts.by_id(connection, data["account"])
            now = await self._clock.now(connection)
        if account is None:
            return None
        return AccountEvent(data=account_view(account, now))
