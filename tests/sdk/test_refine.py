"""Enhance and variations: image to image with the settings inside the picture."""

import json
from base64 import b64decode
from io import BytesIO

import pytest
from PIL import Image
from tests.sdk.making import archive, jpeg, png
from tests.sdk.services import COLOURS, Service, reply, use

from novelai import InvalidParamsError, enhance_params, variation_params
from novelai.metadata import params_from_image, write_metadata
from novelai.types import GenerateImageParams

V45 = "nai-diffusion-4-5-full"
V45_SOURCE, V5_SOURCE = "NovelAI Diffusion V4.5 4BDE2A90", "NovelAI Diffusion V5 0ADF9AB7"
QUALITY = "very aesthetic, masterpiece, no text"
ANSWER = reply(content=archive(png()))


def picture(size=(832, 1216), source=V45_SOURCE, **changes):
    """Return a generated picture with its settings."""
    comment = {
        "prompt": f"1girl, tea, {QUALITY}",
        "uc": "",
        "seed": 7,
        "width": size[0],
        "height": size[1],
        "steps": 28,
        "sampler": "k_euler",
        "n_samples": 2,
        **changes,
    }
    texts = {"Comment": json.dumps(comment), "Source": source}
    return write_metadata(Image.new("RGB", size, "teal"), texts, target="png_info")


def enhanced(image, magnitude=3, scale=1.5, **changes):
    return enhance_params(image, magnitude=magnitude, scale=scale, **changes)


@pytest.mark.parametrize(
    ("magnitude", "strength", "noise"),
    [(1, 0.2, 0), (2, 0.4, 0), (3, 0.5, 0), (4, 0.6, 0), (5, 0.7, 0.1)],
)
def test_magnitudes_are_those_of_the_page(magnitude, strength, noise):
    """Each magnitude is a pair of strength and noise."""
    params = enhanced(picture(), magnitude)
    assert (params.i2i.strength, params.i2i.noise) == (strength, noise)


@pytest.mark.parametrize(
    ("size", "scale", "enhanced_size", "sent"),
    [
        ((832, 1216), 1.5, (1280, 1856), (1248, 1824)),
        ((832, 1216), 1, (832, 1216), None),
        ((1024, 1024), 1.5, (1536, 1536), None),
        ((640, 640), 1.5, (960, 960), None),
        ((640, 640), 2, (1280, 1280), None),
        ((100, 40), 1, (128, 64), (100, 40)),
    ],
)
def test_the_size_is_scaled_in_steps(size, scale, enhanced_size, sent):
    """The picture grows by the factor and stays so; what is asked for is a multiple of 64."""
    made = picture(size, width=832, height=1216)
    params = enhanced(made, scale=scale)
    assert (params.dimensions, params.i2i.size) == (enhanced_size, sent)


@pytest.mark.parametrize(
    ("source", "size", "scale", "anlas", "opus"),
    [
        (V5_SOURCE, (832, 1216), "max", 38, 38),
        (V5_SOURCE, (832, 1216), 1.5, 30, 30),
        (V5_SOURCE, (832, 1216), 1, 13, 0),
        (V45_SOURCE, (832, 1216), 1.5, 20, 20),
    ],
)
def test_the_price_is_told_before(source, size, scale, anlas, opus):
    """At 23 steps and magnitude 3: as the service charged it in September 2026."""
    params = enhanced(picture(size, source, steps=23), scale=scale)
    assert params.calculate_anlas().total_anlas == anlas
    assert params.calculate_anlas(is_opus=True).total_anlas == opus


def test_the_first_scale_of_the_page_is_the_default():
    """V5 is enhanced to the largest size, V4.5 one and a half times, if nothing else is said."""
    largest = enhance_params(picture(source=V5_SOURCE))
    assert (largest.i2i.enhance, largest.dimensions) == ("max", (832, 1216))
    assert enhance_params(picture()).dimensions == (1280, 1856)
    assert enhance_params(picture((640, 640))).dimensions == (1280, 1280)
    # The page offers nothing for this one.
    assert enhance_params(picture((100, 100), width=832, height=1216)).dimensions == (128, 128)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_largest_size_is_asked_of_novelai(colour):
    """The picture is sent as it is, and NovelAI enlarges the result."""
    service = Service(ANSWER)
    use(
        colour,
        service,
        lambda client: client.image.enhance(picture(source=V5_SOURCE)),
        upload="json",
    )
    sent = json.loads(service.requests[0].content)["parameters"]
    assert (sent["upscaled_enhance"], sent["width"], sent["height"]) == (True, 832, 1216)
    assert "upscaled, blurry" not in sent["v4_prompt"]["caption"]["base_caption"]


