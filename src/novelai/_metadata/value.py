"""What a picture says of its making."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

__all__ = ["ImageMetadata"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMetadata:
    """The embedded settings of a picture.

    Attributes:
        title: for example ``AI generated image``.
        description: the prompt.
        software: ``NovelAI``.
        source: model name and hash, for example ``NovelAI Diffusion V4.5 4BDE2A90``.
        generation_time: seconds it took, when stated.
        comment: all settings, as the service wrote them.
        origin: where it was found: ``"png"`` text chunks, WebP ``"exif"`` or ``"stealth"`` alpha.
    """

    title: str | None = None
    description: str | None = field(default=None, repr=False)
    software: str | None = None
    source: str | None = None
    generation_time: float | None = None
    comment: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    origin: Literal["png", "exif", "stealth"] = "png"

    @classmethod
    def from_fields(
        cls, fields: Mapping[str, Any], origin: Literal["png", "exif", "stealth"]
    ) -> "ImageMetadata | None":
        """Build from named texts; ``None`` when none of NovelAI's is among them."""
        if not fields.keys() & {"Comment", "Software", "Source", "Description"}:
            return None
        seconds = fields.get("Generation_time") or fields.get("Generation time")
        return cls(
            title=_text(fields.get("Title")),
            description=_text(fields.get("Description")),
            software=_text(fields.get("Software")),
            source=_text(fields.get("Source")),
            generation_time=_seconds(seconds),
            comment=_settings(fields.get("Comment")),
            origin=origin,
        )

    @property
    def prompt(self) -> str | None:
        """The prompt that was used."""
        return _text(self.comment.get("prompt")) or self.description

    @property
    def negative_prompt(self) -> str | None:
        """The undesired content that was used."""
        return _text(self.comment.get("uc"))

    @property
    def seed(self) -> int | None:
        """The seed that was used."""
        seed = self.comment.get("seed")
        return seed if isinstance(seed, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _seconds(value: object) -> float | None:
    try:
        return float(str(value).removesuffix("s")) if value else None
    except ValueError:
        return None


def _settings(value: object) -> Mapping[str, Any]:
    """Read the Comment: JSON, in some WebP files inside another with Comment and Source."""
    for _ in range(2):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return {}
        if isinstance(value, dict) and isinstance(value.get("Comment"), (str, dict)):  # pyright: ignore[reportUnknownMemberType]
            value = cast("dict[str, object]", value)["Comment"]
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
