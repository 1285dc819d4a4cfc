"""
Looks for the jobs of a request: `python -m bench.workers.lookups '{"database": "sqlite", ...}'`.

Prints how long each takes when one key has many jobs.
"""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
from sqlalchemy import text

from bench.workers.job import answer, given
from bench.workers.queue import database, opened, timed
from novelai.server.jobs import repository
from novelai.server.model.job import State
from novelai.server.services import Services
from novelai.server.storage.tables import jobs

AT_ONCE = 5_000
MOMENT = 1_000_000.0


async def fill(services: Services, key_id: str, owner_id: str, count: int) -> None:
    """Add jobs that have ended, each of a request and a client of its own."""
    for first in range(0, count, AT_ONCE):
        rows = [
            {
                "id": f"job_{number:026}",
                "owner_id": owner_id,
                "key_id": key_id,
                "kind": "generate",
                "door": "api",
                "state": State.SUCCEEDED,
                "model": "nai-diffusion-4-5-full",
                "params": {"prompt": "1girl", "seed": number},
                "body_hash": f"{number:064}",
                "request_id": f"request {number}",
                "dedupe_key": f"dedupe {number}",
                "place": 0,
                "client_data": {"lookup": f"client {number}"},
                "priority": 0,
                "rank": MOMENT + number,
                "cost_max": 0,
                "cost": 0,
                "spent": 0,
                "allowance": 0,
                "charged": "no",
                "fence": 1,
                "attempts": 1,
                "run_after": 0.0,
                "created_at": MOMENT + number,
                "finished_at": MOMENT + number,
            }
            for number in range(first, min(first + AT_ONCE, count))
        ]
        async with services.context.database.write() as connection:
            await connection.execute(jobs.insert(), rows)
    async with services.context.database.write() as connection:
        await connection.execute(text("ANALYZE"))


async def measure(services: Services, count: int, times: int) -> dict[str, dict[str, float]]:
    """Look by request, by dedupe key and by client, each time for another job."""
    key = await services.keys.local()
    await fill(services, key.id, key.owner_id, count)
    store = services.context.database

    async def by_request(number: int) -> None:
        async with store.look() as connection:
            found = await repository.of_request(connection, key.id, f"request {number % count}")
        assert len(found) == 1

    async def by_dedupe_key(number: int) -> None:
        async with store.look() as connection:
            found = await repository.by_dedupe_key(
                connection, key.id, f"dedupe {number % count}", 0
            )
        assert found is not None

    async def by_client(number: int) -> None:
        async with store.look() as connection:
            found = await repository.of_client(
                connection, key.id, f"client {number % count}", since=0.0
            )
        assert len(found) == 1

    looks: dict[str, Callable[[int], Awaitable[None]]] = {
        "request": by_request,
        "dedupe key": by_dedupe_key,
        "client data": by_client,
    }
    return {name: await timed(look, times) for name, look in looks.items()}


async def main(job: dict[str, Any]) -> None:
    """Measure."""
    with TemporaryDirectory() as name, database(job["database"], Path(name)) as url:
        async with opened(url, Path(name), job["base"], work=False) as services:
            found = await measure(services, job["jobs"], job["count"])
    answer(**found)


if __name__ == "__main__":
    logging.disable()
    anyio.run(main, given())
