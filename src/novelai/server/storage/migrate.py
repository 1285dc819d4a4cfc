"""Bringing a database to this program's schema; copies of it; and the lock of the only process."""

import fcntl
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import anyio.to_thread
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from novelai.server.storage.engine import Database
from novelai.server.storage.private import FOLDER_MODE, create_private, tighten

__all__ = [
    "InUseError",
    "MigrationError",
    "NewerDatabaseError",
    "backup",
    "is_current",
    "migrate",
    "only_process",
    "restore",
]

BESIDE = ("-wal", "-shm")
"""How the names of the files end that SQLite keeps beside a database."""

ADVISORY_LOCK = 0x6E6F7661


class NewerDatabaseError(RuntimeError):
    """A newer version of the program has written this database."""


class MigrationError(RuntimeError):
    """A database was not brought up; the text says what to do, and that it was left as it was."""


class InUseError(RuntimeError):
    """Another process uses this database."""


async def migrate(database: Database, *, now: float) -> Path | None:
    """Bring a database, empty or old, to this program's schema.

    An SQLite database that holds something is copied first.

    Args:
        database: which.
        now: unix seconds, for the name of the copy.

    Returns:
        the copy, if one was made.

    Raises:
        NewerDatabaseError: it is newer than this program.
        MigrationError: a file cannot be written, for example because the disk is full.
    """
    async with database.read() as connection:
        current = await connection.run_sync(_revision)
    scripts = ScriptDirectory.from_config(_config())
    head = scripts.get_current_head()
    if current == head:
        return None
    if current is not None and current not in {one.revision for one in scripts.walk_revisions()}:
        raise NewerDatabaseError(
            "A newer version of this program has written the database. "
            "Install that version, or restore a backup."
        )
    copy = None
    if current is not None and database.path is not None:
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
        copy = database.path.with_name(f"{database.path.name}.{stamp}.{current}.bak")
        try:
            await backup(database, copy)
        except (sqlite3.Error, OSError) as error:
            copy.unlink(missing_ok=True)  # half of a copy is none
            raise MigrationError(
                f"The database was left as it was: no copy could be made before bringing it to "
                f"this version's schema ({error}). Make room on the disk, and start again."
            ) from error
    try:
        async with database.rebuild() as connection:
            await connection.run_sync(_upgrade)
    except SQLAlchemyError as error:
        if copy is None:
            raise
        raise MigrationError(
            f"The database could not be brought to this version's schema and was left as it was "
            f"({getattr(error, 'orig', None) or type(error).__name__}); {copy} is a copy of it. "
            "Make room on the disk, and start again."
        ) from error
    return copy


async def is_current(database: Database) -> bool:
    """Return whether a database has this program's schema."""
    async with database.read() as connection:
        current = await connection.run_sync(_revision)
    return current == ScriptDirectory.from_config(_config()).get_current_head()


async def backup(database: Database, target: Path) -> None:
    """Copy an SQLite database while it is in use.

    Raises:
        ValueError: it is not SQLite: ``pg_dump`` copies Postgres.
        FileExistsError: there is a file already.
    """
    source = database.path
    if source is None:
        raise ValueError("Use pg_dump to back up a Postgres database.")
    await anyio.to_thread.run_sync(_copy_new, source, target)


async def restore(database_path: Path, copy: Path) -> None:
    """Put a copy in the place of an SQLite database that no process uses.

    What was there is kept beside it as ``....before-restore``.

    Raises:
        InUseError: a process uses it.
        ValueError: the copy is damaged, or not a database.
    """
    await anyio.to_thread.run_sync(_restore, database_path, copy)


@contextmanager
def only_process(path: Path) -> Generator[None]:
    """Hold the lock of the one process that may use an SQLite database.

    The system gives it back when the process dies. Its files become readable by their owner alone.

    Raises:
        InUseError: another process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    lock = path.with_name(f"{path.name}.lock")
    for one in (path, *(path.with_name(path.name + suffix) for suffix in BESIDE), lock):
        tighten(one)
    create_private(lock)
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUseError(
                f"Another process uses {path}. Stop it first, or use Postgres for several."
            ) from error
        yield


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "novelai.server.storage:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Several processes may start at once on an empty database.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _copy_new(source: Path, target: Path) -> None:
    if target.exists():
        raise FileExistsError(target)
    _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    create_private(target)
    with (
        closing(sqlite3.connect(source)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        reader.backup(writer)


def _restore(path: Path, copy: Path) -> None:
    with only_process(path):
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as reader:
            try:
                verdict = reader.execute("PRAGMA integrity_check").fetchone()[0]
            except sqlite3.DatabaseError as error:
                raise ValueError(f"{copy} is not a database.") from error
        if verdict != "ok":
            raise ValueError(f"{copy} is damaged: {verdict}")
        if path.exists():
            kept = path.with_name(f"{path.name}.before-restore")
            kept.unlink(missing_ok=True)
            _copy(path, kept)
            path.unlink()
        for suffix in BESIDE:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        _copy(copy, path)
