"""Parameters to request body: how long it takes, and whether a picture blocks the event loop."""

from bench.report import Table, Target
from bench.setting import Setting, medians

__all__ = ["run"]

CALLS = 3
NAMES = {"ours": "novelai", "sdk": "novelai-sdk"}


def run(setting: Setting) -> list[Table]:
    """Measure both."""
    table = Table(
        "Parameters to body; img2img from a picture of about 1 MB",
        ["client", "CPU ms / body", "event loop blocked, ms"],
    )
    found: dict[str, dict[str, float]] = {}
    for kind in NAMES if setting.compare else ["ours"]:
        results: list[dict[str, float]] = []
        for _ in range(setting.rounds):
            with setting.worker(
                "bodies",
                of=kind,
                kind=kind,
                base=setting.base,
                seconds=setting.seconds / 2,
                calls=CALLS,
            ) as worker:
                results.append(worker.answer())
        found[kind] = medians(results)
        table.rows.append((NAMES[kind], found[kind]["cpu_ms"], found[kind]["block_ms"]))
    table.targets.append(
        Target("img2img, longest block of the event loop", found["ours"]["block_ms"], 25, "ms")
    )
    if "sdk" in found:
        ratio = found["ours"]["cpu_ms"] / found["sdk"]["cpu_ms"]
        table.targets.append(Target("parameters to body, to novelai-sdk", ratio, 1))
    return [table]
