"""What the web client of autumn 2026 would not send: remarks on a request, for the strict mode.

The service ignores most of it; pictures or prices may differ from the web page's all the same. The
rules were read from captured requests and from the client itself. They are a judge's own: nothing
here comes from a client that is judged. What is unknown gets no remark.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from novelai.emulator.models import MODELS, Model
from novelai.emulator.recorder import Remark
from novelai.emulator.web_texts import Texts, texts_of

Finding = tuple[str, str]
"""Dotted name of a field, and a sentence."""

GENERATE = ("/ai/generate-image", "/ai/generate-image-stream")
OTHERS = {
    "/ai/upscale": "image model declared_blur_sigma",
    "/ai/augment-image": "req_type use_new_shared_trial prompt defry width height image",
    "/ai/encode-vibe": (
        "image model information_extracted mask crop_to_mask focus_seed info_extract_seed"
    ),
}
"""Fields of the other calls."""

_TOP = "input model action parameters use_new_shared_trial recaptcha_token"
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
_CONDITIONS = ("prompt", "negative_prompt")
_COUNTS = ((360_448, 8), (409_600, 6))
_SIGMAS = {"v4.5": 58, "v4": 19, "v3": 19, "furry-v3": 19}
_CHARACTERS = {"v5": 32, "v4.5": 6, "v4": 6}
_REGULAR_CELLS = 104 * 152
_SECTION = re.compile(r"(?:^|[\s,.:\[\]{}、。])text:(?!:)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*[^\s"][^"]*"|“[^”]*[^\s”][^”]*”|「[^」]*[^\s」][^」]*」')
_AUTOMATIC = "teXt:"


@dataclass(frozen=True)
class _Request:
    """A generation, as far as it can be read; what cannot be gets no remark here."""

    document: dict[str, Any]
    model: Model
    texts: Texts

    @cached_property
    def sent(self) -> dict[str, Any]:
        return _object(self.document.get("parameters"))

    @cached_property
    def action(self) -> str:
        return str(self.document.get("action") or "generate")

    @property
    def modern(self) -> bool:
        return self.model.modern

    @property
    def v5(self) -> bool:
        return self.model.family == "v5"

    @property
    def medium(self) -> bool:
        return self.model.counted_steps is not None

    @property
    def sampler(self) -> str:
        return _text(self.sent.get("sampler"))

    @property
    def schedule(self) -> str:
        return _text(self.sent.get("noise_schedule"))

    @cached_property
    def prompt(self) -> str:
        return _text(self.document.get("input"))

    @cached_property
    def unwanted(self) -> str:
        return _text(self.sent.get("negative_prompt"))

    @cached_property
    def characters(self) -> list[dict[str, Any]]:
        return _objects(self.sent.get("characterPrompts"))

    @property
    def has_vibes(self) -> bool:
        return any(self.sent.get(name) for name in _VIBES[:2])


def find_remarks(path: str, document: Any, request: int) -> list[Remark]:
    """Return what the web client would not have sent.

    Args:
        path: Of the call.
        document: Its decoded JSON body.
        request: Id of its record, for the remarks.
    """
    return [
        Remark(request=request, field=field, says=says)
        for field, says in _findings(path, _object(document))
    ]


def _findings(path: str, document: dict[str, Any]) -> Iterator[Finding]:
    if path in OTHERS:
        yield from _unknown(document, OTHERS[path].split(), "")
    if path not in GENERATE:
        return
    yield from _unknown(document, _TOP.split(), "")
    model = MODELS.get(_text(document.get("model")))
    texts = texts_of(model.id) if model else None
    if model is not None and texts is not None:
        seen = _Request(document, model, texts)
        for rule in RULES:
            yield from rule(seen)


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [_object(one) for one in cast("list[Any]", value)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if known and math.isfinite(value) else None


def _same(value: object, wanted: object) -> bool:
    """Return whether a value is the one wanted; true is not 1."""
    return value == wanted and isinstance(value, bool) is isinstance(wanted, bool)


def _shown(value: object) -> str:
    return f"{value!r}"[:40]


def _unknown(given: dict[str, Any], known: list[str], prefix: str) -> Iterator[Finding]:
    for name in given:
        if name not in known:
            yield f"{prefix}{name}"[:100], "The web client does not send it."


def _fields(seen: _Request) -> Iterator[Finding]:
    """Find fields that are sent and should not be, and that should be and are not."""
    always = _required(seen)
    allowed = always | {*_TRANSPORT, *_optional(seen)}
    yield from _unknown(seen.sent, sorted(allowed), "parameters.")
    for name in sorted(always - seen.sent.keys()):
        if name in ("image", "mask") and f"{name}_cache_secret_key" in seen.sent:
            continue
        yield f"parameters.{name}", "The web client always sends it here."


def _required(seen: _Request) -> set[str]:
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
        if seen.modern and _number(seen.sent.get("inpaintImg2ImgStrength")) not in (None, 1):
            names.add("img2img")
    return names


def _optional(seen: _Request) -> list[str]:
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


def _fixed(seen: _Request) -> Iterator[Finding]:
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
        if name in seen.sent and not _same(seen.sent[name], value):
            yield f"parameters.{name}", f"It is {_shown(seen.sent[name])}; the web sends {value!r}."


def _ranges(seen: _Request) -> Iterator[Finding]:
    """Check numbers that the page's controls cannot reach."""
    for name, (low, high) in _RANGES.items():
        value = _number(seen.sent.get(name))
        if value is not None and not low <= value <= high:
            yield f"parameters.{name}", f"It is {value:g}; the page takes {low:g} to {high:g}."
    if seen.modern and seen.sampler and seen.sampler not in _UI_SAMPLERS:
        yield "parameters.sampler", f"The page does not offer {_shown(seen.sampler)} here."


