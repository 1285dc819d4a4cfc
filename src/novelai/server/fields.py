"""Kinds of values that several endpoints take."""

import re
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, Field

__all__ = ["ByteBody", "KeptText", "Line", "Moment", "PathName", "Since", "Until", "file_body"]

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LATEST = 100_000_000_000
"""Unix seconds in the year 5138."""


def _printable(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("must not hold control characters")
    return text


def _keepable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold the character U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not hold half a character") from None
    return text


Line = Annotated[str, AfterValidator(_printable)]
"""Text of one line, without control characters."""

KeptText = Annotated[str, AfterValidator(_keepable)]
"""Text of any length that databases keep."""

Moment = Annotated[float, Field(ge=0, le=LATEST, allow_inf_nan=False)]
"""Unix seconds."""

PathName = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")]
"""An id in an address."""

Since = Annotated[float | None, Query(ge=0, le=LATEST, description="At or after, unix seconds.")]
"""The beginning of a period."""

Until = Annotated[float | None, Query(ge=0, le=LATEST, description="Before, unix seconds.")]
"""The end of a period."""

BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


def file_body(what: str) -> dict[str, Any]:
    """Describe a body of bytes in the OpenAPI document."""
    description = f"{what} The content type does not matter."
    return {"requestBody": {"required": True, "description": description, "content": BYTES}}


ByteBody = file_body("The file's bytes; PNG, JPEG or WebP.")
"""How the body of a picture is described."""
