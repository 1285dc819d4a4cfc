"""Fields and values that the web client would not send."""

import math
from collections.abc import Callable, Iterator
from typing import Any, cast

from novelai.emulator.web_request import (
    Finding,
    WebRequest,
    as_number,
    as_text,
    is_same,
    shown,
    unknown_fields,
)

_COMMON = (
    "params_version width height scale sampler steps n_samples ucPresetId qualityPresetId "
    "tag_hint_qt tag_hint_uc_preset dynamic_thresholding controlnet_strength legacy "
    "add_original_image legacy_v3_extend seed characterPrompts negative_prompt"
).split()
_MODERN = (
    "autoSmea use_coords legacy_uc normalize_reference_strength_multiple inpaintImg2ImgStrength "
    "v4_prompt v4_negative_prompt"
).split()
_TRANSPORT = (
    "image_format stream image_cache_secret_key mask_cache_secret_key "
    "reference_image_cache_secret_key"
).split()
_VIBES = (
    "reference_image_multiple reference_image_multiple_cached reference_strength_multiple "
    "reference_information_extracted_multiple"
).split()
_PRECISE = (
    "director_reference_images director_reference_images_cached director_reference_descriptions "
    "director_reference_information_extracted director_reference_strength_values "
    "director_reference_secondary_strength_values"
).split()
_FROM_PICTURE = ("strength", "noise", "extra_noise_seed")
_EULER = ("deliberate_euler_ancestral_bug", "prefer_brownian")
_UNSCHEDULED = frozenset("ddim plms k_lms nai_smea nai_smea_dyn ddim_v3 k_dpm_fast".split())
_UI_SAMPLERS = frozenset(
    "k_euler_ancestral k_euler k_dpmpp_2s_ancestral k_dpmpp_2m_sde k_dpmpp_2m k_dpmpp_sde".split()
)
_HINTS = {
    "qualityPresetId": ("tag_hint_qt", {"none": 0, "standard": 1, "light": 3}),
    "ucPresetId": (
        "tag_hint_uc_preset",
        {"none": 0, "standard": 1, "heavy": 2, "light": 3, "humanFocus": 4, "furryFocus": 5},
    ),
}
_FIXED: dict[str, Any] = {
    "params_version": 4,
    "controlnet_strength": 1,
    "legacy": False,
    "legacy_v3_extend": False,
}
_MEDIUM: dict[str, Any] = {
    "steps": 14,
    "sampler": "k_euler_ancestral",
    "ucPresetId": "heavy",
    "tag_hint_uc_preset": 2,
}
_RANGES: dict[str, tuple[float, float]] = {
    "scale": (0, 10),
    "steps": (1, 50),
    "cfg_rescale": (0, 1),
    "strength": (0.01, 0.99),
    "noise": (0, 0.99),
    "inpaintImg2ImgStrength": (0.01, 1),
    "seed": (0, 2**32 - 1),
}
_COUNTS = ((360_448, 8), (409_600, 6))
_SIGMAS = {"v4.5": 58, "v4": 19, "v3": 19, "furry-v3": 19}
_REGULAR_CELLS = 104 * 152


def _fields(seen: WebRequest) -> Iterator[Finding]:
    """Find fields that are sent and should not be, and that should be and are not."""
    always = _required(seen)
    allowed = always | {*_TRANSPORT, *_optional(seen)}
    yield from unknown_fields(seen.sent, sorted(allowed), "parameters.")
    for name in sorted(always - seen.sent.keys()):
        if name in ("image", "mask") and f"{name}_cache_secret_key" in seen.sent:
            continue
        yield f"parameters.{name}", "The web client always sends it here."


def _required(seen: WebRequest) -> set[str]:
    names = {*_COMMON, *(_MODERN if seen.modern else ("sm", "sm_dyn"))}
    if not seen.medium:
        names.add("cfg_rescale")
    if seen.v5:
        names.add("straight_alpha")
    else:
        names.add("skip_cfg_above_sigma")
    if seen.sampler not in _UNSCHEDULED:
        names.add("noise_schedule")
    if seen.sampler == "k_euler_ancestral" and seen.schedule not in ("", "native"):
        names.update(_EULER)
    if seen.action != "generate":
        names.update({"image", *_FROM_PICTURE})
    if seen.action == "img2img":
        names.add("color_correct")
    if seen.action == "infill":
        names.add("mask")
        if seen.modern and as_number(seen.sent.get("inpaintImg2ImgStrength")) not in (None, 1):
            names.add("img2img")
    return names


def _optional(seen: WebRequest) -> list[str]:
    names: list[str] = []
    if seen.v5:
        names.append("tag_hint_transparent_background")
        if seen.action == "img2img":
            names.append("upscaled_enhance")
    elif not (seen.modern and seen.action == "infill"):
        names += _VIBES
    if seen.model.family == "v4.5":
        names += _PRECISE
    return names


