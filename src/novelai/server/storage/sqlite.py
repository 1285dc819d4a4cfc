"""A driver for SQLite with one change of threads for each statement.

The one it builds on changes threads for a cursor, the statement, its rows, and to close it. The
begin of a transaction travels with its first statement, and what was not begun is not ended.

That needs parts of aiosqlite that are not public: ``_thread``, ``_conn`` and ``_execute``. The
version is pinned to those that have them, and ``tests/server_core/test_driver.py`` says what to do
with the next. A thread of our own would not be rid of them: SQLAlchemy asks for the same ones.
"""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite

from novelai.server.storage.private import create_private

__all__ = ["connect"]

CHUNK = 64


class _Connection(aiosqlite.Connection):
    """A connection; `begin` is all that callers see of it beside the driver's own."""

    def __init__(self, opened: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(opened, CHUNK)
        self._thread.daemon = True
        self._pending: str | None = None

    def begin(self, statement: str) -> None:
        """Begin a transaction with the next statement."""
        self._pending = statement

    def cursor(self, cursor_class: Any = None) -> Any:
        del cursor_class
        return _Cursor(self)

    async def commit(self) -> None:
        if self._has_ended():
            await super().commit()

    async def rollback(self) -> None:
        if self._has_ended():
            await super().rollback()

    async def run(self, action: Callable[[sqlite3.Cursor], Any]) -> "_Found":
        """Do something with a cursor, and take all that it found."""
        pending, self._pending = self._pending, None
        return await self._execute(self._find, pending, action)

    def _find(self, pending: str | None, action: Callable[[sqlite3.Cursor], Any]) -> "_Found":
        cursor = self._conn.cursor()
        try:
            if pending is not None:
                cursor.execute(pending)
            action(cursor)
            rows = cursor.fetchall() if cursor.description else []
            return _Found(rows, cursor)
        finally:
            cursor.close()

    def _has_ended(self) -> bool:
        pending, self._pending = self._pending, None
        return pending is None and self.in_transaction


class _Found:
    """What a statement gave."""

    def __init__(self, rows: Sequence[Any], cursor: sqlite3.Cursor) -> None:
        self.rows = rows
        self.description = cursor.description
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid


class _Cursor:
    """A cursor that holds all rows of its statement."""

    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, values: Any = ()) -> Self:
        return await self._take(lambda cursor: cursor.execute(statement, values or ()))

    async def executemany(self, statement: str, values: Any) -> Self:
        return await self._take(lambda cursor: cursor.executemany(statement, values))

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        self._rows = ()

    async def _take(self, action: Callable[[sqlite3.Cursor], Any]) -> Self:
        found = await self._connection.run(action)
        self._rows = found.rows
        self.description = found.description
        self.rowcount = found.rowcount
        self.lastrowid = found.lastrowid
        return self


def connect(database: str, **options: Any) -> _Connection:
    """Return a connection in a thread of its own, to be awaited.

    Args:
        database: the file.
        **options: of `sqlite3.connect`.
    """

    def open_connection() -> sqlite3.Connection:
        create_private(Path(database))  # what SQLite keeps beside it becomes as private
        return sqlite3.connect(database, **options)

    return _Connection(open_connection)
