"""The cookie of a session."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from novelai.server.http.dependencies import settings_of
from novelai.server.keys.sessions import COOKIE, LIFETIME

__all__ = ["set_session"]


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
