"""Director tools, upscaling and tags, against the emulator."""

import anyio
import pytest
from PIL import Image, ImageChops
from tests.contract.worlds import AsyncWorld, sent_to

from novelai import InvalidRequestError
from novelai.types import LineArtParams, UpscaleParams

pytestmark = pytest.mark.anyio

SIZE = (1024, 1024)
TOOLS = {
    "line_art": {},
    "sketch": {},
    "colorize": {"prompt": "red", "defry": 1},
    "emotion": {"emotion": "happy"},
    "declutter": {"keep_bubbles": True},
}


async def apply(world, name, *values, **fields):
    """Call a tool in either colour."""
    tool = getattr(world.client.tools, name)
    if isinstance(world, AsyncWorld):
        return await tool(*values, **fields)
    return await anyio.to_thread.run_sync(lambda: tool(*values, **fields))


def drawing():
    image = Image.new("RGB", SIZE, "beige")
    image.paste("teal", (300, 300, 700, 900))
    return image


@pytest.mark.parametrize("name", TOOLS)
async def test_each_tool_changes_the_picture(world, emulator, name):
    """A tool gives one picture of the same size, at the price that was estimated."""
    before = await world.anlas()
    (picture,) = await apply(world, name, drawing(), **TOOLS[name])
    assert picture.size == SIZE
    assert picture.mode == "RGB"
    assert ImageChops.difference(picture.convert("RGB"), drawing()).getbbox()
    price = LineArtParams(image=drawing()).calculate_anlas(is_opus=True).total_anlas
    assert before - await world.anlas() == price == 0


async def test_a_background_is_removed_in_three_layers(world):
    """The layers are transparent where the background was; it costs 65 Anlas."""
    before = await world.anlas()
    layers = await apply(world, "remove_background", drawing())
    for layer in (layers.masked, layers.generated, layers.blend):
        assert layer.mode == "RGBA"
        assert layer.getpixel((5, 5))[3] == 0
        assert layer.getpixel((500, 500))[3] == 255
    assert before - await world.anlas() == 65


async def test_an_upscaled_picture_is_twice_as_large_with_its_settings(world):
    """Upscaling keeps prompt and seed inside the picture and costs what was estimated."""
    (picture,) = await world.generate(prompt="1girl, tea", seed=11, size=(128, 192))
    before = await world.anlas()
    (larger,) = await apply(world, "upscale", picture)
    assert larger.size == (256, 384)
    assert larger.metadata.seed == 11
    assert larger.metadata.prompt == picture.metadata.prompt
    assert before - await world.anlas() == UpscaleParams(image=picture).calculate_anlas() == 1


async def test_only_v5_upscales(world, emulator):
    """The service's own refusal comes through, typed."""
    with pytest.raises(InvalidRequestError, match="doesn't support standalone upscaling"):
        await apply(world, "upscale", drawing(), model="nai-diffusion-4-5-full")
    assert len(sent_to(emulator, "/ai/upscale")) == 1


async def test_tags_are_suggested(world):
    """What was typed is part of every tag that comes back, in both languages."""
    image = world.client.image
    if isinstance(world, AsyncWorld):
        english, japanese = await image.suggest_tags("hair"), await image.suggest_tags_jp("髪")
    else:
        english, japanese = await anyio.to_thread.run_sync(
            lambda: (image.suggest_tags("hair"), image.suggest_tags_jp("髪"))
        )
    assert english
    assert all("hair" in one.tag and 0 < one.confidence <= 1 for one in english)
    assert japanese
    assert all("髪" in one.jp_tag and one.en_tag for one in japanese)
