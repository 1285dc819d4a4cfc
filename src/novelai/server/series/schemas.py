"""Series as the HTTP API takes them, and their cells as it shows them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from novelai.series import Axis, Series
from novelai.server.fields import KeptText, Line
from novelai.server.jobs.schemas import JobError
from novelai.server.jobs.series_schemas import SeriesView
from novelai.server.model.series import CellState
from novelai.server.series.plan_schemas import SkippedCell
from novelai.templates import Mode
from novelai.templates.rolls import ROLL_SEEDS

__all__ = [
    "AgainCellsIn",
    "AxisIn",
    "CellPage",
    "CellView",
    "ResumeIn",
    "SeriesChangeIn",
    "SeriesDetails",
    "SeriesIn",
    "SeriesLimit",
    "SeriesPage",
    "SheetIn",
    "SheetView",
]

MANY = 10_000
"""More than any part of a series may have: what is too much is told by the plan, in a sentence."""


class _In(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)


Names = list[Annotated[Line, Field(max_length=100)]]
Values = list[Any]
Tags = list[KeptText | None]


class AxisIn(_In):
    """What varies, and its values: one of ``field``, ``fields``, ``list`` and ``tags``.

    Attributes:
        field: a parameter, such as ``steps`` or ``characters.0.prompt``.
        fields: several of them; each value is a list of theirs.
        list: the name of a list, or a choice as it stands in the prompt; without ``values`` all of
            its options.
        values: of the fields, or some options of the list.
        tags: what is added to the prompt; ``null`` adds nothing, to compare with.
    """

    field: Annotated[Line, Field(max_length=100)] | None = None
    fields: Names | None = Field(default=None, min_length=1, max_length=10)
    list: KeptText | None = Field(default=None, max_length=10_000, repr=False)
    tags: Tags | None = Field(default=None, max_length=MANY, repr=False)
    values: Values | None = Field(default=None, max_length=MANY, repr=False)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = [self.field, self.fields, self.list, self.tags]
        if sum(one is not None for one in given) != 1:
            raise ValueError("an axis has one of field, fields, list and tags")
        if self.tags is not None and self.values is not None:
            raise ValueError("the values of tags are the tags")
        if self.list is None and self.tags is None and self.values is None:
            raise ValueError("an axis of a field has values")
        return self

    @property
    def axis(self) -> Axis:
        """As the plan takes it."""
        if self.list is not None:
            return Axis.list(self.list, None if self.values is None else [*map(str, self.values)])
        if self.tags is not None:
            return Axis.tags(self.tags)
        return Axis(self.field or tuple(self.fields or ()), self.values)

    @property
    def title(self) -> str:
        """What varies, in a word."""
        return self.field or self.list or " · ".join(self.fields or ("tags",))


class SeriesLimit(_In):
    """Where a series ends at the latest; cells behind are left out.

    Attributes:
        anlas: what all cells cost at most.
        pictures: how many cells.
    """

    anlas: int | None = Field(default=None, ge=0, le=10_000_000)
    pictures: int | None = Field(default=None, ge=1, le=MANY)


class SeriesIn(_In):
    """A series that is planned or ordered.

    Attributes:
        name: for people.
        base: the parameters of a picture, as for ``POST /api/jobs``; its texts are templates.
        prompts: prompts instead of the base's, up to 500.
        axes: X, Y and Z, as many as there are.
        picks: how picks come from a list (by name), a choice (by its text) or all others (``*``).
        repeat: how often everything is done, each time with a roll and seeds of its own.
        seeds: ``shared``: one for all cells of a round, by default where axes compare them;
            ``each``: one for each cell. A seed in ``base`` holds for all.
        limit: where it ends at the latest.
        on_failure: ``halt`` at the first failure; by default at three of one kind in a row.
        sheet: draw a labelled picture of all cells at the end.
        roll_seed: what picks and seeds follow from; without one it is drawn.
        priority: higher goes first among the jobs of one owner.
        webhook: an https address that is told of its end.
        accept_anlas: what may be spent: what the plan said. Needed when it is not free.
        collection: the collection that its pictures go into.
        then: nothing yet.
    """

    name: Line = Field(default="", max_length=200, repr=False)
    base: dict[str, Any] = Field(repr=False)
    prompts: list[KeptText] = Field(default=[], max_length=MANY, repr=False)
    axes: list[AxisIn] = Field(default=[], max_length=100)
    picks: dict[KeptText, Mode] = Field(
        default_factory=dict[str, Mode], max_length=MANY, repr=False
    )
    repeat: int = Field(default=1, ge=1, le=MANY)
    seeds: Literal["shared", "each"] | None = None
    limit: SeriesLimit = SeriesLimit()
    on_failure: Literal["go_on", "halt"] = "go_on"
    sheet: bool = False
    roll_seed: int | None = Field(default=None, ge=0, lt=ROLL_SEEDS)
    priority: int = Field(default=0, ge=-100, le=100)
    webhook: str | None = Field(default=None, max_length=2000, repr=False)
    accept_anlas: int | None = Field(default=None, ge=0, le=100_000_000)
    collection: Line | None = Field(default=None, max_length=100)
    then: None = None

    def series(self, base: Mapping[str, Any], roll_seed: int) -> Series:
        """Return what is to be planned.

        Args:
            base: with bytes in place of pictures.
            roll_seed: drawn, if none was given.
        """
        return Series(
            base=base,
            roll_seed=roll_seed,
            prompts=self.prompts,
            axes=[axis.axis for axis in self.axes],
            modes=self.picks,
            repeat=self.repeat,
            seeds=self.seeds,
            pictures=self.limit.pictures,
        )

    def document(self) -> dict[str, Any]:
        """Return it as JSON, without what was accepted and who is told."""
        return self.model_dump(
            mode="json", exclude={"accept_anlas", "webhook"}, exclude_defaults=True
        ) | {"base": self.base}


class SeriesDetails(SeriesView):
    """A series with what was ordered.

    Attributes:
        document: the order, to be planned again; its pictures are ``{"sha256": ...}``.
        roll_seed: what its picks and seeds follow from.
        axes: what varies and how its values are called, X first.
        skipped_cells: cells that are not drawn, and why.
        same: groups of cells that show one picture.
    """

    document: Mapping[str, Any] = Field(repr=False)
    roll_seed: int
    axes: list["SeriesAxis"]
    skipped_cells: list[SkippedCell]
    same: list[list[int]]


class SeriesAxis(BaseModel):
    """What varies, and how its values are called."""

    title: str = Field(repr=False)
    labels: Sequence[str] = Field(repr=False)


class SeriesPage(BaseModel):
    """Series, newest first; ``next`` goes into ``before`` for those behind them."""

    series: list[SeriesView]
    next: int | None = None


class CellView(BaseModel):
    """A cell of a series.

    Attributes:
        take: how often it was done before.
        job: the id of its newest job, as long as that is kept.
        images: ids of its newest take's pictures that are in the gallery.
        prompt: the first 200 characters.
        same_as: the cell whose picture it shows.
        reason: why it is skipped.
        error: what went wrong.
        cost: Anlas it was charged with, all takes together.
    """

    cell: int
    line: int
    round: int
    place: Sequence[int]
    labels: Sequence[str] = Field(repr=False)
    state: CellState
    take: int = 0
    job: str | None = None
    images: list[str] = []
    seed: int | None = None
    prompt: str = Field(default="", repr=False)
    same_as: int | None = None
    reason: str | None = Field(default=None, repr=False)
    error: JobError | None = None
    cost: int | None = None


class CellPage(BaseModel):
    """Cells of a series, in order.

    Attributes:
        next: goes into ``from`` for those behind them.
    """

    cells: list[CellView]
    total: int
    next: int | None = None


class SeriesChangeIn(_In):
    """What to change of a series.

    Attributes:
        paused: nothing of it is started, and what was set aside stays so; ``false``: it goes on.
        before: the series to put it in front of, or ``first``.
        priority: higher goes first among the jobs of one owner.
    """

    paused: bool | None = None
    name: Line | None = Field(default=None, max_length=200, repr=False)
    before: Line | None = Field(default=None, max_length=100)
    priority: int | None = Field(default=None, ge=-100, le=100)


class ResumeIn(_In):
    """Whether a series that halted may cost more.

    Attributes:
        accept_anlas: what all that waits may cost; needed when the price rose.
    """

    accept_anlas: int | None = Field(default=None, ge=0, le=100_000_000)


class AgainCellsIn(_In):
    """Cells that are to be done again.

    Attributes:
        cells: their numbers; ``failed``; or ``missing``: the failed and the cancelled.
        seed: the same, or a new one for each.
        changes: parameters by name that are different this time; ``null`` takes one away.
        accept_anlas: what all of it may cost. Needed when it is not free.
    """

    cells: list[Annotated[int, Field(ge=0, lt=MANY)]] | Literal["failed", "missing"]
    seed: Literal["same", "new"] = "same"
    changes: dict[str, Any] = Field(default_factory=dict[str, Any], repr=False)
    accept_anlas: int | None = Field(default=None, ge=0, le=100_000_000)


class SheetIn(_In):
    """How a sheet is drawn.

    Attributes:
        cell: width of a cell in pixels; smaller where the sheet would be too large.
    """

    cell: int = Field(default=384, ge=96, le=768)


class SheetView(BaseModel):
    """A sheet that was drawn.

    Attributes:
        image: id of the picture.
        images: of all parts, where it was too large for one.
        missing: signs that no font could write, such as ``U+1F600``; the legend names them.
    """

    image: str
    images: list[str]
    missing: list[str]
