"""
Check the types of what people are shown: README, documentation and examples.

    python scripts/check_shown.py basedpyright|mypy|pyrefly

The Python of a page is one program, as somebody types it in; each test it shows is one of its own.
They are laid out under build/, each line where it stands in its page, so that an error's line is
the page's. mypy judges strictly, the others as they come.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OLDEST = "3.11"


def pages() -> list[Path]:
    """Return every page that may show Python."""
    return [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def programs(text: str) -> Iterator[str]:
    """Yield the programs of a page, each line at its number in the page."""
    session = ""
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(1))
        if "def test_" in block[1]:
            yield "\n" * line + block[1]
        else:
            session += "\n" * (line - session.count("\n")) + block[1]
    if session:
        yield session


def lay_out(folder: Path) -> list[str]:
    """Write what is shown into a folder, and nothing else; return the files."""
    wanted: dict[Path, str] = {}
    for page in pages():
        name = re.sub(r"\W", "_", str(page.relative_to(ROOT).with_suffix("")))
        for number, program in enumerate(programs(page.read_text("utf-8"))):
            wanted[folder / f"{name}_{number}.py"] = program
    for path in (ROOT / "examples").glob("*.py"):
        wanted[folder / f"example_{path.name}"] = path.read_text("utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for path in {*folder.glob("*.py")} - wanted.keys():
        path.unlink()
    for path, text in wanted.items():  # what did not change stays, for checkers that remember
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    return [str(path) for path in sorted(wanted)]


def basedpyright(folder: Path, files: list[str]) -> list[str]:
    """Return the command of basedpyright, with the rules of pyright."""
    settings = {
        "include": files,
        "pythonVersion": OLDEST,
        "reportMissingModuleSource": "none",  # typings has stubs of what only examples import
        "stubPath": str(ROOT / "typings"),
        "typeCheckingMode": "standard",
    }
    config = folder / "pyrightconfig.json"
    config.write_text(json.dumps(settings), "utf-8")
    return ["basedpyright", "--project", str(config), "--pythonpath", sys.executable]


def mypy(folder: Path, files: list[str]) -> list[str]:
    """Return the command of mypy."""
    config = folder / "mypy.ini"
    config.write_text(f"[mypy]\nstrict = true\nmypy_path = {ROOT / 'typings'}\n", "utf-8")
    cache = str(folder / "cache")
    return ["mypy", "--config-file", str(config), "--cache-dir", cache, *files]


def pyrefly(folder: Path, files: list[str]) -> list[str]:
    """Return the command of Pyrefly."""
    config = folder / "pyrefly.toml"
    config.write_text(
        f"python-interpreter-path = {json.dumps(sys.executable)}\n"
        f"search-path = [{json.dumps(str(ROOT / 'typings'))}]\n",
        "utf-8",
    )
    return ["pyrefly", "check", "--config", str(config), "--output-format", "min-text", *files]


CHECKERS: Mapping[str, Callable[[Path, list[str]], list[str]]] = {
    "basedpyright": basedpyright,
    "mypy": mypy,
    "pyrefly": pyrefly,
}


def main(name: str) -> int:
    """Run one checker and return its exit code."""
    folder = ROOT / "build" / "shown" / name
    files = lay_out(folder)
    program, *options = CHECKERS[name](folder, files)
    tool = Path(sys.executable).with_name(program)
    return subprocess.run([tool, *options], cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
