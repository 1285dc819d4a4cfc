"""Keeps other web sites from using the server through the browser of somebody who may.

A page on the web can point a name at this server (DNS rebinding) or embed an address of it in
itself, and so spend Anlas. Browsers tell: the first has a foreign ``Host``, the second a foreign
``Origin`` or ``Sec-Fetch-Site: cross-site``. Programs send none of these and pass. A link from
elsewhere may lead to a page to look at, never to an address that spends: it could be followed by a
script or inside a frame. A signed link carries its own permission, and the cookie of who follows it
does not count there: that may stand in a page of anybody.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.server.problems import ProblemError, answer_to

__all__ = ["SiteGuard", "refusal"]

PAGES = frozenset(
    {"/", "/docs", "/create", "/picture", "/queue", "/gallery", "/inspect", "/settings", "/login"}
)
"""What a link on another site may lead to."""


class SiteGuard:
    """ASGI middleware that answers 403 to foreign hosts and cross-site requests.

    Browsers let any page open a socket to anywhere, so these are looked at alike.

    Args:
        app: what is guarded.
        hosts: names of the server besides those of this machine; ``*.example.org`` stands for all
            below it, ``*`` for any.
        addresses: numeric addresses are its names, too: others than this machine reach it. A page
            that was pointed here by its name cannot have such a ``Host``.
        origins: of other web sites that may call, such as ``http://192.168.1.5:8001``.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Sequence[str] = (),
        addresses: bool = False,
        origins: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._addresses = addresses
        self._hosts = tuple(host.lower() for host in hosts)
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        reason = refusal(
            headers,
            scope["path"],
            hosts=self._hosts,
            addresses=self._addresses,
            origins=self._origins,
            signed=_is_signed(scope),
        )
        if reason is not None:
            problem = ProblemError(403, "foreign_site", reason)
            await answer_to(scope, problem)(scope, receive, send)
            return
        origin = headers.get("origin")
        # A socket answers with no headers: whether it may be used was decided above.
        allowed = origin is not None and origin.rstrip("/").lower() in self._origins
        if not allowed or scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await send({"type": "http.response.start", "status": 204, "headers": _cors(headers)})
            await send({"type": "http.response.body", "body": b""})
            return

        async def with_cors(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _cors(headers):
                    answer[name.decode()] = value.decode("latin-1")
            await send(message)

        await self._app(scope, receive, with_cors)


def refusal(
    headers: Headers,
    path: str,
    *,
    hosts: Sequence[str] = (),
    addresses: bool = False,
    origins: frozenset[str] = frozenset(),
    signed: bool = False,
) -> str | None:
    """Why a request is refused, or ``None``; ``signed``: its address carries a permission."""
    host = headers.get("host", "").lower()
    if not _is_ours(f"//{host}", hosts, addresses=addresses):
        return (
            "The Host header names another machine; this server does not answer to that name. "
            "Names of its own are set with NOVELAI_SERVER_ALLOWED_HOSTS."
        )
    if signed:
        return None
    origin = headers.get("origin")
    if origin is not None:
        origin = origin.rstrip("/").lower()
        if origin in origins:
            return None
        if origin.partition("://")[2] != host and not _is_ours(origin, hosts):
            return "Another web site may not use this server."
    if headers.get("sec-fetch-site") == "cross-site":
        followed = headers.get("sec-fetch-mode") == "navigate"
        if not followed or path not in PAGES:
            return "Another web site may not use this server."
    return None


def _is_signed(scope: Scope) -> bool:
    if scope.get("method") not in ("GET", "HEAD") or not (
        scope["path"] == "/generate" or scope["path"].startswith("/links/")
    ):
        return False
    return "link" in parse_qs(scope["query_string"].decode("latin-1"))


def _is_ours(address: str, hosts: Sequence[str], *, addresses: bool = False) -> bool:
    try:
        name = (urlsplit(address).hostname or "").lower()
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    for host in hosts:
        if name and (host in ("*", name) or (host.startswith("*.") and name.endswith(host[1:]))):
            return True
    try:
        return ip_address(name).is_loopback or addresses
    except ValueError:
        return False


def _cors(headers: Headers) -> list[tuple[bytes, bytes]]:
    answer = {
        "access-control-allow-origin": headers["origin"],
        "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
        "access-control-allow-headers": headers.get("access-control-request-headers", "*"),
        "access-control-expose-headers": "X-Job-Id, X-Anlas-Cost, X-Seed, X-Request-Id, Location",
        "access-control-max-age": "600",
        "vary": "Origin",
    }
    return [(name.encode(), value.encode("latin-1")) for name, value in answer.items()]
