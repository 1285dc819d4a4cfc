"""An encoded vibe as a value."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from novelai.server.model.rows import columns_of

__all__ = ["StoredVibe", "vibe_from"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVibe:
    """What NovelAI made of a picture, for 2 Anlas.

    Attributes:
        name: what people call it.
        model: the model it is for.
        info_extracted: 0.01 to 1; how much was read from the picture.
        source: sha256 of the picture.
        sha256: of the encoding.
    """

    id: str
    owner_id: str
    key_id: str
    name: str
    model: str
    info_extracted: float
    source: str
    sha256: str
    created_at: float


def vibe_from(row: Row[Any]) -> StoredVibe:
    """Read a row of the vibes table."""
    return StoredVibe(**columns_of(row))
