"""One database, SQLite or Postgres, with the same two verbs: read and write."""

import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite
import anyio
import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from novelai.server.storage.errors import DatabaseUnavailableError
from novelai.server.storage.private import create_private

__all__ = ["CHANNEL", "AfterCommit", "Database", "after_commit", "connect", "notify"]

AfterCommit = Callable[[], None]

BUSY_MILLISECONDS = 30_000
READERS = 4
POSTGRES_CONNECTIONS = 10
ACTIONS = "after commit"
SINGLE = "single statements"
NOTICES = "notices"
CHANNEL = "novelai"
NOTIFY = text("SELECT pg_notify(:channel, told) FROM unnest(CAST(:notices AS text[])) AS told")


class Database:
    """A database and its connections.

    SQLite runs in write-ahead mode: many readers, and one writer whose transactions begin
    ``IMMEDIATE``, so that what a transaction has read cannot change before it writes. Commits are
    synced to the disk: an acknowledged job survives a power cut.

    Args:
        url: ``sqlite:///path`` or ``postgresql://...``; drivers are chosen here. What is no
            address yet, such as a file's path, comes as a `URL`.
    """

    def __init__(self, url: str | URL) -> None:
        self.url: URL = _with_driver(make_url(url))
        self.is_sqlite: bool = self.url.get_backend_name() == "sqlite"
        self._place: tuple[int, int] | None = None
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, size=1, immediate=True)
            self._reader = _sqlite_engine(self.url, size=READERS, immediate=False)
        else:
            self._writer = _postgres_engine(self.url)
            # Each statement sees a state of its own there anyway: nothing is begun, nor ended.
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """Yield a connection to read with; on SQLite it sees one state of the database."""
        with anyio.CancelScope(shield=True):
            async with _connect(self._reader) as connection:
                yield connection

    @asynccontextmanager
    async def look(self) -> AsyncGenerator[AsyncConnection]:
        """Yield the same for a single statement, or such as need not see one state."""
        async with self.read() as connection:
            connection.info[SINGLE] = True
            try:
                yield connection
            finally:
                connection.info.pop(SINGLE, None)

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction: committed at the end of the block, rolled back when it raises.

        A cancellation waits for its end: transactions are short, and half of one helps nobody.
        """
        with anyio.CancelScope(shield=True):
            async with _connect(self._writer) as connection:
                self._check_place()
                actions: list[AfterCommit] = []
                notices: list[str] = []
                connection.info[ACTIONS], connection.info[NOTICES] = actions, notices
                async with connection.begin():
                    yield connection
                    if notices:
                        await connection.execute(NOTIFY, {"channel": CHANNEL, "notices": notices})
            for action in actions:
                action()

    @asynccontextmanager
    async def rebuild(self) -> AsyncGenerator[AsyncConnection]:
        """Yield a connection as `write` does, on which tables can be made anew.

        SQLite changes a table by putting another one in its place. To drop the old one would take
        along what refers to it, so nothing is watched meanwhile, and all is checked at the end.
        """
        if not self.is_sqlite:
            async with self.write() as connection:
                yield connection
            return
        with anyio.CancelScope(shield=True):
            async with _connect(self._writer) as connection:
                await _set_foreign_keys(connection, watched=False)
                try:
                    async with connection.begin():
                        yield connection
                        broken = await connection.execute(text("PRAGMA foreign_key_check"))
                        if broken.first() is not None:
                            raise RuntimeError("the new schema would lose rows: left as it was")
                finally:
                    await _set_foreign_keys(connection, watched=True)

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        with anyio.CancelScope(shield=True):
            await self._writer.dispose()
            if self.is_sqlite:
                await self._reader.dispose()

    def _check_place(self) -> None:
        """See that the file is still where it was, which an open file does not tell.

        Raises:
            DatabaseUnavailableError: it was renamed, deleted or replaced: what is written now
                would be gone with the process.
        """
        if self.path is None:
            return
        try:
            found = self.path.stat()
        except FileNotFoundError:
            place = None
        else:
            place = (found.st_dev, found.st_ino)
        self._place = self._place or place
        if place is None or place != self._place:
            raise DatabaseUnavailableError(
                "The file of the database is not where it was: it was renamed, deleted or "
                "replaced while the server runs. Put it back, or restart the server."
            )


def after_commit(connection: AsyncConnection, action: AfterCommit) -> None:
    """Do something when the transaction of this connection has been committed, and only then."""
    connection.info[ACTIONS].append(action)


def notify(connection: AsyncConnection, notice: str) -> None:
    """Tell all processes on a Postgres database when the transaction has been committed."""
    connection.info[NOTICES].append(notice)


@asynccontextmanager
async def _connect(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    try:
        connection = await engine.connect()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError, TimeoutError) as error:
        # Drivers' errors pass through SQLAlchemy as they are while there is no connection yet.
        raise DatabaseUnavailableError(
            f"The database does not answer ({type(error).__name__}). Jobs wait in it."
        ) from error
    try:
        yield connection
    finally:
        await connection.close()


async def _set_foreign_keys(connection: AsyncConnection, *, watched: bool) -> None:
    connection.info[SINGLE] = True  # within a transaction the pragma does nothing
    try:
        await connection.execute(text(f"PRAGMA foreign_keys={'ON' if watched else 'OFF'}"))
        await connection.rollback()
    finally:
        connection.info.pop(SINGLE, None)


def _with_driver(url: URL) -> URL:
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    return url.set(drivername=drivers.get(url.get_backend_name(), url.drivername))


def _postgres_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=POSTGRES_CONNECTIONS, hide_parameters=True)

    def check(connection: Any, _record: Any, _proxy: Any) -> None:
        # The driver knows when the server closed a connection; to ask would be one way more.
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError

    event.listen(engine.sync_engine, "checkout", check)
    return engine


def _sqlite_engine(url: URL, *, size: int, immediate: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_reset_on_return=None,  # whoever ends a transaction has rolled it back or committed it
        connect_args={"async_creator_fn": connect},
        pool_timeout=BUSY_MILLISECONDS / 1000,
        hide_parameters=True,  # texts of errors would quote prompts
    )

    def configure(connection: Any, _record: Any) -> None:
        # The driver would begin transactions by itself, and later than they must begin here.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_MILLISECONDS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def began(connection: Any) -> None:
        if connection.info.get(SINGLE):
            return
        connection.connection.driver_connection.begin("BEGIN IMMEDIATE" if immediate else "BEGIN")

    event.listen(engine.sync_engine, "connect", configure)
    event.listen(engine.sync_engine, "begin", began)
    return engine


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
