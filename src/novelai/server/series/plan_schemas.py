"""Plans of series as the HTTP API shows them."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from novelai.server.images.schemas import ImagePick

__all__ = ["PlanCell", "PlanProblem", "PlanTokens", "PlanView", "SkippedCell"]


class PlanProblem(BaseModel):
    """What stops an order.

    Attributes:
        code: for programs.
        kind: the kind of fault of a template.
        field: the field whose text it is.
        message: for people.
        start: where in that text the piece begins that is wrong.
        end: where it ends.
    """

    code: str
    message: str = Field(repr=False)
    kind: str | None = None
    field: str | None = None
    start: int | None = None
    end: int | None = None


class SkippedCell(BaseModel):
    """A cell that its model cannot draw, and why."""

    cell: int
    reason: str = Field(repr=False)


class PlanTokens(BaseModel):
    """The tokens of the longest prompt.

    Attributes:
        prompt: how many it has.
        limit: how many the model reads.
        cell: where it is.
    """

    prompt: int
    limit: int | None
    cell: int


class PlanCell(BaseModel):
    """One of the first cells of a plan.

    Attributes:
        line: the number of its prompt.
        round: the repetition.
        place: the number of its value on each axis, X first.
        labels: what these are called.
        prompt: the first 200 characters.
    """

    cell: int
    line: int
    round: int
    place: Sequence[int]
    labels: Sequence[str] = Field(repr=False)
    seed: int | None
    anlas: int | None
    prompt: str = Field(repr=False)
    picks: list[ImagePick] = Field(repr=False)


class PlanView(BaseModel):
    """What a series would be. Nothing was sent, kept or charged.

    Attributes:
        roll_seed: to order just this.
        cells: how many places.
        pictures: how many pictures are drawn.
        anlas: what it costs at most; give it as ``accept_anlas``. ``null``: a price is unknown.
        cheapest: Anlas of the cheapest cell.
        dearest: Anlas of the dearest cell.
        free: how many cells cost nothing.
        allowance: free V5 pictures it uses.
        allowance_left: about how many the accounts have left; ``null`` when it is unknown.
        encodings: how many vibes are encoded first, for 2 Anlas each.
        balance: Anlas of the first account, when it was last asked for.
        seconds: about how long it takes.
        skipped: cells that their models cannot draw.
        same: groups of cells that show one picture.
        problems: what stops the order.
        warnings: what speaks against it, and does not stop it.
        first: the first 20 cells.
    """

    roll_seed: int
    cells: int = 0
    pictures: int = 0
    anlas: int | None = 0
    cheapest: int | None = None
    dearest: int | None = None
    free: int = 0
    allowance: int = 0
    allowance_left: int | None = None
    encodings: int = 0
    balance: int | None = None
    seconds: float = 0.0
    tokens: PlanTokens | None = None
    skipped: list[SkippedCell] = []
    same: list[list[int]] = []
    problems: list[PlanProblem] = []
    warnings: list[str] = []
    first: list[PlanCell] = []
