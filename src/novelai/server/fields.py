"""Kinds of values that several endpoints take."""

import re
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, Field

__all__ = ["ByteBody", "Line", "Moment", "PathName", "Since", "Until"]

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LATEST = 100_000_000_000
"""Unix seconds in the year 5138."""


def _printable(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("must not hold control characters")
    return text


Line = Annotated[str, AfterValidator(_printable)]
"""Text of one line, without control characters."""

Moment = Annotated[float, Field(ge=0, le=LATEST, allow_inf_nan=False)]
"""Unix seconds."""

PathName = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")]
"""An id in an address."""

Since = Annotated[float | None, Query(ge=0, le=LATEST, description="At or after, unix seconds.")]
"""The beginning of a period."""

Until = Annotated[float | None, Query(ge=0, le=LATEST, description="Before, unix seconds.")]
"""The end of a period."""

ByteBody = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes; PNG, JPEG or WebP. The content type does not matter.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""How a body of bytes is described."""
