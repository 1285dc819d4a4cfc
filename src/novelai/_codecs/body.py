"""Request bodies: JSON with base64 pictures, or a form with the pictures as parts."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal, cast

from pydantic_core import to_json

__all__ = ["Blob", "Upload", "add_to_body", "encode_body", "merge"]

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


def add_to_body(content: bytes, content_type: str, extra: Mapping[str, Any]) -> bytes:
    """Return an encoded body with more in its JSON; one that has none stays as it is.

    Args:
        content: the body.
        content_type: its content type, which stays the same.
        extra: is merged into the JSON; see `merge`.
    """
    if content_type == "application/json":
        return _add_to_json(content, extra)
    if not content_type.startswith("multipart/form-data;"):
        return content
    # The JSON is the last part, and holds no line end of its own.
    head, gap, last = content.rpartition(b"\r\n\r\n")
    document, line_end, end = last.partition(b"\r\n")
    return b"".join([head, gap, _add_to_json(document, extra), line_end, end])


def merge(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON object with another put into it: objects are merged, other values replaced."""
    merged = dict(base)
    for name, value in extra.items():
        known = merged.get(name)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            inner = cast("Mapping[str, Any]", value)
            merged[name] = merge(cast("Mapping[str, Any]", known), inner)
        else:
            merged[name] = value
    return merged


def _add_to_json(document: bytes, extra: Mapping[str, Any]) -> bytes:
    merged = merge(json.loads(document), extra)
    return json.dumps(merged, ensure_ascii=False, separators=(",", ":")).encode()
