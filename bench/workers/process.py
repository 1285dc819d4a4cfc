"""
One process of several on a Postgres database: `python -m bench.workers.process '{"url": ...}'`.

Says when it is there, then answers commands. Of the kind `works` it draws what is in the queue;
told to `order` it takes orders for so many seconds, so many at once; of the kind `both` it does
both.
"""

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
from sqlalchemy import update

from bench.workers.job import answer, given, on_command, usage_so_far
from bench.workers.queue import MINUTE, OPUS, picture
from novelai.server.accounts.clients import no_waiting
from novelai.server.model.job import JobRequest
from novelai.server.services import Services, open_services
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.secrets import Vault
from novelai.server.storage.tables import accounts


@asynccontextmanager
async def joined(url: str, folder: str, base: str, *, works: bool) -> AsyncGenerator[Services]:
    """Services on a database that others use, too."""
    async with open_services(
        url=url,
        blobs=Blobs.local(Path(folder)),
        vault=Vault([b"k" * 32]),
        connect=no_waiting(base),
        work=works,
    ) as services:
        yield services


async def prepare(url: str, folder: str, base: str, count: int) -> None:
    """Make the database, with so many accounts whose balance is known."""
    async with joined(url, folder, base, works=False) as services:
        key = await services.keys.local()
        for number in range(count):
            await services.accounts.add(key.owner_id, f"pst-{number:064d}")
        async with services.context.database.write() as connection:
            known = {"tier": OPUS, "anlas": 1000, "balance_at": time.time()}
            await connection.execute(update(accounts).values(known))


async def order(services: Services, job: dict[str, Any]) -> dict[str, float]:
    """Order pictures again and again, and fetch them."""
    key = await services.keys.local()
    begun, done = time.monotonic(), 0

    async def lane(number: int) -> None:
        nonlocal done
        while time.monotonic() < begun + job["seconds"]:
            request = JobRequest(params=picture(number))
            submitted = await services.jobs.submit(key, request)
            ended = await services.jobs.wait(key, submitted.job.id, MINUTE)
            assert ended is not None
            assert ended.result, ended.error
            await services.context.blobs.image(ended.result[0]["sha256"])
            done += 1

    async with anyio.create_task_group() as lanes:
        for number in range(job["in_flight"]):
            lanes.start_soon(lane, number)
    return {"done": done, "seconds": time.monotonic() - begun}


async def main(job: dict[str, Any]) -> None:
    """Draw, order, or both, until nobody gives commands any more."""
    works = job["kind"] != "orders"
    async with joined(job["url"], job["folder"], job["base"], works=works) as services:
        answer(ready=True)
        commands = {
            "usage": usage_so_far,
            "order": lambda: anyio.from_thread.run(order, services, job),
        }
        await anyio.to_thread.run_sync(on_command, commands)


if __name__ == "__main__":
    logging.disable()
    anyio.run(main, given())
