"""``novelai server``: the data of the server."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from novelai.cli.exits import ExitCode
from novelai.cli.extras import require_extra
from novelai.cli.operate.place import with_place
from novelai.cli.operate.services import refuse, run_with_services
from novelai.cli.options import AsJson
from novelai.cli.talk import Talk

if TYPE_CHECKING:
    from novelai.server.services import Services
    from novelai.server.settings import Settings

__all__ = ["app"]

app = typer.Typer(
    name="server",
    help="The server's data: schema, copies, secret key.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

DUMP = "Postgres has its own tools: pg_dump --format=custom DATABASE > FILE, and pg_restore."


@app.command()
@with_place()
def info(talk: Talk, settings: "Settings") -> None:
    """Tell where everything is and how much there is. Works beside a running server."""
    with require_extra("server"):
        import anyio

        from novelai.server.startup_errors import StartupError
        from novelai.server.status_report import report_status

    try:
        found = anyio.run(report_status, settings)
    except StartupError as error:
        raise refuse(talk, str(error)) from None
    talk.record(found)
    for name, value in found.items():
        talk.result(f"{name.replace('_', ' '):<12} {value}")


@app.command()
@with_place()
def migrate(talk: Talk, settings: "Settings") -> None:
    """Bring the database to this version's schema; the server does so when it starts, too.

    An SQLite database is copied first.
    """
    with require_extra("server"):
        import anyio

        from novelai.server.backup import migrate_with_backup
        from novelai.server.startup_errors import StartupError

    try:
        copy = anyio.run(migrate_with_backup, settings, time.time())
    except StartupError as error:
        raise refuse(talk, str(error)) from None
    if copy is not None:
        talk.note(f"What was there is copied to {copy}")
    talk.record({"migrated": True, "copy": None if copy is None else str(copy)})
    talk.result("The database has this version's schema.")


@app.command()
@with_place()
def backup(
    talk: Talk,
    settings: "Settings",
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to; a new file in the data folder by default."),
    ] = None,
) -> None:
    """Copy the SQLite database while the server runs, and print where to.

    Pictures and the secret key are files beside it: copy them, too.
    """
    with require_extra("server"):
        import anyio

        from novelai.server.backup import copy_database
        from novelai.server.lifespan import secret_key_file
        from novelai.server.startup_errors import StartupError

    if not settings.on_sqlite:
        raise refuse(talk, DUMP)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    target = file or settings.folder / "backups" / f"novelai-{stamp}.db"
    try:
        anyio.run(copy_database, settings, target)
    except StartupError as error:
        raise refuse(talk, str(error)) from None
    talk.record({"file": str(target)})
    talk.result(str(target))
    if settings.bucket is None:
        talk.note(f"Pictures are not in it. Copy the folder {settings.folder / 'files'} after it.")
    if settings.secret_key is None:
        talk.note(
            f"Tokens in it open with {secret_key_file(settings)}: keep a copy of that elsewhere."
        )


@app.command()
@with_place()
def restore(
    talk: Talk,
    settings: "Settings",
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    *,
    keep_queue: Annotated[
        bool,
        typer.Option("--keep-queue", help="Run what was waiting when the copy was made."),
    ] = False,
) -> None:
    """Put a copy in the place of the SQLite database. The server must be stopped.

    Jobs that waited when the copy was made are cancelled, for most have run since and would be paid
    for twice. What was there is kept beside it, as ….before-restore.
    """
    with require_extra("server"):
        import anyio

        from novelai.server.backup import restore_database, silence_restored
        from novelai.server.startup_errors import StartupError

    if not settings.on_sqlite:
        raise refuse(talk, DUMP)
    try:
        anyio.run(restore_database, settings, file)
    except StartupError as error:
        raise refuse(talk, str(error), "Nothing was changed.") from None
    ended = 0 if keep_queue else run_with_services(talk, settings, silence_restored)
    if ended:
        talk.note(f"Cancelled, for they may have run since: {ended} jobs that were waiting.")
    talk.record({"file": str(file), "cancelled": ended})
    talk.result(f"Restored: {file}")


@app.command("new-key")
def print_key(*, as_json: AsJson = False) -> None:
    """Print a new secret key for NOVELAI_SERVER_SECRET_KEY; it is kept nowhere."""
    with require_extra("server"):
        from novelai.server.storage.secrets import new_key

    _tell_key(Talk(as_json=as_json), new_key())


@app.command("rotate-key")
@with_place()
def rotate_key(talk: Talk, settings: "Settings") -> None:
    """Encrypt stored tokens with a new secret key.

    With a key file: a new key is put in front, and everything is sealed with it. With
    NOVELAI_SERVER_SECRET_KEY: put a new key in front there first; this command prints one when
    there is nothing to seal.
    """
    with require_extra("server"):
        from novelai.server.lifespan import secret_key_file
        from novelai.server.storage.secrets import new_key, rotate_file

    if settings.secret_key is None:

        async def ask(_services: "Services") -> None:
            """See that nothing is in the way before the file changes."""

        run_with_services(talk, settings, ask)
        rotate_file(secret_key_file(settings))

    async def seal(services: "Services") -> int:
        return await services.accounts.rotate() + await services.webhooks.rotate()

    sealed = run_with_services(talk, settings, seal)
    if settings.secret_key is not None and not sealed:
        talk.note("Everything is sealed with the first key. To change it, put this in front:")
        _tell_key(talk, new_key())
        talk.note("NOVELAI_SERVER_SECRET_KEY=NEW,OLD; restart all servers and workers; run this.")
        raise typer.Exit(ExitCode.OK)
    talk.record({"sealed": sealed})
    talk.result(f"Sealed with the new key: {sealed} secrets.")
    talk.note("The old key stays behind it, for backups of before. Restart servers and workers.")


def _tell_key(talk: Talk, key: str) -> None:
    talk.record({"secret_key": key})
    talk.result(key)
