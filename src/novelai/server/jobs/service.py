"""Submitting, reading, listing, cancelling and awaiting jobs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random, SystemRandom
from typing import Any

import anyio
import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.accounts import repository as owned
from novelai.server.events.bus import Bus
from novelai.server.jobs import admission, repository, series_rows, transitions
from novelai.server.jobs.pricing import Quote, opens_images, price_at_most
from novelai.server.keys import ledger
from novelai.server.keys import repository as keys
from novelai.server.model.artifact import encodings_needed
from novelai.server.model.budget import Price
from novelai.server.model.job import (
    Job,
    JobRefusedError,
    JobRequest,
    State,
    order_columns,
    visible_to,
)
from novelai.server.model.key import Key
from novelai.server.model.params import JobParams, pack
from novelai.server.stopping import Stopping
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.clock import Clock, new_id
from novelai.server.storage.engine import Database
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.telemetry.metrics import about, trace_calls
from novelai.server.vibes import repository as vibes
from novelai.types.base import SEEDS
from novelai.types.generation import GenerateImageParams

__all__ = ["JobService", "Submission"]

POLL = 2.0


@dataclass(frozen=True, slots=True)
class Submission:
    """An answer to an order.

    Attributes:
        job: the job that does it.
        created: it was made for this order; otherwise an earlier one does the same.
    """

    job: Job
    created: bool


class JobService:
    """The rules of jobs; each call is one transaction.

    Args:
        database: where jobs are.
        blobs: where pictures that are handed in go.
        clock: what time it is.
        bus: who is told.
        rng: draws seeds.
        stopping: tells that nothing new is begun.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Clock,
        bus: Bus,
        *,
        rng: Random | None = None,
        stopping: Stopping | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._bus = bus
        self._rng = rng or SystemRandom()
        self._stopping = stopping

    async def quote(self, key: Key, params: JobParams) -> Price:
        """Return the highest price of a job on the accounts of the key's owner."""
        return (await self.quote_with_reasons(key, params)).price

    async def quote_with_reasons(self, key: Key, params: JobParams) -> Quote:
        """Return the same, with what it hangs on."""
        wanted = await encodings_needed(params)
        async with self._database.look() as connection:
            found = await owned.of_owner(connection, key.owner_id, enabled=True)
            encoded = await vibes.count_known(connection, key.owner_id, wanted) if wanted else 0
        tiers = [account.pricing_tier for account in found]
        priced = partial(price_at_most, params, tiers, encoded=encoded)
        opens = opens_images(params)
        price = await anyio.to_thread.run_sync(priced) if opens else priced()
        return Quote(price=price, accounts=len(found), encoded=encoded)

    @trace_calls("submit")
    async def submit(self, key: Key, order: JobRequest) -> Submission:
        """Take an order: reserve what it may cost, and queue it.

        A second order that must give the very same picture, because its seed is stated, joins the
        unfinished job of the first. Without a seed people want another picture.

        Raises:
            JobRefusedError: it is not taken.
            IdempotencyConflictError: the dedupe key was used for something else.
            InvalidParamsError: a picture in it cannot be read.
            TypeError: a picture is a path.
        """
        params = order.params
        quote = await self.quote_with_reasons(key, params)
        packed = await pack(params, self._blobs.put_handed_in)
        repeatable = _repeatable(params)
        values = order_columns(
            owner_id=key.owner_id, key_id=key.id, params=params, packed=packed, price=quote.price
        ) | {
            "id": new_id("job"),
            "door": order.door,
            "params": self.choose_seed(params, packed),
            "request_id": order.request_id,
            "dedupe_key": order.dedupe_key,
            "place": order.place,
            "priority": order.priority,
            "webhook": order.webhook,
            "collection_id": order.collection_id,
        }
        if order.client_data is not None:  # else NULL, which a JSON column would not make of None
            values["client_data"] = dict(order.client_data)
        if order.roll is not None:
            values["roll"] = dict(order.roll)
        async with self._database.write() as connection:
            submitted = await self._take(connection, key.id, values, quote, repeatable=repeatable)
        about(submitted.job.id)
        return submitted

    def choose_seed(self, params: JobParams, packed: dict[str, Any]) -> dict[str, Any]:
        """Packed parameters with a seed, drawn where none is stated."""
        return packed if _repeatable(params) else packed | {"seed": self._rng.randrange(SEEDS)}

    async def _take(
        self,
        connection: AsyncConnection,
        key_id: str,
        values: dict[str, Any],
        quote: Quote,
        *,
        repeatable: bool,
    ) -> Submission:
        now = await self._clock.now(connection)
        # One submission of a key at a time: what it has used cannot change before it is written.
        key = await keys.by_id(connection, key_id, lock=True)
        if key is None or not key.valid(now):
            raise JobRefusedError("revoked", "This key is revoked or has expired.")
        earlier = await admission.earlier(connection, values, repeatable=repeatable)
        if earlier is not None:
            return Submission(earlier, created=False)
        model = admission.model_of(values)
        load = await admission.check(
            connection, key, model, quote.price, now, accounts=quote.accounts
        )
        if not load.in_line:
            await keys.join_queue(connection, key)
        job = await repository.insert(connection, values | {"created_at": now, "rank": now})
        await ledger.reserve(connection, job)
        transitions.announce(connection, self._bus, job, State.QUEUED)
        return Submission(job, created=True)

    async def read(self, key: Key, job_id: str) -> Job | None:
        """Return a job, if this key may see it."""
        async with self._database.look() as connection:
            return visible_to(key, await repository.by_id(connection, job_id))

    async def of_request(self, key: Key, request_id: str) -> Sequence[Job]:
        """Return the jobs of a request of this key, newest first."""
        async with self._database.look() as connection:
            return await repository.of_request(connection, key.id, request_id)

    async def of_client(self, key: Key, lookup: str, *, seconds: float) -> Sequence[Job]:
        """Return the jobs of this key whose client data have this ``"lookup"``, newest first.

        Those that have not ended, or did within so many seconds.
        """
        async with self._database.read() as connection:
            since = await self._clock.now(connection) - seconds
            return await repository.of_client(connection, key.id, lookup, since=since)

    async def list(
        self,
        key: Key,
        *,
        states: Sequence[State] = (),
        before: int | None = None,
        limit: int = 50,
    ) -> list[Job]:
        """Jobs this key may see, newest first; ``before`` is the `seq` the page starts behind."""
        only = None if "admin" in key.limits.scopes else key.id
        async with self._database.read() as connection:
            return await repository.newest(
                connection,
                key.owner_id,
                key_id=only,
                states=states,
                before=before,
                limit=limit,
            )

    async def cancel(self, key: Key, job_id: str) -> Job | None:
        """Take back a queued job. One that runs or has ended stays as it is.

        Returns:
            the job as it is now, or ``None`` if this key may not see it.
        """
        return await self._change(key, job_id, self._cancel)

    async def resolve(self, key: Key, job_id: str, *, charged: bool) -> Job | None:
        """Say what became of an uncertain job.

        Args:
            key: of its owner.
            job_id: which.
            charged: it ran and was charged: it fails and its cost is settled. Otherwise it is
                queued again, which costs what it costs.

        Returns:
            the job as it is now, or ``None`` if this key may not see it.
        """

        async def change(connection: AsyncConnection, job: Job, now: float) -> None:
            if job.state is not State.UNCERTAIN:
                return
            if charged:
                cost = job.cost_max - job.spent if job.price is None else job.price
                error = {"code": "lost", "detail": "It was charged; its picture is lost."}
                drawn = await self._count_free_images(connection, job)
                await transitions.fail(
                    connection, self._bus, job, error, now=now, free_at=now, cost=cost,
                    allowance=drawn,
                )  # fmt: skip
            else:
                await transitions.requeue(connection, self._bus, job, run_after=now, free_at=now)

        return await self._change(key, job_id, change)

    async def wait(self, key: Key, job_id: str, seconds: float) -> Job | None:
        """Return a job when it has ended or is uncertain, or as it is after so many seconds.

        When the server stops, one that is not begun yet is not waited for.
        """
        job: Job | None = None
        with anyio.move_on_after(seconds):
            while True:
                subscription = self._bus.subscribe()
                try:
                    job = await self.read(key, job_id)
                except (SQLAlchemyError, StorageUnavailableError):
                    # It was taken before, and goes on: what becomes of it is told when it can be.
                    await anyio.sleep(POLL)
                    continue
                if job is None or job.ended or job.state is State.UNCERTAIN:
                    return job
                waits = job.state is State.QUEUED
                if self._stopping is not None and self._stopping.begun and waits:
                    return job  # its turn comes when the server is back
                with anyio.move_on_after(POLL):
                    await subscription.wait_for(job_id, end=True)
        return job

    async def _count_free_images(self, connection: AsyncConnection, job: Job) -> int:
        """Free V5 pictures that a call of a job took, as far as its account tells."""
        account = None
        if job.account_id is not None:
            account = await owned.by_id(connection, job.account_id)
        return job.allowance if account is None or account.pricing_tier.draws_allowance else 0

    async def _cancel(self, connection: AsyncConnection, job: Job, now: float) -> None:
        await transitions.cancel(connection, self._bus, job, now=now)

    async def _change(
        self, key: Key, job_id: str, change: Callable[[AsyncConnection, Job, float], Any]
    ) -> Job | None:
        async with self._database.write() as connection:
            await series_rows.lock_of_job(connection, job_id)
            job = visible_to(key, await repository.by_id(connection, job_id, lock=True))
            if job is None:
                return None
            await change(connection, job, await self._clock.now(connection))
            return await repository.by_id(connection, job_id)


def _repeatable(params: JobParams) -> bool:
    return not isinstance(params, GenerateImageParams) or params.seed is not None
