"""What a client chose with ``/sdapi/v1/options``: kept with its key, never for all."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

from novelai.catalogue import base_model, known_model
from novelai.server.compat.a1111.weights import Syntax
from novelai.server.http.error_handlers import invalid
from novelai.server.model.key import Key, check_model, default_model
from novelai.server.model.problems import ProblemError
from novelai.types.generation import DEFAULT_MODEL, UCPreset

__all__ = ["OPTION", "Choices", "choices_of", "model_named", "read_choices", "render_options"]

OPTION = "a1111"
"""Under which name the choices are among a key's options."""

SYNTAXES = get_args(Syntax)
UC_PRESETS = get_args(UCPreset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The options that mean something here.

    Attributes:
        model: a NovelAI model id.
        prompt_syntax: how weights in prompts are written.
        quality: add the model's quality text.
        uc_preset: which undesired-content text to add.
    """

    model: str = DEFAULT_MODEL
    prompt_syntax: Literal["auto", "a1111", "novelai"] = "auto"
    quality: bool = True
    uc_preset: str = "heavy"


NAMES: Mapping[str, str] = {
    "sd_model_checkpoint": "model",
    "prompt_syntax": "prompt_syntax",
    "novelai_quality": "quality",
    "novelai_uc_preset": "uc_preset",
}
"""Attributes by the names that options have."""


def choices_of(key: Key) -> Choices:
    """Read the choices of this key's clients."""
    kept: object = key.options.get(OPTION)
    known: Mapping[str, Any] = {}
    if isinstance(kept, Mapping):
        known = cast("Mapping[str, Any]", kept)
    choices = Choices(**{name: known[name] for name in Choices.__slots__ if name in known})
    allowed = key.limits.models
    if "model" in known and (allowed is None or choices.model in allowed):
        return choices
    return replace(choices, model=default_model(key))


def read_choices(key: Key, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the choices to keep, once these options are set; ``None`` when none of them matters.

    Raises:
        ProblemError: 404, there is no such model; 403, the key may not use it; 422, a value is
            wrong.
    """
    given = {NAMES[name]: value for name, value in options.items() if name in NAMES}
    if not given:
        return None
    if "model" in given:
        given["model"] = model_named(given["model"])
        check_model(key, given["model"])
    if given.get("prompt_syntax", "auto") not in SYNTAXES:
        raise invalid([("prompt_syntax", f"is one of {', '.join(SYNTAXES)}")])
    if not isinstance(given.get("quality", True), bool):
        raise invalid([("novelai_quality", "is true or false")])
    if given.get("uc_preset", "heavy") not in UC_PRESETS:
        raise invalid([("novelai_uc_preset", f"is one of {', '.join(UC_PRESETS)}")])
    now = choices_of(key)
    return {name: getattr(now, name) for name in Choices.__slots__} | given


def model_named(name: object) -> str:
    """Return the model that a checkpoint's name stands for.

    A1111 puts a hash in brackets behind it.

    Raises:
        ProblemError: 404; it is no model of NovelAI.
    """
    text = str(name).partition(" [")[0].strip().removesuffix(".safetensors")
    if known_model(text):
        return base_model(text)
    if text.startswith("nai-diffusion"):  # newer than the catalogue
        return text
    raise ProblemError(
        404,
        "not_found",
        "Checkpoint not found: choose one of /sdapi/v1/sd-models. Nothing was sent or charged.",
    )


def render_options(choices: Choices) -> dict[str, Any]:
    """Return the options as a client reads them."""
    own = {option: getattr(choices, name) for option, name in NAMES.items()}
    return own | {
        "sd_checkpoint_hash": "",
        "sd_vae": "Automatic",
        "CLIP_stop_at_last_layers": 1,
        "samples_format": "png",
        "grid_format": "png",
        "show_progress_every_n_steps": 1,
        "live_previews_enable": True,
        "eta_noise_seed_delta": 0,
        "sd_lora": "None",
    }