def _sizes(seen: _Request) -> Iterator[Finding]:
    """Check the size, and the number of pictures it allows."""
    width, height = _number(seen.sent.get("width")), _number(seen.sent.get("height"))
    if width is None or height is None:
        return
    for name, side in (("width", width), ("height", height)):
        if side % 64 or side < 64:
            yield f"parameters.{name}", f"It is {side:g}; the web rounds it to a multiple of 64."
    most = next((count for area, count in _COUNTS if width * height <= area), 4)
    count = _number(seen.sent.get("n_samples"))
    if count is not None and not 1 <= count <= most:
        yield "parameters.n_samples", f"It is {count:g}; the page takes 1 to {most} at this size."


def _presets(seen: _Request) -> Iterator[Finding]:
    """Check that presets exist on the model, and that their hints name the same."""
    offered = {"qualityPresetId": seen.texts.quality, "ucPresetId": seen.texts.unwanted}
    for name, (hint, numbers) in _HINTS.items():
        preset = _text(seen.sent.get(name))
        if not preset:
            continue
        if preset != "none" and preset not in offered[name]:
            yield f"parameters.{name}", f"The model has no {_shown(preset)}; the web sends 'none'."
        elif hint in seen.sent and not _same(seen.sent[hint], numbers.get(preset)):
            yield (
                f"parameters.{hint}",
                f"It is {_shown(seen.sent[hint])}; with {preset} it is {numbers.get(preset)}.",
            )


