"""A program by the name that is given on the command line."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from novelai.cli.clients.client import Client

__all__ = ["program_named"]


def program_named(name: str) -> "Client":
    """Return the program with this name.

    Raises:
        typer.BadParameter: there is none.
    """
    from novelai.cli.clients.table import CLIENTS

    if name not in CLIENTS:
        raise typer.BadParameter(
            f"{name} is not one of {', '.join(CLIENTS)}", param_hint="--client"
        )
    return CLIENTS[name]
