"""Reading and saving drafts."""

from typing import Any

from novelai.server.drafts import repository
from novelai.server.drafts.draft import Draft
from novelai.server.events.bus import Bus
from novelai.server.model.key import Key
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database

__all__ = ["DraftConflictError", "DraftService"]


class DraftConflictError(Exception):
    """Somebody saved in between.

    Attributes:
        current: the draft as it is.
    """

    def __init__(self, current: Draft) -> None:
        super().__init__(f"the draft is at revision {current.revision}")
        self.current = current


class DraftService:
    """One draft for each key.

    Args:
        database: where they are.
        clock: what time it is.
        bus: who is told.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def read(self, key: Key) -> Draft:
        """Return the key's draft."""
        async with self._database.read() as connection:
            return await repository.of_key(connection, key.id)

    async def save(self, key: Key, document: Any, revision: int) -> Draft:
        """Save a draft in the place of the revision it was made from.

        Args:
            key: whose.
            document: JSON.
            revision: that it was made from; 0 for the first.

        Raises:
            DraftConflictError: the draft is at another revision.
        """
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            draft = Draft(revision=revision + 1, document=document, updated_at=now)
            if not await repository.save(connection, key.id, draft):
                raise DraftConflictError(await repository.of_key(connection, key.id))
            subscription = {"revision": draft.revision, "key": key.id}
            self._bus.announce(connection, key.owner_id, "draft", subscription)
        return draft
