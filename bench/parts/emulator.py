"""What a picture costs the emulator: 832x1216, watched, 23 steps."""

from bench.report import Table, Target
from bench.setting import Setting

__all__ = ["run"]

LIMITS = {False: 500, True: 50}
"""CPU milliseconds for each picture, beautiful and fast, that feel live and are good to test with."""


def run(setting: Setting) -> list[Table]:
    """Measure both manners of drawing."""
    table = Table(
        "Emulator: 832x1216 with previews, 23 steps",
        ["drawing", "CPU ms / picture", "pictures/s", "peak MB"],
    )
    for fast, limit in LIMITS.items():
        name = "fast" if fast else "beautiful"
        with setting.worker("emulate", fast=fast) as worker:
            base = worker.answer()["base"]
            setting.clients(["ours-msgpack"], 1, base=base, core=setting.cores.others)
            before = worker.ask("usage")
            taken = setting.clients(["ours-msgpack"], 1, base=base, core=setting.cores.others)
            after = worker.ask("usage")
        count = taken["ours-msgpack"]["total"]
        cpu_ms = (after["cpu_ms"] - before["cpu_ms"]) / count
        table.rows.append((name, cpu_ms, taken["ours-msgpack"]["per_second"], after["peak_mb"]))
        table.targets.append(Target(f"emulator, {name}, CPU per picture", cpu_ms, limit, "ms"))
    return [table]