@pytest.mark.parametrize("colour", COLOURS)
def test_the_picture_is_sent_as_large_as_it_is_enhanced(colour):
    """It is not made to fit the grid of sizes: NovelAI does that."""
    service = Service(ANSWER)
    use(colour, service, lambda client: client.image.enhance(picture(), scale=1.5), upload="json")
    sent = json.loads(service.requests[0].content)["parameters"]
    assert Image.open(BytesIO(b64decode(sent["image"]))).size == (1248, 1824)
    assert (sent["width"], sent["height"]) == (1280, 1856)


def test_settings_come_from_the_picture():
    """Prompt, sampler and steps are the picture's; one picture is made, with a new seed."""
    params = enhanced(picture(), scale=1)
    assert params.prompt == "1girl, tea"
    assert params.processed_prompt == f"1girl, tea, {QUALITY}, -2::upscaled, blurry::,"
    assert (params.sampler, params.steps, params.model) == ("k_euler", 28, V45)
    assert (params.n_samples, params.seed, params.action) == (1, None, "img2img")


def test_an_enhanced_picture_is_enhanced_again():
    """What enhancing adds to the prompt is added once."""
    prompt = f"1girl | tea, {QUALITY}, -2::upscaled, blurry::,"
    again = enhanced(picture(prompt=prompt))
    assert again.processed_prompt.count("upscaled") == 1
    mixed = enhanced(picture(prompt="1girl | tea"), prompt="1girl | tea")
    assert mixed.processed_prompt == "1girl | tea, -2::upscaled, blurry::,"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (V5_SOURCE, 1),
        ("NovelAI Diffusion V5 93F4BD30", 1),
        ("NovelAI Diffusion V4 37442FCA", 0),
        ("Stable Diffusion XL 7BCCAA2C", 0),
    ],
)
def test_which_models_are_told_to_turn_away_from_upscaled_pictures(source, words):
    """V4.5 and V5 are; others get their prompt as it is."""
    params = enhanced(picture(source=source, uc="lowres", steps=14))
    assert params.processed_prompt.count("upscaled, blurry") == words


RANDOM = {
    "prompt": f"||red|blue|| hat, {QUALITY}",
    "actual_prompts": {
        "prompt": {
            "base_caption": f"blue hat, {QUALITY}",
            "char_captions": [{"char_caption": "girl, cap"}],
        }
    },
    "v4_prompt": {
        "caption": {
            "base_caption": f"||red|blue|| hat, {QUALITY}",
            "char_captions": [
                {"char_caption": "girl, ||cap|hat||", "centers": [{"x": 0.3, "y": 0.5}]}
            ],
        },
        "use_coords": True,
    },
}


def test_the_prompt_that_was_drawn_is_enhanced():
    """Of a randomiser, what NovelAI took is used, unless there is another prompt."""
    made = picture(**RANDOM)
    for params in (enhanced(made), variation_params(made)):
        assert params.prompt == "blue hat"
        assert [one.prompt for one in params.characters] == ["girl, cap"]
        assert params.characters[0].position == (0.3, 0.5)
    assert enhanced(made, prompt="||a|b||").prompt == "||a|b||"
    assert params_from_image(made).prompt == "||red|blue|| hat"


@pytest.mark.parametrize("packed", ["blue hat", {"caption": {"base_caption": "blue hat"}}])
def test_the_drawn_prompt_may_be_packed_otherwise(packed):
    """How it is packed is not documented."""
    made = picture(prompt="||red|blue|| hat", actual_prompts={"prompt": packed})
    assert enhanced(made).prompt == "blue hat"


