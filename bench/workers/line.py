"""
A long queue: `python -m bench.workers.line '{"database": "sqlite", "jobs": [10, 4000], ...}'`.

Prints what it takes to submit a job and to tell of its place, and what the page begins with, with
so many jobs waiting. The queues are measured in turns.
"""

import logging
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import anyio

from bench.measure import usage
from bench.workers.job import answer, given
from bench.workers.queue import database, opened, picture
from novelai.server.api.events import state_view
from novelai.server.model.job import JobRequest
from novelai.server.services import Services
from novelai.server.settings import Settings

ROUNDS, EACH = 9, 20


class Queue:
    """So many waiting jobs of one key."""

    def __init__(self, services: Services, length: int) -> None:
        self._services = services
        self._length = length
        self._number = 0
        self.costs: list[float] = []

    async def fill(self) -> None:
        """Submit all of them, each as long ago as if the queue had grown for hours."""
        key = await self._services.keys.local()
        while self._number < self._length:
            self._number += 1
            await self._services.jobs.submit(key, JobRequest(params=picture(self._number)))
        async with self._services.context.database.write() as connection:
            await connection.exec_driver_sql("UPDATE jobs SET created_at = created_at - 3600")
        await self.submit(1)

    async def submit(self, count: int) -> None:
        """Submit, and tell of each; take back what came, so that the queue stays as long."""
        key = await self._services.keys.local()
        before, come = usage(), list[str]()
        for _ in range(count):
            self._number += 1
            order = JobRequest(params=picture(self._number))
            job = (await self._services.jobs.submit(key, order)).job
            view = await self._services.queries.view(job, full=True)
            assert view.position is not None
            come.append(job.id)
        self.costs.append((usage().cpu_ms - before.cpu_ms) / count)
        for job_id in come:
            await self._services.jobs.cancel(key, job_id)

    async def state(self) -> tuple[float, int]:
        """Return milliseconds and bytes of what the page begins with."""
        key = await self._services.keys.local()
        before = usage()
        view = await state_view(self._services, Settings(data=Path("unused")), key)
        size = len(view.model_dump_json().encode())
        return usage().cpu_ms - before.cpu_ms, size


async def main(job: dict[str, Any]) -> None:
    """Measure."""
    async with AsyncExitStack() as stack:
        queues: dict[int, Queue] = {}
        for length in job["jobs"]:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            url = stack.enter_context(database(job["database"], folder))
            services = await stack.enter_async_context(opened(url, folder, job["base"], work=False))
            queues[length] = Queue(services, length)
            await queues[length].fill()
        for _ in range(ROUNDS):
            for queue in queues.values():
                await queue.submit(EACH)
        found: dict[int, dict[str, float]] = {}
        for length, queue in queues.items():
            state_ms, state_bytes = await queue.state()
            found[length] = {
                "submit_ms": median(queue.costs[1:]),
                "state_ms": state_ms,
                "state_kb": state_bytes / 1000,
            }
    answer(**{str(length): figures for length, figures in found.items()})


if __name__ == "__main__":
    logging.disable()
    anyio.run(main, given())
