"""The dependencies that endpoints ask for: who is calling, and what they must be allowed to do.

Who is calling is found once for a request, before its body is read, and kept with it. With a
credential the caller is its key. Without one it is the person at this machine, as long as the
server listens to this machine only and no proxy passed the request on; otherwise nobody.

Each route declares what it needs: `Needs` with a scope, or `Caller`, for which any key will do: it
tells nothing but what this key itself asked for, and changes nothing. Most ask for one of the
contexts of `novelai.server.http.context`, which are made of these.
"""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope as ASGIScope

from novelai.server.events.bus import Subscription
from novelai.server.http.credentials import Credential, Means, is_forwarded, read_credential
from novelai.server.http.error_handlers import FAILURES, problem_in
from novelai.server.keys.service import LOCAL
from novelai.server.keys.sessions import COOKIE
from novelai.server.model.key import Key, Scope, without_administration
from novelai.server.model.problems import ProblemError
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.stopping import Stopping

__all__ = [
    "Caller",
    "Identity",
    "Live",
    "Needs",
    "ServerSettings",
    "ServicesDep",
    "address_of",
    "caller_if_known",
    "caller_of",
    "find_identity",
    "identify",
    "identity_in",
    "is_unproven",
    "require_proof",
    "require_scope",
    "services_of",
    "settings_of",
    "stranger",
]

FOUND = "novelai_identity"
"""Where in a request's scope it stands who calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A caller who is known.

    Attributes:
        means: how they said who they are.
        subscription: what happened since they were found, so that no change of the key is missed.
        also: what the request's body showed.
    """

    key: Key
    means: Means
    subscription: Subscription
    also: Credential | None = None


def services_of(connection: HTTPConnection) -> Services:
    """Return the services of the running server."""
    return cast("Services", connection.state.services)


def settings_of(connection: HTTPConnection) -> Settings:
    """Return the settings of the running server."""
    return cast("Settings", connection.state.settings)


async def identify(scope: ASGIScope, *, also: Credential | None = None) -> Identity:
    """Return who is calling; looked up once for a request.

    Args:
        scope: of the request.
        also: what its body shows; it comes before what its headers show.

    Raises:
        ProblemError: 401: nobody is known, or what is shown is not valid; 503: the database does
            not answer.
    """
    found: Identity | ProblemError | None = None if also is not None else scope.get(FOUND)
    if found is None:
        try:
            found = await find_identity(scope, also=also)
        except FAILURES as error:
            found = problem_in(error)
        scope[FOUND] = found
    if isinstance(found, ProblemError):
        raise found
    return found


def identity_in(scope: ASGIScope) -> Identity | None:
    """Return who is calling as far as that was looked up."""
    found: object = scope.get(FOUND)
    return found if isinstance(found, Identity) else None


async def find_identity(scope: ASGIScope, *, also: Credential | None = None) -> Identity:
    """Look up who is calling, as it is now.

    Who shows nothing at this machine may look and draw. Others of the machine, and visitors of a
    proxy that hides itself, look just the same, so that administering asks for a key, or for the
    token in the address that the server printed when it started.

    Where nobody needs a key, what is no key of this server counts as nothing: many programs do not
    work before something stands in their key field. A key of this server is checked everywhere:
    one that was revoked does not open more than it did.

    Raises:
        ProblemError: 401.
    """
    connection = HTTPConnection(scope)
    services = services_of(connection)
    subscription = services.context.bus.subscribe()
    settings = settings_of(connection)
    is_open = not settings.needs_keys and not is_forwarded(scope)
    shown = also or read_credential(scope)
    if shown is not None and settings.is_local_token(shown.secret):
        return Identity(
            key=await services.keys.local(),
            means=shown.means,
            subscription=subscription,
            also=also,
        )
    if shown is not None and (shown.is_ours or not is_open):
        key = await services.authentication.key_of(shown.secret, paths=True)
        if key is None:
            await services.authentication.wrong.wait(address_of(connection))
            raise stranger(connection.headers, "This key is not known, was revoked or has expired.")
        return Identity(key=key, means=shown.means, subscription=subscription, also=also)
    token = connection.cookies.get(COOKIE)
    key = await services.sessions.key(token) if token else None
    if key is not None and not (key.id == LOCAL and settings.needs_keys):
        return Identity(key=key, means="session", subscription=subscription, also=also)
    if is_open:
        key = without_administration(await services.keys.local())
        return Identity(key=key, means="machine", subscription=subscription, also=also)
    sentence = "This server asks for a key: log in, or send it as Authorization: Bearer."
    raise stranger(connection.headers, sentence)


def address_of(connection: HTTPConnection) -> str:
    """Return the address that asks; empty where there is none, as at a socket of this machine."""
    return "" if connection.client is None else connection.client.host


def stranger(headers: Headers, sentence: str) -> ProblemError:
    """Return the refusal of who is not known."""
    return ProblemError(401, "unauthenticated", sentence, headers=_challenge(headers))


def _challenge(headers: Headers) -> dict[str, str]:
    """Ask a program for a name and a password.

    A browser answers it with a window of its own, and what was asked for waits behind that: our
    page asks for the key itself.
    """
    of_the_page = (
        "x-requested-with" in headers
        or headers.get("sec-fetch-mode", "navigate") != "navigate"
        or headers.get("accept", "").startswith(("text/event-stream", "image/"))
    )
    return {} if of_the_page else {"WWW-Authenticate": 'Basic realm="NovelAI", charset="UTF-8"'}


MAY = {
    "read": "look at pictures and jobs",
    "generate": "make or change anything",
    "admin": "do what concerns all keys of its owner",
}


# Asynchronous, though they wait for nothing: others are called in another thread.


async def _find_stopping(connection: HTTPConnection) -> Stopping:
    return cast("Stopping", connection.state.stopping)


async def _find_services(connection: HTTPConnection) -> Services:
    return services_of(connection)


async def _find_settings(connection: HTTPConnection) -> Settings:
    return settings_of(connection)


Live = Annotated[Stopping, Depends(_find_stopping)]
"""Annotate a parameter with this to learn when the server stops."""

ServicesDep = Annotated[Services, Depends(_find_services)]
"""Annotate a parameter with this to get the services."""

ServerSettings = Annotated[Settings, Depends(_find_settings)]
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
    if scope in key.limits.scopes:
        return
    if is_unproven(key):
        raise ProblemError(403, "unproven", UNPROVEN)
    raise ProblemError(
        403,
        "scope",
        f"This key has no scope “{scope}”: it may not {MAY[scope]}. Nothing was sent or charged.",
    )


UNPROVEN = (
    "Others at this machine could ask for this, too. Open the address that the server printed "
    "when it started: it ends in a token, which this browser keeps. A program sends the token, or "
    "the key of an administrator, as Authorization: Bearer. Nothing was sent or charged."
)


def is_unproven(key: Key) -> bool:
    """Return true for who is at this machine, and showed nothing that others there do not have."""
    return key.id == LOCAL and "admin" not in key.limits.scopes


def require_proof(key: Key) -> None:
    """Go on only with more than being at this machine: what is asked for lasts, or shows secrets.

    Raises:
        ProblemError: 403.
    """
    if is_unproven(key):
        raise ProblemError(403, "unproven", UNPROVEN)


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
