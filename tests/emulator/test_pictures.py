"""What the pictures show, and what they carry inside."""

import base64
import gzip
import json
from io import BytesIO
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from PIL import Image, ImageChops, ImageStat
from tests.emulator.bodies import MEDIUM, V3, V5, V45, b64, generation, mask, opened, pictures, png

from novelai.emulator import EMULATOR_PUBLIC_KEY, Emulator

pytestmark = pytest.mark.anyio


async def _draw(client: httpx2.AsyncClient, body: dict[str, Any]) -> httpx2.Response:
    answer = await client.post("/ai/generate-image", json=body)
    assert answer.status_code == 200, answer.text
    return answer


def _distance(first: Image.Image, second: Image.Image) -> float:
    """Mean difference per channel, 0 to 255."""
    difference = ImageChops.difference(first.convert("RGB"), second.convert("RGB"))
    return sum(ImageStat.Stat(difference).mean) / 3


def _mean(picture: Image.Image) -> list[float]:
    return ImageStat.Stat(picture.convert("RGB")).mean


def _stealth(picture: Image.Image) -> dict[str, Any]:
    """A reader of hidden settings that goes pixel by pixel, as the format is described."""
    alpha = picture.getchannel("A")
    pixels = alpha.load()
    bits = "".join(
        str(pixels[x, y] & 1) for x in range(picture.width) for y in range(picture.height)
    )
    assert int(bits[:120], 2).to_bytes(15, "big") == b"stealth_pngcomp"
    length = int(bits[120:152], 2)
    payload = int(bits[152 : 152 + length], 2).to_bytes(length // 8, "big")
    assert bits[152 + length : 184 + length] == "1" * 32
    return json.loads(gzip.decompress(payload))


def _verify(picture: Image.Image, comment: dict[str, Any]) -> None:
    """Check the signature; raises when it is wrong."""
    signature = base64.b64decode(comment.pop("signed_hash"))
    message = picture.convert("RGB").tobytes() + json.dumps(comment).encode()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(EMULATOR_PUBLIC_KEY))
    key.verify(signature, message)


async def test_equal_requests_give_equal_files(client: httpx2.AsyncClient) -> None:
    """Two emulators with the same request write the same bytes, archive included."""
    other = Emulator(fast=True)
    transport = httpx2.ASGITransport(app=other.app)
    headers = {"Authorization": f"Bearer {other.token}"}
    first = await _draw(client, generation())
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://other", headers=headers
    ) as second_client:
        second = await _draw(second_client, generation())
    assert first.content == second.content


async def test_png_text(client: httpx2.AsyncClient) -> None:
    """A PNG carries the observed keys in the observed order, and is RGBA."""
    answer = await _draw(client, generation("1girl, smile", seed=99))
    picture = opened(answer)
    assert picture.mode == "RGBA"
    assert list(picture.text) == [
        "Comment",
        "Title",
        "Description",
        "Software",
        "Source",
        "Generation_time",
    ]
    assert picture.text["Title"] == "AI generated image"
    assert picture.text["Description"] == "1girl, smile"
    assert picture.text["Software"] == "NovelAI"
    assert picture.text["Source"] == "NovelAI Diffusion V4.5 4BDE2A90"
    assert float(picture.text["Generation_time"]) > 0
    comment = json.loads(picture.text["Comment"])
    assert (comment["prompt"], comment["uc"], comment["seed"]) == ("1girl, smile", "lowres", 99)
    _verify(picture, comment)


async def test_a_prompt_beyond_latin_survives(client: httpx2.AsyncClient) -> None:
    """A Japanese prompt comes back whole from PNG text and from WebP EXIF."""
    prompt = "女の子, 猫耳 😺"
    assert opened(await _draw(client, generation(prompt))).text["Description"] == prompt
    webp = opened(await _draw(client, generation(prompt, image_format="webp")))
    exif = webp.getexif()
    assert exif[0x010E].encode("latin-1", "surrogateescape").decode() == prompt
    assert json.loads(exif.get_ifd(0x8769)[0x9286][8:])["prompt"] == prompt


