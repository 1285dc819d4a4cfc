"""What of the server can do its work, and how much it has to do."""

from collections.abc import Awaitable, Callable

import anyio
from sqlalchemy import case, func, select, update

from novelai.server.keys.service import LOCAL
from novelai.server.model.job import ENDED
from novelai.server.services import Services
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.storage.migrate import is_current
from novelai.server.storage.tables import accounts, deliveries, jobs, owners

__all__ = ["PARTS", "metrics_text", "unready"]

SECONDS = 5.0

PROBE = "ready"
"""The name of some bytes that are written to see whether any can be."""

Look = Callable[[Services], Awaitable[str | None]]


async def _database(services: Services) -> str | None:
    # Written, not only read: a full disk answers questions as well as any.
    async with services.context.database.write() as connection:
        await connection.execute(
            update(owners).where(owners.c.id == LOCAL).values(name=owners.c.name)
        )
    return None


async def _store(services: Services) -> str | None:
    await services.context.blobs.put(PROBE, b"ready")
    return None


async def _schema(services: Services) -> str | None:
    if await is_current(services.context.database):
        return None
    return "Another version of the program has changed the schema. Restart this one, updated."


async def _worker(services: Services) -> str | None:
    if services.stopping.begun:
        return "The server is stopping."
    return None if services.worker_lives() else "The worker has ended. Restart the server."


PARTS: dict[str, Look] = {
    "database": _database,
    "store": _store,
    "schema": _schema,
    "worker": _worker,
}


async def unready(services: Services) -> dict[str, str]:
    """Name the parts that are not ready, each with the reason in a sentence; empty when all are."""
    found: dict[str, str] = {}

    async def look(name: str, ask: Look) -> None:
        problem: str | None = "It does not answer."
        try:
            with anyio.move_on_after(SECONDS):
                problem = await ask(services)
        except StorageUnavailableError as error:
            problem = error.sentence
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not ready
            problem = f"It does not answer: {type(error).__name__}."
        if problem is not None:
            found[name] = problem

    async with anyio.create_task_group() as tasks:
        for name, ask in PARTS.items():
            tasks.start_soon(look, name, ask)
    return found


async def metrics_text(services: Services) -> bytes:
    """All metrics, with what the database says now."""
    async with services.context.database.read() as connection:
        unfinished = (
            select(jobs.c.state, func.count())
            .where(jobs.c.state.not_in(ENDED))
            .group_by(jobs.c.state)
        )
        held = [(row[0], row[1]) for row in await connection.execute(unfinished)]
        health = case((accounts.c.enabled, accounts.c.health), else_="disabled")
        by_health = select(health, func.count()).group_by(health)
        found = [(row[0], row[1]) for row in await connection.execute(by_health)]
        waiting = select(func.count()).where(deliveries.c.due_at.is_not(None))
        number = (await connection.execute(waiting)).scalar_one()
    return services.meter.text(
        held=held,
        accounts=found,
        told=services.context.bus.told,
        listeners=services.events.listeners,
        deliveries=number,
    )
