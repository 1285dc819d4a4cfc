"""Director tools, upscale and tag suggestions."""

import json
from io import BytesIO
from typing import Any

import httpx2
import pytest
from PIL import Image, ImageChops, ImageStat
from tests.emulator.bodies import V5, V45, b64, generation, opened, pictures, png

from novelai.emulator import Emulator

pytestmark = pytest.mark.anyio


async def _source(client: httpx2.AsyncClient) -> bytes:
    body = generation("1girl, night", width=192, height=256)
    return pictures(await client.post("/ai/generate-image", json=body))[0]


async def _augment(client: httpx2.AsyncClient, **body: Any) -> httpx2.Response:
    return await client.post("/ai/augment-image", json=body)


@pytest.mark.parametrize(
    "tool", ["lineart", "sketch", "declutter", "declutter-keep-bubbles", "colorize", "emotion"]
)
async def test_a_tool_changes_the_picture(
    emulator: Emulator, client: httpx2.AsyncClient, tool: str
) -> None:
    """A tool gives one RGB picture of the same size, visibly different, free on Opus."""
    source = await _source(client)
    answer = await _augment(
        client, req_type=tool, image=b64(source), width=192, height=256, prompt="happy;;red"
    )
    assert answer.status_code == 200
    assert emulator.account().anlas == 10_000
    picture = opened(answer)
    original = Image.open(BytesIO(source)).convert("RGB")
    assert (picture.mode, picture.size) == ("RGB", original.size)
    assert sum(ImageStat.Stat(ImageChops.difference(picture, original)).mean) > 0.3
    assert picture.text["Title"] == "AI augmented image"
    assert picture.text["Generation time"].endswith("s")
    comment = json.loads(picture.text["Comment"])
    if tool in ("colorize", "emotion"):
        assert comment == {"req_type": tool, "prompt": "happy, red", "defry": 0}
    else:
        assert comment == {"req_type": tool}


async def test_lines_are_dark_on_white(client: httpx2.AsyncClient) -> None:
    """Line art is almost white, with something on it."""
    picture = opened(await _augment(client, req_type="lineart", image=b64(await _source(client))))
    assert ImageStat.Stat(picture.convert("L")).mean[0] > 160
    assert picture.convert("L").getextrema()[0] < 100


async def test_colorize_takes_its_colour_from_the_prompt(client: httpx2.AsyncClient) -> None:
    """A weaker effect (`defry`) stays nearer to the source."""
    image = b64(png(colour=(128, 128, 128)))
    reds: list[float] = []
    for defry in (0, 5):
        answer = await _augment(client, req_type="colorize", image=image, prompt="red", defry=defry)
        red, _, blue = ImageStat.Stat(opened(answer)).mean
        reds.append(red - blue)
    assert reds[0] > reds[1] > 10


async def test_emotions_differ(client: httpx2.AsyncClient) -> None:
    """Two emotions give two pictures."""
    image = b64(await _source(client))
    found = {
        (await _augment(client, req_type="emotion", image=image, prompt=f"{emotion};;")).content
        for emotion in ("happy", "sad")
    }
    assert len(found) == 2


async def test_background_removal(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """Three RGBA pictures, the border transparent and the subject kept, for 65 Anlas."""
    source = Image.new("RGB", (64, 96), (20, 40, 90))
    source.paste((240, 200, 180), (20, 30, 44, 96))
    file = BytesIO()
    source.save(file, "PNG")
    answer = await _augment(client, req_type="bg-removal", image=b64(file.getvalue()))
    assert emulator.account().anlas == 10_000 - 65
    for index in range(3):
        picture = opened(answer, index)
        assert picture.mode == "RGBA"
        assert picture.getpixel((2, 2))[3] == 0
        assert picture.getpixel((32, 60))[3] > 200


async def test_augment_refusals(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """An unknown tool is named; no picture, no answer; no Anlas, no answer."""
    image = b64(png())
    answer = await _augment(client, req_type="paint", image=image)
    assert answer.json() == {
        "statusCode": 400,
        "message": "Model doesn't support action paint",
    }
    assert (await _augment(client, req_type="sketch")).status_code == 500
    assert (await _augment(client, req_type="sketch", image="eA==")).status_code == 500
    emulator.account().fixed_anlas = 64
    assert (await _augment(client, req_type="bg-removal", image=image)).status_code == 402


async def test_upscale(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """Twice the size, the same settings inside, for 1 Anlas even on Opus."""
    source = await _source(client)
    body = {"image": b64(source), "model": V5, "declared_blur_sigma": 0}
    answer = await client.post("/ai/upscale", json=body)
    picture = opened(answer)
    assert (picture.mode, picture.size) == ("RGBA", (384, 512))
    assert picture.text == Image.open(BytesIO(source)).text
    assert emulator.account().anlas == 9_999
    shown = await client.post("/ai/upscale", json=body, headers={"Accept": "application/json"})
    assert [image["index"] for image in shown.json()["images"]] == [0]


async def test_upscale_refusals(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """The old body, other models and too large pictures are refused in the service's words."""
    cases = [
        (
            {"image": b64(png()), "width": 1, "height": 1, "scale": 4},
            "Validation error: model  doesn't exist",
        ),
        (
            {"image": b64(png()), "model": V45},
            f"Validation error: model {V45} doesn't support standalone upscaling",
        ),
        (
            {"image": b64(png((2048, 1976))), "model": V5},
            "image is too large to upscale: 4046848 pixels, maximum is 3145728",
        ),
    ]
    for body, message in cases:
        answer = await client.post("/ai/upscale", json=body)
        assert answer.json() == {"statusCode": 400, "message": message}
    assert (await client.post("/ai/upscale", json={"model": V5})).status_code == 500
    assert emulator.account().anlas == 10_000


async def _tags(client: httpx2.AsyncClient, **query: str) -> httpx2.Response:
    del client.headers["authorization"]
    return await client.get("/ai/generate-image/suggest-tags", params={"model": V45} | query)


async def test_english_tags(client: httpx2.AsyncClient) -> None:
    """Tags are found in the middle of words, beginnings first, without a token."""
    tags = (await _tags(client, prompt="cat")).json()["tags"]
    assert tags[0]["tag"].startswith("cat")
    assert len(tags) <= 10
    assert "cat ears" in [tag["tag"] for tag in tags]
    assert all("cat" in tag["tag"] and tag["count"] <= 10_000 for tag in tags)
    assert all(0 < tag["confidence"] <= 1 for tag in tags)


async def test_japanese_tags(client: httpx2.AsyncClient) -> None:
    """Japanese answers are a bare list that names both tags."""
    tags = (await _tags(client, prompt="猫", lang="jp")).json()
    assert {"jp_tag": "猫", "en_tag": "cat"}.items() <= tags[0].items()
    assert set(tags[0]) == {"jp_tag", "en_tag", "power"}


async def test_tags_of_an_unknown_model(client: httpx2.AsyncClient) -> None:
    """The model is checked even though it makes no difference."""
    answer = await _tags(client, model="nai", prompt="cat")
    assert answer.json() == {"statusCode": 400, "message": "Model not found"}
    client.headers["authorization"] = "x"
    assert (await _tags(client, prompt="")).json() == {"tags": []}
