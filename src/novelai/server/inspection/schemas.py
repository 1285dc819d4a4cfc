"""What was found in a picture, as the HTTP API shows it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

__all__ = ["Inspection"]


class Inspection(BaseModel):
    """What a picture says of its making.

    Attributes:
        format: ``PNG``, ``JPEG`` or ``WEBP``.
        source: where NovelAI's settings were: in PNG text, in the EXIF of WebP or JPEG, or hidden
            in the pixels.
        signed: whether NovelAI signed exactly this picture; ``null`` without a signature.
        action: how it was made: ``generate``, ``img2img``, ``infill``, or by a director tool
            ``augment``.
        tool: the director tool, for example ``lineart``.
        reproducible: whether the settings lead to this very picture: false when it was also made
            from pictures that it holds no copy of. ``null`` without settings.
        settings: parameters for ``POST /api/jobs``; ``missing`` names the pictures they lack.
        raw: all that was embedded by NovelAI, long texts cut.
        other: what another program embedded: its name as ``tool``, and what it wrote.
            It may stand beside NovelAI's settings.
        note: why there are no settings.
    """

    format: Literal["PNG", "JPEG", "WEBP"]
    width: int
    height: int
    source: Literal["text", "exif", "stealth"] | None
    signed: bool | None
    action: Literal["generate", "img2img", "infill", "augment"] | None
    tool: str | None
    reproducible: bool | None
    settings: Mapping[str, Any] | None = Field(repr=False)
    raw: Mapping[str, Any] | None = Field(repr=False)
    other: Mapping[str, Any] | None = Field(repr=False)
    note: str | None
