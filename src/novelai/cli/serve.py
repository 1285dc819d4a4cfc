"""``novelai serve``."""

from typing import Annotated, Literal

import typer

from novelai.cli.extras import require_extra
from novelai.cli.ports import check_port
from novelai.cli.talk import Talk

__all__ = ["LogFormat", "LogLevel", "Port", "serve"]

LogLevel = Literal["critical", "error", "warning", "info", "debug"]
LogFormat = Literal["text", "json"]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 chooses one.")]


def serve(
    *,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; 127.0.0.1 by default.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on; 8000 by default, 0 chooses one."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Draw with the emulator: no account, no cost.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Where database, pictures and secret key are."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="postgresql://... without a password, or sqlite:///path."),
    ] = None,
    require_keys: Annotated[
        bool, typer.Option("--require-keys", help="Ask for a key on this machine, too.")
    ] = False,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A further name of this server; repeatable."),
    ] = None,
    allowed_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Another web site that may call it; repeatable."),
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="How it is reached from outside, for links.")
    ] = None,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="Leave jobs to `novelai worker`, on Postgres.")
    ] = False,
    log_level: Annotated[LogLevel | None, typer.Option(help="How much; info by default.")] = None,
    log_format: Annotated[
        LogFormat | None, typer.Option(help="For people or programs; text by default.")
    ] = None,
) -> None:
    """Run the server: page, queue, gallery, and doors for the programs people use.

    Everything else is set by NOVELAI_SERVER_... variables or a .env file.
    """
    with require_extra("server"):
        from novelai.cli.operate.options import settings_with

    given = {
        "host": host,
        "port": port,
        "demo": demo,
        "data": data,
        "database": database,
        "require_keys": require_keys,
        "allowed_hosts": ",".join(allowed_host or ()) or None,
        "allowed_origins": ",".join(allowed_origin or ()) or None,
        "public_url": public_url,
        "log_level": log_level,
        "log_format": log_format,
    }
    talk = Talk()
    settings = settings_with(talk, given)
    check_port(settings.host, settings.port, talk)
    with require_extra("server"):
        from novelai.server.run import run
    run(settings.model_copy(update={"work": False}) if no_work else settings)
