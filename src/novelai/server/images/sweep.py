"""Bytes that nobody knows of any more, and pictures that were handed in and not used.

A process that dies between keeping bytes and writing down whose they are leaves orphans. They are
told from bytes on their way by their age.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, tuple_

from novelai.server.images import repository
from novelai.server.storage.blobs import Blobs, Entry
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.storage.tables import uploads

__all__ = ["SweepReport", "expire_uploads", "sweep_orphans"]

log = logging.getLogger(__name__)

DAY = 86_400.0
PREFIXES = ("pictures/", "thumbs/", "spool/", "previews/")
BY_HASH = ("pictures/", "thumbs/")


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What a sweep did.

    Attributes:
        looked_at: how many names.
        removed: how many of them.
        bytes: how much that was.
    """

    looked_at: int = 0
    removed: int = 0
    bytes: int = 0


async def sweep_orphans(
    database: Database, blobs: Blobs, *, now: float, older_than: float = DAY
) -> SweepReport:
    """Remove bytes that no picture, vibe, upload or unfinished job refers to.

    It reads a page of names at a time, and is meant to be slow.

    Args:
        database: which knows what is used.
        blobs: where bytes are.
        now: unix seconds of the store's clock.
        older_than: seconds; younger bytes may be on their way. Not less than an hour: what is
            handed in again within that is not written again (`Blobs.put_picture`).

    Raises:
        StorageUnavailableError: the store does not answer; what was removed is removed.
    """
    looked_at = removed = size = 0
    for prefix in PREFIXES:
        async for page in blobs.pages(prefix):
            looked_at += len(page)
            old = [one for one in page if one.written_at < now - older_than]
            for entry in await _orphans(database, prefix, old):
                if await _still(blobs, entry):
                    await blobs.delete(entry.name)
                    removed, size = removed + 1, size + entry.size
    if removed:
        log.info("removed %d orphans, %d bytes", removed, size)
    return SweepReport(looked_at=looked_at, removed=removed, bytes=size)


async def expire_uploads(
    database: Database, blobs: Blobs, clock: Clock, *, older_than: float, at_once: int = 500
) -> int:
    """Forget pictures that were handed in and not used for so long, and their bytes.

    Args:
        database: where they are listed.
        blobs: where their bytes are.
        clock: what time it is.
        older_than: seconds since they were used last.
        at_once: how many at most.

    Returns:
        how many there were.
    """
    async with database.write() as connection:
        now = await clock.now(connection)
        old = uploads.c.used_at < now - older_than
        some = select(uploads.c.key_id, uploads.c.sha256).where(old).limit(at_once)
        these = tuple_(uploads.c.key_id, uploads.c.sha256).in_(some)
        # Old still when its turn comes: one that is just being used again stays.
        gone = delete(uploads).where(these, old).returning(uploads.c.sha256)
        found = (await connection.execute(gone)).scalars().all()
        hashes = sorted(set(found))
        unused = await repository.find_unused(connection, hashes)
    for sha256 in unused:
        await blobs.delete_image(sha256)
    return len(found)


async def _orphans(database: Database, prefix: str, old: Sequence[Entry]) -> list[Entry]:
    if not old:
        return []
    if prefix not in BY_HASH:
        # Lists of calls and previews: what is of use is minutes old.
        return list(old)
    hashes = {_hash(entry): entry for entry in old}
    async with database.read() as connection:
        unused = await repository.find_unused(connection, list(hashes))
    return [hashes[sha256] for sha256 in unused]


async def _still(blobs: Blobs, entry: Entry) -> bool:
    """Return whether nobody wrote it again meanwhile."""
    found = await blobs.look(entry.name)
    return found is not None and found.written_at == entry.written_at


def _hash(entry: Entry) -> str:
    return entry.name.rpartition("/")[2].removesuffix(".webp")
