"""What a generation gives back: every model, format, seed and number of samples."""

from io import BytesIO

import pytest
from PIL import Image
from tests.contract.worlds import SMALL, opened, painted, sent_to

from novelai.catalogue import image_models
from novelai.metadata import params_from_image
from novelai.types import Character, GenerateImageParams, InpaintParams

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("model", image_models())
async def test_every_model_draws(world, emulator, model):
    """Each model of the catalogue is asked under its own id and answers a picture with settings."""
    params = GenerateImageParams(prompt="1girl", model=model, size=SMALL, steps=4, seed=11)
    (picture,) = await world.generate(params)
    assert (picture.size, picture.media_type, picture.seed) == (SMALL, "image/png", 11)
    assert picture.metadata.prompt == params.processed_prompt
    assert picture.metadata.negative_prompt == params.processed_negative_prompt
    assert picture.metadata.seed == 11
    (request,) = sent_to(emulator)
    assert request.body["model"] == model


async def test_a_picture_of_medium_effort_gives_its_model_back(world):
    """Drawn or inpainted with V5 Full (Medium), a picture leads to the same parameters again."""
    wish = {
        "prompt": "1girl",
        "model": "nai-diffusion-5-full-medium",
        "size": SMALL,
        "seed": 5,
        "transparent_background": True,
        "characters": [Character(prompt="cat", position=(0.25, 0.5))],
    }
    source = {"image": painted("teal"), "mask": painted("white")}
    drawn, painted_anew = (
        GenerateImageParams(**wish),
        GenerateImageParams(**wish, inpaint=InpaintParams(**source)),
    )
    (picture,) = await world.generate(drawn)
    assert params_from_image(picture) == drawn
    (picture,) = await world.generate(painted_anew)
    again = params_from_image(picture, source=source["image"], mask=source["mask"])
    assert again == painted_anew


async def test_inpainting_on_v5_curated_follows_its_model(world, emulator):
    """V5 Curated inpaints with V4.5 Curated's id and texts, which is sent no transparency."""
    clear = Image.new("RGBA", SMALL, (0, 0, 0, 0))
    mask = Image.new("L", SMALL)
    mask.paste(255, (64, 64, 128, 128))
    params = GenerateImageParams(
        prompt="1girl",
        model="nai-diffusion-5-curated",
        size=SMALL,
        inpaint=InpaintParams(image=clear, mask=mask),
    )
    (picture,) = await world.generate(params)
    (request,) = sent_to(emulator)
    assert request.body["model"] == "nai-diffusion-4-5-curated-inpainting"
    assert "straight_alpha" not in request.body["parameters"]
    assert Image.open(BytesIO(picture.received)).convert("RGB").getpixel((0, 0)) == (253, 253, 253)
    assert Image.open(BytesIO(picture.data)).getpixel((0, 0))[3] in {0, 1}
    assert picture.metadata.prompt.endswith("-0.8::feet::, rating:general")
    assert picture.metadata.source == "NovelAI Diffusion V4.5 C02D4F98"


async def test_the_file_is_what_was_sent(world, tmp_path):
    """Saved untouched, a picture is written byte for byte."""
    (picture,) = await world.generate(prompt="1girl", size=SMALL)
    picture.save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == picture.data


async def test_a_seed_gives_the_picture_again(world):
    """The same parameters and seed give the same picture, another seed another one."""
    params = {"prompt": "1girl, garden", "size": SMALL, "steps": 4}
    first, again, other = [
        opened((await world.generate(**params, seed=seed))[0]) for seed in (5, 5, 6)
    ]
    assert first == again
    assert first != other


async def test_a_seed_left_out_is_told(world):
    """A generation without a seed draws one, and the picture tells it."""
    (picture,) = await world.generate(prompt="1girl", size=SMALL, steps=4)
    (again,) = await world.generate(prompt="1girl", size=SMALL, steps=4, seed=picture.seed)
    assert picture.metadata.seed == picture.seed
    assert opened(picture) == opened(again)


@pytest.mark.parametrize("image_format", ["png", "webp"])
@pytest.mark.parametrize("samples", [1, 4])
async def test_samples_come_in_order(world, samples, image_format):
    """Sample i carries seed + i, in the format asked for, with the settings inside."""
    pictures = await world.generate(
        prompt="1girl", size=SMALL, steps=4, n_samples=samples, seed=50, image_format=image_format
    )
    assert [picture.seed for picture in pictures] == [50 + i for i in range(samples)]
    assert [picture.metadata.seed for picture in pictures] == [50 + i for i in range(samples)]
    for picture in pictures:
        assert picture.media_type == f"image/{image_format}"
        assert Image.open(BytesIO(picture.data)).format == image_format.upper()


async def test_the_last_seed_wraps(world):
    """The sample after the largest seed has seed 0."""
    pictures = await world.generate(
        prompt="1girl", size=SMALL, steps=4, n_samples=2, seed=4294967295
    )
    assert [picture.seed for picture in pictures] == [4294967295, 0]
    assert [picture.metadata.seed for picture in pictures] == [4294967295, 0]


async def test_a_transparent_background_is_empty(world):
    """V5 draws nothing but the figure when the background is to be transparent."""
    wish = {"prompt": "1girl", "model": "nai-diffusion-5-full", "size": SMALL, "steps": 4}
    (full,) = await world.generate(**wish, seed=1)
    (cut,) = await world.generate(**wish, seed=1, transparent_background=True)
    corners = [
        Image.open(BytesIO(picture.data)).convert("RGBA").getpixel((64, 2))[3]
        for picture in (full, cut)
    ]
    assert corners[0] > 250
    assert corners[1] < 5


@pytest.mark.parametrize(
    ("model", "sigma"), [("nai-diffusion-3", 19), ("nai-diffusion-4-5-full", 58)]
)
async def test_variety_is_asked_for(world, model, sigma):
    """Variety+ is sent as the noise level the model's page uses; without it there is none."""
    (picture,) = await world.generate(
        prompt="1girl", model=model, size="portrait", steps=4, variety_boost=True
    )
    assert picture.metadata.comment["skip_cfg_above_sigma"] == sigma
    (plain,) = await world.generate(prompt="1girl", model=model, size=SMALL, steps=4)
    assert plain.metadata.comment.get("skip_cfg_above_sigma") is None


async def test_characters_travel_with_their_places(world, emulator):
    """Characters are sent in order, with their texts and places, and drawn where they belong."""
    (picture,) = await world.generate(
        prompt="2girls, garden",
        size=SMALL,
        steps=4,
        seed=3,
        characters=[
            Character(prompt="red hair", negative_prompt="hat", position="A2"),
            Character(prompt="nobody", enabled=False),
            Character(prompt="blue hair", position=(0.9, 0.5)),
        ],
    )
    (request,) = sent_to(emulator)
    prompt = request.body["parameters"]["v4_prompt"]
    assert prompt["use_coords"]
    assert prompt["caption"]["char_captions"] == [
        {"char_caption": "red hair", "centers": [{"x": 0.1, "y": 0.3}]},
        {"char_caption": "blue hair", "centers": [{"x": 0.9, "y": 0.5}]},
    ]
    (plain,) = await world.generate(prompt="2girls, garden", size=SMALL, steps=4, seed=3)
    assert opened(picture) != opened(plain)
