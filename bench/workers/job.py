"""How a worker is told what to do, keeps at it, and says what it took."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from bench.measure import usage

__all__ = ["answer", "drive", "given", "on_command"]

One = Callable[[], Awaitable[None]]


def given() -> dict[str, Any]:
    """Return the job of this process, and go to the processor core that it names."""
    job = json.loads(sys.argv[1])
    core = job.get("core")
    if core is not None:
        os.sched_setaffinity(0, {core})
    return job


def answer(**values: Any) -> None:
    """Say something to the program that started this one: one line of JSON."""
    print(json.dumps(values), flush=True)


def on_command(commands: Mapping[str, Callable[[], Mapping[str, Any]]]) -> None:
    """Answer each line of standard input with what its command returns; return at the end."""
    for line in sys.stdin:
        answer(**commands[line.strip()]())


def usage_so_far() -> dict[str, float]:
    """Return what this process has used, for `on_command`."""
    return asdict(usage())


async def drive(one: One, *, in_flight: int, seconds: float) -> dict[str, float]:
    """
    Do something again and again, so many at once, for a while; each at least once.

    Returns:
        what that took: CPU time for each, how many a second, peak memory of the process.
    """
    await one()  # opens the connection and imports what is imported on use
    done = 0
    began, before = time.perf_counter(), usage()

    async def lane() -> None:
        nonlocal done
        while True:
            await one()
            done += 1
            if time.perf_counter() - began >= seconds:
                return

    async with asyncio.TaskGroup() as lanes:
        for _ in range(in_flight):
            lanes.create_task(lane())
    elapsed, after = time.perf_counter() - began, usage()
    return {
        "count": done,
        "cpu_ms": (after.cpu_ms - before.cpu_ms) / done,
        "per_second": done / elapsed,
        "peak_mb": after.peak_mb,
    }
