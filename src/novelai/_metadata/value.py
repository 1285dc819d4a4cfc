"""What a picture says of its making."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

__all__ = ["ImageMetadata", "Origin", "parse_settings", "states_settings"]

Origin: TypeAlias = Literal["png", "exif", "stealth"]
Action: TypeAlias = Literal["generate", "img2img", "infill", "augment"]

ACTIONS: Mapping[str, Action] = {
    "PromptGenerateRequest": "generate",
    "Img2ImgRequest": "img2img",
    "NativeInfillingRequest": "infill",
}
NAMES = frozenset(
    {"prompt", "uc", "steps", "scale", "seed", "sampler", "v4_prompt", "request_type", "req_type"}
)
"""Of these NovelAI's settings have at least one."""


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
        origin: where it was found: ``"png"`` chunks, ``"exif"`` of a WebP or JPEG file, or
            ``"stealth"``, hidden in the pixels.
    """

    title: str | None = None
    description: str | None = field(default=None, repr=False)
    software: str | None = None
    source: str | None = None
    generation_time: float | None = None
    comment: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    origin: Origin = "png"

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], origin: Origin) -> "ImageMetadata | None":
        """Build from named texts; ``None`` when none of NovelAI's is among them."""
        if not fields.keys() & {"Comment", "Software", "Source", "Description"}:
            return None
        comment, around = _unwrap(fields.get("Comment"))
        fields = {**around, **fields}
        seconds = fields.get("Generation_time") or fields.get("Generation time")
        return cls(
            title=_text(fields.get("Title")),
            description=_text(fields.get("Description")),
            software=_text(fields.get("Software")),
            source=_text(fields.get("Source")),
            generation_time=_seconds(seconds),
            comment=comment,
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

    @property
    def tool(self) -> str | None:
        """The director tool it was made with, for example ``lineart``; ``None`` without one."""
        return _text(self.comment.get("req_type"))

    @property
    def action(self) -> Action | None:
        """How it was made: ``"generate"``, ``"img2img"``, ``"infill"``, by a tool ``"augment"``.

        ``None`` without settings, or with a kind of request that is not known. The first models'
        settings do not tell; they count as ``"generate"``.
        """
        if not self.comment:
            return None
        if self.tool is not None:
            return "augment"
        return ACTIONS.get(_text(self.comment.get("request_type", "PromptGenerateRequest")) or "")


def parse_settings(text: object) -> Mapping[str, Any]:
    """Read a ``Comment``; empty when it holds no settings."""
    return _unwrap(text)[0]


def states_settings(comment: Mapping[str, Any]) -> bool:
    """Return whether these are settings of NovelAI's, and not some other document."""
    return not NAMES.isdisjoint(comment)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _seconds(value: object) -> float | None:
    try:
        return float(str(value).removesuffix("s")) if value else None
    except ValueError:
        return None


def _unwrap(value: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the settings, and the document that some WebP files wrap them in with the rest."""
    around: Mapping[str, Any] = {}
    for _ in range(2):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return {}, around
        document = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        if isinstance(document.get("Comment"), (str, dict)):
            around, value = document, document["Comment"]
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}, around
