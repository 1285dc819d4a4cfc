"""A series as a value: one order of many jobs, its cells, and where it stands."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias

from sqlalchemy import Row

from novelai.server.model.job import State
from novelai.server.model.rows import columns_of

__all__ = [
    "CellPlace",
    "CellState",
    "Layout",
    "Series",
    "SeriesState",
    "outcome_of",
    "series_from",
    "series_state",
    "states_of_outcome",
]

CellState: TypeAlias = Literal[
    "waiting", "running", "done", "failed", "cancelled", "uncertain", "skipped"
]
SeriesState: TypeAlias = Literal[
    "waiting", "running", "done", "cancelled", "paused", "halted", "needs_you"
]

CELL_STATES: Mapping[State, CellState] = {
    State.QUEUED: "waiting",
    State.RUNNING: "running",
    State.SUCCEEDED: "done",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
    State.UNCERTAIN: "uncertain",
}
SIGNS: Mapping[CellState, str] = {"done": "d", "failed": "f", "cancelled": "c", "skipped": "s"}
STATES: Mapping[str, CellState] = {sign: state for state, sign in SIGNS.items()}


@dataclass(frozen=True, slots=True)
class CellPlace:
    """Where a cell is.

    Attributes:
        line: the number of its prompt.
        round: the repetition.
        place: the number of its value on each axis, X first.
        labels: what these are called.
    """

    line: int
    round: int
    place: tuple[int, ...]
    labels: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the cells of a series are laid out: lines, rounds, Z, Y and X, which is the fastest.

    Attributes:
        cells: how many there are.
        rounds: repetitions of each line.
        titles: what varies on each axis, X first.
        labels: what the values of each axis are called, X first.
        skipped: why a cell is not drawn, by its number.
        same: the cell whose picture a cell shows, where that is another one's.
    """

    cells: int
    rounds: int
    titles: Sequence[str] = ()
    labels: Sequence[Sequence[str]] = field(default=(), repr=False)
    skipped: Mapping[int, str] = field(default_factory=dict[int, str], repr=False)
    same: Mapping[int, int] = field(default_factory=dict[int, int], repr=False)

    def place_of(self, cell: int) -> CellPlace:
        """Return where a cell is."""
        place: list[int] = []
        rest = cell
        for labels in self.labels:
            rest, at = divmod(rest, len(labels))
            place.append(at)
        line, turn = divmod(rest, self.rounds)
        names = tuple(labels[at] for labels, at in zip(self.labels, place, strict=True))
        return CellPlace(line, turn, tuple(place), names)

    def states(self, jobs: Iterable[tuple[int | None, State]]) -> list[CellState]:
        """Return the state of every cell.

        Args:
            jobs: cell and state of each, the newest take of a cell behind the others.
        """
        drawn: dict[int | None, CellState] = {cell: CELL_STATES[state] for cell, state in jobs}
        found: list[CellState] = []
        for cell in range(self.cells):
            if cell in self.skipped:
                found.append("skipped")
            else:
                found.append(drawn.get(self.same.get(cell, cell), "cancelled"))
        return found

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "cells": self.cells,
            "rounds": self.rounds,
            "titles": [*self.titles],
            "labels": [[*labels] for labels in self.labels],
            "skipped": [[*one] for one in self.skipped.items()],
            "same": [[*one] for one in self.same.items()],
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read back what `document` wrote."""
        fields: dict[str, Any] = {**document}
        fields |= {name: dict(document[name]) for name in ("skipped", "same")}
        return cls(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One order of many jobs.

    Attributes:
        seq: place in the order of submission.
        document: as it was ordered, with its roll seed, and its library; see `series.planning`.
        layout: how its cells are laid out.
        pictures: how many are drawn at most.
        anlas_max: Anlas that were reserved when it was ordered, and for cells that are done again.
        allowance: free V5 pictures, likewise.
        on_failure: whether the first failure halts it.
        hold: nothing of it is started: a person paused it, or it halted by itself.
        held_at: since when, unix seconds.
        reason: why it halted, in a sentence.
        resume_anlas: what going on costs at most, where the price rose.
        counted_from: failures before do not halt it any more, unix seconds.
        cancelled_at: when what waited was taken back.
        outcome: one sign for each cell, when all have come to their end.
        anlas: what was charged, likewise.
        sheet: the sheet is ``due``, or ``drawn``; ``None``: none is wanted.
        finished_at: when all of it had come to its end, unix seconds.
    """

    seq: int
    id: str
    owner_id: str
    key_id: str
    kind: Literal["series", "chain"]
    name: str = field(repr=False)
    door: str
    document: Mapping[str, Any] = field(repr=False)
    layout: Layout
    body_hash: str
    idempotency_key: str | None = field(repr=False)
    cells: int
    pictures: int
    anlas_max: int
    allowance: int
    on_failure: Literal["go_on", "halt"]
    hold: Literal["paused", "halted"] | None
    held_at: float | None
    reason: str | None
    resume_anlas: int | None
    counted_from: float
    cancelled_at: float | None
    webhook: str | None = field(repr=False)
    outcome: str | None
    anlas: int | None
    sheet: Literal["due", "drawn"] | None
    sheet_image_id: str | None
    created_at: float
    finished_at: float | None


def series_from(row: Row[Any]) -> Series:
    """Read a row of the series table."""
    columns = columns_of(row)
    columns["layout"] = Layout.read(columns["layout"])
    return Series(**columns)


def series_state(series: Series, counts: Counter[CellState], *, preparing: bool) -> SeriesState:
    """Return where a series stands.

    Args:
        series: the row.
        counts: how many of its cells are in each state.
        preparing: a job that prepares something for its cells has not ended.
    """
    waits = counts["waiting"] > 0 or preparing
    if waits and series.hold is not None:
        return series.hold
    if not waits and not counts["running"]:
        if counts["uncertain"]:
            return "needs_you"
        return "done" if series.cancelled_at is None else "cancelled"
    begun = counts.total() - counts["waiting"] - counts["skipped"]
    return "running" if begun else "waiting"


def outcome_of(states: Sequence[CellState]) -> str:
    """Write the states of all cells, which have come to their end, in one sign each."""
    return "".join(SIGNS[state] for state in states)


def states_of_outcome(outcome: str) -> list[CellState]:
    """Read back what `outcome_of` wrote."""
    return [STATES[sign] for sign in outcome]
