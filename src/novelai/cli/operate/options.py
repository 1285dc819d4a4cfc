"""Options that commands of the server share, and the settings that come of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from novelai.cli.exits import ExitCode
from novelai.cli.extras import require_extra
from novelai.cli.talk import Talk

if TYPE_CHECKING:
    from novelai.server.settings import Settings

__all__ = ["Owner", "settings_with"]

Owner: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose; the person at this machine by default."),
]


def settings_with(talk: Talk, given: Mapping[str, Any]) -> "Settings":
    """Get the settings of the environment with what was given on the command line in their place.

    Args:
        talk: where a wrong value is complained about; it is not quoted, for it may be a secret.
        given: by the setting's name; ``None`` and ``False`` leave the environment's.
    """
    with require_extra("server"):
        from pydantic import ValidationError

        from novelai.catalogue import image_models
        from novelai.errors import ConfigurationError
        from novelai.server.settings import Settings

    chosen = {name: value for name, value in given.items() if value is not None}
    chosen = {name: value for name, value in chosen.items() if value is not False}
    try:
        image_models()
        return Settings(**chosen)
    except ConfigurationError as error:
        talk.complain(error.message)
        raise typer.Exit(ExitCode.USAGE) from None
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            name = str(problem["loc"][0])
            where = f"--{name.replace('_', '-')}" if name in chosen else variable(name)
            sentence = problem["msg"].removeprefix("Value error, ")
            talk.complain(f"{where}: {sentence}.")
        raise typer.Exit(ExitCode.USAGE) from None


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return name if name.startswith("NOVELAI_") else f"NOVELAI_SERVER_{name.upper()}"
