"""Adding up the ledger."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from novelai.server.keys import ledger
from novelai.server.keys import repository as keys
from novelai.server.keys.ledger import UsageRow
from novelai.server.model.key import Key
from novelai.server.storage.engine import Database
from novelai.server.usage.schemas import Group, UsageRowView

__all__ = ["UsageService", "csv_of"]


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
        """Return the names of the owner's keys by their ids."""
        async with self._database.read() as connection:
            return {one.id: one.name for one in await keys.of_owner(connection, key.owner_id)}


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program takes for the beginning of a formula, and runs."""

NUMBERS = ("jobs", "images", "anlas", "allowance")


def csv_of(rows: Sequence[UsageRowView], by: Group) -> str:
    """Return the rows as CSV with a line of names; no text in it is taken for a formula."""
    names = (by, "name") if by == "key" else (by,)
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow((*names, *NUMBERS))
    for row in rows:
        texts = (_harmless(getattr(row, name) or "") for name in names)
        writer.writerow((*texts, *(getattr(row, name) for name in NUMBERS)))
    return buffer.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
