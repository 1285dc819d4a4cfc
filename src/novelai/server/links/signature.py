"""What a link says of itself: until when, for which key, and that this server wrote it."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Grant", "canonical", "read_grant", "write_grant"]

LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The permission in a link.

    Attributes:
        key_id: whose budget it spends.
        expires_at: unix seconds.
    """

    key_id: str
    expires_at: int


def canonical(purpose: str, items: Iterable[tuple[str, str]]) -> bytes:
    """Return the bytes that are signed: the same for the same names and values in any order."""
    lines = [
        purpose,
        *(f"{len(name)}:{name}={len(value)}:{value}" for name, value in sorted(items)),
    ]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def write_grant(secret: bytes, grant: Grant, content: bytes) -> str:
    """Return the value of ``link``: expiry, key and signature."""
    return f"{grant.expires_at}.{grant.key_id}.{_signature(secret, grant, content)}"


def read_grant(secrets: Sequence[bytes], link: str, content: bytes) -> Grant | None:
    """Read the permission in a link; ``None`` unless this server wrote it for this content."""
    parts = link.split(".")
    if len(link) > LONGEST or len(parts) != 3:
        return None
    expires, key_id, shown = parts
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
        return None
    grant = Grant(key_id=key_id, expires_at=int(expires))
    given = shown.encode("utf-8", "surrogatepass")
    right = [
        hmac.compare_digest(given, _signature(secret, grant, content).encode())
        for secret in secrets
    ]
    return grant if any(right) else None


def _signature(secret: bytes, grant: Grant, content: bytes) -> str:
    text = f"{grant.expires_at}\n{grant.key_id}\n".encode("utf-8", "surrogatepass") + content
    digest = hmac.new(secret, text, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
