"""What time it is: the database's on Postgres, so that machines agree; this machine's on SQLite."""

import secrets
import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["Clock", "new_id"]

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


def new_id(
    prefix: str,
    *,
    clock: Callable[[], float] = time.time,
    chance: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Return an id such as ``job_019ae2c14b6f7c0d5f0e6a7b8c9d``: milliseconds, then 80 random bits.

    Args:
        prefix: what it names.
        clock: unix seconds.
        chance: gives that many random bytes.
    """
    return f"{prefix}_{int(clock() * 1000):012x}{chance(10).hex()}"
