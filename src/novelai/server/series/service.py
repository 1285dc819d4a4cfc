"""Series as people deal with them: looking, pausing, moving, taking back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.events.bus import Bus
from novelai.server.images import repository as images
from novelai.server.jobs import repository, series_course, series_rows, transitions
from novelai.server.jobs.series_schemas import SeriesView
from novelai.server.jobs.series_views import cell_states, series_views
from novelai.server.jobs.views import SHOWN
from novelai.server.keys import repository as keys
from novelai.server.model.image import Image
from novelai.server.model.job import SERIES_LANE, Job
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError, not_found
from novelai.server.model.series import CellState, Series, SeriesState
from novelai.server.series.plan_schemas import SkippedCell
from novelai.server.series.plan_views import same_groups
from novelai.server.series.schemas import (
    CellPage,
    CellView,
    SeriesAxis,
    SeriesDetails,
    SeriesPage,
)
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database

__all__ = ["SeriesService", "go_on", "visible_series"]

FIRST = "first"
ENDED: frozenset[SeriesState] = frozenset({"done", "cancelled"})


class SeriesService:
    """Series a key may see: its own, with scope ``admin`` all of its owner's.

    Args:
        database: where they are.
        clock: what time it is.
        bus: who is told.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def list(
        self, key: Key, state: SeriesState | None, *, before: int | None, limit: int
    ) -> SeriesPage:
        """Return a page of series, newest first.

        Args:
            key: of the caller.
            state: only those that stand so.
            before: `next` of the page before.
            limit: how many at most.
        """
        only = None if "admin" in key.limits.scopes else key.id
        finished = None if state is None else state in ENDED
        async with self._database.read() as connection:
            found = await series_rows.list_series(
                connection, key.owner_id, key_id=only, finished=finished, before=before, limit=limit
            )
            views = await series_views(connection, found)
        return SeriesPage(
            series=[view for view in views if state in (None, view.state)],
            next=found[-1].seq if len(found) == limit else None,
        )

    async def read(self, key: Key, series_id: str) -> Series:
        """Return a series.

        Raises:
            ProblemError: 404; there is none that the key may see.
        """
        async with self._database.read() as connection:
            return await visible_series(connection, key, series_id)

    async def view(self, key: Key, series_id: str) -> SeriesView:
        """Return a series as it is shown; raises as `read`."""
        async with self._database.read() as connection:
            series = await visible_series(connection, key, series_id)
            return (await series_views(connection, [series]))[0]

    async def details(self, key: Key, series_id: str) -> SeriesDetails:
        """Return a series as it is shown, with what was ordered; raises as `read`."""
        async with self._database.read() as connection:
            series = await visible_series(connection, key, series_id)
            (view,) = await series_views(connection, [series])
        layout, order = series.layout, series.document["order"]
        axes = zip(layout.titles, layout.labels, strict=True)
        return SeriesDetails(
            **view.model_dump(),
            document=order,
            roll_seed=order["roll_seed"],
            axes=[SeriesAxis(title=title, labels=labels) for title, labels in axes],
            skipped_cells=[
                SkippedCell(cell=cell, reason=why) for cell, why in layout.skipped.items()
            ],
            same=same_groups(layout.same),
        )

    async def cells(self, key: Key, series_id: str, first: int, limit: int) -> CellPage:
        """Return cells of a series, in order; raises as `read`."""
        async with self._database.read() as connection:
            series = await visible_series(connection, key, series_id)
            states = cell_states(series, await series_rows.states(connection, [series_id]))
            wanted = range(first, min(first + limit, series.cells))
            sources = {series.layout.same.get(cell, cell) for cell in wanted}
            jobs = await series_rows.jobs_of(connection, series_id)
            made = await images.of_series(connection, series.owner_id, series_id)
        known = _Known(
            series,
            states,
            [job for job in jobs if job.cell in sources],
            [image for image in made if image.cell in sources],
        )
        return CellPage(
            cells=[known.view(cell) for cell in wanted],
            total=series.cells,
            next=wanted.stop if wanted and wanted.stop < series.cells else None,
        )

    async def pause(self, key: Key, series_id: str, *, paused: bool) -> None:
        """Start nothing more of a series, or go on. What runs is not touched.

        Raises:
            ProblemError: 404; there is none. 409; it has ended, or it halted by itself.
        """
        async with self._database.write() as connection:
            series = await visible_series(connection, key, series_id, lock=True)
            if series.finished_at is not None:
                raise _ended()
            if series.hold == "halted":
                raise ProblemError(
                    409,
                    "conflict",
                    f"The series halted by itself: {series.reason} Resume it, or cancel it.",
                )
            if paused == (series.hold == "paused"):
                return
            now = await self._clock.now(connection)
            if paused:
                await series_rows.change(connection, series_id, {"hold": "paused", "held_at": now})
                await series_rows.hold_jobs(connection, series_id)
                series_course.announce(connection, self._bus, series)
            else:
                await go_on(connection, self._bus, series, now)

    async def change(
        self, key: Key, series_id: str, *, name: str | None = None, priority: int | None = None
    ) -> None:
        """Call a series something else, or make it more or less urgent; raises as `read`."""
        async with self._database.write() as connection:
            series = await visible_series(connection, key, series_id, lock=True)
            if name is not None:
                await series_rows.change(connection, series_id, {"name": name})
            if priority is not None:
                await series_rows.change_waiting(connection, series_id, {"priority": priority})
            series_course.announce(connection, self._bus, series)

    async def move(self, key: Key, series_id: str, before: str) -> None:
        """Put what waits of a series in front of another one of the same key, or of all.

        Raises:
            ProblemError: 404; there is none of them. 409; one of them does not wait.
        """
        async with self._database.write() as connection:
            series = await visible_series(connection, key, series_id, lock=True)
            await repository.lock_queue_of_key(connection, series.key_id, SERIES_LANE)
            line = await series_rows.in_front(connection, series.key_id)
            order = [one for one, _ in line if one != series_id]
            target = next(iter(order), None) if before == FIRST else before
            if len(order) == len(line) or (target is not None and target not in order):
                raise ProblemError(
                    409, "conflict", "Only a series that waits can be moved before one that does."
                )
            order.insert(order.index(target) if target is not None else 0, series_id)
            last = max(rank for _, rank in line)
            for place, one in enumerate(reversed(order)):
                await series_rows.change_waiting(connection, one, {"rank": last - place})
            series_course.announce(connection, self._bus, series)

    async def cancel(self, key: Key, series_id: str) -> None:
        """Take back what waits of a series; what runs comes to its end, and pictures stay.

        Raises:
            ProblemError: 404; there is none. 409; it has ended.
        """
        async with self._database.write() as connection:
            series = await visible_series(connection, key, series_id, lock=True)
            if series.finished_at is not None:
                raise _ended()
            await self._cancel(connection, series)

    async def halt_of_key(self, key_id: str, reason: str) -> None:
        """Keep what waits of a key's series from running.

        Args:
            key_id: whose series.
            reason: why, in a sentence.
        """
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            for series_id in await series_rows.open_of_key(connection, key_id):
                series = await series_rows.by_id(connection, series_id, lock=True)
                if series is not None and series.finished_at is None:
                    await series_course.halt(connection, self._bus, series, reason, now=now)

    async def cancel_forgotten(self, *, older_than: float, limit: int) -> int:
        """Take back series that have rested for so many seconds; return how many."""
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            found = await series_rows.list_held(connection, now - older_than, limit)
            for one in found:
                series = await series_rows.by_id(connection, one.id, lock=True)
                if series is not None and series.hold is not None:
                    await self._cancel(connection, series)
        return len(found)

    async def forget(self, *, older_than: float, limit: int) -> int:
        """Forget series that ended so many seconds ago, and of which no picture is left."""
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            return await series_rows.forget(connection, now - older_than, limit)

    async def _cancel(self, connection: AsyncConnection, series: Series) -> None:
        now = await self._clock.now(connection)
        values: dict[str, Any] = {
            "cancelled_at": now, "hold": None, "held_at": None, "reason": None, "resume_anlas": None
        }  # fmt: skip
        await series_rows.change(connection, series.id, values)
        waiting = await series_rows.lock_waiting(connection, series.id)
        await transitions.cancel_all(connection, self._bus, waiting, now=now)
        again = await series_rows.by_id(connection, series.id)
        if again is not None and not await series_rows.any_unfinished(connection, series.id):
            await series_course.finish(connection, self._bus, again, now)
        else:
            series_course.announce(connection, self._bus, series)


