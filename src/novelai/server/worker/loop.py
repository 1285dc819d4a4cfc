"""The worker: looks for work when told of it, and sweeps up behind crashes."""

import logging
from collections.abc import Awaitable, Callable

import anyio
import anyio.abc
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from novelai.server.accounts import repository as accounts
from novelai.server.events.bus import Subscription
from novelai.server.model.account import Account
from novelai.server.model.job import Job, State
from novelai.server.storage.tables import accounts as account_rows
from novelai.server.storage.tables import jobs
from novelai.server.worker.context import WorkerContext
from novelai.server.worker.lease import claim
from novelai.server.worker.reaper import reap
from novelai.server.worker.reconciler import reconcile
from novelai.server.worker.run import run

__all__ = ["ClockSkew", "Worker"]

log = logging.getLogger(__name__)

TROUBLE = 1.0
BREATH = 0.02
"""A call leaves before the next one is looked for."""


class Worker:
    """Runs jobs until it is stopped.

    Args:
        context: what it works with.
        alone: it is the only process on the database; what runs at its start was left by a crash.
        ended: is set when `run` has come to its end, however.
    """

    def __init__(
        self, context: WorkerContext, *, alone: bool, ended: anyio.Event | None = None
    ) -> None:
        self._context = context
        self._ended = ended or anyio.Event()
        self._alone = alone
        self._stopping = anyio.Event()
        self._clock_skew = ClockSkew(context)

    async def run(self) -> None:
        """Work until `stop`, then wait for what is running."""
        try:
            if self._alone:
                await reap(self._context, everything=True)
            async with anyio.create_task_group() as background:
                background.start_soon(self._repeat, self._sweep)
                async with anyio.create_task_group() as calls:
                    while not self._stopping.is_set():
                        await self._guard(lambda: self._work(calls))
                background.cancel_scope.cancel()
        finally:
            self._ended.set()

    def stop(self) -> None:
        """Take no new job; what runs goes on to its end."""
        self._stopping.set()

    async def _work(self, calls: anyio.abc.TaskGroup) -> None:
        """Start all that can be started, then wait until there may be more."""
        context = self._context
        subscription = context.bus.subscribe()
        while not self._stopping.is_set():
            claimed = await claim(context)
            if claimed is None:
                break
            calls.start_soon(self._call, *claimed)
            await anyio.sleep(BREATH)
        if await self._woken(subscription, BREATH):
            return
        async with context.database.look() as connection:
            now = await context.clock.now(connection)
            due = await accounts.next_due(connection, now)
        pause = context.timing.poll if due is None else min(due - now, context.timing.poll)
        await self._woken(subscription, max(pause, 0.001))

    async def _woken(self, subscription: Subscription, seconds: float) -> bool:
        """Wait for something to do, or the end; ``False`` when there was neither in that time."""
        woken = False
        async with anyio.create_task_group() as waiting:

            async def wake(call: Callable[[], Awaitable[None]]) -> None:
                nonlocal woken
                await call()
                woken = True
                waiting.cancel_scope.cancel()

            waiting.cancel_scope.deadline = anyio.current_time() + seconds
            waiting.start_soon(wake, subscription.work)
            waiting.start_soon(wake, self._stopping.wait)
        return woken

    async def _call(self, job: Job, account: Account) -> None:
        """Run a job; whatever happens to it must not stop the others."""
        try:
            await run(self._context, job, account)
        except Exception as error:  # noqa: BLE001 - its lease runs out, and the reaper decides
            log.error("%s broke off: %s", job.id, type(error).__name__)  # noqa: TRY400

    async def _sweep(self) -> None:
        await self._clock_skew.follow()
        await reap(self._context)
        while await reconcile(self._context):
            pass
        await anyio.sleep(self._context.timing.sweep)

    async def _repeat(self, action: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._guard(action)

    async def _guard(self, action: Callable[[], Awaitable[None]]) -> None:
        """Go on after the database or the disk failed; leases see to what was under way."""
        troubles: list[BaseException] = []
        try:
            await action()
        except* (SQLAlchemyError, OSError) as group:
            troubles.extend(group.exceptions)
        for trouble in troubles:
            # Its text may hold a statement's values, and these hold prompts.
            log.error("the worker goes on after %s", type(trouble).__name__)
        if troubles:
            await anyio.sleep(TROUBLE)


NOTICED = 1.0
"""Seconds; a clock that is only corrected goes a little faster or slower."""


class ClockSkew:
    """Compares the clock with one that only goes forward.

    Args:
        context: the worker's.
    """

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._ahead = self._difference()

    async def follow(self) -> None:
        """Move plans along if the clock was set since the last time."""
        context = self._context
        ahead = self._difference()
        by, self._ahead = ahead - self._ahead, ahead
        if abs(by) < NOTICED or not context.database.is_sqlite:
            return
        log.warning("the clock was set by %.0f seconds", by)
        async with context.database.write() as connection:
            await connection.execute(
                update(account_rows).values(
                    free_at=account_rows.c.free_at + by, lease_until=account_rows.c.lease_until + by
                )
            )
            await connection.execute(
                update(jobs)
                .where(jobs.c.state == State.QUEUED)
                .values(run_after=jobs.c.run_after + by)
            )

    def _difference(self) -> float:
        return self._context.clock.local() - self._context.monotonic()
