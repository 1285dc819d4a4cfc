"""Request bodies: JSON with base64 pictures, or a form with the pictures as parts."""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal, cast

from pydantic_core import to_json

__all__ = ["Blob", "Upload", "encode_body"]

Upload = Literal["multipart", "json"]
"""How pictures travel: as form parts, as the web client sends them, or base64 inside the JSON."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A binary value of a request body, and the name its form part gets."""

    part: str
    data: bytes = field(repr=False)
    media_type: str = "image/png"


def encode_body(body: dict[str, Any], upload: Upload) -> tuple[bytes, str]:
    """Encode a request body; returns the bytes and their content type.

    A body without a `Blob` is always JSON.
    """
    blobs: list[Blob] = []
    document = to_json(_replace_blobs(body, blobs, by_name=upload == "multipart"))
    if blobs and upload == "multipart":
        return _form(document, blobs)
    return document, "application/json"


def _replace_blobs(value: Any, blobs: list[Blob], *, by_name: bool) -> Any:
    if isinstance(value, Blob):
        blobs.append(value)
        return value.part if by_name else _base64(value.data)
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: _replace_blobs(item, blobs, by_name=by_name) for key, item in items}
    if isinstance(value, list):
        return [_replace_blobs(item, blobs, by_name=by_name) for item in cast("list[Any]", value)]
    return value


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _form(document: bytes, blobs: list[Blob]) -> tuple[bytes, str]:
    # Drawn from the content so that no source of randomness is needed and no picture holds it.
    digest = blake2b(document, digest_size=16)
    for blob in blobs:
        digest.update(blob.data)
    boundary = f"----novelai-{digest.hexdigest()}"
    pieces: list[bytes] = []
    parts = [*blobs, Blob("request", document, "application/json")]
    for part in parts:
        header = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="{part.part}"; filename="blob"\r\n'
            f"Content-Type: {part.media_type}\r\n\r\n"
        )
        pieces += [header.encode("ascii"), part.data, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    return b"".join(pieces), f"multipart/form-data; boundary={boundary}"