def _variety(seen: _Request) -> Iterator[Finding]:
    """Check Variety+: one number for each model and size."""
    value = _number(seen.sent.get("skip_cfg_above_sigma"))
    width, height = _number(seen.sent.get("width")), _number(seen.sent.get("height"))
    sigma = _SIGMAS.get(seen.model.family)
    if value is None or sigma is None or width is None or height is None:
        return
    wanted = sigma * math.sqrt(width // 8 * (height // 8) / _REGULAR_CELLS)
    if not math.isclose(value, wanted, rel_tol=1e-9):
        yield "parameters.skip_cfg_above_sigma", f"It is {value:g}; at this size it is {wanted!r}."


def _inpainting(seen: _Request) -> Iterator[Finding]:
    """Check that the strength of an inpainting is said twice, or not at all."""
    strength = _number(seen.sent.get("inpaintImg2ImgStrength"))
    if seen.action != "infill" or not seen.modern or strength in (None, 1):
        if "img2img" in seen.sent:
            yield "parameters.img2img", "The web sends it for an inpainting weaker than 1 only."
    elif "img2img" in seen.sent and seen.sent["img2img"] != {
        "strength": strength,
        "color_correct": True,
    }:
        wanted = f"{{strength: {strength:g}, color_correct: true}}"
        yield "parameters.img2img", f"With this inpainting strength the web sends {wanted}."


def _vibes(seen: _Request) -> Iterator[Finding]:
    """Check that strengths are normalised."""
    strengths = seen.sent.get("reference_strength_multiple")
    listed = cast("list[Any]", strengths) if isinstance(strengths, list) else []
    total = sum(abs(_number(one) or 0.0) for one in listed)
    asked = seen.sent.get("normalize_reference_strength_multiple") is True
    if asked and len(listed) > 1 and total > 1 + 1e-6 and not seen.sent.get(_PRECISE[4]):
        yield (
            "parameters.reference_strength_multiple",
            f"Their sum is {total:g}; the web divides them by it.",
        )


def _captions(seen: _Request) -> Iterator[Finding]:
    """Check that prompts are said alike in all their places."""
    if not seen.modern:
        if seen.characters:
            yield "parameters.characterPrompts", "The model takes none; the web sends []."
        return
    wanted, unwanted = (_object(seen.sent.get(f"v4_{name}")) for name in _CONDITIONS)
    pairs = (("v4_prompt", wanted, seen.prompt), ("v4_negative_prompt", unwanted, seen.unwanted))
    for name, condition, text in pairs:
        caption = _object(condition.get("caption"))
        if condition and caption.get("base_caption") != text:
            yield f"parameters.{name}.caption.base_caption", "It differs from the prompt itself."
        yield from _characters(seen, name, _objects(caption.get("char_captions")))
    coords, order = wanted.get("use_coords"), wanted.get("use_order")
    if wanted and coords is not seen.sent.get("use_coords"):
        yield "parameters.v4_prompt.use_coords", "It differs from parameters.use_coords."
    if wanted and order is not True:
        yield "parameters.v4_prompt.use_order", "The web sends true."
    if unwanted and unwanted.get("legacy_uc") is not seen.sent.get("legacy_uc"):
        yield "parameters.v4_negative_prompt.legacy_uc", "It differs from parameters.legacy_uc."


def _characters(seen: _Request, name: str, captions: list[dict[str, Any]]) -> Iterator[Finding]:
    part = "prompt" if name == "v4_prompt" else "uc"
    said = [(one.get(part), [one.get("center")]) for one in seen.characters]
    if said != [(one.get("char_caption"), one.get("centers")) for one in captions]:
        yield (
            f"parameters.{name}.caption.char_captions",
            "They differ from parameters.characterPrompts.",
        )


def _people(seen: _Request) -> Iterator[Finding]:
    """Check the characters themselves."""
    most = _CHARACTERS.get(seen.model.family, 0)
    if seen.modern and len(seen.characters) > most:
        yield "parameters.characterPrompts", f"There are {len(seen.characters)}, of {most} at most."
    for index, one in enumerate(seen.characters):
        place = f"parameters.characterPrompts.{index}"
        if one.get("enabled") is not True:
            yield f"{place}.enabled", "The web leaves a disabled character out."
        if not _text(one.get("prompt")):
            yield f"{place}.prompt", "The web leaves a character without a prompt out."
        if seen.medium and one.get("uc"):
            yield f"{place}.uc", "On medium effort the web sends ''."


def _quality(seen: _Request) -> Iterator[Finding]:
    """Check that the quality text of the preset stands where the web puts it."""
    text = seen.texts.quality.get(_text(seen.sent.get("qualityPresetId")))
    if text is None:
        return
    if seen.sent.get("tag_hint_transparent_background") is True:
        text = f"transparent background, {text}"
    first = seen.prompt if not seen.modern else _first_part(seen.prompt)
    if f", {text}" not in first:
        yield "input", "The quality text of this qualityPresetId is not in it, behind a comma."


def _undesired(seen: _Request) -> Iterator[Finding]:
    """Check that the undesired content begins with the text of the preset."""
    text = seen.texts.unwanted.get(_text(seen.sent.get("ucPresetId")))
    if text is None:
        return
    if not seen.texts.curated and "nsfw" not in seen.prompt.lower():
        text = f"nsfw, {text}"
    rest = seen.unwanted.removeprefix(text)
    field = "parameters.negative_prompt"
    if not seen.unwanted.startswith(text):
        yield field, "It does not begin with the text of this ucPresetId (and nsfw by its rule)."
    elif seen.medium and rest:
        yield field, "On medium effort the web sends the text of its preset, and nothing more."
    elif rest and not rest.startswith(("|", ", ")):
        yield field, "The web puts a comma and a blank between the preset and the rest."


def _automatic(seen: _Request) -> Iterator[Finding]:
    """Check V5's section of quoted text."""
    if not seen.v5:
        if _AUTOMATIC in seen.prompt:
            yield "input", f"The web adds {_AUTOMATIC} on V5 only."
        return
    people = [_text(one.get("prompt")) for one in seen.characters]
    if any(_SECTION.search(text) for text in (seen.prompt, *people)):
        return
    if any(_QUOTED.search(text) for text in (_first_part(seen.prompt), *people)):
        yield "input", f"Quoted text is in it; the web adds it again behind {_AUTOMATIC}."


def _first_part(prompt: str) -> str:
    """Return the first part of a mix; bars of a random choice do not part it."""
    pieces = prompt.split("||")
    for index in range(0, len(pieces), 2):
        before, bar, _ = pieces[index].partition("|")
        if bar:
            return "||".join([*pieces[:index], before])
    return prompt


RULES: tuple[Callable[[_Request], Iterator[Finding]], ...] = (
    _fields,
    _fixed,
    _ranges,
    _sizes,
    _presets,
    _variety,
    _inpainting,
    _vibes,
    _captions,
    _people,
    _quality,
    _undesired,
    _automatic,
)
