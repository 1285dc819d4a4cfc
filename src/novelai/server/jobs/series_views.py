"""Series as they are shown, from their rows and those of their jobs."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.accounts import repository as accounts
from novelai.server.jobs import repository, series_rows
from novelai.server.jobs.series_rows import SeriesJob
from novelai.server.jobs.series_schemas import SeriesView
from novelai.server.jobs.views import eta
from novelai.server.model.job import HELD, State
from novelai.server.model.series import (
    CellState,
    Series,
    series_state,
    states_of_outcome,
)

__all__ = ["RECENT", "cell_states", "series_views", "shown_in_state"]

RECENT = 5
"""Series that have ended, which a page begins with."""

MOST = 200
LAST = 20
"""Pictures by whose time is told how long others take."""


async def series_views(connection: AsyncConnection, found: Sequence[Series]) -> list[SeriesView]:
    """Return series of one owner as they are shown."""
    going = [one.id for one in found if one.outcome is None]
    rows: defaultdict[str, list[SeriesJob]] = defaultdict(list)
    for row in await series_rows.states(connection, going) if going else ():
        rows[row.series_id].append(row)
    waits = any(_waits(row) for ones in rows.values() for row in ones)
    line = await _Line.read(connection, found[0].owner_id) if waits else None
    return [_view(one, rows[one.id], line) for one in found]


async def shown_in_state(
    connection: AsyncConnection, owner_id: str, key_id: str | None
) -> list[SeriesView]:
    """Return the series that a page begins with: those that go on, and the last that ended."""
    going, ended = [
        await series_rows.list_series(
            connection, owner_id, key_id=key_id, finished=finished, limit=limit
        )
        for finished, limit in ((False, MOST), (True, RECENT))
    ]
    return await series_views(connection, [*going, *ended])


def cell_states(series: Series, rows: Sequence[SeriesJob]) -> list[CellState]:
    """Return the state of every cell, from the jobs of a series, each cell's newest take last."""
    if series.outcome is not None:
        return states_of_outcome(series.outcome)
    return series.layout.states((row.cell, row.state) for row in rows)


class _Line:
    """The order in which the jobs of an owner run, and how fast."""

    def __init__(
        self, places: Mapping[str, int], seconds: Sequence[float], working: int, running: int
    ) -> None:
        self._places = places
        self._seconds = seconds
        self._working = working
        self._running = running

    @classmethod
    async def read(cls, connection: AsyncConnection, owner_id: str) -> "_Line":
        order = await repository.run_order(connection, owner_id)
        seconds = await repository.recent_seconds(connection, owner_id, LAST)
        found = await accounts.of_owner(connection, owner_id, enabled=True)
        running = sum(account.job_id is not None for account in found)
        places = {job_id: place for place, job_id in enumerate(order)}
        return cls(places, seconds, len(found), running)

    def place(self, rows: Sequence[SeriesJob]) -> tuple[int | None, float | None]:
        """Return how many come before the first of these jobs, and when the last is done."""
        places = [self._places[row.id] for row in rows if row.id in self._places]
        if not places:
            return None, None
        until = eta(max(places), self._seconds, accounts=self._working, running=self._running)
        return min(places), until


def _waits(row: SeriesJob) -> bool:
    return row.state is State.QUEUED and row.run_after < HELD / 2


def _view(series: Series, rows: Sequence[SeriesJob], line: _Line | None) -> SeriesView:
    counts = Counter(cell_states(series, rows))
    open_rows = [row for row in rows if row.state in series_rows.UNFINISHED]
    preparing = any(row.cell is None for row in open_rows)
    position, until = line.place(open_rows) if line is not None else (None, None)
    spent = series.anlas if series.anlas is not None else sum(row.spent for row in rows)
    return SeriesView(
        id=series.id,
        name=series.name,
        kind=series.kind,
        door=series.door,
        state=series_state(series, counts, preparing=preparing),
        hold=series.hold,
        reason=series.reason,
        resume_anlas=series.resume_anlas,
        cells=series.cells,
        pictures=series.pictures,
        waiting=counts["waiting"],
        running=counts["running"],
        done=counts["done"],
        failed=counts["failed"],
        cancelled=counts["cancelled"],
        uncertain=counts["uncertain"],
        skipped=counts["skipped"],
        anlas_max=series.anlas_max,
        anlas=spent,
        reserved=sum(row.cost_max - row.spent for row in open_rows),
        allowance=series.allowance,
        position=position,
        eta_seconds=until,
        sheet=series.sheet_image_id,
        created_at=series.created_at,
        finished_at=series.finished_at,
    )
