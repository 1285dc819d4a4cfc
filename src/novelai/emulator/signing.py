"""The emulator's signature under a picture's settings.

NovelAI signs pixels and settings with a private Ed25519 key, so its own signature cannot be
imitated. These are signed the same way with a key everyone can derive, and verify with
`EMULATOR_PUBLIC_KEY`; a reader that checks against NovelAI's public key rightly says no.
"""

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"novelai.emulator").digest())

EMULATOR_PUBLIC_KEY: str = base64.b64encode(_KEY.public_key().public_bytes_raw()).decode()
"""Base64 of the public key that verifies every `signed_hash` this emulator writes."""


def sign(rgb: bytes, comment: dict[str, Any]) -> str:
    """Sign a picture.

    Args:
        rgb: Colour bytes row by row, three per pixel, no alpha.
        comment: The settings without `signed_hash`, in the order they are written.

    Returns:
        Base64 of the signature over the colours followed by the settings as Python writes JSON.
    """
    return base64.b64encode(_KEY.sign(rgb + json.dumps(comment).encode())).decode()
