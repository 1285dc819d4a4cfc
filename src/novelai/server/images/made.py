"""What a job made, as it is written down before the database knows of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Made"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A picture, or an encoded vibe, whose bytes are stored.

    Attributes:
        position: which of the job's, from 0.
        sha256: of its bytes.
        media_type: of its bytes.
        size: in bytes.
        width: in pixels; 0 for an encoded vibe.
        height: in pixels; 0 for an encoded vibe.
        seed: of a generated picture.
    """

    position: int
    sha256: str
    media_type: str
    size: int
    width: int
    height: int
    seed: int | None

    @property
    def is_picture(self) -> bool:
        """Whether it belongs in the gallery."""
        return self.media_type.startswith("image/")

    @property
    def reference(self) -> Mapping[str, Any]:
        """As JSON."""
        return asdict(self)
