"""Stored bytes as answers: they never change, so a browser keeps them."""

from typing import Annotated, Any

from fastapi import Header, Response

from novelai.fastapi.disposition import attachment

__all__ = [
    "FOR_NOW",
    "IMAGE",
    "LINKED",
    "Known",
    "file_response",
    "is_cached_by",
    "is_named_by",
    "not_modified",
]

ALWAYS = "private, max-age=31536000, immutable"

LINKED = "private, max-age=600"
"""What a link leads to never changes, either, but it may be deleted, and the link may end."""

Known = Annotated[
    str | None, Header(alias="If-None-Match", max_length=2000, description="Answer 304 if it is.")
]
"""Annotate a parameter with this to learn which version the caller has."""

IMAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes",
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in ("image/png", "image/webp", "image/jpeg")
        },
    },
    304: {"description": "The caller has them already"},
}
"""How an answer with a picture is described."""


FOR_NOW = "private, no-cache"
"""What is replaced soon."""


def is_named_by(known: str | None, tag: str) -> bool:
    """Return whether the caller says that it has just this version.

    Args:
        known: its ``If-None-Match`` header.
        tag: of the version, without quotes.
    """
    tags = [one.strip().removeprefix("W/") for one in (known or "").split(",")]
    return f'"{tag}"' in tags


def is_cached_by(known: str | None, tag: str) -> bool:
    """Return whether the caller has this version.

    Args:
        known: its ``If-None-Match`` header.
        tag: of the version, without quotes.
    """
    return (known or "").strip() == "*" or is_named_by(known, tag)


def not_modified(tag: str, *, cache: str = ALWAYS) -> Response:
    """Return the answer to who has this version."""
    return Response(status_code=304, headers=_headers(tag, cache))


def file_response(
    data: bytes, *, media_type: str, tag: str, download: str | None = None, cache: str = ALWAYS
) -> Response:
    """Answer with stored bytes.

    Args:
        data: the bytes.
        media_type: as it was found out here, never as somebody said.
        tag: of this version, without quotes.
        download: a name to save it under; otherwise it is shown.
        cache: how long it is kept.
    """
    headers = _headers(tag, cache)
    if download is not None:
        headers["Content-Disposition"] = attachment(download)
    return Response(data, media_type=media_type, headers=headers)


def _headers(tag: str, cache: str) -> dict[str, str]:
    return {
        "ETag": f'"{tag}"',
        "Cache-Control": cache,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