async def test_webp(client: httpx2.AsyncClient) -> None:
    """A WebP is lossless with alpha, and carries the settings in EXIF."""
    answer = await _draw(client, generation("1girl", image_format="webp"))
    (data,) = pictures(answer)
    assert data[8:16] == b"WEBPVP8X"
    assert b"VP8L" in data
    picture = Image.open(BytesIO(data))
    exif = picture.getexif()
    assert exif[0x0131] == "NovelAI Diffusion V4.5 4BDE2A90"
    assert exif[0x010E] == "1girl"
    assert exif[0x010D] == "AI generated image"
    user_comment = exif.get_ifd(0x8769)[0x9286]
    assert user_comment[:8] == b"ASCII\x00\x00\x00"
    comment = json.loads(user_comment[8:])
    _verify(picture, comment)
    assert json.loads(_stealth(picture)["Comment"])["prompt"] == "1girl"


async def test_png_and_webp_show_the_same(client: httpx2.AsyncClient) -> None:
    """The format changes nothing of the picture."""
    one = opened(await _draw(client, generation()))
    other = opened(await _draw(client, generation(image_format="webp")))
    assert _distance(one, other) == 0


async def test_stealth(client: httpx2.AsyncClient) -> None:
    """The alpha channel repeats the settings, without the title."""
    picture = opened(await _draw(client, generation()))
    hidden = _stealth(picture)
    assert set(hidden) == {"Description", "Software", "Source", "Generation time", "Comment"}
    assert hidden["Comment"] == picture.text["Comment"]
    assert picture.getchannel("A").getextrema() == (254, 255)


async def test_a_picture_too_small_for_hidden_settings(client: httpx2.AsyncClient) -> None:
    """64x64 pixels cannot hold them: the picture is simply opaque."""
    picture = opened(await _draw(client, generation(width=64, height=64)))
    assert picture.getchannel("A").getextrema() == (255, 255)


@pytest.mark.parametrize(
    ("action", "request_type"),
    [
        ("generate", "PromptGenerateRequest"),
        ("img2img", "Img2ImgRequest"),
        ("infill", "NativeInfillingRequest"),
    ],
)
async def test_request_type(client: httpx2.AsyncClient, action: str, request_type: str) -> None:
    """The settings name the kind of request."""
    source = {} if action == "generate" else {"image": b64(png()), "mask": b64(mask())}
    model = f"{V45}-inpainting" if action == "infill" else V45
    picture = opened(await _draw(client, generation(model=model, action=action, **source)))
    assert json.loads(picture.text["Comment"])["request_type"] == request_type


async def test_samples_count_up_their_seeds(client: httpx2.AsyncClient) -> None:
    """Sample i is the picture of seed + i."""
    three = await _draw(client, generation(n_samples=3, seed=10))
    last = await _draw(client, generation(seed=12))
    assert len(pictures(three)) == 3
    assert json.loads(opened(three, 2).text["Comment"])["seed"] == 12
    assert _distance(opened(three, 2), opened(last)) == 0
    assert _distance(opened(three, 0), opened(three, 1)) > 1


async def test_json_answer(client: httpx2.AsyncClient) -> None:
    """Asked for JSON, the pictures come in base64 with index and seed."""
    answer = await client.post(
        "/ai/generate-image",
        json=generation(n_samples=2, seed=5),
        headers={"Accept": "application/json"},
    )
    images = answer.json()["images"]
    assert [(image["index"], image["seed"]) for image in images] == [(0, 5), (1, 6)]
    assert base64.b64decode(images[0]["image"])[:4] == b"\x89PNG"


async def test_colour_words_show(client: httpx2.AsyncClient) -> None:
    """A red prompt is redder than a blue one, and night is darker than day."""
    red = _mean(opened(await _draw(client, generation("no humans, red scenery"))))
    blue = _mean(opened(await _draw(client, generation("no humans, blue scenery"))))
    assert red[0] - red[2] > blue[0] - blue[2] + 20
    night = _mean(opened(await _draw(client, generation("no humans, night"))))
    day = _mean(opened(await _draw(client, generation("no humans, day"))))
    assert sum(night) + 120 < sum(day)


@pytest.mark.parametrize("place", [(0.1, 0.3), (0.9, 0.5), (0.3, 0.7), (0.7, 0.1)])
async def test_a_character_stands_where_it_was_put(
    client: httpx2.AsyncClient, place: tuple[float, float]
) -> None:
    """Moving a character changes the picture where it was and where it is, and nowhere else."""
    drawn: list[Image.Image] = []
    for x, y in ((0.5, 0.5), place):
        caption = {"char_caption": "girl, white hair", "centers": [{"x": x, "y": y}]}
        body = generation("night", width=640, height=640, char_captions=[caption])
        body["parameters"]["v4_prompt"]["use_coords"] = True
        drawn.append(opened(await _draw(client, body)).convert("RGB"))
    x, y = int(place[0] * 640), int(place[1] * 640)
    head = (x - 24, y - 24, x + 24, y + 24)
    assert _distance(drawn[0].crop(head), drawn[1].crop(head)) > 20
    far = 0 if x > 320 else 560
    assert _distance(*(picture.crop((far, 0, far + 80, 640)) for picture in drawn)) == 0


