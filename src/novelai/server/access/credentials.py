"""The secret that a request shows, in any of the forms clients know."""

import base64
import binascii

from starlette.datastructures import Headers

from novelai.server.keys.secret import KEY_PREFIX

__all__ = ["PATH_SECRET", "presented"]

PATH_SECRET = "novelai_path_secret"  # noqa: S105 - a name
"""Where in a request's scope the secret from its path is; see `PathSecrets`."""


def presented(headers: Headers, path_secret: str | None = None) -> str | None:
    """The secret, or ``None`` when there is none.

    ``Authorization: Bearer secret``, ``Basic`` with the secret as password, or as user without a
    password, or by itself; ``x-api-key``; or a part of the path. Some clients insist on a key field
    and send what stands in it: what does not begin as a key of this server gives way to the path.

    Args:
        headers: of the request.
        path_secret: what its path held.
    """
    shown = _in(headers)
    if path_secret is not None and not (shown or "").startswith(KEY_PREFIX):
        return path_secret
    return shown


def _in(headers: Headers) -> str | None:
    scheme, _, value = headers.get("authorization", "").strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer" and value:
        return value
    if scheme.lower() == "basic" and value:
        return _basic(value)
    return headers.get("x-api-key", "").strip() or None


def _basic(value: str) -> str | None:
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return value  # a client that sends what was typed
    user, colon, password = text.partition(":")
    return (password or user) if colon else text or None
