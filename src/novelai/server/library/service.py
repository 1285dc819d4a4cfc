"""Keeping, changing and calling the entries of the library."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.events.bus import Bus
from novelai.server.library import repository
from novelai.server.library.entry import EntryFilter, EntryText, LibraryEntry, check_entry
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError, not_found
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.templates import Library

__all__ = ["EntryConflictError", "EntryPage", "LibraryService"]

MOST = 5_000
MOST_MIB = 64
MIB = 1024 * 1024


class EntryConflictError(Exception):
    """Somebody changed an entry in between.

    Attributes:
        current: the entry as it is.
    """

    def __init__(self, current: LibraryEntry) -> None:
        super().__init__(f"the entry is at revision {current.revision}")
        self.current = current


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Some entries, and whether there are more behind them."""

    entries: Sequence[LibraryEntry]
    more: bool


class LibraryService:
    """The entries of each key, and those that its owner's other keys share.

    Args:
        database: where they are.
        clock: what time it is.
        bus: who is told.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def list(self, key: Key, wanted: EntryFilter, limit: int) -> EntryPage:
        """List entries by name: the key's own and shared ones; with ``admin`` all of its owner."""
        async with self._database.read() as connection:
            found = await repository.list_entries(connection, key, wanted, limit + 1)
        return EntryPage(entries=found[:limit], more=len(found) > limit)

    async def read(self, key: Key, entry_id: str) -> LibraryEntry:
        """Return an entry.

        Raises:
            ProblemError: 404; there is none that the key may see.
        """
        async with self._database.read() as connection:
            return await _find(connection, key, entry_id)

    async def library_of(self, key: Key) -> Library:
        """Return what the key's templates may call: its own entries before shared ones."""
        async with self._database.read() as connection:
            entries = await repository.callable_by(connection, key)
        meant = {entry.content.name_key: entry for entry in reversed(entries)}
        return Library(entry.content.as_template() for entry in meant.values())

    async def add(self, key: Key, content: EntryText) -> LibraryEntry:
        """Keep a new entry.

        Raises:
            ProblemError: the name is taken or cannot be written, the library is full, or the key
                may not share.
            TemplateError: the text is too large, or no template.
        """
        check_entry(content)
        try:
            async with self._database.write() as connection:
                return await self._add(connection, key, content)
        except IntegrityError:  # another process took the name at this moment
            raise _taken(content.name) from None

    async def change(
        self, key: Key, entry_id: str, content: EntryText, revision: int
    ) -> LibraryEntry:
        """Put other content in the place of an entry's; one in the bin comes back.

        Args:
            key: of who changes it; another key's can be changed by an administrator alone.
            entry_id: which.
            content: all of it.
            revision: that it was made from.

        Raises:
            EntryConflictError: the entry is at another revision.
            ProblemError: as for `add`, or there is no such entry.
            TemplateError: as for `add`.
        """
        check_entry(content)
        try:
            async with self._database.write() as connection:
                entry = await self._own(connection, key, entry_id, revision)
                await self._check(connection, key, content, entry)
                return await self._replace(connection, key, entry, content)
        except IntegrityError:  # another process took the name at this moment
            raise _taken(content.name) from None

    async def delete(self, key: Key, entry_id: str, revision: int | None = None) -> None:
        """Put an entry into the bin, where it is kept for 30 days.

        Raises:
            EntryConflictError: the entry is at another revision than the one that is given.
            ProblemError: there is no such entry, or it is another key's.
        """
        async with self._database.write() as connection:
            entry = await self._own(connection, key, entry_id, revision)
            if entry.deleted_at is None:
                await self._replace(connection, key, entry, entry.content, deleted=True)

    async def forget(self, *, older_than: float, limit: int) -> int:
        """Forget entries that have been in the bin for so many seconds; return how many."""
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            return await repository.forget(connection, now - older_than, limit)

    async def _add(self, connection: AsyncConnection, key: Key, content: EntryText) -> LibraryEntry:
        await self._check(connection, key, content, None)
        now = await self._clock.now(connection)
        entry = await repository.add(connection, key, content, now)
        self._announce(connection, key, entry)
        return entry

    async def _replace(
        self,
        connection: AsyncConnection,
        key: Key,
        entry: LibraryEntry,
        content: EntryText,
        *,
        deleted: bool = False,
    ) -> LibraryEntry:
        now = await self._clock.now(connection)
        if not await repository.replace(connection, entry, content, now=now, deleted=deleted):
            raise EntryConflictError(await _find(connection, key, entry.id))
        changed = replace(
            entry,
            content=content,
            revision=entry.revision + 1,
            updated_at=now,
            deleted_at=now if deleted else None,
        )
        # Who could use it hears of it, also when it is shared no longer.
        self._announce(connection, key, changed, everybody=entry.content.shared)
        return changed

    def _announce(
        self,
        connection: AsyncConnection,
        key: Key,
        entry: LibraryEntry,
        *,
        everybody: bool = False,
    ) -> None:
        change = {
            "id": entry.id,
            "kind": entry.content.kind,
            "revision": entry.revision,
            "deleted": entry.deleted_at is not None,
            "key": None if everybody or entry.content.shared else entry.key_id,
        }
        self._bus.announce(connection, key.owner_id, "library", change)

    async def _own(
        self, connection: AsyncConnection, key: Key, entry_id: str, revision: int | None
    ) -> LibraryEntry:
        """Return an entry that the key may change."""
        entry = await _find(connection, key, entry_id)
        if entry.key_id != key.id and "admin" not in key.limits.scopes:
            raise ProblemError(
                403, "scope", "This entry is another key's: it is shared to be used, not changed."
            )
        if revision is not None and entry.revision != revision:
            raise EntryConflictError(entry)
        return entry

    async def _check(
        self,
        connection: AsyncConnection,
        key: Key,
        content: EntryText,
        entry: LibraryEntry | None,
    ) -> None:
        """Check what only the others in the library tell."""
        shared_before = entry is not None and entry.content.shared
        if content.shared and not shared_before and "admin" not in key.limits.scopes:
            raise ProblemError(403, "scope", "Sharing an entry needs a key with scope admin.")
        holder = await repository.holder_of(
            connection, key.id if entry is None else entry.key_id, content.name_key
        )
        if holder is not None and (entry is None or holder.id != entry.id):
            raise _taken(holder.content.name, holder.id)
        count, size = await repository.measure(connection, key.owner_id)
        before = 0 if entry is None else entry.content.size
        if entry is None and count >= MOST:
            raise _full(f"holds at most {MOST:,} entries, those in the bin among them")
        if size - before + content.size > MOST_MIB * MIB:
            raise _full(f"holds at most {MOST_MIB} MiB, what is in the bin among it")


async def _find(connection: AsyncConnection, key: Key, entry_id: str) -> LibraryEntry:
    entry = await repository.by_id(connection, key, entry_id)
    if entry is None:
        raise not_found("entry of the library")
    return entry


def _taken(name: str, holder: str | None = None) -> ProblemError:
    return ProblemError(
        409,
        "name_taken",
        f'"{name}" has this name already. Not saved.',
        errors=[("name", "is taken")],
        members={} if holder is None else {"holder": holder},
    )


def _full(rule: str) -> ProblemError:
    return ProblemError(413, "too_large", f"The library of one owner {rule}. Not saved.")