async def visible_series(
    connection: AsyncConnection, key: Key, series_id: str, *, lock: bool = False
) -> Series:
    """Return a series that a key may see.

    Raises:
        ProblemError: 404; there is none.
    """
    series = await series_rows.by_id(connection, series_id, lock=lock)
    if series is None or series.owner_id != key.owner_id:
        raise not_found("series")
    if series.key_id != key.id and "admin" not in key.limits.scopes:
        raise not_found("series")
    return series


async def go_on(connection: AsyncConnection, bus: Bus, series: Series, now: float) -> None:
    """Let a series run that was held, which is locked."""
    key = await keys.by_id(connection, series.key_id, lock=True)
    if key is not None and not (await repository.load(connection, key.id, now)).in_line:
        await keys.join_queue(connection, key)
    values = {
        "hold": None, "held_at": None, "reason": None, "resume_anlas": None, "counted_from": now
    }  # fmt: skip
    await series_rows.change(connection, series.id, values)
    await series_rows.release_jobs(connection, series.id)
    series_course.announce(connection, bus, series)


def _ended() -> ProblemError:
    return ProblemError(409, "conflict", "The series has ended already. Nothing was changed.")


class _Known:
    """What is known of the cells of a series: by jobs, or by pictures when these are forgotten."""

    def __init__(
        self,
        series: Series,
        states: Sequence[CellState],
        jobs: Sequence[Job],
        made: Sequence[Image],
    ) -> None:
        self._layout = series.layout
        self._states = states
        self._jobs: dict[int | None, list[Job]] = {}
        for job in jobs:
            self._jobs.setdefault(job.cell, []).append(job)
        self._images: dict[int | None, list[Image]] = {}
        for image in made:
            self._images.setdefault(image.cell, []).append(image)

    def view(self, cell: int) -> CellView:
        """Return a cell as it is shown."""
        place = self._layout.place_of(cell)
        source = self._layout.same.get(cell, cell)
        view = CellView(
            cell=cell,
            line=place.line,
            round=place.round,
            place=place.place,
            labels=place.labels,
            state=self._states[cell],
            same_as=None if source == cell else source,
            reason=self._layout.skipped.get(cell),
        )
        jobs, made = self._jobs.get(source, []), self._images.get(source, [])
        view.take = max([job.take for job in jobs] + [image.take or 0 for image in made], default=0)
        newest = [image for image in made if image.take == view.take]
        view.images = [image.id for image in newest]
        if jobs:
            job = jobs[-1]
            view.job, view.seed, view.error = job.id, job.params.get("seed"), job.error
            view.prompt = str(job.params.get("prompt") or "")[:SHOWN]
            view.cost = sum(one.spent if one.cost is None else one.cost for one in jobs)
        elif newest:
            view.seed, view.prompt = newest[0].seed, newest[0].prompt[:SHOWN]
        return view
