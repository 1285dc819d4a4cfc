"""Tables, and what was aimed for beside what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Table", "Target", "number"]

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Target:
    """
    Something aimed for.

    Attributes:
        what: in a few words.
        measured: the figure.
        limit: what it may be at most.
        unit: `x` for a ratio, else `ms`, `MB` and so on.
    """

    what: str
    measured: float
    limit: float
    unit: str = "x"

    def __str__(self) -> str:
        verdict = "met" if self.measured <= self.limit else "MISSED"
        unit = self.unit if self.unit == "x" else f" {self.unit}"
        return (
            f"  {verdict:<6}  {self.what}: {number(self.measured)}{unit}"
            f" (at most {number(self.limit)}{unit})"
        )


@dataclass(slots=True)
class Table:
    """Figures side by side; the first column says whose they are."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[Cell]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def __str__(self) -> str:
        cells = [list(self.columns), *([_text(cell) for cell in row] for row in self.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(self.columns))]
        lines = [_line(row, widths) for row in cells]
        lines.insert(1, _line(["-" * width for width in widths], widths))
        return "\n".join(["", self.title, "", *lines, *(str(target) for target in self.targets)])


def number(value: float) -> str:
    """Return a figure with about three digits."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}" if value < 1 else f"{value:.2f}"


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    return cell if isinstance(cell, str) else number(cell)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        text.rjust(width) if column else text.ljust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()
