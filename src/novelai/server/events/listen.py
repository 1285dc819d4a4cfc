"""Hearing what other processes announce through Postgres."""

import json
import logging
from typing import Any, cast

import anyio
import anyio.abc
import asyncpg
from sqlalchemy.engine import URL

from novelai.server.events.bus import Bus
from novelai.server.storage.engine import CHANNEL

__all__ = ["listen"]

log = logging.getLogger(__name__)

AGAIN = 1.0
CHECK = 10.0


async def listen(url: URL, bus: Bus, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    """Pass on notifications until cancelled, over a connection that is renewed when it breaks.

    Args:
        url: of the database.
        bus: of this process. After a gap it begins a new epoch.
        task_status: told when it hears for the first time.
    """
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    heard = False

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        told = json.loads(str(payload))
        bus.publish(told["owner_id"], told["name"], told["data"])

    while True:
        try:
            connection = cast("Any", await asyncpg.connect(address))  # pyright: ignore[reportUnknownVariableType]
            try:
                await connection.add_listener(CHANNEL, hear)
                if heard:
                    bus.restart()
                else:
                    heard = True
                    task_status.started()
                while True:
                    await anyio.sleep(CHECK)
                    await connection.execute("SELECT 1")
            finally:
                with anyio.CancelScope(shield=True), anyio.move_on_after(1):
                    await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("not hearing other processes: %s", type(error).__name__)
            await anyio.sleep(AGAIN)
