"""Stored vibes as the HTTP API shows and takes them."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from novelai.server.fields import Line
from novelai.server.model.vibe import StoredVibe

__all__ = ["VibeChangeIn", "VibeList", "VibeSource", "VibeView", "vibe_view"]


class VibeChangeIn(BaseModel):
    """What to call a vibe."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Line = Field(min_length=1, max_length=200)


class VibeSource(BaseModel):
    """The picture that was encoded."""

    sha256: str


class VibeView(BaseModel):
    """An encoded vibe; jobs name it as ``{"vibe": id}``.

    Attributes:
        model: the model it is for.
        info_extracted: 0.01 to 1; how much was read from the picture.
        thumb: a small WebP of the picture; 404 when that is not here any more.
    """

    id: str
    name: str
    model: str
    info_extracted: float
    source: VibeSource | None
    thumb: str
    created_at: float


class VibeList(BaseModel):
    """Vibes, newest first."""

    vibes: list[VibeView]


def vibe_view(vibe: StoredVibe) -> VibeView:
    """Return a vibe as the API shows it."""
    return VibeView(
        id=vibe.id,
        name=vibe.name,
        model=vibe.model,
        info_extracted=vibe.info_extracted,
        source=VibeSource(sha256=vibe.source) if vibe.source else None,
        thumb=f"/api/vibes/{vibe.id}/thumbnail",
        created_at=vibe.created_at,
    )
