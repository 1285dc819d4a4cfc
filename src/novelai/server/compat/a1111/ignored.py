"""What A1111 has and NovelAI lacks: told as ignored, or refused where A1111 itself would."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from novelai.server.compat.a1111.weights import network_tags
from novelai.server.model.problems import ProblemError

__all__ = ["NATIVE_SCRIPT", "ignored_of", "refuse_scripts"]

NATIVE_SCRIPT = "novelai"
"""Through which NovelAI's own parameters come."""

NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "styles": ([],),
    "tiling": (False,),
    "restore_faces": (False,),
    "subseed": (-1,),
    "subseed_strength": (0, -1),
    "seed_resize_from_w": (0, -1),
    "seed_resize_from_h": (0, -1),
    "eta": (0, 1),
    "s_min_uncond": (0,),
    "s_churn": (0,),
    "s_tmin": (0,),
    "s_tmax": (0,),
    "s_noise": (1,),
    "clip_skip": (-1, 0, 1),
    "refiner_checkpoint": ("", "None"),
    "firstphase_width": (0,),
    "firstphase_height": (0,),
    "image_cfg_scale": (0, 1.5),
    "initial_noise_multiplier": (1,),
    "infotext": ("",),
    "upscaler_scale": (0, 1),
}
"""Fields without a counterpart, each with the values that ask for nothing."""

OF_HIRES: Mapping[str, tuple[Any, ...]] = {
    "hr_checkpoint_name": ("", "Use same checkpoint"),
    "hr_sampler_name": ("", "Use same sampler"),
    "hr_scheduler": ("", "Use same scheduler"),
    "hr_prompt": ("",),
    "hr_negative_prompt": ("",),
    "hr_upscaler": ("", "None", "Latent"),
}
OF_MASKS: Mapping[str, tuple[Any, ...]] = {
    "mask_blur": (4,),
    "mask_blur_x": (4,),
    "mask_blur_y": (4,),
    "inpainting_fill": (0, 1),
    "inpaint_full_res": (False, 0),
}
OF_SETTINGS: Mapping[str, tuple[Any, ...]] = {
    "CLIP_stop_at_last_layers": (1,),
    "sd_vae": ("", "Automatic", "None"),
    "forge_additional_modules": ([],),
    "samples_format": ("png",),
}
MODEL = "sd_model_checkpoint"

CONTROLNET = "controlnet"
CONTROL_ADVICE = "leave the ControlNet unit out, or send its picture as init_images"
LONGEST = 60


def ignored_of(body: Mapping[str, Any]) -> list[str]:
    """Return the names of what a request asks for in vain, each once."""
    found = [*_in(body, NEUTRAL)]
    if body.get("enable_hr"):
        found += _in(body, OF_HIRES)
    if body.get("mask"):
        found += _in(body, OF_MASKS)
    settings = _members(body.get("override_settings"))
    found += [
        f"override_settings.{name[:LONGEST]}"
        for name, value in settings.items()
        if value is not None and value not in OF_SETTINGS.get(name, ()) and name != MODEL
    ]
    found += [
        f"alwayson_scripts.{name[:LONGEST]}"
        for name, script in _members(body.get("alwayson_scripts")).items()
        if name.lower() != NATIVE_SCRIPT and _asks(script)
    ]
    if _asks(body.get("controlnet_units")):
        found.append("controlnet_units")
    for field in ("prompt", "negative_prompt"):
        found += [f"{field}: {tag[:LONGEST]}" for tag in network_tags(str(body.get(field) or ""))]
    return list(dict.fromkeys(found))


def refuse_scripts(body: Mapping[str, Any]) -> None:
    """Go on only if a request needs no script that A1111 would miss.

    Raises:
        ProblemError: 422; it names a script, or has a picture for ControlNet.
    """
    name = body.get("script_name")
    if isinstance(name, str) and name.strip().lower() not in ("", "none"):
        raise _missing(name.strip()[:LONGEST], "leave script_name out")
    for script, args in _members(body.get("alwayson_scripts")).items():
        if script.lower() == CONTROLNET and any(map(_has_picture, _arguments(args))):
            raise _missing(script[:LONGEST], CONTROL_ADVICE)
    if any(map(_has_picture, _arguments(body.get("controlnet_units")))):
        raise _missing(CONTROLNET, CONTROL_ADVICE)


def _missing(name: str, advice: str) -> ProblemError:
    return ProblemError(
        422,
        "script_not_found",
        f"Script '{name}' not found: NovelAI has none, so {advice}. Nothing was sent or charged.",
    )


def _in(body: Mapping[str, Any], neutral: Mapping[str, tuple[Any, ...]]) -> Iterator[str]:
    for name, values in neutral.items():
        value = body.get(name)
        if value is not None and value not in values:
            yield name


def _members(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    return {str(name): member for name, member in cast("Mapping[Any, Any]", value).items()}


def _arguments(value: object) -> list[Any]:
    args = _members(value).get("args", value)
    return cast("list[Any]", args) if isinstance(args, list) else []


def _asks(script: object) -> bool:
    """Return whether a script is to do something: clients send those that are off, too."""
    return any(argument not in (None, False, "", 0) for argument in _arguments(script))


def _has_picture(unit: object) -> bool:
    members = _members(unit)
    if members.get("enabled") is False:
        return False
    return any(members.get(name) for name in ("image", "input_image"))
