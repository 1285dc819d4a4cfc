"""What kind of value each known parameter has.

NovelAI fails with 500 on another kind, which cannot be told from its own trouble: such a request
would be tried again and again, and hold up everybody else's.
"""

from collections.abc import Mapping
from typing import Any, cast

from novelai.server.compat.novelai.body import refuse

__all__ = ["check_kinds", "is_caption"]

BOOLEANS = (
    "add_original_image", "autoSmea", "color_correct", "deliberate_euler_ancestral_bug",
    "dynamic_thresholding", "legacy", "legacy_uc", "legacy_v3_extend",
    "normalize_reference_strength_multiple", "prefer_brownian", "qualityToggle", "sm", "sm_dyn",
    "straight_alpha", "tag_hint_transparent_background", "use_coords",
)  # fmt: skip
NUMBERS = (
    "cfg_rescale", "controlnet_strength", "extra_noise_seed", "height", "inpaintImg2ImgStrength",
    "n_samples", "noise", "params_version", "reference_information_extracted",
    "reference_strength", "scale", "seed", "skip_cfg_above_sigma", "steps", "strength",
    "tag_hint_qt", "tag_hint_uc_preset", "ucPreset", "uncond_scale", "width",
)  # fmt: skip
TEXTS = (
    "controlnet_model", "image_format", "negative_prompt", "noise_schedule", "prompt",
    "qualityPresetId", "sampler", "stream", "uc", "ucPresetId",
)  # fmt: skip
LISTS_OF_NUMBERS = (
    "director_reference_information_extracted", "director_reference_secondary_strength_values",
    "director_reference_strength_values", "reference_information_extracted_multiple",
    "reference_strength_multiple",
)  # fmt: skip
LISTS_OF_OBJECTS = ("characterPrompts", "director_reference_descriptions")


def check_kinds(parameters: Mapping[str, Any]) -> None:
    """Go on only with values that the service can read; unset and null are always such.

    Raises:
        ProblemError: 400; names the parameter.
    """
    for name, value in parameters.items():
        if value is None:
            continue
        if name in BOOLEANS and not isinstance(value, bool):
            refuse(f"{name} must be true or false")
        if name in NUMBERS and not _is_number(value):
            refuse(f"{name} must be a number")
        if name in TEXTS and not isinstance(value, str):
            refuse(f"{name} must be text")
        if name in LISTS_OF_NUMBERS and not all(map(_is_number, _items(value, name))):
            refuse(f"{name} must be a list of numbers")
        if name in LISTS_OF_OBJECTS and not all(
            isinstance(one, dict) for one in _items(value, name)
        ):
            refuse(f"{name} must be a list of objects")
    for name in ("v4_prompt", "v4_negative_prompt"):
        if parameters.get(name) is not None and not is_caption(parameters[name]):
            refuse(f"{name} must hold a caption with a base_caption")


def is_caption(value: Any) -> bool:
    """Return whether it is a structured prompt: ``{"caption": {"base_caption": text, ...}}``."""
    caption = _member(value, "caption")
    characters: object = _member(caption, "char_captions") or []
    return (
        isinstance(_member(caption, "base_caption"), str)
        and isinstance(characters, list)
        and all(
            isinstance(_member(one, "char_caption"), str) for one in cast("list[Any]", characters)
        )
    )


def _member(value: Any, name: str) -> Any:
    return cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None


def _items(value: Any, name: str) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else refuse(f"{name} is no list")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
