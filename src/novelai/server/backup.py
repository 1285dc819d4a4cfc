"""Copies of an SQLite database, and its schema, as commands ask for them."""

from pathlib import Path

from sqlalchemy import select, update

from novelai.server.jobs import transitions
from novelai.server.model.job import State, job_from
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.startup_errors import StartupError, explain_startup_errors
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import backup, migrate, only_process, restore
from novelai.server.storage.private import FOLDER_MODE
from novelai.server.storage.tables import deliveries, jobs
from novelai.server.worker.reaper import reap

__all__ = ["copy_database", "migrate_with_backup", "restore_database", "silence_restored"]


async def migrate_with_backup(settings: Settings, now: float) -> Path | None:
    """Bring the database to this version's schema; gives the copy, if one was made.

    Raises:
        StartupError: it cannot be done; nothing was changed.
    """
    with explain_startup_errors(settings):
        database = Database(settings.database_url)
        try:
            if database.path is None:
                return await migrate(database, now=now)
            with only_process(database.path):
                return await migrate(database, now=now)
        finally:
            await database.close()


async def copy_database(settings: Settings, target: Path) -> None:
    """Copy the database while it is in use, or not.

    Raises:
        StartupError: there is no database, or a file is there already.
    """
    database = Database(settings.database_url)
    try:
        if database.path is None or not database.path.exists():
            raise StartupError(f"There is no database at {database.path} yet.")
        with explain_startup_errors(settings):
            target.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            try:
                await backup(database, target)
            except FileExistsError:
                raise StartupError(
                    f"{target} exists already, and no file is overwritten."
                ) from None
    finally:
        await database.close()


async def restore_database(settings: Settings, copy: Path) -> None:
    """Put a copy in the place of the database, which no process may use.

    Raises:
        StartupError: it is in use, or the copy is none.
    """
    database = Database(settings.database_url)
    assert database.path is not None
    await database.close()
    with explain_startup_errors(settings):
        try:
            await restore(database.path, copy)
        except ValueError as error:
            raise StartupError(str(error)) from None


async def silence_restored(services: Services) -> int:
    """Let nothing of a copy run that may have run since it was made, and tell no webhook of that.

    What waited is cancelled; what was being sent is uncertain, for its owner to decide.

    Returns:
        how many jobs were cancelled.
    """
    context = services.context
    await reap(context, everything=True)
    async with context.database.write() as connection:
        now = await context.clock.now(connection)
        rows = await connection.execute(select(jobs).where(jobs.c.state == State.QUEUED))
        waiting = [job_from(row) for row in rows]
        for job in waiting:
            await transitions.cancel(connection, context.bus, job, now=now)
        await connection.execute(
            update(deliveries).where(deliveries.c.due_at.is_not(None)).values(due_at=None)
        )
    return len(waiting)
