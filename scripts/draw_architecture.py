"""
Draw the floors of the code into docs/images/architecture.svg, from the import contracts.

    python scripts/draw_architecture.py           write the picture
    python scripts/draw_architecture.py --check   say whether it is as the code is

Each row is a layer of a contract in pyproject.toml, which the checks hold: what stands in a row
imports only from rows below. Each box tells how many files it has.
"""

import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
COLUMNS = (
    ("dependencies point down", "novelai", "novelai: the client, and what stands on it"),
    ("the server stands on floors", "novelai.server", "novelai.server: the floors of the server"),
)
WIDTH, ROW, GAP, MARGIN, HEAD = 520, 40, 6, 20, 44
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1c2230; }
  .head { font-weight: 600; font-size: 15px; }
  .count { font-size: 11px; fill: #5b6478; }
  rect { fill: #eef2fb; stroke: #8ea0c8; rx: 5px; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6e9f2; } .count { fill: #a3adc4; } rect { fill: #232a3b; stroke: #5b6a8f; }
  }
"""


@dataclass(frozen=True)
class Box:
    """A module or folder of a layer."""

    name: str
    files: int


def read_layers(contract: str, package: str) -> list[list[Box]]:
    """Return the layers of a contract, the highest first."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    (layers,) = [one["layers"] for one in contracts if one["name"] == contract]
    found = [[Box(name, count_files(package, name)) for name in names_in(row)] for row in layers]
    return [[box for box in row if box.files] for row in found if any(box.files for box in row)]


def names_in(layer: str) -> list[str]:
    """Return the modules of a layer, which may stand in brackets and beside each other."""
    return re.findall(r"\w+", layer)


def count_files(package: str, name: str) -> int:
    """Return how many Python files a module or folder has."""
    path = ROOT / "src" / Path(*package.split("."), name)
    if path.is_dir():
        return sum(1 for _ in path.rglob("*.py"))
    return int(path.with_suffix(".py").exists())


def draw(columns: Sequence[tuple[str, list[list[Box]]]]) -> str:
    """Return the picture: a column for each contract, a row for each layer."""
    height = HEAD + max(len(rows) for _, rows in columns) * (ROW + GAP) + MARGIN
    width = len(columns) * (WIDTH + MARGIN) + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        '  aria-label="The layers of the code, the highest on top">',
        f"<style>{STYLE}</style>",
    ]
    for number, (title, rows) in enumerate(columns):
        left = MARGIN + number * (WIDTH + MARGIN)
        lines.append(f'<text class="head" x="{left}" y="28">{escape(title)}</text>')
        for place, row in enumerate(rows):
            lines += draw_row(row, left, HEAD + place * (ROW + GAP))
    return "\n".join([*lines, "</svg>", ""])


def draw_row(row: Sequence[Box], left: int, top: int) -> list[str]:
    """Return the boxes of a layer, side by side over the whole width."""
    width = (WIDTH - GAP * (len(row) - 1)) / len(row)
    lines: list[str] = []
    for place, box in enumerate(row):
        x = left + place * (width + GAP)
        middle = x + width / 2
        files = "1 file" if box.files == 1 else f"{box.files} files"
        place_of_text = f'x="{middle:.1f}" text-anchor="middle"'
        lines += [
            f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{ROW}"/>',
            f'<text {place_of_text} y="{top + 18}">{escape(box.name)}</text>',
            f'<text class="count" {place_of_text} y="{top + 33}">{files}</text>',
        ]
    return lines


def main(arguments: Sequence[str]) -> int:
    """Write the picture, or return 1 if the one that is there is another."""
    now = draw([(title, read_layers(name, package)) for name, package, title in COLUMNS])
    if "--check" not in arguments:
        PICTURE.write_text(now, "utf-8")
        return 0
    if PICTURE.exists() and PICTURE.read_text("utf-8") == now:
        return 0
    print("docs/images/architecture.svg is old: run python scripts/draw_architecture.py")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