async def test_img2img_keeps_the_source_by_strength(client: httpx2.AsyncClient) -> None:
    """The higher the strength, the further from the source and the nearer to a new picture."""
    source = png(colour=(250, 40, 40))
    fresh = opened(await _draw(client, generation()))
    original = Image.open(BytesIO(source))
    away: list[float] = []
    for strength in (0.01, 0.3, 0.7, 0.99):
        body = generation(action="img2img", image=b64(source), strength=strength)
        drawn = opened(await _draw(client, body))
        away.append(_distance(drawn, original))
        if strength == 0.99:
            assert _distance(drawn, fresh) < 3
    assert away[0] < 3
    assert away == sorted(away)


@pytest.mark.parametrize("keep", [True, False])
async def test_infill_changes_the_mask_most(client: httpx2.AsyncClient, *, keep: bool) -> None:
    """Outside the mask every pixel is about the source's, never quite; inside it is not."""
    source = png(colour=(250, 40, 40))
    body = generation(
        model=f"{V45}-inpainting",
        action="infill",
        image=b64(source),
        mask=b64(mask()),
        add_original_image=keep,
    )
    drawn = opened(await _draw(client, body)).convert("RGB")
    original = Image.open(BytesIO(source))
    right, left = (64, 0, 128, 192), (0, 0, 56, 192)
    assert _distance(drawn.crop(right), original.crop(right)) == 2
    assert drawn.getpixel((100, 100)) == (248, 42, 42)
    assert _distance(drawn.crop(left), original.crop(left)) > 20


async def test_a_small_mask_is_enlarged(client: httpx2.AsyncClient) -> None:
    """Older clients send the mask at an eighth of the size; it covers the same part."""
    body = generation(
        model=f"{V45}-inpainting",
        action="infill",
        image=b64(png(colour=(250, 40, 40))),
        mask=b64(mask((16, 24))),
    )
    drawn = opened(await _draw(client, body)).convert("RGB")
    assert drawn.getpixel((100, 100)) == (248, 42, 42)
    assert drawn.getpixel((20, 100)) != (248, 42, 42)


@pytest.mark.parametrize("image_format", ["png", "webp"])
async def test_transparency(client: httpx2.AsyncClient, image_format: str) -> None:
    """V5 with the hint leaves the background empty and still says what it is."""
    body = generation(
        model=V5,
        tag_hint_transparent_background=True,
        image_format=image_format,
        straight_alpha=True,
    )
    picture = opened(await _draw(client, body))
    alpha = picture.getchannel("A")
    assert alpha.getpixel((0, 0)) == 0
    assert alpha.getpixel((64, 90)) == 255
    if image_format == "png":
        comment = json.loads(picture.text["Comment"])
        assert comment["tag_hint_transparent_background"] is True
        _verify(picture, comment)


async def test_enhance_delivers_near_three_megapixels(client: httpx2.AsyncClient) -> None:
    """V5's largest enhance renders small and delivers large: 832x1216 becomes 1467x2144."""
    body = generation(
        model=V5,
        action="img2img",
        image=b64(png((832, 1216))),
        width=832,
        height=1216,
        upscaled_enhance=True,
    )
    picture = opened(await _draw(client, body))
    comment = json.loads(picture.text["Comment"])
    assert picture.size == (comment["upscaled_width"], comment["upscaled_height"]) == (1467, 2144)


async def test_vibes_tint(client: httpx2.AsyncClient) -> None:
    """A vibe bends the colours toward its picture, the more the stronger it is."""
    encoding = await client.post(
        "/ai/encode-vibe", json={"image": b64(png(colour=(255, 0, 0))), "model": V45}
    )
    plain = _mean(opened(await _draw(client, generation("no humans, day"))))
    reds: list[float] = [plain[0] - plain[2]]
    for strength in (0.3, 1.0):
        body = generation(
            "no humans, day",
            reference_image_multiple=[b64(encoding.content)],
            reference_strength_multiple=[strength],
        )
        mean = _mean(opened(await _draw(client, body)))
        reds.append(mean[0] - mean[2])
    assert reds == sorted(reds)
    assert reds[2] > reds[0] + 30


