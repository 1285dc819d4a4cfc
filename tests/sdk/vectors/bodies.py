"""Checks of whole request bodies against those that the web client makes of the same form."""

import json
import warnings
from typing import Any

from PIL import Image

from novelai import enhance_params, variation_params
from novelai._codecs.body import Blob
from novelai._operations.payload import Pictures, generation_body
from novelai.catalogue import model_spec, nearest_size
from novelai.errors import FixedFieldWarning
from novelai.types import Character, GenerateImageParams, I2iParams, InpaintParams
from novelai.types.generation import preset_name

PICTURE = b"picture"
SAME = (
    "model", "prompt", "seed", "steps", "scale", "sampler", "cfg_rescale", "noise_schedule",
    "furry",
)  # fmt: skip
"""Fields that a form and our parameters call by one name."""

TRANSPORT = ("image_format",)
"""Fields that say how the answer comes."""


def check_body(case: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        # A form may hold values that Medium sets by itself.
        warnings.simplefilter("ignore", FixedFieldWarning)
        params = fill_in(case["form"])
    pictures = Pictures(
        base=PICTURE if params.i2i or params.inpaint else None,
        mask=PICTURE if params.inpaint else None,
    )
    sent = json.loads(json.dumps(generation_body(params, pictures, seed=0), default=as_blank))
    for name in TRANSPORT:
        del sent["parameters"][name]
    assert sent == case["expected"]


def fill_in(form: dict[str, Any]) -> GenerateImageParams:
    """Return what a person who fills in the form asks us for."""
    size = form.get("width", 832), form.get("height", 1216)
    spec = model_spec(form["model"])
    fields: dict[str, Any] = {
        **{name: form[name] for name in SAME if name in form},
        **presets(form),
        "size": nearest_size(*size),
        "use_coords": form.get("use_coords", False),
        "negative_prompt": form["uc"] or None,
        "n_samples": form.get("n_samples", 1),
        # Where the page has no such switch, our parameters refuse it.
        "variety_boost": form.get("variety", False) and spec.variety_sigma is not None,
        "transparent_background": form.get("transparent", False),
        "characters": [character(one) for one in form.get("characters", ())] or None,
    }
    if form["action"] == "infill":
        strength = form.get("inpaintStrength", 1)
        fields["inpaint"] = InpaintParams(image=PICTURE, mask=PICTURE, strength=strength)
    if "enhance" in form:
        return enhanced(GenerateImageParams(**fields), form["enhance"])
    if form.get("variations"):
        params = GenerateImageParams(**fields)
        return variation_params(Image.new("1", size), params=params, n_samples=3)
    if form["action"] == "img2img":
        fields["i2i"] = I2iParams(image=PICTURE, strength=form["strength"], noise=form["noise"])
    return GenerateImageParams(**fields)


def enhanced(params: GenerateImageParams, form: dict[str, Any]) -> GenerateImageParams:
    picture = Image.new("1", (form["width"], form["height"]))
    return enhance_params(picture, magnitude=form["level"], scale=form["scale"], params=params)


def presets(form: dict[str, Any]) -> dict[str, Any]:
    """Return the presets that the model has: the page counts others as none, we refuse them."""
    spec = model_spec(form["model"])
    quality, undesired = form.get("quality", "standard"), form.get("ucPreset", "heavy")
    undesired = preset_name(undesired)
    return {
        "quality": quality in spec.quality and quality,
        "uc_preset": undesired if undesired in spec.uc else "none",
    }


def character(one: dict[str, Any]) -> Character:
    return Character(
        prompt=one["prompt"],
        negative_prompt=one["uc"],
        position=(one["center"]["x"], one["center"]["y"]),
        enabled=one.get("enabled", True),
    )


def as_blank(value: Any) -> str:
    assert isinstance(value, Blob)
    return f"<{value.part}>"


CHECKS: dict[str, Any] = {"bodies": check_body}
