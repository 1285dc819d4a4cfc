"""What time it is: the database's on Postgres, so that machines agree; this machine's on SQLite."""

import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["Clock"]


class Clock:
    """Gives unix seconds.

    Args:
        local: this machine's clock; used where there is one process only.
    """

    def __init__(self, local: Callable[[], float] = time.time) -> None:
        self.local = local

    async def now(self, connection: AsyncConnection) -> float:
        """The time to write and to compare with what was written."""
        if connection.dialect.name == "postgresql":
            asked = text("SELECT extract(epoch FROM clock_timestamp())::float8")
            return float((await connection.execute(asked)).scalar_one())
        return self.local()
