"""Counting tokens: what the first count loads, and what each one takes afterwards."""

from bench.report import Table, Target
from bench.setting import Setting, medians

__all__ = ["run"]

MODELS = {
    "V5 (Qwen 3.5)": "nai-diffusion-5-full",
    "V4, V4.5 (T5)": "nai-diffusion-4-5-full",
    "V3 and older (CLIP)": "nai-diffusion-3",
}
LIMIT = 2.0
"""CPU milliseconds for an ordinary prompt."""


def run(setting: Setting) -> list[Table]:
    """Measure each tokenizer in a process of its own."""
    table = Table(
        "Tokens: CPU ms to load a vocabulary and to count",
        ["model", "load", "MB", "prompt of 300 letters", "the same again", "100 kB"],
    )
    for name, model in MODELS.items():
        results: list[dict[str, float]] = []
        for _ in range(setting.rounds):
            with setting.worker("tokens", model=model, seconds=setting.seconds / 2) as worker:
                results.append(worker.answer())
        found = medians(results)
        columns = ("load_ms", "loaded_mb", "new_ms", "again_ms", "long_ms")
        table.rows.append((name, *(found[column] for column in columns)))
        table.targets.append(Target(f"a prompt, {name}", found["new_ms"], LIMIT, "ms"))
    return [table]
