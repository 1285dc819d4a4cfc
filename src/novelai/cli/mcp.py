"""``novelai mcp``."""

import logging
import os
import sys
from typing import Annotated

import anyio
import typer

from novelai.cli.extras import require_extra

__all__ = ["mcp"]

KEY = "NOVELAI_SERVER_KEY"


def mcp(
    *,
    url: Annotated[
        str | None,
        typer.Option(
            help="A running server, such as http://127.0.0.1:8000; its key is taken from "
            f"{KEY}. Without it the work is done here."
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Draw with the emulator: no account, no cost.")
    ] = False,
) -> None:
    """Let an agent draw: the Model Context Protocol over standard input and output.

    Programs such as Claude Desktop or Cursor start this themselves.
    """
    with require_extra("server"):
        from novelai.errors import ConfigurationError
        from novelai.server.compat.mcp.stdio import serve_here, serve_there
        from novelai.server.settings import Settings
        from novelai.server.startup_errors import StartupError

    # Standard output belongs to the protocol.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        if url and url.strip():
            anyio.run(serve_there, url, os.environ.get(KEY, "").strip())
        else:
            anyio.run(serve_here, Settings(demo=demo))
    except ConfigurationError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from None
    except StartupError as error:
        typer.echo(f"{error}\nA server that runs already is used with --url.", err=True)
        raise typer.Exit(1) from None
