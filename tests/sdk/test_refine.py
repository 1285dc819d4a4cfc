"""Enhance and variations: image to image with the settings inside the picture."""

import json
from io import BytesIO

import pytest
from PIL import Image
from tests.sdk.making import archive, jpeg, png
from tests.sdk.services import COLOURS, Service, reply, use

from novelai import InvalidParamsError
from novelai._operations.refine import enhance_params, variation_params
from novelai.metadata import write_metadata
from novelai.types import GenerateImageParams

V45 = "nai-diffusion-4-5-full"
QUALITY = "very aesthetic, masterpiece, no text"
ANSWER = reply(content=archive(png()))


def picture(size=(832, 1216), source="NovelAI Diffusion V4.5 4BDE2A90", **changes):
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


def enhanced(image, magnitude=3, scale=1.5, params=None, **changes):
    return enhance_params(image, magnitude=magnitude, scale=scale, params=params, changes=changes)


@pytest.mark.parametrize(
    ("magnitude", "strength", "noise"),
    [(1, 0.2, 0), (2, 0.4, 0), (3, 0.5, 0), (4, 0.6, 0), (5, 0.7, 0.1)],
)
def test_magnitudes_are_those_of_the_page(magnitude, strength, noise):
    """Each magnitude is a pair of strength and noise."""
    params = enhanced(picture(), magnitude)
    assert (params.i2i.strength, params.i2i.noise) == (strength, noise)


@pytest.mark.parametrize(
    ("size", "scale", "enhanced_size"),
    [
        ((832, 1216), 1.5, (1280, 1856)),
        ((832, 1216), 1, (832, 1216)),
        ((1024, 1024), 1.5, (1536, 1536)),
        ((640, 640), 1.5, (960, 960)),
        ((100, 40), 1, (128, 64)),
    ],
)
def test_the_size_is_scaled_in_steps(size, scale, enhanced_size):
    """Width and height grow by the factor, to the nearest multiples of 64."""
    made = picture(size, width=832, height=1216)
    assert enhanced(made, scale=scale).dimensions == enhanced_size


def test_settings_come_from_the_picture():
    """Prompt, sampler and steps are the picture's; one picture is made, with a new seed."""
    params = enhanced(picture(), scale=1)
    assert params.prompt == "1girl, tea, -2::upscaled, blurry::"
    assert params.processed_prompt == f"1girl, tea, -2::upscaled, blurry::, {QUALITY}"
    assert (params.sampler, params.steps, params.model) == ("k_euler", 28, V45)
    assert (params.n_samples, params.seed, params.action) == (1, None, "img2img")


def test_an_enhanced_picture_is_enhanced_again():
    """What enhancing adds to the prompt is added once."""
    prompt = f"1girl | tea, -2::upscaled, blurry::, {QUALITY}"
    again = enhanced(picture(prompt=prompt))
    assert again.prompt.count("upscaled") == 1
    mixed = enhanced(picture(prompt="1girl | tea"), prompt="1girl | tea")
    assert mixed.prompt == "1girl, -2::upscaled, blurry:: | tea"


def test_other_models_get_their_prompt_as_it_is():
    """Only V4.5 is told to turn away from upscaled pictures."""
    params = enhanced(picture(source="NovelAI Diffusion V5 0ADF9AB7"))
    assert params.prompt == "1girl, tea"


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
    assert enhanced(jpeg((64, 64)), prompt="a").prompt.startswith("a, -2::")
    assert enhanced(picture(), seed=3, negative_prompt="fog").seed == 3


@pytest.mark.parametrize(
    ("arguments", "field", "sentence"),
    [
        ({"magnitude": 0}, "magnitude", "must be 1 to 5, got 0"),
        ({"magnitude": 2.5}, "magnitude", "must be 1 to 5, got 2.5"),
        ({"scale": 2}, "scale", "must be 1 or 1.5, got 2"),
        ({"image": jpeg()}, "image", "holds no settings"),
        ({"image": b"x"}, "image", "not a picture"),
        ({"image": picture((1472, 1472))}, "size", "at most 3145728 pixels"),
    ],
    ids=range(6),
)
def test_what_cannot_be_enhanced(arguments, field, sentence):
    """Wrong values and pictures without settings are refused before sending."""
    with pytest.raises(InvalidParamsError) as caught:
        enhanced(**{"image": picture(), **arguments})
    assert caught.value.field == field
    assert sentence in str(caught.value)


def test_variations_resemble_the_picture():
    """Three pictures of the same size and settings, at the page's strength and noise."""
    params = variation_params(picture(), params=None, changes={"n_samples": 3})
    assert (params.i2i.strength, params.i2i.noise, params.n_samples) == (0.8, 0.1, 3)
    assert (params.prompt, params.dimensions) == ("1girl, tea", (832, 1216))


def test_an_upscaled_picture_is_varied_in_its_first_size():
    """A picture beyond what is generated is varied in the size its settings state."""
    upscaled = picture((2048, 2048), width=1024, height=1024)
    assert variation_params(upscaled, params=None, changes={}).dimensions == (1024, 1024)


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
