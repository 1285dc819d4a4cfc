"""What it costs to import the package, and what comes with an installation of it."""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path
from statistics import median

from packaging.requirements import Requirement

from bench.processes import ROOT
from bench.report import Table, Target
from bench.setting import Setting

__all__ = ["run"]

SHOW_MEMORY = "\nfrom bench.measure import usage; print(usage().resident_mb)"
PROGRAMS = {
    "bare Python": "pass",
    "pydantic, httpx2": "import pydantic, httpx2",
    "novelai": "import novelai",
    "novelai, a client": "from novelai import NovelAI",
    "novelai, a client and types": "from novelai import NovelAI; import novelai.types",
}
OPTIONAL = (
    "import sys; from novelai import NovelAI; import novelai.types; "
    "print(*sorted({'PIL', 'numpy', 'fastapi', 'rich', 'typer'} & set(sys.modules)))"
)


def run(setting: Setting) -> list[Table]:
    """Measure importing and installing."""
    return [importing(setting, PROGRAMS), installing()]


def importing(setting: Setting, codes: Mapping[str, str]) -> Table:
    """Compare whole processes that import and end."""
    programs = [(name, sys.executable, code) for name, code in codes.items()]
    if setting.compare:
        programs.append(("novelai-sdk", str(setting.compare["sdk"]), "import novelai"))
    for _, python, code in programs:
        output(setting, python, code)  # so that all bytecode is written
    taken: dict[str, list[float]] = {name: [] for name, *_ in programs}
    for _ in range(setting.starts):
        for name, python, code in programs:
            taken[name].append(cpu_ms(setting, python, code))
    cpu = {name: median(times) for name, times in taken.items()}
    floor, bare = cpu["pydantic, httpx2"], cpu["bare Python"]
    table = Table(
        "Imports: a whole process",
        ["program", "CPU ms", "x pydantic, httpx2", "over bare Python, ms", "resident MB"],
    )
    for name, python, code in programs:
        memory = float(output(setting, python, code + SHOW_MEMORY))
        table.rows.append((name, cpu[name], cpu[name] / floor, cpu[name] - bare, memory))
    table.targets.append(Target("import novelai, to pydantic, httpx2", cpu["novelai"] / floor, 1.6))
    if "novelai, a client" in cpu:
        ratio = cpu["novelai, a client"] / floor
        table.targets.append(Target("a client, to pydantic, httpx2", ratio, 1.6))
    if setting.compare:
        # It loads all of itself at once, so it stands beside all of ours.
        ratio = (cpu["novelai, a client and types"] - bare) / (cpu["novelai-sdk"] - bare)
        table.targets.append(
            Target("a client and types, to novelai-sdk, over bare Python", ratio, 0.5)
        )
    loaded = output(setting, sys.executable, OPTIONAL).split()
    names = f" ({', '.join(loaded)})" if loaded else ""
    table.targets.append(Target(f"optional packages loaded{names}", len(loaded), 0, ""))
    return table


def cpu_ms(setting: Setting, python: str, code: str) -> float:
    """Return the CPU time of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output(setting, python, code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return (user + system) * 1000


def output(setting: Setting, python: str, code: str) -> str:
    """Return what a program prints."""
    done = subprocess.run(
        [python, "-c", code], env=setting.env, check=True, capture_output=True, text=True
    )
    return done.stdout


def installing() -> Table:
    """Add up an installation without extras, as it lies in this environment."""
    table = Table("A core installation, without bytecode", ["package", "distributions", "MB"])
    needed = closure("novelai-fastapi")
    size = sum(megabytes(one) for one in needed.values())
    table.rows.append(("novelai-fastapi", len(needed), size))
    for name, one in sorted(needed.items(), key=lambda item: -megabytes(item[1]))[:3]:
        table.rows.append((f"  of it {name}", 1, megabytes(one)))
    table.targets.append(Target("core installation, distributions", len(needed), 16, ""))
    table.targets.append(Target("core installation", size, 40, "MB"))
    return table


def closure(name: str) -> dict[str, Distribution]:
    """Return a distribution and all that it needs on this machine."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(name)]
    while waiting:
        wanted = waiting.pop()
        if wanted.name.lower() in found:
            continue
        one = found[wanted.name.lower()] = distribution(wanted.name)
        for line in one.requires or ():
            needed = Requirement(line)
            extras = wanted.extras or {""}
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in extras
            ):
                waiting.append(needed)
    return found


def megabytes(one: Distribution) -> float:
    """Return what a distribution's files take, without bytecode."""
    files = [Path(os.fspath(one.locate_file(file))) for file in one.files or ()]
    if '"editable": true' in (one.read_text("direct_url.json") or ""):
        files += sorted((ROOT / "src").rglob("*"))
    found = [file for file in files if file.is_file() and file.suffix != ".pyc"]
    return sum(file.stat().st_size for file in found) / 1e6
