"""Signing messages as Standard Webhooks has it, and checking them at the other end.

The headers of before, ``X-Novelai-...``, are sent beside the standard ones by 0.1 alone. Secrets of
before, ``whs_...``, stay as they are: their bytes are the key of both signatures. A signature of
one kind is none of the other, for a message's id is no time.
"""

import base64
import hashlib
import hmac
import secrets
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

__all__ = ["new_secret", "sign", "sign_message", "standard_secret", "verify"]

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"
OLD_ID = "X-Novelai-Delivery"
OLD_TIMESTAMP = "X-Novelai-Timestamp"
OLD_SIGNATURE = "X-Novelai-Signature"

PREFIX = "whsec_"
SECRET_BYTES = 32
LONGEST_TIMESTAMP = 11
"""Digits; longer ones are behind the year 5000."""


def new_secret(draw: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a secret that signs; ``draw`` gives that many random bytes."""
    return PREFIX + base64.b64encode(draw(SECRET_BYTES)).decode()


def standard_secret(secret: str) -> str:
    """Return a secret as receivers' libraries take it; one of before becomes base64."""
    if secret.startswith(PREFIX):
        return secret
    return PREFIX + base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode()


def sign_message(secret: str, message_id: str, timestamp: int, body: str) -> dict[str, str]:
    """Return the headers that sign a message.

    Args:
        secret: ``whsec_...``, or ``whs_...`` of before.
        message_id: the same for every try.
        timestamp: of this try, unix seconds.
        body: what is sent.
    """
    signer = Webhook(standard_secret(secret))
    return {
        ID: message_id,
        TIMESTAMP: str(timestamp),
        SIGNATURE: signer.sign(message_id, datetime.fromtimestamp(timestamp, UTC), body),
        OLD_ID: message_id,
        OLD_TIMESTAMP: str(timestamp),
        OLD_SIGNATURE: _sign_old(secret, timestamp, body.encode()),
    }


def verify(
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float,
    tolerance: float = 300.0,
) -> bool:
    """Check that a message comes from the server, unchanged, and is no old one played again.

    A message may come twice when its answer was lost: ``webhook-id`` is then the same. The headers
    of before are looked at only where the standard ones are missing.

    Args:
        secret: ``whsec_...``, shown when the key was made, or ``whs_...`` of before.
        headers: of the request.
        body: its bytes as they came.
        now: unix seconds.
        tolerance: seconds by which clocks may differ.
    """
    found = {name.lower(): value for name, value in headers.items()}
    standard = SIGNATURE in found
    timestamp = found.get(TIMESTAMP if standard else OLD_TIMESTAMP.lower(), "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= LONGEST_TIMESTAMP):
        return False
    if abs(now - int(timestamp)) > tolerance:
        return False
    if not standard:
        given = found.get(OLD_SIGNATURE.lower(), "")
        return _is_same(_sign_old(secret, int(timestamp), body), given)
    return _has_signature(secret, found.get(ID, ""), int(timestamp), body, found[SIGNATURE])


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the value of ``X-Novelai-Signature``; deprecated, see `sign_message`."""
    warnings.warn(
        "X-Novelai-Signature goes with 0.2: sign with sign_message, or with standardwebhooks.",
        DeprecationWarning,
        stacklevel=2,
    )
    return _sign_old(secret, timestamp, body)


def _has_signature(secret: str, message_id: str, timestamp: int, body: bytes, given: str) -> bool:
    # The library's own `verify` reads the clock, and raises what strange signatures make it raise.
    try:
        right = Webhook(standard_secret(secret)).sign(
            message_id, datetime.fromtimestamp(timestamp, UTC), body.decode()
        )
    except (ValueError, EmptyWebhookSecretError):
        return False
    # While a secret is replaced, a sender signs with both: blanks stand between signatures.
    return bool(message_id) and any(_is_same(right, one) for one in given.split(" "))


def _sign_old(secret: str, timestamp: int, body: bytes) -> str:
    signed = str(timestamp).encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _is_same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "surrogatepass"))
