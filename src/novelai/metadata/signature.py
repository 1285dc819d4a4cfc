"""NovelAI's signature under the settings of a picture."""

import json
from base64 import b64decode
from typing import TYPE_CHECKING

from novelai._images import file_bytes, open_image
from novelai._metadata.extraction import extract_metadata
from novelai.errors import ConfigurationError, InvalidParamsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from novelai.types.source import ImageInput

__all__ = ["NOVELAI_PUBLIC_KEY", "verify_signature"]

NOVELAI_PUBLIC_KEY = "Y2JcQAOhLwzwSDUJPNgL04nS0Tbqm7cSRc4xk0vRMic="
"""Base64 of the Ed25519 key NovelAI publishes for checking its pictures."""


def verify_signature(image: "ImageInput", *, public_key: str = NOVELAI_PUBLIC_KEY) -> bool:
    """Return whether NovelAI signed exactly this picture with exactly these settings.

    The signature, ``signed_hash``, covers the colours of every pixel (not the alpha channel) and
    the settings. Checking it needs the ``cryptography`` package. An inpainting result that was laid
    over its picture is not what was signed: check its ``received``.

    Args:
        image: the picture, with its settings, in the open or hidden.
        public_key: base64 of the Ed25519 public key it must verify with: by default NovelAI's.

    Returns:
        ``False`` when there is no signature, or it belongs to other pixels or settings.

    Raises:
        ConfigurationError: ``cryptography`` is not installed.
        InvalidParamsError: the picture cannot be read, or the key is none.
    """
    key = _key(public_key)
    data = file_bytes(image, "image")
    source = image if data is None else data
    settings = extract_metadata(source).settings
    comment = dict(settings.comment) if settings else {}
    signed = comment.pop("signed_hash", None)
    if not isinstance(signed, str):
        return False
    pixels = open_image(source, "image").convert("RGB").tobytes()
    return _verifies(key, signed, pixels + json.dumps(comment).encode())


def _key(public_key: str) -> "Ed25519PublicKey":
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise ConfigurationError(
            "Checking a signature needs the cryptography package: pip install cryptography"
        ) from None
    try:
        return Ed25519PublicKey.from_public_bytes(b64decode(public_key, validate=True))
    except ValueError:
        raise InvalidParamsError(
            [("public_key", "is not the base64 of an Ed25519 public key")]
        ) from None


def _verifies(key: "Ed25519PublicKey", signed: str, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(b64decode(signed, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True
