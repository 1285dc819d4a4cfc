"""One attempt at a job: what it knows of its account, what each call may cost, and what it brought.

The bytes of a call go where finished pictures are; a small list of them goes to ``spool/``, under a
name that says which call of which attempt it was. If the worker dies before the database knows of
them, the list is found by the reconciler, and nothing is lost or paid again.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import anyio
import anyio.to_thread
from sqlalchemy.exc import DBAPIError, IntegrityError

from novelai.server.accounts.clients import Sending
from novelai.server.jobs import transitions
from novelai.server.model.account import Account
from novelai.server.model.artifact import Artifact, EncodingKey, sha256_of
from novelai.server.model.budget import Price
from novelai.server.model.job import Job
from novelai.server.model.tier import Tier
from novelai.server.storage.blobs import BlobMissingError, Blobs, image_path
from novelai.server.telemetry.metrics import trace_calls
from novelai.server.upstream.perform import Output
from novelai.server.worker.context import WorkerContext
from novelai.server.worker.lease import Lease, intend

__all__ = [
    "SPOOL",
    "Attempt",
    "PriceRoseError",
    "TakenAwayError",
    "forget",
    "look",
    "retry_forever",
    "spool",
]

log = logging.getLogger(__name__)


class TakenAwayError(Exception):
    """Another process decides about the job now."""


class PriceRoseError(Exception):
    """The next call would cost more than was set aside for the job.

    Attributes:
        anlas: what the job would cost.
    """

    def __init__(self, anlas: int) -> None:
        super().__init__(anlas)
        self.anlas = anlas


class Attempt:
    """A claimed job on its account.

    Args:
        context: the worker's.
        job: as it was claimed.
        account: that holds it.

    Attributes:
        price: Anlas the call under way costs; ``None`` when that is unknown.
        allowance: free V5 pictures it draws.
        sending: what has left.
        is_shown: there were previews.
        made: what it ended with.
    """

    def __init__(self, context: WorkerContext, job: Job, account: Account) -> None:
        self.context = context
        self.job: Job = job
        self.account: Account = account
        self.lease: Lease = Lease(context, job)
        self.sending: Sending = Sending(self.lease.is_held)
        self.price: int | None = 0
        self.allowance: int = 0
        self.is_shown: bool = False
        self.made: Sequence[Artifact] = ()

    async def ready(self, price_on: Callable[[Tier], Awaitable[Price]]) -> None:
        """See what the next call costs, and write down that it is about to leave if it does.

        Args:
            price_on: its price on an account of a tier.

        Raises:
            NovelAIError: the balance is needed and not known.
            PriceRoseError: it costs more than was set aside.
            TakenAwayError: the job is another process's.
        """
        price = await price_on(self.account.pricing_tier)
        if self._doubtful(price):
            self.account = await self.context.accounts.refresh(self.account)
            price = await price_on(self.account.pricing_tier)
        total = self.job.spent + (price.anlas or 0)
        if price.anlas is not None and total > self.job.cost_max:
            raise PriceRoseError(total)
        self.price, self.allowance = price.anlas, price.allowance
        if self.price != 0:
            await self._intend(self.account.anlas)

    async def keep_encoding(self, made: Artifact) -> None:
        """Keep an encoded vibe that came, and count what it cost.

        Raises:
            TakenAwayError: the job is another process's, which finds the vibe in the spool.
        """
        context, job, cost = self.context, self.job, self.price or 0

        async def keep() -> bool:
            async with context.database.write() as connection:
                now = await context.clock.now(connection)
                return await transitions.keep_encoding(
                    connection, context.bus, job, made, cost=cost, now=now
                )

        if not await retry_forever(f"a vibe of {job.id}", keep):
            raise TakenAwayError
        await retry_forever(f"the spool of {job.id}", lambda: forget(context.blobs, job))
        self.job = replace(job, spent=job.spent + cost, price=None, anlas_before=None)
        self.price = 0
        self.lease.paying = False

    def _doubtful(self, price: Price) -> bool:
        """Return whether the balance is worth a question before this call."""
        account = self.account
        if price.anlas != 0 or price.allowance or account.balance_at is None:
            return True
        # When it was claimed, its account was used: both are of the same clock.
        return account.last_used_at - account.balance_at > self.context.timing.stale

    async def _intend(self, before: int | None) -> None:
        self.job = replace(self.job, price=self.price, anlas_before=before)
        job, price = self.job, self.price
        if not await intend(self.context, job, anlas_before=before, price=price):
            raise TakenAwayError
        self.lease.paying = True


T = TypeVar("T")

FIRST = 0.05
LONGEST = 5.0


async def retry_forever(what: str, action: Callable[[], Awaitable[T]]) -> T:
    """Do something until it succeeds; between two attempts it may be cancelled, within one not.

    Args:
        what: names it in the log.
        action: may be done again when it failed half-way.

    Raises:
        IntegrityError: waiting would not mend it.
    """
    pause = FIRST
    while True:
        try:
            with anyio.CancelScope(shield=True):
                return await action()
        except IntegrityError:
            raise
        except (DBAPIError, OSError) as error:
            # Its text may hold a statement's values, and these hold prompts.
            log.warning("%s has to wait: %s", what, type(error).__name__)
        await anyio.sleep(pause)
        pause = min(pause * 2, LONGEST)


SPOOL = "spool/"


@trace_calls("spool")
async def spool(
    blobs: Blobs, job: Job, products: Sequence[Output], vibe: EncodingKey | None = None
) -> list[Artifact]:
    """Keep products and the list of them; when this returns, both survive.

    Args:
        blobs: where.
        job: as it is while the call is under way.
        products: what came.
        vibe: what was asked for, when it is an encoded vibe.

    Raises:
        StorageUnavailableError: the store is full or away; it may be tried again.
    """
    hashes = await anyio.to_thread.run_sync(_hashes, products)
    made = [
        Artifact(
            position=product.position,
            sha256=sha256,
            media_type=product.media_type,
            size=len(product.data),
            width=product.width,
            height=product.height,
            seed=product.seed,
            vibe=vibe,
        )
        for product, sha256 in zip(products, hashes, strict=True)
    ]
    listed = json.dumps([one.reference for one in made]).encode()
    failures: list[OSError] = []

    async def put(path: str, data: bytes) -> None:
        try:
            await blobs.put(path, data)
        except OSError as error:
            failures.append(error)

    # At once: `look` trusts a list only when all that it names is there.
    async with anyio.create_task_group() as tasks:
        for product, one in zip(products, made, strict=True):
            tasks.start_soon(put, image_path(one.sha256), product.data)
        tasks.start_soon(put, _name(job), listed)
    if failures:
        raise failures[0]
    return made


async def look(blobs: Blobs, job: Job) -> list[Artifact]:
    """Return what the call under way brought before its worker died.

    Empty when there is nothing.
    """
    try:
        listed = json.loads(await blobs.get(_name(job)))
    except BlobMissingError:
        return []
    made = [Artifact.read(one) for one in listed]
    for one in made:
        found = await blobs.look(image_path(one.sha256))
        if found is None or found.size != one.size:
            return []
    return made


async def forget(blobs: Blobs, job: Job) -> None:
    """Drop the list of a call: the database knows."""
    await blobs.delete(_name(job))


def _name(job: Job) -> str:
    return f"{SPOOL}{job.id}-{job.fence}-{job.spent}"


def _hashes(products: Sequence[Output]) -> list[str]:
    return [sha256_of(product.data) for product in products]
