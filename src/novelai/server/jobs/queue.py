"""The order of the queue: resting, moving, rewriting, taking everything back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import null
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.events.bus import Bus
from novelai.server.jobs import repository, transitions
from novelai.server.jobs.admission import check_spending, model_of
from novelai.server.jobs.service import JobService
from novelai.server.keys import ledger
from novelai.server.keys import repository as keys
from novelai.server.model.job import Job, JobRequest, State, body_hash
from novelai.server.model.key import Key
from novelai.server.model.params import JobParams, kind_of, pack, unpack
from novelai.server.model.problems import ProblemError
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database

__all__ = ["NotQueuedError", "QueueService"]


class NotQueuedError(Exception):
    """The job does not wait any more.

    Attributes:
        job: as it is.
    """

    def __init__(self, job: Job) -> None:
        super().__init__(f"{job.id} is {job.state}")
        self.job = job


class QueueService:
    """Changes to what waits; each call is one transaction.

    Args:
        database: where jobs are.
        blobs: where their pictures are.
        clock: what time it is.
        bus: who is told.
        jobs: prices and submits orders.
    """

    def __init__(
        self, database: Database, blobs: Blobs, clock: Clock, bus: Bus, jobs: JobService
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._bus = bus
        self._jobs = jobs

    async def pause(self, key: Key, *, paused: bool) -> None:
        """Let the owner's queue rest, or go on. What runs is not touched."""
        async with self._database.write() as connection:
            await keys.pause(connection, key.owner_id, paused=paused)
            self._bus.announce(connection, key.owner_id, "queue", {"paused": paused})

    async def change(
        self,
        key: Key,
        job_id: str,
        *,
        params: JobParams | None = None,
        priority: int | None = None,
    ) -> Job | None:
        """Change what a waiting job does, or how urgent it is.

        Returns:
            the job, or ``None`` if this key may not see it.

        Raises:
            NotQueuedError: it does not wait any more.
            JobRefusedError: the key may not spend what it would cost now; nothing changed.
        """
        values: dict[str, Any] = {} if priority is None else {"priority": priority}
        price = None
        if params is not None:
            price = await self._jobs.quote(key, params)
            packed = await pack(params, self._blobs.put_handed_in)
            values |= {
                "kind": kind_of(params),
                "model": getattr(params, "model", None),
                "params": self._jobs.choose_seed(params, packed),
                "body_hash": body_hash(kind_of(params), packed),
                "allowance": price.allowance,
                "roll": null(),  # of the texts that were there before
            }
        async with self._database.write() as connection:
            job = await self._waiting(connection, key, job_id)
            if job is None:
                return None
            if job.series_id is not None and params is not None:
                raise _part_of_series()
            if price is not None:
                if price.anlas is not None:  # what was spent for its vibes stays spent
                    price = replace(price, anlas=job.spent + price.anlas)
                values["cost_max"] = job.spent if price.anlas is None else price.anlas
                now = await self._clock.now(connection)
                own = await keys.by_id(connection, job.key_id, lock=True)
                assert own is not None
                model = model_of(values)
                await check_spending(connection, own, model, price, now, instead_of=job)
                new = {name: values[name] for name in ("model", "cost_max", "allowance")}
                await ledger.rereserve(connection, job, **new)
            return await self._rewritten(connection, job, values)

    async def move(self, key: Key, job_id: str, before: str | None) -> Job | None:
        """Put a waiting job in front of another one of the same key, or at the end.

        Returns:
            the job, or ``None`` if this key may not see it, or the other one.

        Raises:
            NotQueuedError: one of them does not wait any more.
        """
        async with self._database.write() as connection:
            job = await self._waiting(connection, key, job_id)
            if job is None:
                return None
            target = None
            if before is not None:
                target = await self._waiting(connection, key, before)
                if target is None or target.key_id != job.key_id or target.id == job.id:
                    return None
                if target.lane != job.lane:
                    raise _refuse_other_lane()
            values: dict[str, Any] = {} if target is None else {"priority": target.priority}
            rank = await self._rank(connection, job, target)
            return await self._rewritten(connection, job, values | {"rank": rank})

    async def cancel_all(self, key: Key) -> int:
        """Take back all single orders of a key that wait; gives how many there were."""
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            count = 0
            for job in await repository.lock_queue_of_key(connection, key.id):
                count += await transitions.cancel(connection, self._bus, job, now=now)
        return count

    async def params(self, job: Job) -> JobParams:
        """Load the parameters of a job, with its pictures.

        Raises:
            BlobMissingError: a picture is not in the store any more.
        """
        return await unpack(job.kind, job.params, self._blobs.image)

    async def again(
        self, key: Key, job: Job, params: JobParams, door: str, *, same_texts: bool = True
    ) -> Job:
        """Submit what a job did once more, as a new job; its roll goes with its texts."""
        roll = job.roll if same_texts else None
        order = JobRequest(
            params=params,
            door=door,
            priority=job.priority,
            roll=roll,
            collection_id=job.collection_id,
        )
        return (await self._jobs.submit(key, order)).job

    async def _rank(self, connection: AsyncConnection, job: Job, target: Job | None) -> float:
        """Return a rank right in front of the target, or behind all others of its kind."""
        priority = (target or job).priority
        while True:
            line = await repository.lock_queue_of_key(connection, job.key_id, job.lane)
            others = [one for one in line if one.id != job.id and one.priority == priority]
            if target is None:
                return others[-1].rank + 1.0 if others else job.rank
            place = [one.id for one in others].index(target.id)
            upper = others[place].rank
            if place == 0:
                return upper - 1.0
            lower = others[place - 1].rank
            if lower < (middle := (lower + upper) / 2) < upper:
                return middle
            await repository.spread_ranks(connection, job.key_id, job.lane)

    async def _waiting(self, connection: AsyncConnection, key: Key, job_id: str) -> Job | None:
        job = await repository.by_id(connection, job_id, lock=True)
        if job is None or job.owner_id != key.owner_id:
            return None
        if job.key_id != key.id and "admin" not in key.limits.scopes:
            return None
        if job.state is not State.QUEUED:
            raise NotQueuedError(job)
        return job

    async def _rewritten(
        self, connection: AsyncConnection, job: Job, values: Mapping[str, Any]
    ) -> Job:
        changed = await repository.rewrite(connection, job, values)
        if changed is None:
            raise NotQueuedError(job)
        data = {"job": job.id, "state": job.state.value, "key": job.key_id, "changed": True}
        self._bus.announce(connection, job.owner_id, "job", data)
        return changed


def _part_of_series() -> ProblemError:
    return ProblemError(
        409,
        "conflict",
        "This is a picture of a series: what it shows there would not be true any more. Cancel it, "
        "and do its cell again with changes. Nothing was changed.",
    )


def _refuse_other_lane() -> ProblemError:
    return ProblemError(
        409,
        "conflict",
        "Single orders go before series: an order keeps its place on its own side. Nothing "
        "was changed.",
    )