def _fixed(seen: WebRequest) -> Iterator[Finding]:
    """Compare values that the web client never changes."""
    wanted = {**_FIXED, "add_original_image": seen.action != "infill"}
    if seen.modern:
        wanted["dynamic_thresholding"] = False
    if seen.v5:
        wanted |= {"straight_alpha": True, "tag_hint_transparent_background": True}
        wanted["upscaled_enhance"] = True
    if seen.medium:
        wanted |= _MEDIUM
    if seen.action == "img2img":
        wanted["color_correct"] = False
    wanted |= {"deliberate_euler_ancestral_bug": False, "prefer_brownian": True}
    for name, value in wanted.items():
        if name in seen.sent and not is_same(seen.sent[name], value):
            yield f"parameters.{name}", f"It is {shown(seen.sent[name])}; the web sends {value!r}."


def _ranges(seen: WebRequest) -> Iterator[Finding]:
    """Check numbers that the page's controls cannot reach."""
    for name, (low, high) in _RANGES.items():
        value = as_number(seen.sent.get(name))
        if value is not None and not low <= value <= high:
            yield f"parameters.{name}", f"It is {value:g}; the page takes {low:g} to {high:g}."
    if seen.modern and seen.sampler and seen.sampler not in _UI_SAMPLERS:
        yield "parameters.sampler", f"The page does not offer {shown(seen.sampler)} here."


def _sizes(seen: WebRequest) -> Iterator[Finding]:
    """Check the size, and the number of pictures it allows."""
    width, height = as_number(seen.sent.get("width")), as_number(seen.sent.get("height"))
    if width is None or height is None:
        return
    for name, side in (("width", width), ("height", height)):
        if side % 64 or side < 64:
            yield f"parameters.{name}", f"It is {side:g}; the web rounds it to a multiple of 64."
    most = next((count for area, count in _COUNTS if width * height <= area), 4)
    count = as_number(seen.sent.get("n_samples"))
    if count is not None and not 1 <= count <= most:
        yield "parameters.n_samples", f"It is {count:g}; the page takes 1 to {most} at this size."


def _presets(seen: WebRequest) -> Iterator[Finding]:
    """Check that presets exist on the model, and that their hints name the same."""
    offered = {"qualityPresetId": seen.texts.quality, "ucPresetId": seen.texts.unwanted}
    for name, (hint, numbers) in _HINTS.items():
        preset = as_text(seen.sent.get(name))
        if not preset:
            continue
        if preset != "none" and preset not in offered[name]:
            yield f"parameters.{name}", f"The model has no {shown(preset)}; the web sends 'none'."
        elif hint in seen.sent and not is_same(seen.sent[hint], numbers.get(preset)):
            yield (
                f"parameters.{hint}",
                f"It is {shown(seen.sent[hint])}; with {preset} it is {numbers.get(preset)}.",
            )


def _variety(seen: WebRequest) -> Iterator[Finding]:
    """Check Variety+: one number for each model and size."""
    value = as_number(seen.sent.get("skip_cfg_above_sigma"))
    width, height = as_number(seen.sent.get("width")), as_number(seen.sent.get("height"))
    sigma = _SIGMAS.get(seen.model.family)
    if value is None or sigma is None or width is None or height is None:
        return
    wanted = sigma * math.sqrt(width // 8 * (height // 8) / _REGULAR_CELLS)
    if not math.isclose(value, wanted, rel_tol=1e-9):
        yield "parameters.skip_cfg_above_sigma", f"It is {value:g}; at this size it is {wanted!r}."


def _inpainting(seen: WebRequest) -> Iterator[Finding]:
    """Check that the strength of an inpainting is said twice, or not at all."""
    strength = as_number(seen.sent.get("inpaintImg2ImgStrength"))
    if seen.action != "infill" or not seen.modern or strength in (None, 1):
        if "img2img" in seen.sent:
            yield "parameters.img2img", "The web sends it for an inpainting weaker than 1 only."
    elif "img2img" in seen.sent and seen.sent["img2img"] != {
        "strength": strength,
        "color_correct": True,
    }:
        wanted = f"{{strength: {strength:g}, color_correct: true}}"
        yield "parameters.img2img", f"With this inpainting strength the web sends {wanted}."


def _vibes(seen: WebRequest) -> Iterator[Finding]:
    """Check that strengths are normalised."""
    strengths = seen.sent.get("reference_strength_multiple")
    listed = cast("list[Any]", strengths) if isinstance(strengths, list) else []
    total = sum(abs(as_number(one) or 0.0) for one in listed)
    asked = seen.sent.get("normalize_reference_strength_multiple") is True
    if asked and len(listed) > 1 and total > 1 + 1e-6 and not seen.sent.get(_PRECISE[4]):
        yield (
            "parameters.reference_strength_multiple",
            f"Their sum is {total:g}; the web divides them by it.",
        )


FIELD_RULES: tuple[Callable[[WebRequest], Iterator[Finding]], ...] = (
    _fields,
    _fixed,
    _ranges,
    _sizes,
    _presets,
    _variety,
    _inpainting,
    _vibes,
)