@pytest.mark.parametrize("actual", [None, 3, [], {"prompt": 3}, {"prompt": {"base_caption": 1}}])
def test_a_drawn_prompt_that_is_none_is_passed_over(actual):
    """Strangers write anything into files."""
    made = picture(prompt="||red|blue|| hat", actual_prompts=actual)
    assert enhanced(made).prompt == "||red|blue|| hat"


def test_smea_is_left_behind():
    """SMEA works for text to image only; enhancing a picture made with it goes without."""
    smea = picture(source="Stable Diffusion XL 7BCCAA2C", sm=True, sm_dyn=True, uc="lowres")
    assert not enhanced(smea, scale=1).smea


def test_settings_may_be_given():
    """Given settings, or a given prompt, stand in for the picture's."""
    given = GenerateImageParams(prompt="2girls", model="nai-diffusion-4-full", seed=9, n_samples=3)
    params = enhanced(picture(), params=given)
    assert (params.prompt, params.model, params.seed) == ("2girls", given.model, 9)
    assert params.n_samples == 1
    plain = enhanced(jpeg((64, 64)), prompt="a")
    assert (plain.prompt, plain.model) == ("a", V45)
    assert enhanced(picture(), seed=3, negative_prompt="fog").seed == 3


@pytest.mark.parametrize(
    ("arguments", "field", "sentence"),
    [
        ({"magnitude": 0}, "magnitude", "must be 1 to 5, got 0"),
        ({"magnitude": 2.5}, "magnitude", "must be 1 to 5, got 2.5"),
        ({"scale": 3}, "scale", "must be 1, 1.5, 2 or max, got 3"),
        ({"scale": "max"}, "i2i.enhance", "V4.5 Full does not enhance to max"),
        ({"image": jpeg()}, "image", "holds no settings"),
        ({"image": b"x"}, "image", "not a picture"),
        ({"image": picture((1472, 1472))}, "size", "at most 3145728 pixels"),
    ],
    ids=range(7),
)
def test_what_cannot_be_enhanced(arguments, field, sentence):
    """Wrong values and pictures without settings are refused before sending."""
    with pytest.raises(InvalidParamsError) as caught:
        enhanced(**{"image": picture(), **arguments})
    assert caught.value.field == field
    assert sentence in str(caught.value)


def test_variations_resemble_the_picture():
    """Three pictures of the same size and settings, at the page's strength and noise."""
    params = variation_params(picture())
    assert (params.i2i.strength, params.i2i.noise, params.n_samples) == (0.8, 0.1, 3)
    assert (params.prompt, params.dimensions) == ("1girl, tea", (832, 1216))


def test_an_upscaled_picture_is_varied_in_its_first_size():
    """A picture beyond what is generated is varied in the size its settings state."""
    upscaled = picture((2048, 2048), width=1024, height=1024)
    assert variation_params(upscaled).dimensions == (1024, 1024)


@pytest.mark.parametrize(("own", "seed"), [(-1, -1), (0, 0), (99, 99), (None, None), ("x", None)])
def test_variations_use_the_noise_of_the_picture(own, seed):
    """If it has one; enhancing takes a new one."""
    made = picture(extra_noise_seed=own)
    assert variation_params(made).i2i.seed == seed
    assert enhanced(made).i2i.seed is None


@pytest.mark.parametrize("colour", COLOURS)
def test_both_are_calls_of_the_client(colour):
    """The client sends image to image with the picture as its source."""
    for call, samples in (
        (lambda client: client.image.enhance(picture(), scale=1, seed=4), 1),
        (lambda client: client.image.variations(picture(), n_samples=2, seed=4), 2),
    ):
        service = Service(ANSWER)
        use(colour, service, call, upload="json")
        body = json.loads(service.requests[0].content)
        assert body["action"] == "img2img"
        assert body["parameters"]["n_samples"] == samples
        assert body["parameters"]["seed"] == 4
        assert body["parameters"]["image"]


def test_an_open_file_is_read_more_than_once():
    """A picture in an open file serves for its settings and for its pixels."""
    service = Service(ANSWER)
    use("sync", service, lambda client: client.image.enhance(BytesIO(picture())))
    assert service.calls == 1
