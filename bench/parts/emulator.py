"""What a picture costs the emulator: 832x1216, watched, 23 steps."""

from collections.abc import Mapping

from bench.report import Table, Target
from bench.setting import Setting

__all__ = ["run"]

LIMITS = {False: 500, True: 50}
"""CPU milliseconds for each picture: beautiful ones that feel live, fast ones to test with."""


def run(setting: Setting, limits: Mapping[bool, float] = LIMITS) -> list[Table]:
    """Measure manners of drawing: `limits` says for each, fast or not, what was aimed for."""
    table = Table(
        "Emulator: 832x1216 with previews, 23 steps",
        ["drawing", "CPU ms / picture", "pictures/s", "peak MB"],
    )
    for fast, limit in limits.items():
        name = "fast" if fast else "beautiful"
        with setting.worker("emulate", fast=fast) as worker:
            base = worker.answer()["base"]
            job = {"base": base, "core": setting.cores.others}
            setting.clients(["ours-msgpack"], 1, seconds=0, **job)
            before = worker.ask("usage")
            taken = setting.clients(["ours-msgpack"], 1, **job)["ours-msgpack"]
            after = worker.ask("usage")
        cpu_ms = (after["cpu_ms"] - before["cpu_ms"]) / taken["total"]
        table.rows.append((name, cpu_ms, taken["per_second"], after["peak_mb"]))
        table.targets.append(Target(f"emulator, {name}, CPU per picture", cpu_ms, limit, "ms"))
    return [table]
