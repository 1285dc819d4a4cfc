"""What the durable queue adds to a picture, what waiting costs, and a large gallery."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio

from bench.report import Table, Target
from bench.setting import Setting
from bench.workers.process import prepare
from bench.workers.queue import database

__all__ = ["run"]

DATABASES = ("sqlite", "postgres")
ADDED_MS = 15
MEMORY_MB = 250
PAGE_MS = 50
INDEXED_S = 300
JOBS, STREAMS, IMAGES = 1_000, 200, 100_000
LOOKUP_MS = 2
ENDED = 100_000
SHORT, LONG = 10, 4_000
LONGER = 1.2
STATE_KB = 50
IN_FLIGHT = 8
GAIN = 1.5


def run(setting: Setting) -> list[Table]:
    """Measure on both databases; fewer of each when the run is to be quick."""
    quick = setting.rounds == 1
    return [
        _latency(setting, quick=quick),
        _line(setting, quick=quick),
        _throughput(setting),
        _lookups(setting, quick=quick),
        _gallery(setting, quick=quick),
    ]


def _latency(setting: Setting, *, quick: bool) -> Table:
    table = Table(
        "Queue: a picture through a job, against the same call without one",
        ["database", "call, p50 ms", "job, p50 ms", "added p50", "added p95", "CPU ms / image",
         "waiting: MB"],
    )  # fmt: skip
    for name in DATABASES:
        job: dict[str, Any] = {
            "database": name,
            "base": setting.base,
            "count": 40 if quick else 200,
            "jobs": JOBS // 5 if quick else JOBS,
            "streams": STREAMS,
        }
        with setting.worker("queue", **job) as worker:
            taken = worker.answer()
        direct, queued = taken["direct"], taken["job"]
        # Against the median of the call: a slow call must not make the job look fast.
        added = {part: queued[part] - direct["p50_ms"] for part in ("p50_ms", "p95_ms")}
        table.rows.append(
            (
                name,
                direct["p50_ms"],
                queued["p50_ms"],
                added["p50_ms"],
                added["p95_ms"],
                queued["cpu_ms"],
                taken["resident_mb"],
            )
        )
        table.targets += [
            Target(f"{name}, added by the job, p95", added["p95_ms"], ADDED_MS, "ms"),
            Target(f"{name}, waiting jobs and streams", taken["resident_mb"], MEMORY_MB, "MB"),
        ]
    return table


def _line(setting: Setting, *, quick: bool) -> Table:
    lengths = [SHORT, LONG // 10 if quick else LONG]
    table = Table(
        "A long queue: a job is submitted and its place told, and what the page begins with",
        ["database", "waiting", "CPU ms / job", "state: CPU ms", "state: kB"],
    )
    for name in DATABASES:
        job = {"database": name, "base": setting.base, "jobs": lengths}
        with setting.worker("line", **job) as worker:
            found = worker.answer()
        for length, taken in found.items():
            table.rows.append(
                (name, length, taken["submit_ms"], taken["state_ms"], taken["state_kb"])
            )
        short, long = (found[str(length)] for length in lengths)
        ratio = long["submit_ms"] / short["submit_ms"]
        table.targets += [
            Target(f"{name}, a job behind {lengths[1]:,}, to one behind {SHORT}", ratio, LONGER),
            Target(f"{name}, the state with {lengths[1]:,}", long["state_kb"], STATE_KB, "kB"),
        ]
    return table


def _throughput(setting: Setting) -> Table:
    table = Table(
        f"Postgres, {IN_FLIGHT} accounts, {IN_FLIGHT} people: one process, and several",
        ["processes", "images/s", "CPU ms / image"],
    )
    seconds = 5 * setting.seconds
    one = _drawn(setting, [("both", setting.cores.measured)], seconds)
    kinds = ["orders", "orders", "works", "works"]
    four = _drawn(setting, [(kind, None) for kind in kinds], seconds)
    table.rows += [
        ("1 on one core", one["per_second"], one["cpu_ms"]),
        ("2 servers, 2 workers", four["per_second"], four["cpu_ms"]),
    ]
    gain = four["per_second"] / one["per_second"]
    # As a share of one: what is aimed for is to be at least so much.
    table.targets.append(Target("one process, to 2 servers and 2 workers", 1 / gain, 1 / GAIN))
    return table


def _drawn(
    setting: Setting, processes: list[tuple[str, int | None]], seconds: float
) -> dict[str, float]:
    """Return how many pictures a second come of several processes on one database."""
    servers = sum(kind != "works" for kind, _ in processes)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = stack.enter_context(database("postgres", folder))
        files = str(folder / "files")
        anyio.run(prepare, url, files, setting.base, IN_FLIGHT)
        running = [
            stack.enter_context(
                setting.worker(
                    "process", url=url, folder=files, base=setting.base, core=core, kind=kind,
                    seconds=seconds, in_flight=IN_FLIGHT // servers,
                )
            )
            for kind, core in processes
        ]  # fmt: skip
        for one in running:
            one.answer()
        before = [one.ask("usage") for one in running]
        asking = [one for one, (kind, _) in zip(running, processes, strict=True) if kind != "works"]
        for one in asking:
            one.tell("order")
        taken = [one.answer() for one in asking]
        after = [one.ask("usage") for one in running]
    done = sum(one["done"] for one in taken)
    cpu = sum(b["cpu_ms"] - a["cpu_ms"] for a, b in zip(before, after, strict=True))
    return {
        "per_second": done / max(one["seconds"] for one in taken),
        "cpu_ms": cpu / done,
    }


def _lookups(setting: Setting, *, quick: bool) -> Table:
    count = ENDED // 10 if quick else ENDED
    table = Table(
        f"Jobs found again, by what they were asked with, among {count:,} of one key",
        ["database", "by", "p50 ms", "p95 ms"],
    )
    for name in DATABASES:
        job = {"database": name, "base": setting.base, "jobs": count, "count": 200}
        with setting.worker("lookups", **job) as worker:
            taken = worker.answer()
        for by, figures in taken.items():
            table.rows.append((name, by, figures["p50_ms"], figures["p95_ms"]))
            table.targets.append(
                Target(f"{name}, by {by}, p95", figures["p95_ms"], LOOKUP_MS, "ms")
            )
    return table


def _gallery(setting: Setting, *, quick: bool) -> Table:
    count = IMAGES // 10 if quick else IMAGES
    table = Table(
        f"Gallery: a page and its count among {count:,} pictures",
        ["search", *(f"{name}, p95 ms" for name in DATABASES)],
    )
    found: dict[str, dict[str, float]] = {}
    for name in DATABASES:
        job = {"database": name, "images": count, "count": 5 if quick else 20}
        with setting.worker("gallery", **job) as worker:
            taken = worker.answer()
        found[name] = taken["pages"]
        slowest = max(taken["pages"].values())
        table.targets += [
            Target(f"gallery on {name}, the slowest search", slowest, PAGE_MS, "ms"),
            Target(
                f"{name}: seconds until {IMAGES:,} pictures are indexed",
                IMAGES / taken["indexed"],
                INDEXED_S,
                "s",
            ),
        ]
    table.rows += [
        (search, *(found[name][search] for name in DATABASES)) for search in found[DATABASES[0]]
    ]
    return table
