"""Pictures that were handed in, as the HTTP API shows them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

__all__ = ["UploadView"]


class UploadView(BaseModel):
    """A picture that was handed in; jobs name it as ``{"upload": sha256}``.

    Attributes:
        settings: the parameters that lead to it, where it says so.
    """

    sha256: str
    media_type: str
    width: int
    height: int
    bytes: int
    url: str
    settings: Mapping[str, Any] | None = Field(repr=False)
