"""Adding up the ledger."""

from collections.abc import Mapping

from novelai.server.keys import ledger
from novelai.server.keys import repository as keys
from novelai.server.keys.ledger import UsageRow
from novelai.server.model.key import Key
from novelai.server.storage.engine import Database
from novelai.server.usage.schemas import Group

__all__ = ["UsageService"]


class UsageService:
    """What a key used, or, for one with scope ``admin``, all of its owner's.

    Args:
        database: where the ledger is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(
        self, key: Key, *, by: Group, since: float | None, until: float | None
    ) -> list[UsageRow]:
        """Usage in groups.

        Args:
            key: of the caller.
            by: what makes a group.
            since: jobs submitted at or after, unix seconds.
            until: jobs submitted before, unix seconds.
        """
        async with self._database.read() as connection:
            return await ledger.usage(
                connection,
                owner_id=key.owner_id,
                key_id=None if "admin" in key.limits.scopes else key.id,
                by=by,
                since=since,
                until=until,
            )

    async def names(self, key: Key) -> Mapping[str, str]:
        """What the owner's keys are called, by their ids."""
        async with self._database.read() as connection:
            return {one.id: one.name for one in await keys.of_owner(connection, key.owner_id)}
