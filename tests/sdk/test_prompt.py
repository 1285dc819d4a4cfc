"""What is added to a prompt before it is sent."""

import pytest

from novelai.catalogue import model_spec
from novelai.prompt import (
    merged_negative_prompt,
    merged_prompt,
)

V45, V5 = "nai-diffusion-4-5-full", "nai-diffusion-5-full"
V3, V2 = "nai-diffusion-3", "nai-diffusion-2"
CURATED = "nai-diffusion-4-5-curated"
Q45 = "very aesthetic, masterpiece, no text"
Q3 = "best quality, amazing quality, very aesthetic, absurdres"


def quality(prompt, model=V45, preset="standard", **more):
    return merged_prompt(prompt, model_spec(model), quality=preset, **more)


def undesired(text, model=V45, preset="light", prompt="1girl"):
    return merged_negative_prompt(text, model_spec(model), uc_preset=preset, prompt=prompt)


@pytest.mark.parametrize(
    ("model", "merged"),
    [
        (V5, f"cat, {Q45}"),
        ("nai-diffusion-5-curated", f"cat, {Q45}"),
        (V45, f"cat, {Q45}"),
        (CURATED, f"cat, {Q45}, -0.8::feet::, rating:general"),
        ("nai-diffusion-4-full", "cat, no text, best quality, very aesthetic, absurdres"),
        (
            "nai-diffusion-4-curated-preview",
            "cat, rating:general, best quality, very aesthetic, absurdres",
        ),
        (V3, f"cat, {Q3}"),
        ("nai-diffusion-furry-3", "cat, {best quality}, {amazing quality}"),
        (V2, "very aesthetic, best quality, absurdres, cat"),
        ("nai-diffusion", "masterpiece, best quality, cat"),
    ],
)
def test_each_model_gets_its_own_quality_text(model, merged):
    """The quality text is the model's, behind the prompt, on V1 and V2 before it."""
    assert quality("cat", model) == merged


def test_no_quality_text_unless_asked_for():
    """Without a preset the prompt is sent as it was typed, blanks included."""
    assert quality(" cat | dog ", preset=None) == " cat | dog "


def test_v5_knows_a_light_text():
    """V5's light preset has words of its own."""
    assert quality("cat", V5, "light") == "cat, very aesthetic, amazing quality, no text"


def test_transparency_comes_before_the_quality_text():
    """`transparent background` is added even when no quality text is."""
    words = "transparent background"
    assert quality("cat", V5, transparent_background=True) == f"cat, {words}, {Q45}"
    assert quality("cat", V5, None, transparent_background=True) == f"cat, {words}"


@pytest.mark.parametrize(
    ("typed", "merged"),
    [
        ("", f", {Q45}"),
        ("cat,", f"cat,, {Q45}"),
        ("cat, ", f"cat, , {Q45}"),
        ("cat | dog", f"cat , {Q45}| dog"),
        ("cat|dog|bird", f"cat, {Q45}|dog|bird"),
        ("||cat|dog||, sitting", f"||cat|dog||, sitting, {Q45}"),
        ("||cat|dog|| | fish", f"||cat|dog|| , {Q45}| fish"),
        ("cat||dog|fish", f"cat||dog|fish, {Q45}"),
        ("sign, Text: hello", f"sign,, {Q45} Text: hello"),
        ("sign. text: hi | dog", f"sign., {Q45} text: hi | dog"),
        ("sign.text: a,Text: b", f"sign, {Q45}.text: a.text: b"),
        ("Text: hello", f", {Q45}Text: hello"),
        ("1girl, 2::japanese text::, smile", f"1girl, 2::japanese text::, smile, {Q45}"),
        ("-1::text::", f"-1::text::, {Q45}"),
        ("看板。Text: 営業中", f"看板, {Q45}。Text: 営業中"),
        ("context: hello", f"context: hello, {Q45}"),
        ("1.3::cat::", f"1.3::cat::, {Q45}"),
        ("cat:1.5", f"cat:1.5, {Q45}"),
    ],
)
def test_v4_text_goes_into_the_first_part_before_a_text_section(typed, merged):
    """Mixes, randomisers, text sections and weights keep their meaning on V4 and later."""
    assert quality(typed) == merged


@pytest.mark.parametrize(
    ("typed", "merged"),
    [
        ("cat | dog", f"cat , {Q3}| dog, {Q3}"),
        ("cat:1.5|dog:-0.5", f"cat, {Q3}:1.5|dog:-0.5, {Q3}"),
        ("cat:1.5 ", f"cat:1.5 , {Q3}"),
        ("sign, Text: hello", f"sign, Text: hello, {Q3}"),
    ],
)
def test_v3_text_goes_into_every_part_before_its_weight(typed, merged):
    """On V3 every part of a mix is a prompt of its own."""
    assert quality(typed, V3) == merged


def test_undesired_content_follows_the_preset():
    """The preset's text comes first, then the user's."""
    light = model_spec(V45).uc["light"]
    assert undesired("blurry") == f"nsfw, {light}, blurry"
    assert undesired("") == f"nsfw, {light}"
    assert undesired(" blurry, ") == f"nsfw, {light},  blurry, "


@pytest.mark.parametrize("asking", ["1girl, nsfw", "NSFW, 1girl"])
def test_nsfw_is_not_undesired_when_it_is_asked_for(asking):
    """A prompt that asks for nsfw, in any case, does not get it as undesired content."""
    assert undesired("", prompt=asking) == model_spec(V45).uc["light"]


def test_curated_models_need_no_nsfw():
    """Models trained on safe pictures do not get the word."""
    assert undesired("", CURATED) == model_spec(CURATED).uc["light"]


@pytest.mark.parametrize(
    ("model", "text", "merged"),
    [
        (V45, "blurry", "blurry"),
        (V45, "", ""),
        (V3, "", "lowres"),
        (V3, "blurry", "blurry"),
    ],
)
def test_the_preset_none_adds_nothing_since_v4(model, text, merged):
    """`none` is empty on V4 and later; older models are sent `lowres` instead of nothing."""
    assert undesired(text, model, "none") == merged


def test_only_the_first_part_of_a_mix_gets_the_preset_since_v4():
    """A mix of undesired content keeps its other parts."""
    light = model_spec(V45).uc["light"]
    assert undesired("blurry | text") == f"nsfw, {light}, blurry | text"
    assert undesired("|blurry") == f"nsfw, {light}|blurry"
    assert undesired("|blurry", prompt="nsfw") == f"{light}, |blurry"
