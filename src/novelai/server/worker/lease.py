"""Taking a job and an account, and keeping hold of them while a call is under way."""

import logging

import anyio
from sqlalchemy.exc import SQLAlchemyError

from novelai.server.accounts import repository as accounts
from novelai.server.jobs import claims, transitions
from novelai.server.model.account import Account
from novelai.server.model.job import Job, State
from novelai.server.telemetry.metrics import trace_calls
from novelai.server.worker.context import WorkerContext

__all__ = ["Lease", "claim", "intend"]

log = logging.getLogger(__name__)


class Lease:
    """This process's hold of the account of a claimed job.

    Args:
        context: the worker's.
        job: as it was claimed.
    """

    def __init__(self, context: WorkerContext, job: Job) -> None:
        self._context = context
        self._job = job
        self._good_until = context.monotonic() + context.timing.lease
        self.paying = False
        """A request that costs something may have left: its answer is worth waiting for."""

    def is_held(self) -> bool:
        """Return whether nobody else can have taken the account yet.

        A process that was frozen for longer than its lease sees here that it was.
        """
        return self._context.monotonic() < self._good_until

    async def keep(self, call: anyio.CancelScope) -> None:
        """Renew the lease until cancelled; when it is lost, cancel a call that costs nothing.

        A call that costs something goes on: NovelAI finishes it anyway, and the picture is found
        in the spool by whoever looks into the job.
        """
        timing = self._context.timing
        while True:
            await anyio.sleep(timing.beat)
            held = await self._beat()
            if held is None and self._context.monotonic() + timing.beat < self._good_until:
                continue
            if not held:
                self._good_until = float("-inf")
                log.info("%s is held no longer", self._job.id)
                if not self.paying:
                    call.cancel()
                return

    async def _beat(self) -> bool | None:
        """Renew; ``None`` when the database did not answer."""
        context = self._context
        begun = context.monotonic()
        try:
            async with context.database.write() as connection:
                now = await context.clock.now(connection)
                held = await accounts.beat(connection, self._job, now + context.timing.lease)
        except (SQLAlchemyError, OSError) as error:
            log.warning("lease of %s not renewed: %s", self._job.id, type(error).__name__)
            return None
        if held:
            self._good_until = begun + context.timing.lease
        return held


@trace_calls("claim", only_results=True)
async def claim(context: WorkerContext) -> tuple[Job, Account] | None:
    """Return the fairest job that an account is free for, in one transaction.

    ``None``: nothing to do.
    """
    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        found = await claims.next_claim(connection, now)
        if found is None:
            return None
        account, waiting = found
        until = now + context.timing.lease
        job = await claims.hold(connection, waiting, account.id, now=now, lease_until=until)
        transitions.announce(connection, context.bus, job, State.RUNNING)
        return job, account


async def intend(
    context: WorkerContext, job: Job, *, anlas_before: int | None, price: int | None
) -> bool:
    """Write down that a paid request is about to leave; ``False``: the job was taken away."""
    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        return await claims.record_sent(
            connection, job, now=now, anlas_before=anlas_before, price=price
        )
