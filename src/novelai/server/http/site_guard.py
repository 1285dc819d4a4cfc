"""Keeps other web sites from using the server through the browser of somebody who may.

A page on the web can point a name at this server (DNS rebinding) or embed an address of it in
itself, and so spend Anlas. Browsers tell: the first has a foreign ``Host``, the second another
``Origin`` than the server's own, or a ``Sec-Fetch-Site`` that says so. Programs send none of these
and pass. A link from
elsewhere may lead to a page to look at, never to an address that spends: it could be followed by a
script or inside a frame. A signed link carries its own permission, and the cookie of who follows it
does not count there: that may stand in a page of anybody.

No browser adds ``Authorization: Bearer`` by itself: who shows a valid key that way may come from
anywhere. A cookie, a password that the browser keeps, an address and this machine prove nothing.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.server.http.credentials import read_credential
from novelai.server.http.dependencies import identify
from novelai.server.http.error_handlers import answer_to
from novelai.server.model.problems import ProblemError
from novelai.server.model.secret import KEY_PREFIX

__all__ = ["SiteGuard"]

PAGES = frozenset(
    {"/", "/docs", "/create", "/picture", "/queue", "/gallery", "/inspect", "/settings", "/login"}
)
"""What a link on another site may lead to."""

AUTHORITY = re.compile(
    r"(?:\[(?P<numbers>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::(?P<port>\d{1,5}))?"
)
"""A name and a port, and nothing else: whoever reads more leniently lets lookalikes pass."""

LAST_PORT = 65_535

OWN = ("same-origin", "none")
"""What a browser says of its own page, and of an address that somebody typed. Another port of this
machine, or another name of the same domain, is ``same-site``: another program, maybe of another
person.
"""

SHOWN = 100
"""Characters of an origin that a refusal repeats."""


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
        # A proxy may not pass the name on by which it was asked. "Any name" is nobody's name.
        self._named = tuple(host for host in self._hosts if host != "*")
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            shows_key = await self._check(scope, headers)
        except ProblemError as problem:
            await answer_to(scope, problem)(scope, receive, send)
            return
        origin = headers.get("origin")
        # A socket answers with no headers: whether it may be used was decided above.
        allowed = origin is not None and (shows_key or _plain(origin) in self._origins)
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

    async def _check(self, scope: Scope, headers: Headers) -> bool:
        """Return true for a request of another site that is let through for its key.

        Raises:
            ProblemError: 403; it is refused. 401; its key is not valid.
        """
        host = headers.get("host", "").lower()
        if not _is_ours(host, self._hosts, addresses=self._addresses):
            raise _refusal(
                "The Host header names another machine; this server does not answer to that name. "
                "Names of its own are set with NOVELAI_SERVER_ALLOWED_HOSTS."
            )
        if _is_signed(scope) or not self._is_foreign(headers, scope["path"], host):
            return False
        if await _shows_key(scope):
            return True
        origin = headers.get("origin")
        site = "Another web site" if origin is None else f"The web site {origin[:SHOWN]!r}"
        raise _refusal(
            f"{site} may not use this server, nor may a program that names one, without a key of "
            "this server: make one with 'novelai keys create NAME' and enter it in the program, "
            "which has to send it as Authorization: Bearer. Sites that may without one are set "
            "with NOVELAI_SERVER_ALLOWED_ORIGINS. Nothing was charged."
        )

    def _is_foreign(self, headers: Headers, path: str, host: str) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            origin = _plain(origin)
            if origin in self._origins:
                return False
            authority = origin.partition("://")[2]
            if authority != host and not _is_named(authority, self._named):
                return True
        if headers.get("sec-fetch-site", "none") in OWN:
            return False
        return headers.get("sec-fetch-mode") != "navigate" or path not in PAGES


async def _shows_key(scope: Scope) -> bool:
    shown = read_credential(scope)
    if shown is None or shown.means != "bearer" or not shown.secret.startswith(KEY_PREFIX):
        return False
    return (await identify(scope)).means == "bearer"


def _plain(origin: str) -> str:
    return origin.rstrip("/").lower()


def _refusal(detail: str) -> ProblemError:
    return ProblemError(403, "foreign_site", detail)


def _is_signed(scope: Scope) -> bool:
    if scope.get("method") not in ("GET", "HEAD") or not (
        scope["path"] == "/generate" or scope["path"].startswith("/links/")
    ):
        return False
    return "link" in parse_qs(scope["query_string"].decode("latin-1"))


def _is_ours(authority: str, hosts: Sequence[str], *, addresses: bool = False) -> bool:
    """Tell whether name and port, as a ``Host`` header has them, are a name of this server."""
    match = AUTHORITY.fullmatch(authority)
    if match is None or int(match["port"] or 0) > LAST_PORT:
        return False
    name = match["name"] or match["numbers"]
    if name == "localhost" or name.endswith(".localhost") or _is_one_of(name, hosts):
        return True
    try:
        return ip_address(name).is_loopback or addresses
    except ValueError:
        return False


def _is_named(authority: str, hosts: Sequence[str]) -> bool:
    """Tell whether name and port of an origin are a name of the settings."""
    match = AUTHORITY.fullmatch(authority)
    return match is not None and _is_one_of(match["name"] or match["numbers"], hosts)


def _is_one_of(name: str, hosts: Sequence[str]) -> bool:
    return any(
        host in ("*", name) or (host.startswith("*.") and name.endswith(host[1:])) for host in hosts
    )


EXPOSED = "X-Job-Id, X-Anlas-Cost, X-Seed, X-NovelAI-Notes, X-Request-Id, Location"
"""Headers that a page of another site may read."""


def _cors(headers: Headers) -> list[tuple[bytes, bytes]]:
    answer = {
        "access-control-allow-origin": headers["origin"],
        "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
        "access-control-allow-headers": headers.get("access-control-request-headers", "*"),
        "access-control-expose-headers": EXPOSED,
        "access-control-max-age": "600",
        "vary": "Origin",
    }
    return [(name.encode(), value.encode("latin-1")) for name, value in answer.items()]
