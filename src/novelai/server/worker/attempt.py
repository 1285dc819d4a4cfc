"""One attempt at a job: what it knows of its account, and what each call of it may cost."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from novelai.server.jobs import transitions
from novelai.server.model.account import Account
from novelai.server.model.artifact import Artifact
from novelai.server.model.budget import Price
from novelai.server.model.job import Job
from novelai.server.model.tier import Tier
from novelai.server.upstream.clients import Sending
from novelai.server.worker.claim import intend
from novelai.server.worker.context import WorkerContext
from novelai.server.worker.lease import Lease
from novelai.server.worker.retry_forever import retry_forever
from novelai.server.worker.spool import forget

__all__ = ["Attempt", "PriceRoseError", "TakenAwayError"]

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
    """

    def __init__(self, context: WorkerContext, job: Job, account: Account) -> None:
        self.context = context
        self.job = job
        self.account = account
        self.lease = Lease(context, job)
        self.sending = Sending(self.lease.is_held)
        self.price: int | None = 0
        self.allowance = 0

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
