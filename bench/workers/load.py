"""
People who ask a server for pictures: `python -m bench.workers.load '{"port": …}'`.

Asks as often as the server answers, so many at once, for a while; says how many came and how long
each took. Written on bare streams, so that asking costs less than answering.
"""

import asyncio
import time
from hashlib import sha256
from typing import Any

from bench.measure import percentile
from bench.workers.job import answer, given


class Asking:
    """One connection after another question; each answer is checked."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self.seconds: list[float] = []
        self.digests: set[str] = set()

    async def ask(self, until: float) -> None:
        """Ask again and again until a point in time; at least once."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._job["port"])
        request = f"GET {self._job['path']} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode("ascii")
        while True:
            began = time.perf_counter()
            writer.write(request)
            body = await answered(reader)
            self.seconds.append(time.perf_counter() - began)
            if not self.digests or len(self.seconds) % 16 == 0:
                self.digests.add(sha256(body).hexdigest())
            if time.perf_counter() >= until:
                break
        writer.close()


async def answered(reader: asyncio.StreamReader) -> bytes:
    """Return the body of an answer; raise if it is not 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.split(b"\r\n", 1)[0].decode())
    lines = head.lower().split(b"\r\n")
    length = next(line for line in lines if line.startswith(b"content-length:"))
    return await reader.readexactly(int(length.partition(b":")[2]))


async def main(job: dict[str, Any]) -> None:
    """Ask, then say what came of it."""
    asking = Asking(job)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as people:
        for _ in range(job["in_flight"]):
            people.create_task(asking.ask(began + job["seconds"]))
    elapsed = time.perf_counter() - began
    answer(
        count=len(asking.seconds),
        per_second=len(asking.seconds) / elapsed,
        p99_ms=percentile(asking.seconds, 0.99) * 1000,
        digests=sorted(asking.digests),
    )


if __name__ == "__main__":
    asyncio.run(main(given()))
