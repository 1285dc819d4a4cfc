"""What a link says of itself: until when, for which key, and that this server wrote it."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from itsdangerous import Signer

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
    text = f"{grant.expires_at}.{grant.key_id}".encode("utf-8", "surrogatepass")
    # Another content is another salt: a signature for one says nothing of the other.
    signer = Signer(secret, salt=content, key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.sign(text).decode("utf-8", "surrogatepass")


def read_grant(secrets: Sequence[bytes], link: str, content: bytes) -> Grant | None:
    """Read the permission in a link; ``None`` unless this server wrote it for this content."""
    parts = link.split(".")
    if len(link) > LONGEST or len(parts) != 3:
        return None
    expires, key_id, _ = parts
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
        return None
    grant = Grant(key_id=key_id, expires_at=int(expires))
    # Written again and compared: the library's own reader takes several spellings of a signature,
    # and each would be a link of its own, with pictures and a price of its own.
    given = link.encode("utf-8", "surrogatepass")
    right = [
        hmac.compare_digest(given, write(secret, grant, content).encode("utf-8", "surrogatepass"))
        for secret in secrets
        for write in (write_grant, _write_old_grant)
    ]
    return grant if any(right) else None


def _write_old_grant(secret: bytes, grant: Grant, content: bytes) -> str:
    """Return a link as it was written before 0.1; links hold for 90 days at most."""
    text = f"{grant.expires_at}\n{grant.key_id}\n".encode("utf-8", "surrogatepass") + content
    digest = hmac.new(secret, text, hashlib.sha256).digest()
    signature = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return f"{grant.expires_at}.{grant.key_id}.{signature}"
