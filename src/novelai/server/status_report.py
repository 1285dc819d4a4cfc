"""Where a server keeps everything, and how much there is: read beside whatever runs."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai._version import __version__
from novelai.server.lifespan import secret_key_file
from novelai.server.model.job import State
from novelai.server.settings import Settings
from novelai.server.startup_errors import explain_startup_errors
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import is_current
from novelai.server.storage.tables import accounts, images, jobs, keys

__all__ = ["report_status"]


async def report_status(settings: Settings) -> dict[str, Any]:
    """Report what there is, by name. Nothing secret is in it.

    Raises:
        StartupError: the database cannot be read.
    """
    file = secret_key_file(settings)
    with explain_startup_errors(settings):
        told: dict[str, Any] = {
            "version": __version__,
            "data": str(settings.folder),
            "database": _place(settings.database_url),
            "pictures": settings.bucket or str(settings.folder / "files"),
            "secret_key": "NOVELAI_SERVER_SECRET_KEY" if settings.secret_key else str(file),
        }
        database = Database(settings.database_url)
        try:
            if database.path is not None and not database.path.exists():
                return told | {"schema": "not made yet"}
            told["schema"] = "current" if await is_current(database) else "another version's"
            if told["schema"] == "current":
                async with database.read() as connection:
                    told |= await _numbers(connection)
        finally:
            await database.close()
    return told


def _place(url: URL) -> str:
    """Return a file by its path as it is, another database by its address without the password."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{url.database}"
    return url.render_as_string(hide_password=True)


async def _numbers(connection: AsyncConnection) -> dict[str, int]:
    async def count(query: Any) -> int:
        return int((await connection.execute(query)).scalar_one())

    number = select(func.count())
    valid = (keys.c.secret_hash.is_not(None), keys.c.revoked_at.is_(None))
    return {
        "keys": await count(number.where(*valid)),
        "accounts": await count(number.select_from(accounts)),
        "waiting": await count(number.where(jobs.c.state == State.QUEUED)),
        "running": await count(number.where(jobs.c.state == State.RUNNING)),
        "uncertain": await count(number.where(jobs.c.state == State.UNCERTAIN)),
        "jobs": await count(number.select_from(jobs)),
        "images": await count(number.where(images.c.deleted_at.is_(None))),
        "in_the_bin": await count(number.where(images.c.deleted_at.is_not(None))),
    }
