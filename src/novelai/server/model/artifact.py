"""What a job made, as it is written down before the database knows of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Artifact", "EncodingKey", "sha256_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodingKey:
    """A vibe as it is asked for; the same three are never paid for twice.

    Attributes:
        source: sha256 of the picture that was handed in.
        model: the model it is for.
        info_extracted: 0.01 to 1; how much is read from the picture.
    """

    source: str
    model: str
    info_extracted: float

    @property
    def name(self) -> str:
        """All three in one text."""
        return f"{self.source} {self.model} {self.info_extracted:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A picture, or an encoded vibe, whose bytes are stored.

    Attributes:
        position: which of the job's, from 0.
        sha256: of its bytes.
        media_type: of its bytes.
        size: in bytes.
        width: in pixels; 0 for an encoded vibe.
        height: in pixels; 0 for an encoded vibe.
        seed: of a generated picture.
        vibe: of an encoded vibe.
    """

    position: int
    sha256: str
    media_type: str
    size: int
    width: int
    height: int
    seed: int | None
    vibe: EncodingKey | None = None

    @property
    def is_picture(self) -> bool:
        """Return whether it belongs in the gallery."""
        return self.media_type.startswith("image/")

    @property
    def reference(self) -> Mapping[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def read(cls, reference: Mapping[str, Any]) -> "Artifact":
        """Read back what `reference` wrote."""
        vibe = reference.get("vibe")
        fields: dict[str, Any] = {
            **reference,
            "vibe": None if vibe is None else EncodingKey(**vibe),
        }
        return cls(**fields)


def sha256_of(data: bytes) -> str:
    """Return the name of some bytes."""
    return hashlib.sha256(data).hexdigest()
