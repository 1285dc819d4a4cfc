"""Whether the server can do its work now, part by part."""

from collections.abc import Awaitable, Callable

import anyio
from sqlalchemy import text

from novelai.server.services import EngineRoom
from novelai.server.storage.migrate import is_current

__all__ = ["PARTS", "unready"]

SECONDS = 5.0

Look = Callable[[EngineRoom], Awaitable[str | None]]


async def _database(room: EngineRoom) -> str | None:
    async with room.parts.database.read() as connection:
        await connection.execute(text("SELECT 1"))
    return None


async def _store(room: EngineRoom) -> str | None:
    await room.parts.blobs.exists("ready")
    return None


async def _schema(room: EngineRoom) -> str | None:
    if await is_current(room.parts.database):
        return None
    return "Another version of the program has changed the schema. Restart this one, updated."


async def _worker(room: EngineRoom) -> str | None:
    if room.stopping.begun:
        return "The server is stopping."
    return None if room.worker_lives() else "The worker has ended. Restart the server."


PARTS: dict[str, Look] = {
    "database": _database,
    "store": _store,
    "schema": _schema,
    "worker": _worker,
}


async def unready(room: EngineRoom) -> dict[str, str]:
    """What is not ready, and why, in a sentence; empty when all is."""
    found: dict[str, str] = {}

    async def look(name: str, ask: Look) -> None:
        problem: str | None = "It does not answer."
        try:
            with anyio.move_on_after(SECONDS):
                problem = await ask(room)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not ready
            problem = f"It does not answer: {type(error).__name__}."
        if problem is not None:
            found[name] = problem

    async with anyio.create_task_group() as tasks:
        for name, ask in PARTS.items():
            tasks.start_soon(look, name, ask)
    return found
