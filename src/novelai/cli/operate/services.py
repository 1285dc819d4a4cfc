"""The services, opened for one command."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from novelai.cli.exits import ExitCode
from novelai.cli.extras import require_extra
from novelai.cli.talk import Talk

if TYPE_CHECKING:
    from novelai.server.services import Services
    from novelai.server.settings import Settings

__all__ = ["owner_of", "refuse", "run_with_services"]

T = TypeVar("T")


def run_with_services(
    talk: Talk,
    settings: "Settings",
    action: "Callable[[Services], Awaitable[T]]",
    *,
    instead: str = "",
) -> T:
    """Open what the settings describe, do something there, and close it.

    Args:
        talk: where it is complained why it cannot be opened.
        settings: all of them.
        action: what to do.
        instead: what helps when the running server holds the database.
    """
    with require_extra("server"):
        import anyio

        from novelai.server.lifespan import open_from_settings
        from novelai.server.startup_errors import DatabaseInUseError, StartupError

    async def inside() -> T:
        async with open_from_settings(settings, work=False, upstream=False) as services:
            return await action(services)

    try:
        return anyio.run(inside)
    except StartupError as error:
        talk.complain(str(error), instead if isinstance(error, DatabaseInUseError) else "")
        raise typer.Exit(ExitCode.OTHER) from None


def refuse(talk: Talk, *sentences: str) -> typer.Exit:
    """Complain; gives what ends the command."""
    talk.complain(*sentences)
    return typer.Exit(ExitCode.OTHER)


async def owner_of(services: "Services", name: str | None) -> str:
    """Return the id of an owner.

    Made when the name is new. Without one: the person at this machine.
    """
    from novelai.server.keys.service import LOCAL

    return LOCAL if name is None else await services.keys.owner_named(name)
