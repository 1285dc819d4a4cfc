"""What a key sees of the queue: jobs with their pictures, places and estimates."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.accounts import repository as accounts
from novelai.server.events.bus import Bus
from novelai.server.images import repository as images
from novelai.server.jobs import repository
from novelai.server.jobs.schemas import JobView
from novelai.server.jobs.views import eta, job_view
from novelai.server.jobs.waiting_reason import read_waiting_reason
from novelai.server.keys import repository as keys
from novelai.server.model.account import Account
from novelai.server.model.image import Image
from novelai.server.model.job import Job, State, visible_to
from novelai.server.model.key import Key
from novelai.server.model.params import order_of
from novelai.server.model.vibe import StoredVibe
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.vibes import repository as vibes

__all__ = ["JobQueries", "Snapshot"]

RECENT = 20
FRESH = 0.2
"""Seconds for which the order of a queue is not asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The queue of an owner at one moment, as far as a key may see it.

    Attributes:
        event_id: what happened behind it is not in it.
        queue: in the order in which they will run.
        recent: those that ended last.
    """

    event_id: str
    now: float
    paused: bool
    queue: Sequence[JobView]
    running: Sequence[JobView]
    uncertain: Sequence[JobView]
    recent: Sequence[JobView]
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
        self._orders: dict[str, tuple[float, list[str]]] = {}

    async def views(self, jobs: Sequence[Job], *, full: bool = False) -> list[JobView]:
        """Jobs of one owner as they are shown."""
        async with self._database.read() as connection:
            self._orders.clear()
            return await self._views(connection, jobs, full=full)

    async def glance(self, job: Job) -> JobView:
        """Return a job as it is shown to many at once; its place may be a moment old."""
        async with self._database.read() as connection:
            return (await self._views(connection, [job]))[0]

    async def view(self, job: Job, *, full: bool = False) -> JobView:
        """Return a job as it is shown."""
        return (await self.views([job], full=full))[0]

    async def order_behind(self, key: Key, image: Image) -> Mapping[str, Any] | None:
        """Return the order that leads to a picture; of a version, that of what it was made from.

        ``None`` if that is not known any more, or the key may not see it.
        """
        own = None if "admin" in key.limits.scopes else key.id
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
        async with self._database.read() as connection:
            return len(await self._order(connection, owner_id))

    async def snapshot(self, key: Key) -> Snapshot:
        """Everything at one moment."""
        # Taken before reading: what happens meanwhile is told once more, and not missed.
        event_id = self._bus.newest_id()
        own = None if "admin" in key.limits.scopes else key.id
        async with self._database.read() as connection:
            self._orders.clear()
            now = await self._clock.now(connection)
            queued = [
                job
                for job in await repository.queue_of(connection, key.owner_id)
                if own in (None, job.key_id)
            ]
            active = await repository.newest(
                connection,
                key.owner_id,
                key_id=own,
                states=(State.RUNNING, State.UNCERTAIN),
                limit=200,
            )
            ended = await repository.list_recent(connection, key.owner_id, own, RECENT)
            shown = await self._views(connection, [*queued, *active, *ended])
            found = await accounts.of_owner(connection, key.owner_id)
            paused = await keys.is_paused(connection, key.owner_id)
        by_state = {state: [one for one in shown if one.state is state] for state in State}
        return Snapshot(
            event_id=event_id,
            now=now,
            paused=paused,
            queue=by_state[State.QUEUED],
            running=by_state[State.RUNNING],
            uncertain=by_state[State.UNCERTAIN],
            recent=[one for one in shown if one.finished_at is not None],
            accounts=found,
        )

    async def _views(
        self, connection: AsyncConnection, jobs: Sequence[Job], *, full: bool = False
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
        places, etas = await self._places(connection, jobs)
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

    async def _order(self, connection: AsyncConnection, owner_id: str) -> list[str]:
        """Return the order of an owner's queue, at most a moment old.

        A burst of jobs asks often.
        """
        now = self._monotonic()
        kept = self._orders.get(owner_id)
        if kept is None or now > kept[0]:
            kept = now + FRESH, await repository.run_order(connection, owner_id)
            self._orders[owner_id] = kept
        return kept[1]

    async def _places(
        self, connection: AsyncConnection, jobs: Sequence[Job]
    ) -> tuple[Mapping[str, int], Mapping[str, float]]:
        """Position and estimate of those that wait."""
        waiting = [job for job in jobs if job.state is State.QUEUED]
        if not waiting:
            return {}, {}
        owner_id = waiting[0].owner_id
        order = await self._order(connection, owner_id)
        places = {job_id: place for place, job_id in enumerate(order)}
        for job in waiting:  # one that came behind the order that is kept
            places.setdefault(job.id, len(places))
        found = await accounts.of_owner(connection, owner_id, enabled=True)
        seconds = await repository.recent_seconds(connection, owner_id, RECENT)
        running = sum(account.job_id is not None for account in found)
        etas = {
            job.id: eta(places[job.id], seconds, accounts=len(found), running=running)
            for job in waiting
        }
        return places, etas
