"""What an earlier version did not keep about pictures, made up for while the server runs.

It goes in small steps, and where it was left it is taken up again by the next start.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import anyio
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from novelai.server.images import repository
from novelai.server.images.index import any_missing, index_missing
from novelai.server.images.origin import inherited, place_in_stack
from novelai.server.model.image import image_from
from novelai.server.storage.engine import Database
from novelai.server.storage.tables import images

__all__ = ["make_up", "tell_sources"]

log = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 100
FIRST, LONGEST = 1.0, 60.0
"""Seconds between two tries while the database is away."""

DERIVED = ("tool", "upscale")


async def make_up(database: Database) -> None:
    """Tell old pictures what they were made from, and index all that are not; then end."""
    if not await _patiently(lambda _: any_missing(database), None):
        return
    log.info("pictures are being indexed for the search, the newest first")
    # What has its words from another one is told so before anything says that all is done.
    for step in (tell_sources, index_missing):
        at: int | None = await _patiently(partial(step, database), None)
        while at is not None:
            at = await _patiently(partial(step, database), at)
    log.info("all pictures are indexed")


async def tell_sources(database: Database, above: int | None = None) -> int | None:
    """Give some pictures that tools made what they have from their source, the oldest first.

    Args:
        database: which.
        above: only such whose `seq` is higher.

    Returns:
        the `seq` to go on above; ``None`` when there are no more.
    """
    orphans = select(*images.c).where(
        images.c.kind.in_(DERIVED), images.c.derived_from.is_(None), images.c.seq > (above or 0)
    )
    async with database.write() as connection:
        rows = await connection.execute(orphans.order_by(images.c.seq).limit(AT_ONCE))
        found = [image_from(row) for row in rows]
        for image in found:
            source = await repository.source_among(connection, image)
            if source is None:
                continue
            values = place_in_stack(source) | inherited(image.kind, image.settings, source)
            await repository.change(connection, [image.id], values)
            await repository.refresh_words(connection, {"id": image.id, **values})
    return found[-1].seq if found else None


async def _patiently(step: Callable[[int | None], Awaitable[T]], at: int | None) -> T:
    pause = FIRST
    while True:
        try:
            return await step(at)
        except (SQLAlchemyError, OSError) as error:
            log.warning("indexing has to wait: %s", type(error).__name__)
        await anyio.sleep(pause)
        pause = min(pause * 2, LONGEST)
