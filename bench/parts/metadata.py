"""Reading the settings of a picture: from its text chunks, and from its alpha channel alone."""

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import Table, Target
from bench.setting import Setting, medians
from novelai import NovelAI
from novelai.emulator import Emulator
from novelai.metadata import erase_metadata

__all__ = ["run"]

NAMES = {"ours": "novelai", "sdk": "novelai-sdk"}
LIMITS = {"text_ms": 5.0, "stealth_ms": 30.0}


def run(setting: Setting) -> list[Table]:
    """Measure both readers on the same two files."""
    table = Table(
        "Settings of an 832x1216 picture: CPU ms to read them",
        ["reader", "from text chunks", "from alpha, without text"],
    )
    found: dict[str, dict[str, float]] = {}
    with TemporaryDirectory(prefix="bench-") as folder:
        _draw(Path(folder))
        for kind in NAMES if setting.compare else ["ours"]:
            results: list[dict[str, float]] = []
            for _ in range(setting.rounds):
                job = {"kind": kind, "pictures": folder, "seconds": setting.seconds}
                with setting.worker("metadata", of=kind, **job) as worker:
                    results.append(worker.answer())
            found[kind] = medians(results)
            table.rows.append((NAMES[kind], found[kind]["text_ms"], found[kind]["stealth_ms"]))
    ours = found["ours"]
    table.targets.append(Target("from text chunks", ours["text_ms"], LIMITS["text_ms"], "ms"))
    table.targets.append(
        Target("from alpha, decoding included", ours["stealth_ms"], LIMITS["stealth_ms"], "ms")
    )
    return [table]


def _draw(folder: Path) -> None:
    """Write a picture as the service sends it, and the same without its text chunks."""
    emulator = Emulator(fast=False)
    with emulator.serve() as url, NovelAI(emulator.token, base_url=url) as client:
        picture = client.image.generate(prompt="1girl, cat ears, maid", seed=1)[0]
    picture.save(folder / "text.png")
    erase_metadata(picture, target="png_info").save(folder / "stealth.png")
