"""The cookie of a session, and the address that opens one at this machine.

Who is at the machine of the server needs no key. Others of the machine look just the same, and so
does who comes through a proxy that hides itself: to administer, the browser shows the token that
stands in the address which the server printed when it started. It is taken once, and a cookie is
kept in its place.
"""

from urllib.parse import parse_qs

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from novelai.server.http.dependencies import services_of, settings_of
from novelai.server.keys.sessions import COOKIE, LIFETIME
from novelai.server.settings import Settings

__all__ = ["PrintedAddress", "printed_path", "set_session"]

PATH = "/"
TOKEN = "token"  # noqa: S105 - the name of a parameter


def printed_path(settings: Settings) -> str:
    """Return what is printed behind the server's address: with a token, where one counts."""
    if settings.needs_keys:
        return PATH
    return f"{PATH}?{TOKEN}={settings.proof}"


def set_session(response: Response, connection: HTTPConnection, token: str) -> None:
    """Have a browser keep a session, over https alone where the server is reached by that."""
    public = settings_of(connection).public_url or ""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME),
        httponly=True,
        samesite="strict",
        secure=public.startswith("https:") or connection.url.scheme == "https",
        path="/",
    )


class PrintedAddress:
    """ASGI middleware that turns the token of the printed address into a session.

    The address without it follows at once: what stays in the history of a browser opens nothing.

    Args:
        app: what answers everything else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the printed address, and pass on what is another."""
        shown = _token(scope)
        if shown is None:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        services = services_of(connection)
        answer = RedirectResponse(PATH, 303, {"Cache-Control": "no-store"})
        if settings_of(connection).is_local_token(shown):
            begun = await services.sessions.begin(await services.keys.local())
            set_session(answer, connection, begun)
        await answer(scope, receive, send)


def _token(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != PATH:
        return None
    found = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN)
    return None if found is None else found[0]
