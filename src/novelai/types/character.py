"""A character prompt, with a place in the picture."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from novelai.types.base import Kind, Params, Text

__all__ = ["Character", "Position"]

PLACES = "x and y, each 0 to 1, or a cell from A1 to E5"
COLUMNS = "ABCDE"
CELLS = (0.1, 0.3, 0.5, 0.7, 0.9)

GridCell: TypeAlias = Literal[
    "A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B4", "B5", "C1", "C2", "C3", "C4", "C5",
    "D1", "D2", "D3", "D4", "D5", "E1", "E2", "E3", "E4", "E5",
]  # fmt: skip

Position: TypeAlias = tuple[float, float] | GridCell
"""Where a character stands: x and y from 0 to 1 (left to right, top to bottom), or a cell of the
5x5 grid, column A to E and row 1 to 5."""


def _place(position: Position) -> tuple[float, float]:
    """Turn a cell into its middle; refuse a pair outside of the picture."""
    if isinstance(position, str):
        return CELLS[COLUMNS.index(position[0])], CELLS[int(position[1]) - 1]
    if all(0 <= place <= 1 for place in position):
        return position
    raise ValueError


class Character(Params):
    """One character of a picture (V4 and later).

    Args:
        prompt: what this character looks like and does.
        negative_prompt: what to keep away from this character.
        position: where it stands, kept as x and y; leave it out on every character to let the
            model decide. On V4 and V4.5 it snaps to the 5x5 grid.
        enabled: a disabled character is not sent, nor is one without a prompt.
    """

    prompt: Text = Field(repr=False)
    negative_prompt: Text = Field(default="", repr=False)
    position: Annotated[Position, AfterValidator(_place), Kind(PLACES)] | None = None
    enabled: bool = True

    def center(self, *, snap: bool) -> tuple[float, float]:
        """Return the place as x and y; the middle when none was given.

        Args:
            snap: move it to the nearest cell of the 5x5 grid, as V4 and V4.5 require.
        """
        if self.position is None:
            return 0.5, 0.5
        x, y = _place(self.position)
        return (_cell(x), _cell(y)) if snap else (round(x, 3), round(y, 3))


def _cell(place: float) -> float:
    return CELLS[min(int(place * 5), 4)]
