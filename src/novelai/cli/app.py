"""The commands by name; each loads what it runs when it is run."""

from typing import Annotated

import typer

from novelai._version import __version__
from novelai.cli.account import account
from novelai.cli.catalogue import catalogue
from novelai.cli.chat import chat
from novelai.cli.check_service import check_service
from novelai.cli.doctor import doctor
from novelai.cli.emulate import emulate
from novelai.cli.exits import MEANINGS
from novelai.cli.generate import generate
from novelai.cli.info import info
from novelai.cli.mcp import mcp
from novelai.cli.operate import accounts, keys, server
from novelai.cli.operate.worker import worker
from novelai.cli.program import Program
from novelai.cli.serve import serve
from novelai.cli.speak import speak
from novelai.cli.tags import tags
from novelai.cli.tool import tool
from novelai.cli.upscale import upscale
from novelai.cli.write import write

__all__ = ["app"]

EPILOG = "Exit codes: " + "; ".join(f"{code.value} {text}" for code, text in MEANINGS.items()) + "."

app = typer.Typer(
    name="novelai",
    help="NovelAI from the command line.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help: the same in a terminal, a pipe and the documentation.
    rich_markup_mode=None,
    cls=Program,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """NovelAI from the command line."""


COMMANDS = (
    generate,
    tool,
    upscale,
    tags,
    info,
    catalogue,
    chat,
    write,
    speak,
    account,
    doctor,
    check_service,
    serve,
    worker,
    mcp,
    emulate,
)
for command in COMMANDS:
    app.command(command.__name__.replace("_", "-"))(command)

GROUPS = (keys.app, accounts.app, server.app)
for group in GROUPS:
    app.add_typer(group)
