"""What a key sees of the queue: jobs with their pictures, places and estimates."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import anyio
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.accounts import repository as accounts
from novelai.server.events.bus import Bus, Subscription
from novelai.server.images import repository as images
from novelai.server.jobs import repository
from novelai.server.jobs.line import Line
from novelai.server.jobs.schemas import JobView, QueuePage
from novelai.server.jobs.series_schemas import SeriesView
from novelai.server.jobs.series_views import shown_in_state
from novelai.server.jobs.views import eta, job_view
from novelai.server.jobs.waiting_reason import read_waiting_reason
from novelai.server.keys import repository as keys
from novelai.server.model.account import Account
from novelai.server.model.image import Image
from novelai.server.model.job import SINGLE_LANE, Job, State, visible_to
from novelai.server.model.key import Key
from novelai.server.model.params import order_of
from novelai.server.model.vibe import StoredVibe
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.vibes import repository as vibes

__all__ = ["FIRST", "JobQueries", "Snapshot"]

RECENT = 20
FIRST = 60
"""Jobs of the queue that are shown at once: with all else a page begins with less than 50 kB."""

FRESH = 0.2
"""Seconds for which a line that others change, too, is not read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The queue of an owner at one moment, as far as a key may see it.

    Attributes:
        event_id: what happened behind it is not in it.
        queue: the first single orders, in the order in which they will run.
        waiting: how many there are in all.
        recent: those that ended last.
        series: those that go on, and the last that ended.
    """

    event_id: str
    now: float
    paused: bool
    queue: Sequence[JobView]
    waiting: int
    running: Sequence[JobView]
    uncertain: Sequence[JobView]
    recent: Sequence[JobView]
    series: Sequence[SeriesView]
    accounts: Sequence[Account]


class JobQueries:
    """Reads jobs for showing them.

    Args:
        database: where they are.
        clock: what time it is.
        bus: tells which events a snapshot holds.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._monotonic = monotonic
        self._kept: dict[str, _Kept] = {}
        self._reading = anyio.Lock()

    async def views(self, jobs: Sequence[Job], *, full: bool = False) -> list[JobView]:
        """Jobs of one owner as they are shown."""
        line = await self._line_for(jobs)
        async with self._database.read() as connection:
            return await self._views(connection, jobs, line, full=full)

    async def glance(self, job: Job) -> JobView:
        """Return a job as it is shown to many at once; its place may be a moment old."""
        line = await self._line_for([job], fresh=False)
        async with self._database.read() as connection:
            return (await self._views(connection, [job], line))[0]

    async def view(self, job: Job, *, full: bool = False) -> JobView:
        """Return a job as it is shown."""
        return (await self.views([job], full=full))[0]

    async def order_behind(self, key: Key, image: Image) -> Mapping[str, Any] | None:
        """Return the order that leads to a picture; of a version, that of what it was made from.

        ``None`` if that is not known any more, or the key may not see it.
        """
        own = _own(key)
        async with self._database.look() as connection:
            while image.kind != "generate":
                source = image.derived_from
                found = source and await images.by_ids(connection, key.owner_id, [source], own)
                if not found:
                    return None
                image = found[0]
            job = visible_to(key, await repository.by_id(connection, image.job_id))
        return None if job is None else order_of(job.id, job.params, image.seed)

    async def waiting(self, owner_id: str) -> int:
        """Return how many jobs of an owner wait."""
        return len(await self._line(owner_id))

    async def page(self, key: Key, *, after: str | None = None) -> QueuePage:
        """Return some single orders, as far as a key may see them, in the order of their turns.

        Args:
            key: who asks.
            after: the last job that was seen; one that waits no longer begins anew.
        """
        own = _own(key)
        line = await self._line(key.owner_id)
        async with self._database.read() as connection:
            shown, ahead = await self._first(connection, key, line, after)
            found = await repository.by_ids(connection, shown)
            views = await self._views(connection, found, line)
        waiting = line.count(own, lane=SINGLE_LANE)
        rest = waiting - ahead - len(shown)
        return QueuePage(queue=views, waiting=waiting, next=shown[-1] if rest > 0 else None)

    async def _first(
        self, connection: AsyncConnection, key: Key, line: Line, after: str | None = None
    ) -> tuple[list[str], int]:
        """Return ids behind one, and how many come before them."""
        clocks = await repository.clocks_of(connection, key.owner_id)
        ahead = 0
        if after is not None:
            order = line.order(clocks, _own(key), lane=SINGLE_LANE)
            ahead = next((at for at, job_id in enumerate(order, 1) if job_id == after), 0)
        order = line.order(clocks, _own(key), lane=SINGLE_LANE)
        return list(islice(order, ahead, ahead + FIRST)), ahead

    async def snapshot(self, key: Key) -> Snapshot:
        """Everything at one moment."""
        # Taken before reading: what happens meanwhile is told once more, and not missed.
        event_id = self._bus.newest_id()
        own = _own(key)
        line = await self._line(key.owner_id)
        async with self._database.read() as connection:
            now = await self._clock.now(connection)
            first, _ = await self._first(connection, key, line)
            queued = await repository.by_ids(connection, first)
            active = await repository.newest(
                connection,
                key.owner_id,
                key_id=own,
                states=(State.RUNNING, State.UNCERTAIN),
                limit=200,
            )
            ended = await repository.list_recent(connection, key.owner_id, own, RECENT)
            shown = await self._views(connection, [*queued, *active, *ended], line)
            series = await shown_in_state(connection, key.owner_id, own)
            found = await accounts.of_owner(connection, key.owner_id)
            paused = await keys.is_paused(connection, key.owner_id)
        by_state = {state: [one for one in shown if one.state is state] for state in State}
        return Snapshot(
            event_id=event_id,
            now=now,
            paused=paused,
            queue=by_state[State.QUEUED],
            waiting=line.count(own, lane=SINGLE_LANE),
            running=by_state[State.RUNNING],
            uncertain=by_state[State.UNCERTAIN],
            recent=[one for one in shown if one.finished_at is not None],
            series=series,
            accounts=found,
        )

    async def _views(
        self, connection: AsyncConnection, jobs: Sequence[Job], line: Line, *, full: bool = False
    ) -> list[JobView]:
        pictures: dict[str, list[Image]] = {}
        encoded: dict[str, StoredVibe] = {}
        done = [job for job in jobs if job.result]
        if done:
            for image in await images.of_jobs(connection, [job.id for job in done]):
                pictures.setdefault(image.job_id, []).append(image)
            hashes = [one["sha256"] for job in done for one in job.result or ()]
            wanted = [job for job in done if job.kind == "encode_vibe"]
            if wanted:
                found = await vibes.by_hashes(connection, wanted[0].owner_id, hashes)
                encoded = {vibe.sha256: vibe for vibe in found}
        places, etas = await self._places(connection, jobs, line)
        waits_for = (
            await read_waiting_reason(connection, jobs[0].owner_id)
            if any(job.state is State.QUEUED for job in jobs)
            else None
        )
        return [
            job_view(
                job,
                images=pictures.get(job.id, ()),
                vibes=[
                    encoded[one["sha256"]] for one in job.result or () if one["sha256"] in encoded
                ],
                position=places.get(job.id),
                eta_seconds=etas.get(job.id),
                waits_for=waits_for,
                full=full,
            )
            for job in jobs
        ]

    async def _line_for(self, jobs: Sequence[Job], *, fresh: bool = True) -> Line:
        """Return the line in which some of these wait; an empty one if none does."""
        owner_id = next((job.owner_id for job in jobs if job.state is State.QUEUED), None)
        return Line() if owner_id is None else await self._line(owner_id, fresh=fresh)

    async def _line(self, owner_id: str, *, fresh: bool = True) -> Line:
        """Return what waits of an owner.

        Where this is the only process, it is read once, and what happens from then on is followed.
        Elsewhere it is read each time.

        Args:
            owner_id: whose.
            fresh: it may not be a moment old.
        """
        async with self._reading:
            kept = self._kept.get(owner_id)
            if kept is not None and await self._is_current(kept, owner_id, fresh=fresh):
                return kept.line
            # Before reading: what happens meanwhile is looked at once more.
            subscription = self._bus.subscribe()
            async with self._database.look() as connection:
                line = Line(await repository.waiting_of(connection, owner_id))
            self._kept[owner_id] = _Kept(line, subscription, self._monotonic() + FRESH)
            return line

    async def _is_current(self, kept: "_Kept", owner_id: str, *, fresh: bool) -> bool:
        """Bring a line up to date; ``False``: it has to be read anew."""
        if not self._database.is_sqlite:
            return not fresh and self._monotonic() < kept.good_until
        fresh_events = kept.subscription.catch_up()
        if fresh_events is None:
            return False
        own = [one for one in fresh_events if one.owner_id == owner_id]
        if any(one.name == "series.changed" or one.data.get("changed") for one in own):
            return False  # many may have come, gone or been moved along with it
        told = [one.data for one in own if one.name == "job"]
        last = {data["job"]: data["state"] for data in told}
        come = [job_id for job_id, state in last.items() if state == State.QUEUED]
        for job_id in last:
            kept.line.remove(job_id)
        if come:
            async with self._database.look() as connection:
                for one in await repository.waiting_of(connection, owner_id, come):
                    kept.line.add(one)
        return True

    async def _places(
        self, connection: AsyncConnection, jobs: Sequence[Job], line: Line
    ) -> tuple[Mapping[str, int], Mapping[str, float]]:
        """Position and estimate of those that wait."""
        waiting = [job for job in jobs if job.state is State.QUEUED]
        if not waiting:
            return {}, {}
        owner_id = waiting[0].owner_id
        clocks = await repository.clocks_of(connection, owner_id)
        places: dict[str, int] = {}
        for job in waiting:
            place = line.place(job.id, clocks)
            places[job.id] = len(line) if place is None else place  # it came a moment ago
        found = await accounts.of_owner(connection, owner_id, enabled=True)
        seconds = await repository.recent_seconds(connection, owner_id, RECENT)
        running = sum(account.job_id is not None for account in found)
        etas = {
            job.id: eta(places[job.id], seconds, accounts=len(found), running=running)
            for job in waiting
        }
        return places, etas


@dataclass(frozen=True, slots=True)
class _Kept:
    """A line, what happened since it was read, and until when it is good enough without that."""

    line: Line
    subscription: Subscription
    good_until: float


def _own(key: Key) -> str | None:
    return None if "admin" in key.limits.scopes else key.id
