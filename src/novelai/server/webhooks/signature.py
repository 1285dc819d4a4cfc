"""Signing what webhooks are told, and checking it at the other end."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping

__all__ = ["DELIVERY", "SIGNATURE", "TIMESTAMP", "new_secret", "sign", "verify"]

TIMESTAMP = "X-Novelai-Timestamp"
SIGNATURE = "X-Novelai-Signature"
DELIVERY = "X-Novelai-Delivery"


def new_secret(draw: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """Return a secret that signs; ``draw`` gives a random text of that many bytes."""
    return f"whs_{draw(32)}"


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the value of ``X-Novelai-Signature``."""
    signed = str(timestamp).encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def verify(
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float,
    tolerance: float = 300.0,
) -> bool:
    """Check that a message comes from the server, unchanged, and is no old one played again.

    A message may come twice when its answer was lost: ``X-Novelai-Delivery`` is then the same.

    Args:
        secret: ``whs_...``, shown when the key was made.
        headers: of the request.
        body: its bytes as they came.
        now: unix seconds.
        tolerance: seconds by which clocks may differ.
    """
    found = {name.lower(): value for name, value in headers.items()}
    timestamp = found.get(TIMESTAMP.lower(), "")
    if not (timestamp.isascii() and timestamp.isdecimal()):
        return False
    if abs(now - int(timestamp)) > tolerance:
        return False
    given = found.get(SIGNATURE.lower(), "").encode("utf-8", "surrogatepass")
    return hmac.compare_digest(sign(secret, int(timestamp), body).encode(), given)
