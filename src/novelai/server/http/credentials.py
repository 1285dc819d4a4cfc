"""The secret that a request shows, in any of the forms clients know.

``/k/nvp_.../sdapi/v1/txt2img`` shows the secret that a key has for paths, for clients that can
send no header. Some clients keep the query of the address they were given, and nothing else of it:
``/sdapi/...?key=...`` shows a key. Both are taken out of the address before anything, a log too,
sees it.
"""

import base64
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from novelai.server.model.secret import KEY_PREFIX, PATH_PREFIX

__all__ = [
    "PATH_SECRET",
    "Credential",
    "Means",
    "PathSecrets",
    "is_forwarded",
    "read_credential",
    "shows_key_in_body",
    "take_key_from_query",
    "token_in",
]

PATH_SECRET = "novelai_path_secret"  # noqa: S105 - a name
"""Where in a request's scope the secret from its path is; see `PathSecrets`."""

Means = Literal["bearer", "basic", "header", "address", "token", "session", "machine"]
"""How a caller says who they are. ``token`` is a bot's own field; ``machine`` says nothing."""

BOTS = "/nai2api/"
"""Where a key may also be shown as ``X-User-Token``, or as ``token`` in the query or the body."""

LONGEST_TOKEN = 500

FRONT = "/k/"
"""What stands before a secret in an address."""

QUERY = "key"
"""The parameter that holds a key, where clients keep nothing but the query."""

TOKEN = re.compile(rb'"token"[ \t\r\n]{0,20}:[ \t\r\n]{0,20}"(nvs_[A-Za-z0-9_-]{1,200})"')

FORWARDED = frozenset(
    {
        "forwarded", "via", "x-real-ip", "x-client-ip", "client-ip", "true-client-ip",
        "x-cluster-client-ip", "x-remote-ip", "x-remote-addr", "x-original-for", "x-original-host",
        "x-original-url", "x-proxyuser-ip", "x-envoy-external-address", "x-amzn-trace-id",
        "x-arr-log-id", "x-azure-clientip", "x-appengine-user-ip", "cf-connecting-ip", "cf-ray",
        "cdn-loop", "fastly-client-ip", "fly-client-ip", "proxy-connection", "x-scheme",
    }
)  # fmt: skip
"""What proxies add, beside everything that begins as `FORWARDED_FRONT`."""

FORWARDED_FRONT = ("x-forwarded", "tailscale-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A secret, and how it came."""

    secret: str = field(repr=False)
    means: Means

    @property
    def is_ours(self) -> bool:
        """Return true for what begins as the secrets of this server do."""
        return self.secret.startswith((KEY_PREFIX, PATH_PREFIX))


def is_forwarded(scope: Scope) -> bool:
    """Return true for a request that a proxy has passed on: by any sign of one.

    HTTP/1.0 is one: nginx speaks it to what is behind it unless it is told otherwise, and hardly
    anybody else does today.
    """
    names = {name.decode("latin-1").lower() for name, _ in scope["headers"]}
    return (
        scope.get("http_version") == "1.0"
        or not FORWARDED.isdisjoint(names)
        or any(name.startswith(FORWARDED_FRONT) for name in names)
    )


def read_credential(scope: Scope) -> Credential | None:
    """Return the secret that a request shows outside of its body and cookies.

    ``Authorization: Bearer secret``, ``Basic`` with the secret as password, or as user without a
    password, or by itself; ``x-api-key``; a part of the path; a bot's token. Some clients insist on
    a key field and send what stands in it: what does not begin as a key of this server gives way to
    the path.
    """
    headers = Headers(scope=scope)
    shown = _token(scope, headers) or _in(headers)
    in_path: str | None = scope.get(PATH_SECRET)
    if in_path is not None and (shown is None or not shown.secret.startswith(KEY_PREFIX)):
        return Credential(secret=in_path, means="address")
    return shown


def shows_key_in_body(scope: Scope) -> bool:
    """Return true where a bot's body may show the key that counts."""
    return scope["path"].startswith(BOTS) and _token(scope, Headers(scope=scope)) is None


def token_in(scope: Scope, head: bytes) -> Credential | None:
    """Return the key that a bot's body shows in its beginning."""
    found = TOKEN.search(head) if shows_key_in_body(scope) else None
    return None if found is None else Credential(secret=found[1].decode(), means="token")


def _token(scope: Scope, headers: Headers) -> Credential | None:
    if not scope["path"].startswith(BOTS):
        return None
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
    token = (headers.get("x-user-token") or query.get("token") or "").strip()
    return Credential(secret=token[:LONGEST_TOKEN], means="token") if token else None


def _in(headers: Headers) -> Credential | None:
    scheme, _, value = headers.get("authorization", "").strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer" and value:
        return Credential(secret=value, means="bearer")
    if scheme.lower() == "basic" and value:
        secret = _basic(value)
        return Credential(secret=secret, means="basic") if secret else None
    given = headers.get("x-api-key", "").strip()
    return Credential(secret=given, means="header") if given else None


def _basic(value: str) -> str | None:
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except ValueError:
        return value  # a client that sends what was typed
    user, colon, password = text.partition(":")
    return (password or user) if colon else text or None


class PathSecrets:
    """ASGI middleware that moves a secret from the address into the request's scope.

    The scope is changed in place: servers write their access log from it.

    Args:
        app: what comes behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Clean the address, and pass the request on."""
        if scope["type"] in ("http", "websocket"):
            _take_from_path(scope)
        await self._app(scope, receive, send)


def _take_from_path(scope: Scope) -> None:
    path: str = scope["path"]
    if not path.startswith(FRONT):
        return
    secret, _, rest = path.removeprefix(FRONT).partition("/")
    scope["path"] = f"/{rest.lstrip('/')}"
    scope["raw_path"] = quote(scope["path"]).encode()
    # A key itself does not belong into a path: it opens nothing there.
    scope[PATH_SECRET] = secret if secret.startswith(PATH_PREFIX) else PATH_PREFIX


def take_key_from_query(scope: Scope) -> None:
    """Move a key from the query into the scope, in an API whose clients keep nothing else."""
    query: bytes = scope.get("query_string", b"")
    if QUERY not in unquote(query.decode("latin-1")):
        return
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    shown = [value for name, value in pairs if name == QUERY]
    if not shown:
        return
    rest = [(name, value) for name, value in pairs if name != QUERY]
    scope["query_string"] = urlencode(rest).encode("latin-1", "replace")
    if shown[0].strip():
        scope.setdefault(PATH_SECRET, shown[0].strip().rstrip("/"))
