"""The bodies we send against those that NovelAI's web client makes of the same form."""

import json
from typing import Any

import pytest
from tests.web_client import web_client

from novelai._codecs.body import Blob
from novelai._operations.payload import Pictures, generation_body
from novelai.types import Character, GenerateImageParams, I2iParams, InpaintParams

BODIES = web_client("bodies")
PICTURE = b"picture"
SAME = ("model", "prompt", "seed", "steps", "scale", "sampler", "cfg_rescale", "noise_schedule")
"""Fields that a form and our parameters call by one name."""


def filled_in(form: dict[str, Any]) -> GenerateImageParams:
    """Return what a person who fills in the form asks us for."""
    fields: dict[str, Any] = {name: form[name] for name in SAME if name in form}
    quality = form.get("quality", "standard")
    fields |= {
        "size": (form.get("width", 832), form.get("height", 1216)),
        "negative_prompt": form["uc"] or None,
        "quality": quality != "none" and quality,
        "uc_preset": form.get("ucPreset", "heavy"),
        "variety_boost": form.get("variety", False),
        "transparent_background": form.get("transparent", False),
        "characters": [character(one, form) for one in form.get("characters", ())],
    }
    if form["action"] == "img2img":
        fields["i2i"] = I2iParams(image=PICTURE, strength=form["strength"], noise=form["noise"])
    if form["action"] == "infill":
        strength = form.get("inpaintStrength", 1)
        fields["inpaint"] = InpaintParams(image=PICTURE, mask=PICTURE, strength=strength)
    return GenerateImageParams(**fields)


def character(one: dict[str, Any], form: dict[str, Any]) -> Character:
    place = (one["center"]["x"], one["center"]["y"]) if form.get("use_coords") else None
    return Character(
        prompt=one["prompt"],
        negative_prompt=one["uc"],
        position=place,
        enabled=one.get("enabled", True),
    )


@pytest.mark.parametrize("case", BODIES["cases"], ids=range(len(BODIES["cases"])))
def test_a_form_becomes_the_web_client_s_body(case):
    """Every field is sent as NovelAI's page sends it, and no other."""
    _, form, prompt, model, absent, differing = case.values()
    params = filled_in(form)
    pictures = Pictures(
        base=PICTURE if params.i2i or params.inpaint else None,
        mask=PICTURE if params.inpaint else None,
    )
    sent = generation_body(params, pictures, seed=0)
    usual = {name: value for name, value in BODIES["usual"].items() if name not in absent}
    ours = {
        name: f"<{name}>" if isinstance(value, Blob) else value
        for name, value in sent["parameters"].items()
        if name != "image_format"
    }
    assert json.loads(json.dumps(ours)) == usual | differing
    assert (sent["input"], sent["model"], sent["action"]) == (prompt, model, form["action"])
