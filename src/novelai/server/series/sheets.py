"""Sheets: all cells of a series in one picture of the gallery; and a series as an archive."""

import json
import logging
import re
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.events.bus import Bus
from novelai.server.images import repository as images
from novelai.server.images.export import file_name, zip_images
from novelai.server.images.service import ImageService
from novelai.server.jobs import series_course, series_rows
from novelai.server.jobs.series_views import cell_states
from novelai.server.model.artifact import sha256_of
from novelai.server.model.image import Image
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError
from novelai.server.model.series import CellState, Series
from novelai.server.series.drawing import (
    CELL,
    Dimension,
    DrawnSheet,
    SheetCell,
    SheetPlan,
    draw_sheets,
)
from novelai.server.series.service import visible_series
from novelai.server.storage.blobs import BlobMissingError, Blobs
from novelai.server.storage.clock import Clock, new_id
from novelai.server.storage.engine import Database

__all__ = ["SheetMade", "SheetService", "keep_drawing"]

log = logging.getLogger(__name__)

AT_ONCE = 5
EVERY = 5.0
FACTS = ("model", "size", "steps", "scale", "sampler", "seed")
NOTES = {
    "waiting": "waiting", "running": "being drawn", "failed": "failed", "cancelled": "cancelled",
    "uncertain": "not known yet", "done": "not in the gallery", "skipped": "",
}  # fmt: skip
UNSAFE = re.compile(r"[^\w.-]+")
LONGEST_LABEL = 40

SheetMade = tuple[list[str], list[str]]
"""Ids of the pictures, and signs that no font could write."""


