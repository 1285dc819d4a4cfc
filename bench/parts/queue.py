"""What the durable queue adds to a picture, what waiting costs, and a large gallery."""

from typing import Any

from bench.report import Table, Target
from bench.setting import Setting

__all__ = ["run"]

DATABASES = ("sqlite", "postgres")
ADDED_MS = 60
MEMORY_MB = 250
PAGE_MS = 50
INDEXED_S = 300
JOBS, STREAMS, IMAGES = 1_000, 200, 100_000
LOOKUP_MS = 2
ENDED = 100_000


def run(setting: Setting) -> list[Table]:
    """Measure on both databases; fewer of each when the run is to be quick."""
    quick = setting.rounds == 1
    return [
        _latency(setting, quick=quick),
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
