"""The dependencies that endpoints ask for: who is calling, and what they must be allowed to do.

Each route declares what it needs by one of these: `Reader`, `Maker`, `Admin`, or `Caller`, for
which any key will do: it tells nothing but what this key itself asked for, and changes nothing.
"""

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from novelai.server.http.identity import identify, services_of, settings_of
from novelai.server.model.key import Key, Scope
from novelai.server.model.problems import ProblemError
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.stopping import Stopping

__all__ = [
    "Admin",
    "Caller",
    "Live",
    "Maker",
    "Needs",
    "Reader",
    "ServerSettings",
    "ServicesDep",
    "caller_if_known",
    "caller_of",
    "require_scope",
]

MAY = {
    "read": "look at pictures and jobs",
    "generate": "make or change anything",
    "admin": "do what concerns all keys of its owner",
}


def stopping_of(connection: HTTPConnection) -> Stopping:
    """Return the moment at which the running server stops."""
    return cast("Stopping", connection.state.stopping)


Live = Annotated[Stopping, Depends(stopping_of)]
"""Annotate a parameter with this to learn when the server stops."""

ServicesDep = Annotated[Services, Depends(services_of)]
"""Annotate a parameter with this to get the services."""

ServerSettings = Annotated[Settings, Depends(settings_of)]
"""Annotate a parameter with this to get the settings."""


async def caller_of(connection: HTTPConnection) -> Key:
    """Return the key of who is calling.

    Raises:
        ProblemError: 401; nobody, or somebody who is not known.
    """
    return (await identify(connection.scope)).key


async def caller_if_known(connection: HTTPConnection) -> Key | None:
    """Return the key of who is calling; ``None`` without one, and when what is shown is wrong."""
    try:
        return await caller_of(connection)
    except ProblemError as problem:
        if problem.status != UNAUTHENTICATED:
            raise
        return None


UNAUTHENTICATED = 401

Caller = Annotated[Key, Depends(caller_of)]
"""Annotate a parameter with this where any key will do."""


def require_scope(key: Key, scope: Scope) -> None:
    """Go on only with a scope.

    Raises:
        ProblemError: 403.
    """
    if scope not in key.limits.scopes:
        raise ProblemError(
            403,
            "scope",
            f"This key has no scope “{scope}”: it may not {MAY[scope]}. "
            "Nothing was sent or charged.",
        )


class Needs:
    """A dependency that lets keys with a scope pass.

    Args:
        scope: which.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope: Scope = scope

    async def __call__(self, key: Caller) -> Key:
        """Return the caller's key, or refuse it."""
        require_scope(key, self.scope)
        return key


Reader = Annotated[Key, Depends(Needs("read"))]
"""Annotate a parameter with this where the caller must be allowed to look."""

Maker = Annotated[Key, Depends(Needs("generate"))]
"""Annotate a parameter with this where something is made, changed or deleted."""

Admin = Annotated[Key, Depends(Needs("admin"))]
"""Annotate a parameter with this where only an administrator may go on."""
