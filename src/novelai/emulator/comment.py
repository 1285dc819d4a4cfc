"""The `Comment` of a picture: the settings as the service repeats them.

Keys, order and fixed values follow a picture captured on 2026-10-01 (V4.5 Full). What the service
does not repeat is not repeated here: presets, `params_version`, unknown fields.
"""

from typing import Any

from novelai.emulator.fields import Fields
from novelai.emulator.generation import Action
from novelai.emulator.models import Model

REQUEST_TYPES: dict[Action, str] = {
    "generate": "PromptGenerateRequest",
    "img2img": "Img2ImgRequest",
    "infill": "NativeInfillingRequest",
}
_PASSTHROUGH: dict[str, Any] = {
    "prompt": None,
    "uc": None,
    "hide_debug_overlay": False,
    "r": 0,
    "eta": 1,
    "negative_momentum": 0,
    "director_reference_images": None,
    "director_reference_descriptions": None,
    "director_reference_information_extracted": None,
    "director_reference_strengths": None,
    "director_reference_secondary_strengths": None,
    "crash_hydra": False,
}


def comment_of(
    *,
    model: Model,
    action: Action,
    prompt: str,
    seed: int,
    parameters: Fields,
    scale: float,
) -> dict[str, Any]:
    """Return the settings of a request, as far as they are the same for all its samples.

    Args:
        model: The model asked for.
        action: What it was asked to do.
        prompt: The prompt in force.
        seed: The seed in force.
        parameters: The request's `parameters`.
        scale: The model's default guidance.
    """
    read = parameters
    negative = read.string("negative_prompt") or read.string("uc")
    comment: dict[str, Any] = {
        "prompt": prompt,
        "steps": read.integer("steps", 23),
        "height": read.integer("height", 1216),
        "width": read.integer("width", 832),
        "scale": read.number("scale", scale),
        "uncond_scale": 0,
        "cfg_rescale": read.number("cfg_rescale"),
        "seed": seed,
        "n_samples": read.integer("n_samples", 1),
        "noise_schedule": read.string("noise_schedule", "karras"),
        "legacy_v3_extend": read.boolean("legacy_v3_extend"),
        "reference_information_extracted_multiple": read.numbers(
            "reference_information_extracted_multiple"
        ),
        "reference_strength_multiple": read.numbers("reference_strength_multiple"),
    }
    if action != "generate":
        comment["strength"] = read.number("strength", 0.7)
        comment["noise"] = read.number("noise")
        comment["extra_noise_seed"] = read.integer("extra_noise_seed", seed)
    if model.modern:
        comment["extra_passthrough_testing"] = dict(_PASSTHROUGH)
        comment["v4_prompt"] = _condition(read, "v4_prompt")
        comment["v4_negative_prompt"] = _condition(read, "v4_negative_prompt")
        comment |= _director(read)
    comment |= {
        "sampler": read.string("sampler", "k_euler_ancestral"),
        "controlnet_strength": read.number("controlnet_strength", 1),
        "controlnet_model": None,
        "dynamic_thresholding": read.boolean("dynamic_thresholding"),
        "dynamic_thresholding_percentile": 0.999,
        "dynamic_thresholding_mimic_scale": 10,
        "sm": read.boolean("sm"),
        "sm_dyn": read.boolean("sm_dyn"),
        "skip_cfg_above_sigma": (
            read.number("skip_cfg_above_sigma") if "skip_cfg_above_sigma" in read else None
        ),
        "skip_cfg_below_sigma": 0,
        "lora_unet_weights": None,
        "lora_clip_weights": None,
        # Absent means true: the service's own default.
        "deliberate_euler_ancestral_bug": read.boolean(
            "deliberate_euler_ancestral_bug", default=True
        ),
        "prefer_brownian": read.boolean("prefer_brownian"),
        "cfg_sched_eligibility": "enable_for_post_summer_samplers",
        "explike_fine_detail": False,
        "minimize_sigma_inf": False,
        "uncond_per_vibe": True,
        "wonky_vibe_correlation": True,
        "stream": "none",
        "version": 1,
        "uc": negative,
        "request_type": REQUEST_TYPES[action],
    }
    if model.family == "v5":
        comment |= _v5(model, read)
    return comment


def _condition(parameters: Fields, name: str) -> dict[str, Any]:
    condition = parameters.struct(name, "V4ConditionInput")
    caption = condition.struct("caption", "V4Caption")
    return {
        "caption": {
            "base_caption": caption.string("base_caption"),
            "char_captions": caption.items("char_captions", "image.V4CharCaption"),
        },
        "use_coords": condition.boolean("use_coords"),
        "use_order": condition.boolean("use_order"),
        "legacy_uc": condition.boolean("legacy_uc"),
    }


def _director(parameters: Fields) -> dict[str, Any]:
    names = {
        "director_reference_strengths": "director_reference_strength_values",
        "director_reference_descriptions": "director_reference_descriptions",
        "director_reference_information_extracted": "director_reference_information_extracted",
        "director_reference_secondary_strengths": "director_reference_secondary_strength_values",
    }
    return {shown: parameters.raw(sent) for shown, sent in names.items()}


def _v5(model: Model, parameters: Fields) -> dict[str, Any]:
    name, _, digest = model.source.rpartition(" ")
    hints = ("tag_hint_qt", "tag_hint_uc_preset", "tag_hint_transparent_background")
    return {
        "model_name": name,
        "model_hash": digest,
        **{hint: parameters.raw(hint) for hint in hints if hint in parameters},
        "straight_alpha": parameters.boolean("straight_alpha"),
        "quality_boost": False,
        "upscale": parameters.raw("upscale"),
    }