async def test_raw_vibes_on_v3(client: httpx2.AsyncClient) -> None:
    """V3 takes the picture itself."""
    body = generation(model=V3, reference_image_multiple=[b64(png((448, 448), (255, 0, 0)))])
    assert opened(await _draw(client, body)).text["Source"] == "Stable Diffusion XL 7BCCAA2C"


async def test_precise_references_cost_and_tint(
    emulator: Emulator, client: httpx2.AsyncClient
) -> None:
    """A precise reference costs 5 on Opus and is echoed in the settings."""
    body = generation(
        director_reference_images=[b64(png((1024, 1536), (255, 0, 0)))],
        director_reference_descriptions=[
            {"caption": {"base_caption": "style", "char_captions": []}, "legacy_uc": False}
        ],
        director_reference_information_extracted=[1],
        director_reference_strength_values=[0.8],
        director_reference_secondary_strength_values=[0.2],
    )
    picture = opened(await _draw(client, body))
    comment = json.loads(picture.text["Comment"])
    assert comment["director_reference_strengths"] == [0.8]
    assert comment["director_reference_secondary_strengths"] == [0.2]
    assert emulator.account().anlas == 9_995


async def test_the_randomiser_is_decided_by_the_seed(client: httpx2.AsyncClient) -> None:
    """Choices are made by the seed and told in the settings; the prompt itself is kept."""
    prompt = "no humans, ||red|green|blue|black|white|pink|orange|purple|| scenery"
    chosen: set[str] = set()
    for seed in range(6):
        body = generation(prompt, seed=seed)
        comments = [json.loads(opened(await _draw(client, body)).text["Comment"]) for _ in range(2)]
        actual = [comment["actual_prompts"]["prompt"]["base_caption"] for comment in comments]
        assert comments[0]["prompt"] == prompt
        assert actual[0] == actual[1]
        assert "||" not in actual[0]
        chosen.add(actual[0])
    assert len(chosen) > 1


async def test_slow_pictures_are_as_valid(client: httpx2.AsyncClient) -> None:
    """The beautiful drawing carries the same settings as the fast one."""
    careful = Emulator(fast=False)
    transport = httpx2.ASGITransport(app=careful.app)
    headers = {"Authorization": f"Bearer {careful.token}"}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://careful", headers=headers
    ) as slow:
        picture = opened(await _draw(slow, generation(width=512, height=768)))
    fast = opened(await _draw(client, generation(width=512, height=768)))
    _verify(picture, json.loads(picture.text["Comment"]))
    assert 0 < _distance(picture, fast) < 30


async def test_everything_the_prompts_name_is_drawn(client: httpx2.AsyncClient) -> None:
    """No combination of words the drawing knows stops it."""
    prompts = [
        "2girls, 1boy, ocean, sunset",
        "city, night, rain, 1boy, black hair, short hair, red eyes",
        "mountains, snow, no humans",
        "forest, cherry blossoms, cat ears, maid, ribbon, sad",
        "6+girls, fireflies, dusk",
        "",
        "{{{1girl}}}, 1.3::pink hair::, [blue eyes] | source#hug",
    ]
    for prompt in prompts:
        assert opened(await _draw(client, generation(prompt))).size == (128, 192)


@pytest.mark.parametrize(
    ("model", "action", "source"),
    [
        (V5, "generate", "0ADF9AB7"),
        (f"{V5}-inpainting", "infill", "657484A5"),
        (MEDIUM, "generate", "93F4BD30"),
        (MEDIUM, "img2img", "93F4BD30"),
        (f"{MEDIUM}-inpainting", "infill", "70AB5786"),
        ("nai-diffusion-5-curated", "generate", "DB276663"),
    ],
)
async def test_v5_s_models_sign_with_their_own_hashes(
    client: httpx2.AsyncClient, model: str, action: str, source: str
) -> None:
    """The hash in `Source` and settings tells V5's models apart; Medium takes what V5 does."""
    given = {} if action == "generate" else {"image": b64(png())}
    if action == "infill":
        given["mask"] = b64(mask())
    body = generation(
        model=model,
        action=action,
        steps=14,
        straight_alpha=True,
        tag_hint_uc_preset=2,
        ucPresetId="heavy",
        **given,
    )
    picture = opened(await _draw(client, body))
    assert picture.text["Source"] == f"NovelAI Diffusion V5 {source}"
    assert json.loads(picture.text["Comment"])["model_hash"] == source
