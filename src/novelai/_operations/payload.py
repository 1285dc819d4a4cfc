"""Parameters to request body, field by field as the web client sends it (October 2026)."""

from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from novelai._codecs.body import Blob
from novelai._inpainting import Composition
from novelai.catalogue import ModelSpec, quality_hint, sampler_takes_schedule, uc_hint
from novelai.types.character import Character
from novelai.types.generation import GenerateImageParams

__all__ = ["Pictures", "generation_body"]

VARIETY_AREA = 104 * 152
"""Latent cells of an 832x1216 picture, for which Variety+'s sigma is stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The pictures of a generation, ready to be sent, and what its result is laid over."""

    base: bytes | None = None
    mask: bytes | None = None
    vibes: tuple[bytes, ...] = ()
    references: tuple[bytes, ...] = field(default=())
    composition: Composition | None = None


def generation_body(
    params: GenerateImageParams, pictures: Pictures, *, seed: int, stream: str | None = None
) -> dict[str, Any]:
    """Return the JSON body of ``/ai/generate-image``; binary values are `Blob`.

    Args:
        params: what to generate.
        pictures: its pictures, fitted and encoded.
        seed: used when the parameters name none.
        stream: ``"msgpack"`` or ``"sse"`` for the stream endpoint.
    """
    spec = params.request_spec
    seed = params.seed if params.seed is not None else seed
    parameters = {
        **_common(params, spec, seed),
        **_modern(params, spec),
        **_hints(params, spec),
        **_model_switches(params, spec),
        **_sampling(params, spec),
        **_prompts(params, spec),
        **_base_picture(params, pictures, seed),
        **_vibes(params, spec, pictures),
        **_references(params, pictures),
    }
    if stream is not None:
        parameters["stream"] = stream
    for name in spec.omits:
        parameters.pop(name, None)
    return {
        "input": params.processed_prompt,
        "model": params.request_model,
        "action": params.action,
        "parameters": parameters,
    }


def _common(params: GenerateImageParams, spec: ModelSpec, seed: int) -> dict[str, Any]:
    width, height = params.dimensions
    return {
        "params_version": 4,
        "width": width,
        "height": height,
        "scale": spec.scale if params.scale is None else params.scale,
        "sampler": params.sampler,
        "steps": params.steps,
        "n_samples": params.n_samples,
        "seed": seed,
        "dynamic_thresholding": params.decrisp,
        "controlnet_strength": 1 if params.controlnet is None else params.controlnet.strength,
        "legacy": False,
        "add_original_image": params.action != "infill",
        "legacy_v3_extend": False,
        "negative_prompt": params.processed_negative_prompt,
        "image_format": params.image_format,
    }


def _modern(params: GenerateImageParams, spec: ModelSpec) -> dict[str, Any]:
    """Add the fields that the web client sends since V4; a model that lacks them gets none."""
    fields: dict[str, Any] = {"cfg_rescale": params.cfg_rescale}
    if spec.structured_prompt:
        fields |= {
            "autoSmea": False,
            "use_coords": params.places_characters,
            "legacy_uc": False,
            "normalize_reference_strength_multiple": True,
            "inpaintImg2ImgStrength": 1 if params.inpaint is None else params.inpaint.strength,
        }
    return fields


def _hints(params: GenerateImageParams, spec: ModelSpec) -> dict[str, Any]:
    uc = uc_hint(params.effective_uc_preset)
    added = params.quality_preset if params.quality_preset in spec.quality else None
    quality = quality_hint(added or "none")
    return {
        "ucPresetId": uc.id,
        "qualityPresetId": quality.id,
        "tag_hint_uc_preset": uc.hint,
        "tag_hint_qt": quality.hint,
    }


def _model_switches(params: GenerateImageParams, spec: ModelSpec) -> dict[str, Any]:
    switches: dict[str, Any] = {}
    if spec.transparency:
        switches["straight_alpha"] = params.straight_alpha is not False
    if params.asks_for_transparency:
        switches["tag_hint_transparent_background"] = True
    if spec.variety_sigma is not None:
        switches["skip_cfg_above_sigma"] = (
            _variety_sigma(spec.variety_sigma, params) if params.variety_boost else None
        )
    if spec.smea:
        switches["sm"] = params.smea
        switches["sm_dyn"] = params.smea_dyn
    return switches


