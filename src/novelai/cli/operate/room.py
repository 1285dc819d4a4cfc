"""The engine room, opened for one command."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from novelai.cli.exits import ExitCode
from novelai.cli.extras import require_extra
from novelai.cli.talk import Talk

if TYPE_CHECKING:
    from novelai.server.services import EngineRoom
    from novelai.server.settings import Settings

__all__ = ["in_room", "owner_of", "refuse"]

T = TypeVar("T")


def in_room(
    talk: Talk,
    settings: "Settings",
    action: "Callable[[EngineRoom], Awaitable[T]]",
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

        from novelai.server.lifespan import open_services
        from novelai.server.startup_errors import CannotOpenError, HeldError

    async def inside() -> T:
        async with open_services(settings, work=False, upstream=False) as room:
            return await action(room)

    try:
        return anyio.run(inside)
    except CannotOpenError as error:
        talk.complain(str(error), instead if isinstance(error, HeldError) else "")
        raise typer.Exit(ExitCode.OTHER) from None


def refuse(talk: Talk, *sentences: str) -> typer.Exit:
    """Complain; gives what ends the command."""
    talk.complain(*sentences)
    return typer.Exit(ExitCode.OTHER)


async def owner_of(room: "EngineRoom", name: str | None) -> str:
    """Return the id of an owner.

    Made when the name is new. Without one: the person at this machine.
    """
    from novelai.server.keys.service import LOCAL

    return LOCAL if name is None else await room.keys.owner_named(name)
