"""Reading what is embedded in a picture. It takes milliseconds to seconds: not for the loop."""

from collections.abc import Mapping
from typing import Any, Literal

from novelai._metadata.value import ImageMetadata
from novelai.errors import NovelAIError
from novelai.metadata import ImageMeta, extract_metadata, recover_params, verify_signature
from novelai.server.inspection.cleaning import clean_json
from novelai.server.inspection.others import comment_of, read_other_program
from novelai.server.inspection.schemas import Inspection
from novelai.server.model.params import settings_to_keep
from novelai.server.storage.image_info import MEDIA_TYPES, ImageInfo, read_image_info

__all__ = ["inspect", "read_settings"]

LONGEST = 500_000
"""Characters of one text."""

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
    if _too_long(meta):
        texts = clean_json(meta.png_info)
        return _inspection(seen, raw=texts, note="What is embedded is too long to be settings.")
    other = read_other_program(meta.png_info or {}, comment_of(data))
    found = None if other is not None else meta.settings
    if found is not None and not (found.comment or found.software or found.source):
        found = None
    settings, note = (None, None) if found is None else read_settings(data)
    return _inspection(
        seen,
        source=None if found is None else ORIGINS[found.origin],
        signed=None if found is None else _check_signature(data, found),
        settings=settings,
        raw=None if found is None else clean_json(_raw(found)),
        other=other,
        note=note or _note(found, other),
    )


def read_settings(data: bytes) -> tuple[Mapping[str, Any] | None, str | None]:
    """Return the parameters that lead to a picture, or why there are none.

    Args:
        data: of a picture whose pixels were counted.
    """
    try:
        if _too_long(extract_metadata(data)):
            return None, "What is embedded is too long to be settings."
        recovered = recover_params(data)
    except NovelAIError as error:
        return None, error.message[:500]
    fields = recovered.params.model_dump(mode="json", exclude={"i2i", "inpaint"})
    return settings_to_keep(fields) | {"missing": list(recovered.missing)}, None


def _too_long(meta: ImageMeta) -> bool:
    """Return whether reading it would keep the server busy.

    Settings have some thousand characters.
    """
    return any(len(str(text)) > LONGEST for text in (meta.png_info or {}).values())


def _inspection(
    seen: ImageInfo,
    *,
    source: Literal["text", "exif", "stealth"] | None = None,
    signed: bool | None = None,
    settings: Mapping[str, Any] | None = None,
    raw: Mapping[str, Any] | None = None,
    other: Mapping[str, Any] | None = None,
    note: str | None = None,
) -> Inspection:
    return Inspection.model_validate(
        {
            "format": FORMATS[seen.media_type],
            "width": seen.width,
            "height": seen.height,
            "source": source,
            "signed": signed,
            "settings": settings,
            "raw": raw,
            "other": other,
            "note": note,
        }
    )


def _raw(found: ImageMetadata) -> Mapping[str, Any]:
    texts = {
        "Title": found.title,
        "Description": found.description,
        "Software": found.software,
        "Source": found.source,
    }
    return {name: text for name, text in texts.items() if text} | {"Comment": dict(found.comment)}


def _check_signature(data: bytes, found: ImageMetadata) -> bool | None:
    if "signed_hash" not in found.comment:
        return None
    try:
        return verify_signature(data)
    except NovelAIError:
        return False


def _note(found: ImageMetadata | None, other: Mapping[str, Any] | None) -> str | None:
    if found is not None:
        return None
    if other is not None:
        return f"These settings are {other['tool']}'s; NovelAI understands them only in part."
    return "The picture says nothing of its making."
