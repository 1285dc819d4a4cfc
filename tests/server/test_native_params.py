"""A native client's own body: what of it is sent, and what can never set the price."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from novelai.server.model.native_params import NativeParams, find_unpriced, is_checked


def native(**own: Any) -> dict[str, Any]:
    return {"input": "a", "parameters": {}} | own


def params(document: Any) -> NativeParams:
    text = document if isinstance(document, str) else json.dumps(document)
    return NativeParams(prompt="a", native=text)


CHECKED = [
    "width", "height", "steps", "n_samples", "seed", "sampler", "sm", "sm_dyn", "strength",
    "inpaintImg2ImgStrength", "img2img", "image_format", "stream", "image", "mask",
    "reference_image", "reference_image_multiple", "director_reference_images",
    "image_cache_secret_key", "mask_cache_secret_key", "reference_image_cache_secret_key",
    "reference_image_multiple_cached", "director_reference_images_cached",
]  # fmt: skip
FREE = ["scale", "uncond_scale", "cfg_rescale", "noise_schedule", "negative_prompt", "step", "imag"]
BESIDE = ["model", "action", "url", "recaptcha_token"]


@pytest.mark.parametrize("name", CHECKED)
def test_what_sets_the_price_is_never_the_clients(name: str) -> None:
    """In any letters, ASCII's or those that fold to them, such a field is refused and left out."""
    # U+017F folds to an s everywhere; U+0130 to an i for some, so no letter beside ASCII passes.
    odd = (name.replace("s", "\u017f"), name.replace("i", "\u0130"), f"{name}\u0301")
    for written in (name, name.upper(), name.title(), *odd):
        assert is_checked(written), written
        with pytest.raises(ValidationError, match="holds what sets the price"):
            params(native(parameters={written: 1}))
        left = NativeParams.own_part({"input": "a", "parameters": {written: 1, "scale": 5}})
        assert json.loads(left) == {"input": "a", "parameters": {"scale": 5}}


@pytest.mark.parametrize("name", FREE)
def test_the_rest_is_the_clients(name: str) -> None:
    """What costs nothing goes as it came."""
    assert not is_checked(name)
    assert json.loads(params(native(parameters={name: 1})).native)["parameters"] == {name: 1}


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_parameters(name: str) -> None:
    """Model and action are set anew, an address or a token of a page has no place in a paid job."""
    for written in (name, name.upper(), f"{name}\u0301"):
        with pytest.raises(ValidationError, match="holds what sets the price"):
            params(native(**{written: "x"}))
    document = {"input": "a", "parameters": {}, name: "x", name.upper(): "y", "\u00e9": 1, "own": 2}
    assert json.loads(NativeParams.own_part(document)) == {
        "input": "a",
        "parameters": {},
        "own": 2,
    }


@pytest.mark.parametrize(
    "name", ["upscale", "Upscaled_Enhance", "effort", "x_controlnet_condition", "REQUEST_COUNT"]
)
def test_what_nobody_knows_the_price_of(name: str) -> None:
    """A field of unknown price is refused where it is in use, and found by any part of its name."""
    assert find_unpriced({"scale": 1, name: 1}) == name
    assert find_unpriced({name: 0, "scale": 5}) is None
    assert find_unpriced({name: None}) is None
    with pytest.raises(ValidationError, match="holds what sets the price"):
        params(native(parameters={name: True}))
    assert params(native(parameters={name: False})).native


def nested(depth: int) -> Any:
    """So many lists and objects inside of each other."""
    value: Any = 1
    for number in range(depth):
        value = [value] if number % 2 else {"a": value}
    return value


@pytest.mark.parametrize(
    "text",
    [
        '{"input":"a","parameters":{"scale":NaN}}',
        '{"input":"a","parameters":{"scale":Infinity}}',
        '{"input":"a","parameters":{"scale":-Infinity}}',
        '{"input":"\\ud800","parameters":{}}',
        '{"input":"a","parameters":{"\\udc00":1}}',
        json.dumps(native(deep=nested(40))),
        json.dumps(native(parameters={"deep": nested(39)})),
    ],
)
def test_what_no_request_can_carry(text: str) -> None:
    """Endless numbers, halves of characters and deep nests are found before a job is made."""
    with pytest.raises(ValidationError, match="holds what no request can carry"):
        params(text)


def test_how_deep_a_body_may_be() -> None:
    """Forty objects and lists inside of each other, and what is wide is not deep."""
    assert params(native(deep=nested(39))).native
    assert params(native(parameters={"deep": nested(38)})).native
    assert params(native(wide=[[], {}] * 500)).native


def test_what_of_a_body_is_sent_as_it_is() -> None:
    """Nothing is added: what lacks its input or its parameters has empty ones."""
    assert NativeParams.own_part({}) == '{"input":"","parameters":{}}'
    assert NativeParams.own_part({"parameters": None}) == '{"input":"","parameters":{}}'
    assert "native" not in repr(params(native(input="planted")))


BUILT: dict[str, Any] = {
    "input": "built",
    "model": "nai-diffusion-3",
    "action": "img2img",
    "parameters": {
        "width": 64,
        "steps": 2,
        "scale": 9,
        "image": "checked",
        "negative_prompt": "built",
        "v4_prompt": {"built": 1},
        "v4_negative_prompt": {"built": 2},
        "prefer_brownian": True,
    },
}


def test_the_body_that_leaves() -> None:
    """The client's own, with every checked field in its place and what the service needs."""
    own = native(input="mine", note=1, parameters={"scale": 5, "v4_prompt": {"mine": 1}})
    assert params(own).adapt(BUILT) == {
        "input": "mine",
        "note": 1,
        "model": "nai-diffusion-3",
        "action": "img2img",
        "parameters": {
            "scale": 5,
            "v4_prompt": {"mine": 1},
            "width": 64,
            "steps": 2,
            "image": "checked",
            "negative_prompt": "built",
            "v4_negative_prompt": {"built": 2},
        },
    }
    bare = {**BUILT, "parameters": {"width": 64}}
    assert params(native()).adapt(bare)["parameters"] == {"width": 64}


@pytest.mark.parametrize(
    ("own", "many", "expected"),
    [
        # of March 2024: one picture, one strength
        ({"reference_strength": 0.6}, ["v"], {"reference_image": "v"}),
        ({"reference_strength": 0.6}, ["v", "w"], {"reference_image": "v"}),
        ({"reference_strength": 0.6}, [], {"reference_image_multiple": []}),
        ({"reference_strength": 0.6}, None, {}),
        (
            {"reference_strength": 0.6, "reference_strength_multiple": [0.6]},
            ["v"],
            {"reference_image_multiple": ["v"]},
        ),
        ({"reference_strength_multiple": [0.6]}, ["v"], {"reference_image_multiple": ["v"]}),
        ({}, ["v"], {"reference_image_multiple": ["v"]}),
    ],
)
def test_both_forms_of_a_vibe(own: dict[str, Any], many: Any, expected: dict[str, Any]) -> None:
    """The older one is kept as such: mixed with the later one the service fails."""
    built = {"model": "m", "action": "generate", "parameters": {}}
    if many is not None:
        built["parameters"] = {"reference_image_multiple": many}
    made = params(native(parameters=own)).adapt(built)
    assert made["parameters"] == own | expected
