"""Reading what is embedded in a picture. It takes milliseconds to seconds: not for the loop."""

from collections.abc import Mapping
from typing import Any, Literal

from novelai.errors import NovelAIError
from novelai.metadata import (
    ImageMeta,
    ImageMetadata,
    OtherSettings,
    extract_metadata,
    verify_signature,
)
from novelai.metadata.recovery import recover_from
from novelai.server.inspection.cleaning import clean_json
from novelai.server.inspection.schemas import Inspection
from novelai.server.model.params import resolved, settings_to_keep
from novelai.server.storage.image_info import MEDIA_TYPES, ImageInfo, read_image_info

__all__ = ["inspect", "read_settings"]

LONGEST = 500_000
"""Characters of one text."""

TOO_LONG = "What is embedded is too long to be settings."
FORMATS = {media_type: name for name, media_type in MEDIA_TYPES.items()}
ORIGINS: Mapping[str, Literal["text", "exif", "stealth"]] = {
    "png": "text",
    "exif": "exif",
    "stealth": "stealth",
}


def inspect(data: bytes, *, pixel_limit: int) -> Inspection:
    """Read what a picture says of its making.

    Args:
        data: a PNG, JPEG or WebP file.
        pixel_limit: the most pixels it may have; counted before any is decoded.

    Raises:
        ProblemError: 422; it is no such picture, or has too many pixels.
    """
    seen = read_image_info(data, pixel_limit=pixel_limit, field="picture")
    meta = extract_metadata(data)
    if _too_long(meta.png_info):
        return _inspection(seen, raw=clean_json(meta.png_info), note=TOO_LONG)
    found, other = meta.settings, meta.other
    if found is not None and not (found.comment or found.software or found.source):
        found = None
    if found is None:
        return _inspection(seen, other=_shown(other), note=_note(other))
    settings, note = _settings(meta)
    return _inspection(
        seen,
        source=ORIGINS[found.origin],
        signed=_check_signature(data, found),
        action=found.action,
        tool=found.tool,
        reproducible=None if settings is None else not settings["missing"],
        settings=settings,
        raw=clean_json(_raw(found)),
        other=_shown(other),
        note=note,
    )


def read_settings(data: bytes) -> tuple[Mapping[str, Any] | None, str | None]:
    """Return the parameters that lead to a picture, or why there are none.

    Args:
        data: of a picture whose pixels were counted.
    """
    try:
        meta = extract_metadata(data)
    except NovelAIError as error:
        return None, error.message[:500]
    return _settings(meta)


def _settings(meta: ImageMeta) -> tuple[Mapping[str, Any] | None, str | None]:
    hidden = meta.alpha_info if meta.settings and meta.settings.origin == "stealth" else None
    if _too_long(meta.png_info) or _too_long(hidden):
        return None, TOO_LONG
    try:
        recovered = recover_from(meta)
    except NovelAIError as error:
        return None, error.message[:500]
    params = recovered.params
    fields = params.model_dump(mode="json", exclude={"i2i", "inpaint", "vibes"})
    # The encodings of vibes can be embedded, but are no JSON.
    missing = [*recovered.missing, *(["vibes"] if params.vibes else [])]
    return resolved(settings_to_keep(fields) | {"missing": missing}), None


def _too_long(texts: Mapping[str, Any] | None) -> bool:
    """Return whether reading it would keep the server busy.

    Settings have some thousand characters.
    """
    return any(len(str(text)) > LONGEST for text in (texts or {}).values())


def _inspection(seen: ImageInfo, **found: Any) -> Inspection:
    return Inspection.model_validate(
        {
            **dict.fromkeys(Inspection.model_fields),
            "format": FORMATS[seen.media_type],
            "width": seen.width,
            "height": seen.height,
            **found,
        }
    )


def _shown(other: OtherSettings | None) -> Mapping[str, Any] | None:
    if other is None:
        return None
    if other.tool == "ComfyUI":
        told: Mapping[str, Any] = {"prompt": None, "workflow": None, **other.graphs}
    else:
        told = {
            "prompt": other.prompt,
            "negative_prompt": other.negative_prompt,
            "fields": other.fields,
            "text": other.text,
        }
    return {"tool": other.tool, **clean_json(told)}


def _raw(found: ImageMetadata) -> Mapping[str, Any]:
    texts = {
        "Title": found.title,
        "Description": found.description,
        "Software": found.software,
        "Source": found.source,
        "Generation_time": found.generation_time,
    }
    return {name: text for name, text in texts.items() if text} | {"Comment": dict(found.comment)}


def _check_signature(data: bytes, found: ImageMetadata) -> bool | None:
    if "signed_hash" not in found.comment:
        return None
    try:
        return verify_signature(data)
    except NovelAIError:
        return False


def _note(other: OtherSettings | None) -> str:
    if other is not None:
        return f"These settings are {other.tool}'s; NovelAI understands them only in part."
    return "The picture says nothing of its making."
