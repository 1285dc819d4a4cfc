"""Reads the two README files: their code blocks, tables and links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = ("README.md", "README.ja.md")


@dataclass(frozen=True)
class Readme:
    """One README."""

    text: str

    @classmethod
    def named(cls, name: str) -> "Readme":
        return cls((ROOT / name).read_text("utf-8"))

    def blocks(self, language: str) -> list[str]:
        """The code blocks of a language, in order."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)

    @property
    def commands(self) -> list[str]:
        """Every line of the shell blocks."""
        return [line for block in self.blocks("bash") for line in block.splitlines()]

    @property
    def first_cells(self) -> list[str]:
        """What stands in code marks in the first column of any table."""
        rows = re.findall(r"^\| (`[^|]*) \|", self.text, re.MULTILINE)
        return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]

    @property
    def links(self) -> list[str]:
        """The targets of links that lead to files."""
        found = re.findall(r"\]\(([^)]+)\)", self.text)
        return [target for target in found if not target.startswith("http")]
