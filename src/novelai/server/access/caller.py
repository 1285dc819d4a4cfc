"""Who is calling: the dependencies that endpoints ask for.

With a credential the caller is its key. Without one it is the person at this machine, as long as
the server listens to this machine only and no proxy passed the request on; otherwise nobody.
"""

from typing import Annotated, cast

from fastapi import Depends
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from novelai.server.access.credentials import PATH_SECRET, presented
from novelai.server.access.sessions import COOKIE
from novelai.server.engine_room import EngineRoom
from novelai.server.keys.key import Key, Scope
from novelai.server.keys.secret import KEY_PREFIX
from novelai.server.problems import ProblemError
from novelai.server.settings import Settings
from novelai.server.stopping import Stopping

__all__ = [
    "Admin",
    "Caller",
    "Client",
    "Live",
    "Reader",
    "Room",
    "ServerSettings",
    "caller_if_known",
    "caller_of",
    "client_of",
    "known_caller",
    "room_of",
]

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def room_of(connection: HTTPConnection) -> EngineRoom:
    """The services of the running server."""
    return cast("EngineRoom", connection.state.room)


def settings_of(connection: HTTPConnection) -> Settings:
    """The settings of the running server."""
    return cast("Settings", connection.state.settings)


def stopping_of(connection: HTTPConnection) -> Stopping:
    """The moment at which the running server stops."""
    return cast("Stopping", connection.state.stopping)


Live = Annotated[Stopping, Depends(stopping_of)]
"""Annotate a parameter with this to learn when the server stops."""

Room = Annotated[EngineRoom, Depends(room_of)]
"""Annotate a parameter with this to get the services."""

ServerSettings = Annotated[Settings, Depends(settings_of)]
"""Annotate a parameter with this to get the settings."""


async def caller_of(connection: HTTPConnection) -> Key:
    """The key of who is calling.

    Raises:
        ProblemError: 401; nobody, or somebody who is not known.
    """
    key = await known_caller(connection)
    if key is not None:
        return key
    raise ProblemError(
        401,
        "unauthenticated",
        "This server asks for a key: log in, or send it as Authorization: Bearer.",
        headers=challenge(connection.headers),
    )


def challenge(headers: Headers) -> dict[str, str]:
    """What asks a program for a name and a password.

    A browser answers it with a window of its own, and what was asked for waits behind that: our
    page asks for the key itself.
    """
    of_the_page = (
        "x-requested-with" in headers
        or headers.get("sec-fetch-mode", "navigate") != "navigate"
        or headers.get("accept", "").startswith(("text/event-stream", "image/"))
    )
    return {} if of_the_page else {"WWW-Authenticate": 'Basic realm="NovelAI", charset="UTF-8"'}


async def known_caller(connection: HTTPConnection) -> Key | None:
    """The key of who is calling; ``None`` without one.

    Raises:
        ProblemError: 401; a key is shown that is not valid.
    """
    room = room_of(connection)
    secret = presented(connection.headers, connection.scope.get(PATH_SECRET))
    if secret is not None:
        key = await room.authentication.key_of(secret, paths=True)
        if key is None:
            raise ProblemError(
                401,
                "unauthenticated",
                "This key is not known, was revoked or has expired.",
                headers=challenge(connection.headers),
            )
        return key
    token = connection.cookies.get(COOKIE)
    if token:
        key = await room.sessions.key(token)
        if key is not None:
            return key
    if settings_of(connection).needs_keys or any(name in connection.headers for name in FORWARDED):
        return None
    return await room.keys.local()


async def caller_if_known(connection: HTTPConnection) -> Key | None:
    """The key of who is calling; ``None`` without one, and when the one that is shown is wrong."""
    try:
        return await known_caller(connection)
    except ProblemError:
        return None


async def client_of(connection: HTTPConnection) -> Key:
    """`caller_of`, for programs that do not work before something stands in their key field.

    Where nobody needs a key, what is no key of this server counts as nothing. A key of this server
    is checked as everywhere: one that was revoked does not open more than it did.

    Raises:
        ProblemError: 401; nobody, or somebody who is not known.
    """
    secret = presented(connection.headers)
    if (
        secret is None
        or secret.startswith(KEY_PREFIX)
        or connection.scope.get(PATH_SECRET) is not None
        or settings_of(connection).needs_keys
        or any(name in connection.headers for name in FORWARDED)
    ):
        return await caller_of(connection)
    return await room_of(connection).keys.local()


Client = Annotated[Key, Depends(client_of)]
"""Annotate a parameter of a door with this to get the caller's key."""

Caller = Annotated[Key, Depends(caller_of)]
"""Annotate a parameter with this to get the caller's key."""


def allowed(key: Key, scope: Scope) -> None:
    """Go on only with a scope.

    Raises:
        ProblemError: 403.
    """
    if scope not in key.limits.scopes:
        raise ProblemError(403, "scope", f"This key has no scope “{scope}”.")


async def _admin(key: Caller) -> Key:
    allowed(key, "admin")
    return key


async def _reader(key: Caller) -> Key:
    allowed(key, "read")
    return key


Admin = Annotated[Key, Depends(_admin)]
"""Annotate a parameter with this where only an administrator may go on."""

Reader = Annotated[Key, Depends(_reader)]
"""Annotate a parameter with this where the caller must be allowed to look."""