def _variety_sigma(sigma: float, params: GenerateImageParams) -> float:
    width, height = params.dimensions
    return sigma * sqrt((width // 8) * (height // 8) / VARIETY_AREA)


def _sampling(params: GenerateImageParams, spec: ModelSpec) -> dict[str, Any]:
    if not sampler_takes_schedule(params.sampler):
        return {}
    schedule = params.noise_schedule or spec.noise_schedule
    sampling: dict[str, Any] = {"noise_schedule": schedule}
    if params.sampler == "k_euler_ancestral" and schedule != "native":
        sampling["deliberate_euler_ancestral_bug"] = False
        sampling["prefer_brownian"] = True
    return sampling


def _prompts(params: GenerateImageParams, spec: ModelSpec) -> dict[str, Any]:
    characters = params.enabled_characters
    centers = [_center(one, spec) for one in characters]
    prompts: dict[str, Any] = {
        "characterPrompts": [
            {
                "prompt": one.prompt,
                "uc": one.negative_prompt,
                "center": center,
                "enabled": True,
            }
            for one, center in zip(characters, centers, strict=True)
        ]
    }
    if spec.structured_prompt:
        prompts["v4_prompt"] = {
            "caption": _caption(
                params.processed_prompt, [one.prompt for one in characters], centers
            ),
            "use_coords": params.places_characters,
            "use_order": True,
        }
        prompts["v4_negative_prompt"] = {
            "caption": _caption(
                params.processed_negative_prompt,
                [one.negative_prompt for one in characters],
                centers,
            ),
            "legacy_uc": False,
        }
    return prompts


def _center(character: Character, spec: ModelSpec) -> dict[str, float]:
    x, y = character.center(snap=spec.positions == "grid")
    return {"x": x, "y": y}


def _caption(base: str, captions: list[str], centers: list[dict[str, float]]) -> dict[str, Any]:
    return {
        "base_caption": base,
        "char_captions": [
            {"char_caption": caption, "centers": [center]}
            for caption, center in zip(captions, centers, strict=True)
        ],
    }


def _base_picture(params: GenerateImageParams, pictures: Pictures, seed: int) -> dict[str, Any]:
    if pictures.base is None:
        return {}
    body: dict[str, Any] = {"image": Blob("image", pictures.base), "strength": 0.7, "noise": 0.0}
    noise_seed: int | None = None
    if params.i2i is not None:
        body |= {"strength": params.i2i.strength, "noise": params.i2i.noise}
        body["color_correct"] = False
        if params.i2i.enhance == "max":
            body["upscaled_enhance"] = True
        noise_seed = params.i2i.seed
    if params.inpaint is not None and pictures.mask is not None:
        body["mask"] = Blob("mask", pictures.mask)
        noise_seed = params.inpaint.seed
        if params.inpaint.strength != 1:
            body["img2img"] = {"strength": params.inpaint.strength, "color_correct": True}
    body["extra_noise_seed"] = seed - 1 if noise_seed is None else noise_seed
    return body


def _vibes(params: GenerateImageParams, spec: ModelSpec, pictures: Pictures) -> dict[str, Any]:
    vibes = params.effective_vibes
    if not vibes:
        return {}
    strengths = [vibe.strength for vibe in vibes]
    total = sum(abs(strength) for strength in strengths)
    if len(strengths) > 1 and total > 1 and params.action != "infill":
        strengths = [strength / total for strength in strengths]
    raw = spec.vibes == "raw"
    media_type = "image/png" if raw else "application/octet-stream"
    body: dict[str, Any] = {
        "reference_image_multiple": [
            Blob(f"ref_multiple_{index}", data, media_type)
            for index, data in enumerate(pictures.vibes)
        ],
        "reference_strength_multiple": strengths,
    }
    if raw:
        body["reference_information_extracted_multiple"] = [vibe.info_extracted for vibe in vibes]
    return body


def _references(params: GenerateImageParams, pictures: Pictures) -> dict[str, Any]:
    references = params.character_references or ()
    if not references:
        return {}
    return {
        "director_reference_images": [
            Blob(f"director_ref_{index}", data) for index, data in enumerate(pictures.references)
        ],
        "director_reference_descriptions": [
            {"caption": {"base_caption": one.type, "char_captions": []}, "legacy_uc": False}
            for one in references
        ],
        "director_reference_information_extracted": [1 for _ in references],
        "director_reference_strength_values": [one.strength for one in references],
        "director_reference_secondary_strength_values": [
            round(1 - one.fidelity, 6) for one in references
        ],
    }
