"""The secret that a request shows, in any of the forms clients know."""

import base64
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Scope

from novelai.server.model.secret import KEY_PREFIX, PATH_PREFIX

__all__ = [
    "PATH_SECRET",
    "Credential",
    "Means",
    "is_forwarded",
    "read_credential",
    "shows_key_in_body",
    "token_in",
]

PATH_SECRET = "novelai_path_secret"  # noqa: S105 - a name
"""Where in a request's scope the secret from its path is; see `PathSecrets`."""

Means = Literal["bearer", "basic", "header", "address", "token", "session", "machine"]
"""How a caller says who they are. ``token`` is a bot's own field; ``machine`` says nothing."""

BOTS = "/nai2api/"
"""Where a key may also be shown as ``X-User-Token``, or as ``token`` in the query or the body."""

LONGEST_TOKEN = 500

TOKEN = re.compile(rb'"token"[ \t\r\n]{0,20}:[ \t\r\n]{0,20}"(nvs_[A-Za-z0-9_-]{1,200})"')

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A secret, and how it came."""

    secret: str = field(repr=False)
    means: Means

    @property
    def is_ours(self) -> bool:
        """Return true for what begins as the secrets of this server do."""
        return self.secret.startswith((KEY_PREFIX, PATH_PREFIX))


def is_forwarded(headers: Headers) -> bool:
    """Return true for a request that a proxy has passed on."""
    return any(name in headers for name in FORWARDED)


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
