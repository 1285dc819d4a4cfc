"""What time it is: the database's on Postgres, so that machines agree; this machine's on SQLite."""

import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["Clock"]

AGREED = 10.0
"""For how many seconds the difference to the database's clock is taken as known."""


class Clock:
    """Gives unix seconds.

    Safety never rests on it alone: a lease ends for others only when they have watched it for its
    whole length on a clock of their own (`worker.watch`).

    Args:
        local: this machine's clock; used where there is one process only.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        local: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.local = local
        self.monotonic = monotonic
        self._offset = 0.0
        self._good_until = float("-inf")

    async def now(self, connection: AsyncConnection) -> float:
        """Return the time to write and to compare with what was written."""
        if connection.dialect.name != "postgresql":
            return self.local()
        begun = self.monotonic()
        if begun > self._good_until:
            asked = text("SELECT extract(epoch FROM clock_timestamp())::float8")
            told = float((await connection.execute(asked)).scalar_one())
            ended = self.monotonic()
            self._offset = told - (begun + ended) / 2
            self._good_until = ended + AGREED
        return self.monotonic() + self._offset
