"""``novelai worker``."""

from typing import Annotated

import typer

from novelai.cli.exits import ExitCode
from novelai.cli.extras import require_extra
from novelai.cli.operate.options import settings_with
from novelai.cli.operate.place import Data, DatabaseUrl
from novelai.cli.serve import LogFormat, LogLevel
from novelai.cli.talk import Talk

__all__ = ["worker"]


def worker(
    *,
    data: Data = None,
    database: DatabaseUrl = None,
    log_level: Annotated[LogLevel | None, typer.Option(help="How much is logged.")] = None,
    log_format: Annotated[LogFormat | None, typer.Option(help="For people or programs.")] = None,
) -> None:
    """Run jobs beside servers that share a Postgres database; any number of workers may.

    The first Ctrl-C takes no new job and lets running ones end; the second does not wait.
    """
    talk = Talk()
    settings = settings_with(
        talk,
        {"data": data, "database": database, "log_level": log_level, "log_format": log_format},
    )
    if settings.on_sqlite:
        talk.complain(
            "With SQLite the server runs jobs itself, as the only process on its database.",
            "Workers need Postgres: set NOVELAI_SERVER_DATABASE=postgresql://…",
        )
        raise typer.Exit(ExitCode.USAGE)
    with require_extra("server"):
        from novelai.server.startup_errors import StartupError
        from novelai.server.work import work

    try:
        work(settings)
    except StartupError as error:
        talk.complain(str(error))
        raise typer.Exit(ExitCode.OTHER) from None
