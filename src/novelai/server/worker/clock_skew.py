"""When somebody sets this machine's clock, what was planned by it is moved along.

On Postgres all go by its clock, and this does nothing. On SQLite a clock that is set back would
let accounts cool down for as long as it was set back.
"""

import logging

from sqlalchemy import update

from novelai.server.model.states import State
from novelai.server.storage.tables import accounts, jobs
from novelai.server.worker.context import WorkerContext

__all__ = ["ClockSkew"]

log = logging.getLogger(__name__)

NOTICED = 1.0
"""Seconds; a clock that is only corrected goes a little faster or slower."""


class ClockSkew:
    """Compares the clock with one that only goes forward.

    Args:
        context: the worker's.
    """

    def __init__(self, context: WorkerContext) -> None:
        self._parts = context
        self._ahead = self._difference()

    async def follow(self) -> None:
        """Move plans along if the clock was set since the last time."""
        context = self._parts
        ahead = self._difference()
        by, self._ahead = ahead - self._ahead, ahead
        if abs(by) < NOTICED or not context.database.is_sqlite:
            return
        log.warning("the clock was set by %.0f seconds", by)
        async with context.database.write() as connection:
            await connection.execute(
                update(accounts).values(
                    free_at=accounts.c.free_at + by, lease_until=accounts.c.lease_until + by
                )
            )
            await connection.execute(
                update(jobs)
                .where(jobs.c.state == State.QUEUED)
                .values(run_after=jobs.c.run_after + by)
            )

    def _difference(self) -> float:
        return self._parts.clock.local() - self._parts.monotonic()
