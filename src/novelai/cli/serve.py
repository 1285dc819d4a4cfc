"""``novelai serve``."""

from typing import Annotated, Literal

import typer

from novelai.cli.extras import needed

__all__ = ["LogLevel", "Port", "serve"]

LogLevel = Literal["critical", "error", "warning", "info", "debug"]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 chooses one.")]


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8000,
    demo: Annotated[
        bool, typer.Option("--demo", help="Draw with the emulator: no account, no cost.")
    ] = False,
    log_level: Annotated[LogLevel, typer.Option(help="How much is logged.")] = "info",
) -> None:
    """Serve GET /generate and a page to try it."""
    with needed("server"):
        from novelai.server.run import run
        from novelai.server.settings import Settings

    run(Settings(host=host, port=port, demo=demo, log_level=log_level))
