"""Keeps other web sites from using a server on this machine through its owner's browser.

A page on the web can point a name at 127.0.0.1 (DNS rebinding) or embed an address of this server
in itself, and so spend Anlas. Browsers tell: the first has a foreign ``Host``, the second a foreign
``Origin`` or ``Sec-Fetch-Site: cross-site``. Programs send none of these and pass. A link from
elsewhere may lead to a page to look at, never to an address that spends: it could be followed by a
script or inside a frame.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["LocalGuard"]


PAGES = frozenset({"/", "/docs"})
"""What a link on another site may lead to."""


class LocalGuard:
    """ASGI middleware that answers 403 to foreign hosts and cross-site requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http":
            reason = refusal(Headers(scope=scope), scope["path"])
            if reason is not None:
                problem = {
                    "type": "about:blank",
                    "title": "Refused",
                    "status": 403,
                    "detail": reason,
                    "code": "foreign_site",
                    "charged": "no",
                }
                response = JSONResponse(problem, 403, media_type="application/problem+json")
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def refusal(headers: Headers, path: str) -> str | None:
    """Why a request is refused, or ``None``."""
    if not _is_local(f"//{headers.get('host', '')}"):
        return "The Host header names another machine; this server answers to localhost only."
    origin = headers.get("origin")
    if origin is not None and not _is_local(origin):
        return "Another web site may not use this server."
    if headers.get("sec-fetch-site") == "cross-site":
        followed = headers.get("sec-fetch-mode") == "navigate"
        if not followed or path not in PAGES:
            return "Another web site may not use this server."
    return None


def _is_local(address: str) -> bool:
    try:
        name = urlsplit(address).hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