class SheetService:
    """Draws sheets, one at a time: one takes seconds, and hundreds of MB.

    Args:
        database: where series are.
        blobs: where pictures are.
        clock: what time it is.
        bus: who is told.
        images: gives small pictures.
        font: a font file for labels, before those that the system has.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        *,
        clock: Clock,
        bus: Bus,
        images: ImageService,
        font: Path | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._bus = bus
        self._images = images
        self._font = font
        self._turn = anyio.Lock()

    async def draw(self, key: Key, series_id: str, edge: int = CELL) -> SheetMade:
        """Draw a series as it is now.

        Args:
            key: of the caller.
            series_id: which.
            edge: width of a cell in pixels, 96 to 768.

        Raises:
            ProblemError: 404; there is no such series. 409; none of its pictures is there.
        """
        async with self._database.read() as connection:
            series = await visible_series(connection, key, series_id)
        made = await self._draw(series, edge)
        if made is None:
            raise ProblemError(409, "conflict", "None of its pictures is in the gallery yet.")
        return made

    async def draw_due(self) -> int:
        """Draw sheets of series that have ended; return how many were looked at."""
        async with self._database.look() as connection:
            due = await series_rows.with_sheet_due(connection, AT_ONCE)
        for series in due:
            try:
                drawn = await self._draw(series, CELL, due=True)
            except (SQLAlchemyError, OSError):
                raise  # it is tried again
            except Exception as error:  # noqa: BLE001 - one that cannot be drawn stops no others
                log.error("no sheet of %s: %s", series.id, type(error).__name__)  # noqa: TRY400
                drawn = None
            if drawn is None:
                async with self._database.write() as connection:
                    await series_rows.change(connection, series.id, {"sheet": None})
        return len(due)

    async def archive(self, key: Key, series_id: str) -> AsyncGenerator[bytes]:
        """Yield the parts of an archive: pictures, sheet, and what was ordered.

        Raises:
            ProblemError: 404; there is no such series.
        """
        async with self._database.read() as connection:
            series = await visible_series(connection, key, series_id)
            found = await images.of_series(connection, series.owner_id, series.id)
            sheet = [series.sheet_image_id] if series.sheet_image_id else []
            found += await images.by_ids(connection, series.owner_id, sheet)
        document = json.dumps(series.document, ensure_ascii=False, indent=1).encode()
        return zip_images(
            found,
            self._images.data,
            name=lambda image: _name(series, image),
            files={"series.json": document},
        )

    async def _draw(self, series: Series, edge: int, *, due: bool = False) -> SheetMade | None:
        async with self._turn:
            plan = await self._plan(series, edge)
            if plan is None:
                return None
            drawn = await anyio.to_thread.run_sync(draw_sheets, plan)
            for one in drawn:
                await self._blobs.put_image(one.data)
            async with self._database.write() as connection:
                return await self._keep(connection, series, drawn, due=due)

    async def _plan(self, series: Series, edge: int) -> SheetPlan | None:
        """Read what is to be drawn; ``None`` when there is no picture."""
        async with self._database.read() as connection:
            rows = await series_rows.states(connection, [series.id])
            found = await images.of_series(connection, series.owner_id, series.id)
            jobs = await series_rows.newest_takes(connection, series.id)
        newest = {one.cell: one for one in reversed(found)}
        newest |= {one.cell: one for one in found if one.position == 0}
        small: dict[int, bytes] = {}
        for cell, image in newest.items():
            if cell is not None:
                try:
                    small[cell] = await self._picture(image, edge)
                except BlobMissingError:
                    continue
        if not small:
            return None
        order = series.document["order"]
        cells: list[SheetCell] = []
        for cell, state in enumerate(cell_states(series, rows)):
            source = series.layout.same.get(cell, cell)
            failed = jobs[source].error if state == "failed" and source in jobs else None
            note = series.layout.skipped.get(cell) or _note(state, failed)
            cells.append(SheetCell(small.get(source), note, state == "skipped"))
        return SheetPlan(
            title=series.name or "Series",
            facts=_facts(series),
            dimensions=_dimensions(series),
            cells=cells,
            document=json.dumps({**series.document, "name": series.name, "order": order}),
            edge=edge,
            font=self._font,
        )

    async def _picture(self, image: Image, edge: int) -> bytes:
        if edge > CELL:
            return await self._images.data(image)
        return await self._images.thumbnail(image)

    async def _keep(
        self, connection: AsyncConnection, series: Series, drawn: Sequence[DrawnSheet], *, due: bool
    ) -> SheetMade | None:
        """Put sheets into the gallery, unless another process did for the same end."""
        now = await self._clock.now(connection)
        locked = await series_rows.by_id(connection, series.id, lock=True)
        if locked is None or (due and locked.sheet != "due"):
            return None if locked is None else ([], [])
        position = await images.count_of_job(connection, series.id)
        ids: list[str] = []
        for place, one in enumerate(drawn, start=position):
            image_id = new_id("img")
            values = _columns(series, one, place) | {"id": image_id, "created_at": now}
            ids.append(image_id)
            await images.insert_values(connection, values)
            data = {"image": image_id, "key": series.key_id}
            self._bus.announce(connection, series.owner_id, "image", data)
        state: dict[str, Any] = {"sheet_image_id": ids[0]}
        if locked.sheet is not None:
            state["sheet"] = "drawn"
        await series_rows.change(connection, series.id, state)
        series_course.announce(connection, self._bus, series)
        return ids, sorted({sign for one in drawn for sign in one.lacked})


async def keep_drawing(sheets: SheetService, bus: Bus, *, every: float = EVERY) -> None:
    """Draw sheets that are due, until cancelled.

    Args:
        sheets: draws them.
        bus: tells that a series has ended.
        every: seconds after which is looked in any case.
    """
    while True:
        subscription = bus.subscribe()
        found = 0
        try:
            found = await sheets.draw_due()
        except* (SQLAlchemyError, OSError) as group:
            log.error("sheets wait after %s", type(group.exceptions[0]).__name__)  # noqa: TRY400
        if found < AT_ONCE:
            with anyio.move_on_after(every):
                await subscription.of_series()


def _columns(series: Series, drawn: DrawnSheet, position: int) -> dict[str, Any]:
    return {
        "owner_id": series.owner_id,
        "key_id": series.key_id,
        "job_id": series.id,
        "position": position,
        "sha256": sha256_of(drawn.data),
        "received": None,
        "media_type": drawn.media_type,
        "bytes": len(drawn.data),
        "width": drawn.width,
        "height": drawn.height,
        "kind": "sheet",
        "model": None,
        "seed": None,
        "prompt": series.name,
        "negative_prompt": "",
        "settings": {},
        "sources": [],
        "derived_from": None,
        "stack": None,
        "door": series.door,
        "favourite": False,
        "series_id": series.id,
        "cell": None,
        "take": None,
    }


def _note(state: CellState, failed: Any) -> str:
    if failed is not None:
        return f"failed: {failed.get('code', '')}"
    return NOTES[state]


def _facts(series: Series) -> str:
    """Return what all cells have in common, in a line."""
    base = series.document["order"]["base"]
    varied = " ".join(series.layout.titles)
    known = [f"{name} {base[name]}" for name in FACTS if base.get(name) and name not in varied]
    return " · ".join([*known, f"roll seed {series.document['order']['roll_seed']}"])


def _dimensions(series: Series) -> list[Dimension]:
    layout, order = series.layout, series.document["order"]
    found = [
        Dimension(title, labels) for title, labels in zip(layout.titles, layout.labels, strict=True)
    ]
    rounds = [str(number) for number in range(1, layout.rounds + 1)]
    lines = order.get("prompts") or [""]
    return [*found, Dimension("round", rounds), Dimension("prompt", lines)]


def _name(series: Series, image: Image) -> str:
    """Return the name of a picture in an archive: its place, then what it is called otherwise."""
    if image.cell is None:
        return f"sheet_{file_name(image)}"
    labels = "_".join(series.layout.place_of(image.cell).labels)
    safe = UNSAFE.sub("-", labels)[:LONGEST_LABEL].strip("-.")
    front = f"{image.cell:04d}" + (f"_{safe}" if safe else "")
    return f"{front}_{image.take}_{file_name(image)}"
