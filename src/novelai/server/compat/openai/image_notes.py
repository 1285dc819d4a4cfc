"""What in a request for pictures has no counterpart at NovelAI, or was taken otherwise."""

from collections.abc import Mapping
from typing import Any

from novelai.server.compat.openai.notes import note_taken, note_unknown, note_unused
from novelai.server.compat.openai.schemas import ImageBody
from novelai.types.generation import GenerateImageParams

__all__ = ["notes_of"]

QUALITIES = frozenset({"", "auto", "high", "standard", "low", "none", "light", "false", "true"})
"""Words for the quality that are taken as they are; any other means high."""

BACKGROUNDS = frozenset({"", "auto", "opaque", "transparent"})
EDITING = ("input_fidelity", "strength", "noise")
"""Fields that need a picture to start from."""

READ_ELSEWHERE = frozenset(
    {
        "model", "novelai", "novelai_operation", "operation", "extra", "image", "images", "mask",
        "qualityToggle", "cfg_scale", "guidance_scale", "style", "moderation",
    }
)  # fmt: skip
WITHOUT_EFFECT = frozenset({"user", "safety_identifier", "metadata", "service_tier", "store"})
"""Fields that say nothing of the picture."""

KNOWN = frozenset(ImageBody.model_fields) | READ_ELSEWHERE | WITHOUT_EFFECT


def notes_of(
    given: Mapping[str, Any], body: ImageBody, params: GenerateImageParams, *, edits: bool
) -> list[str]:
    """Return what the caller has to know of what was taken.

    Args:
        given: the fields of the request.
        body: the same, checked.
        params: of the picture.
        edits: there is a picture to start from.
    """
    return [
        *_size(body, params),
        *_words(given, body),
        *_formats(body),
        *(
            note_unused(name, given[name], "there is no picture to start from")
            for name in EDITING
            if not edits and given.get(name) is not None
        ),
        *note_unknown(given, KNOWN),
    ]


def _size(body: ImageBody, params: GenerateImageParams) -> list[str]:
    asked = body.asked_pixels
    if asked is None or asked == params.dimensions:
        return []
    shown, drawn = (f"{width}x{height}" for width, height in (asked, params.dimensions))
    return [note_taken("size", shown, drawn)]


def _words(given: Mapping[str, Any], body: ImageBody) -> list[str]:
    notes: list[str] = []
    quality = str("" if body.quality is None else body.quality).lower()
    if body.quality_toggle is None and quality not in QUALITIES:
        notes.append(note_taken("quality", quality, "high"))
    if (body.background or "") not in BACKGROUNDS:
        notes.append(note_taken("background", body.background, "opaque"))
    if given.get("style") is not None:
        notes.append(note_unused("style", given["style"], "at NovelAI the prompt says the style"))
    if given.get("moderation") not in (None, "auto"):
        notes.append(note_unused("moderation", given["moderation"], "nothing is moderated here"))
    return notes


def _formats(body: ImageBody) -> list[str]:
    notes: list[str] = []
    compression = body.output_compression
    if body.output_format not in ("jpeg", "jpg") and compression not in (None, 100):
        notes.append(
            note_unused("output_compression", compression, "only a jpeg can be compressed")
        )
    if body.partial_images and not body.stream:
        notes.append(note_unused("partial_images", body.partial_images, "stream is not true"))
    return notes
