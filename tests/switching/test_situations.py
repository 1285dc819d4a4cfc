"""Programs written for novelai-sdk 0.14.1, as its documentation describes them, run unchanged."""

import asyncio
import importlib
import inspect
import os
import subprocess
import sys
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import ClassVar

import pytest
from PIL import Image

from novelai import (
    AsyncNovelAI,
    AuthenticationError,
    InvalidRequestError,
    MissingAPIKeyError,
    NetworkError,
    NovelAI,
    NovelAIError,
    RateLimitError,
    ServerError,
)
from novelai.constants.models import V3_FURRY, V4_5_CURATED, V4_5_FULL, V4_CURATED, V5_FULL
from novelai.constants.negative_prompts import UC_FURRY_FOCUS, UC_LIGHT, UC_STRONG
from novelai.constants.noise_schedules import NOISE_KARRAS
from novelai.constants.samplers import DDIM, K_DPM_FAST, K_EULER
from novelai.constants.sizes import PRESET_MAP
from novelai.emulator import Emulator, Fault
from novelai.types import (
    BackgroundRemovalParams,
    Character,
    CharacterReference,
    ColorizeParams,
    ControlNet,
    ControlNetImage,
    DeclutterParams,
    EmotionParams,
    GenerateImageParams,
    GenerateImageStreamParams,
    I2iParams,
    InpaintParams,
    LineArtParams,
    SketchParams,
    SuggestTagsParams,
    UpscaleParams,
)
from novelai.utils.anlas import (
    calculate_anlas,
    calculate_anlas_from_params,
    calculate_augment_anlas,
)
from novelai.utils.metadata import erase_metadata, extract_metadata


@pytest.fixture(scope="module")
def served():
    emulator = Emulator(fast=True)
    with emulator.serve() as url:
        yield emulator, url


@pytest.fixture
def emulator(served, tmp_path, monkeypatch):
    """An emulator that programs find in the environment, and a folder of their own."""
    emulator, url = served
    emulator.reset()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOVELAI_API_KEY", emulator.token)
    monkeypatch.setenv("NOVELAI_BASE_URL", url)
    Image.linear_gradient("L").convert("RGB").resize((512, 768)).save("input.png")
    Image.linear_gradient("L").rotate(90).convert("RGB").save("reference.png")
    return emulator


@pytest.fixture
def client(emulator):
    with NovelAI() as client:
        yield client


def sent(emulator: Emulator) -> dict:
    """The body of the newest request."""
    return emulator.requests[-1].body


def test_basic(emulator, client):
    """A prompt with model, size, steps and scale becomes a picture that can be saved."""
    params = GenerateImageParams(
        prompt="1girl, cat ears, masterpiece, best quality",
        model="nai-diffusion-4-5-full",
        size="portrait",
        steps=23,
        scale=5.0,
    )
    images = client.image.generate(params)
    images[0].save("output.png")
    with Image.open("output.png") as saved:
        assert saved.size == (832, 1216)
    assert sent(emulator)["parameters"]["steps"] == 23


def test_without_a_context_manager(emulator):
    """A client is made, used and closed by hand."""
    client = NovelAI(api_key=os.environ["NOVELAI_API_KEY"], timeout=180.0)
    try:
        assert client.image.generate(GenerateImageParams(prompt="1girl", size=(832, 1216)))
        assert client.timeout == 180.0
    finally:
        client.close()
    assert len(emulator.requests) == 1


def test_everything_at_once(emulator, client):
    """Every field of the parameters can be given."""
    params = GenerateImageParams(
        prompt="1girl",
        model=V4_5_CURATED,
        size=PRESET_MAP["landscape"],
        negative_prompt="hat",
        quality=False,
        uc_preset=UC_LIGHT,
        steps=28,
        scale=6.0,
        sampler=K_EULER,
        noise_schedule=NOISE_KARRAS,
        seed=999_999_999,
        n_samples=2,
        cfg_rescale=0.2,
        variety_boost=True,
        straight_alpha=False,
        tag_hint_transparent_background=False,
        image_format="webp",
        characters=None,
        character_references=None,
        i2i=None,
        inpaint=None,
        controlnet=None,
    )
    images = client.image.generate(params)
    assert [image.format for image in images] == ["WEBP", "WEBP"]
    assert sent(emulator)["parameters"]["seed"] == 999_999_999


@pytest.mark.parametrize("kind", ["character", "style", "character&style"])
def test_character_references(client, kind):
    """A reference keeps a character or a style."""
    params = GenerateImageParams(
        prompt="1girl, standing",
        model="nai-diffusion-4-5-full",
        character_references=[
            CharacterReference(image="reference.png", type=kind, fidelity=0.75, strength=0.9)
        ],
    )
    assert client.image.generate(params)[0].size == (832, 1216)


def test_characters(emulator, client):
    """Characters stand where they are put, on the grid for V4.5."""
    characters = [
        Character(prompt="1girl, red hair, blue eyes", enabled=True, position=(0.3, 0.5)),
        Character(prompt="1boy, black hair", negative_prompt="hat", position="D3"),
        Character(prompt="1cat", enabled=False),
    ]
    params = GenerateImageParams(
        prompt="two people standing", model="nai-diffusion-4-5-full", characters=characters
    )
    client.image.generate(params)
    captions = sent(emulator)["parameters"]["v4_prompt"]["caption"]["char_captions"]
    assert [one["centers"] for one in captions] == [[{"x": 0.3, "y": 0.5}], [{"x": 0.7, "y": 0.5}]]


def test_controlnet(emulator, client):
    """Vibes given as a ControlNet are encoded once and used."""
    pose = ControlNetImage(image="reference.png", info_extracted=0.7, strength=0.6)
    controlnet = ControlNet(images=[pose], strength=1.0)
    params = GenerateImageParams(prompt="1girl, standing", controlnet=controlnet)
    client.image.generate(params)
    client.image.generate(params)
    paths = [request.path for request in emulator.requests]
    assert paths == ["/ai/encode-vibe", "/ai/generate-image", "/ai/generate-image"]
    assert sent(emulator)["parameters"]["reference_strength_multiple"] == [0.6]
    assert len(b64decode(pose.encode_vibe(client))) == 48_916
    assert len(emulator.requests) == 3


def test_controlnet_files(client):
    """A ControlNet survives its way through a file."""
    controlnet = ControlNet(images=[ControlNetImage(image="reference.png", strength=0.4)])
    controlnet.export_file("pose.naiv4vibebundle")
    read = ControlNet.from_file("pose.naiv4vibebundle")
    assert [image.strength for image in read.images] == [0.4]
    read.images[0].export_file("pose.naiv4vibe")
    alone = ControlNetImage.from_file("pose.naiv4vibe")
    client.image.generate(
        GenerateImageParams(prompt="1girl", controlnet=ControlNet(images=[alone]))
    )


def test_batch(client):
    """Several pictures of a call are saved one by one."""
    params = GenerateImageParams(
        prompt="1girl, various poses", model="nai-diffusion-4-5-full", n_samples=4
    )
    images = client.image.generate(params)
    for i, img in enumerate(images):
        img.save(f"output_{i}.png")
    assert len(list(Path().glob("output_*.png"))) == 4


def test_streaming(client):
    """A stream's chunks carry base64 pictures, and say which step they are."""
    params = GenerateImageStreamParams(
        prompt="1girl, standing", model="nai-diffusion-4-5-full", stream="sse"
    )
    chunks = list(client.image.generate_stream(params))
    assert [chunk.event_type for chunk in chunks[-2:]] == ["intermediate", "final"]
    assert [chunk.step_ix for chunk in chunks[:3]] == [0, 1, 2]
    for chunk in chunks:
        image_data = b64decode(chunk.image)
        assert Image.open(BytesIO(image_data)).size[0] > 0
        assert (chunk.samp_ix, chunk.sigma is None) == (0, False)


def test_streaming_as_sse_is_asked_for(emulator, client):
    """The framing named in the parameters is the one that is asked for."""
    for framing in ("sse", "msgpack"):
        list(client.image.generate_stream(GenerateImageStreamParams(prompt="a", stream=framing)))
        assert sent(emulator)["parameters"]["stream"] == framing


def test_image_to_image(emulator, client):
    """A picture is changed; its size is the picture's when none is named."""
    i2i_params = I2iParams(image="input.png", strength=0.5, noise=0.0)
    params = GenerateImageParams(
        prompt="cyberpunk style", model="nai-diffusion-4-5-full", i2i=i2i_params
    )
    assert client.image.generate(params)[0].size == (512, 768)
    assert sent(emulator)["action"] == "img2img"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ((832, 1216), (832, 1216)),
        ((1000, 1000), (1024, 1024)),
        ((2048, 2048), (1024, 1024)),
        ((4000, 3000), (1152, 896)),
        ((1376, 762), (1344, 704)),
        ((30, 20), (64, 64)),
    ],
)
def test_the_size_follows_the_picture(source, wanted):
    """Without a size, it is the nearest to the picture's own, and free on Opus."""
    picture = Image.new("RGB", source)
    params = GenerateImageParams(prompt="a", i2i=I2iParams(image=picture))
    assert params.dimensions == wanted
    assert params.calculate_anlas(is_opus=True).total_anlas == 0
    named = GenerateImageParams(prompt="a", i2i=I2iParams(image=picture), size="square")
    assert named.dimensions == (1024, 1024)


def test_samples_are_limited_by_the_size_of_the_picture(emulator, client):
    """What the picture's size does not allow is found before anything is sent."""
    large = I2iParams(image=Image.new("RGB", (1024, 1024)))
    params = GenerateImageParams(prompt="a", i2i=large, n_samples=8)
    with pytest.raises(InvalidRequestError, match="n_samples"):
        client.image.generate(params)
    assert emulator.requests == []
    small = I2iParams(image=Image.new("RGB", (512, 512)))
    assert len(client.image.generate(GenerateImageParams(prompt="a", i2i=small, n_samples=8))) == 8


def test_a_picture_from_opencv(emulator, client):
    """An array in OpenCV's order of colours is a picture like any other."""

    class Array:
        """What OpenCV gives, without needing it here: blue, green, red."""

        __array_interface__: ClassVar = {
            "shape": (64, 64, 3),
            "typestr": "|u1",
            "version": 3,
            "strides": (192, 3, 1),
        }

        def tobytes(self) -> bytes:
            return bytes([255, 0, 0]) * 64 * 64

    params = GenerateImageParams(prompt="a", i2i=I2iParams(image=Array(), strength=0.01))
    request = params.to_api_request(client)
    with Image.open(BytesIO(b64decode(request.parameters.image))) as picture:
        assert picture.convert("RGB").getpixel((0, 0)) == (0, 0, 255)
    assert emulator.requests == []


def test_inpainting(emulator, client):
    """The white part of a mask is painted anew, with the model's inpainting id."""
    mask = Image.new("L", (512, 768))
    mask.paste(255, (128, 128, 384, 384))
    inpaint = InpaintParams(image="input.png", mask=mask, strength=1, seed=7)
    params = GenerateImageParams(prompt="a hat", model=V4_5_FULL, inpaint=inpaint)
    assert client.image.generate(params)[0].size == (512, 768)
    assert sent(emulator)["model"] == "nai-diffusion-4-5-full-inpainting"


@pytest.mark.parametrize(
    ("spelling", "real"),
    [
        ("nai-diffusion-4-curated", V4_CURATED),
        ("nai-diffusion-3-furry", V3_FURRY),
        (V4_CURATED, "nai-diffusion-4-curated-preview"),
    ],
)
def test_models_that_do_not_exist_are_those_that_were_meant(emulator, client, spelling, real):
    """Ids of novelai-sdk that the service does not have lead to the model that was meant."""
    client.image.generate(GenerateImageParams(prompt="1girl", model=spelling))
    assert sent(emulator)["model"] == real


@pytest.mark.parametrize("preset", [UC_STRONG, UC_LIGHT, UC_FURRY_FOCUS, "human_focus", "none"])
def test_presets(client, preset):
    """The presets of undesired content are accepted by their names."""
    params = GenerateImageParams(prompt="1girl", uc_preset=preset, negative_prompt="hat")
    assert params.processed_negative_prompt.endswith("hat")
    assert "very aesthetic" in params.processed_prompt
    client.image.generate(params)


@pytest.mark.parametrize("sampler", [K_DPM_FAST, DDIM])
def test_samplers(client, sampler):
    """The samplers of its constants give a picture."""
    assert client.image.generate(GenerateImageParams(prompt="1girl", sampler=sampler))


def test_transparency(emulator, client):
    """V5's transparency is asked for by novelai-sdk's field."""
    params = GenerateImageParams(
        prompt="1girl", model=V5_FULL, tag_hint_transparent_background=True, straight_alpha=True
    )
    client.image.generate(params)
    assert sent(emulator)["parameters"]["tag_hint_transparent_background"] is True


@pytest.mark.parametrize(
    ("model", "kinds"),
    [
        ("nai-diffusion-5-full", (True, False, True)),
        ("nai-diffusion-5-curated-inpainting", (True, False, True)),
        ("nai-diffusion-4-5-full-inpainting", (True, True, False)),
        ("nai-diffusion-4-full", (True, False, False)),
        ("nai-diffusion-3", (False, False, False)),
    ],
)
def test_kinds_of_models(model, kinds):
    """Parameters tell V4 and later, V4.5 and V5 apart."""
    asked = (GenerateImageParams.is_v4, GenerateImageParams.is_v4_5, GenerateImageParams.is_v5)
    assert tuple(ask(model) for ask in asked) == kinds


@pytest.mark.anyio
async def test_async(emulator):
    """The async client does the same, many calls at a time."""
    async with AsyncNovelAI() as client:
        wishes = [GenerateImageParams(prompt=f"{n} girls") for n in range(1, 4)]
        results = await asyncio.gather(*map(client.image.generate, wishes))
        assert [len(images) for images in results] == [1, 1, 1]
        stream = client.image.generate_stream(GenerateImageStreamParams(prompt="1girl"))
        assert [chunk.event_type async for chunk in stream][-1] == "final"
        assert await client.user.get_anlas() == 10_000
    assert len(emulator.requests) == 5


@pytest.fixture
def anyio_backend():
    """Use asyncio, as novelai-sdk's examples do."""
    return "asyncio"


TOOLS = [
    LineArtParams(image="input.png"),
    SketchParams(image="input.png", size=(512, 768)),
    ColorizeParams(image="input.png", prompt="red hair", defry=2),
    EmotionParams(image="input.png", emotion="happy", prompt="smile", defry=1),
    DeclutterParams(image="input.png", keep_bubbles=True),
]


@pytest.mark.parametrize("params", TOOLS, ids=lambda params: params.tool)
def test_tools_by_parameters(emulator, client, params):
    """Each director tool gives a picture, at the price told before."""
    price = int(params.calculate_anlas(is_opus=True))
    request = params.to_api_request()
    assert len(client.tools.augment(params)) == 1
    assert emulator.requests[-1].anlas_spent == price
    assert sent(emulator)["req_type"] == request.req_type


def test_tools_by_name(client):
    """Each director tool has a method of its own."""
    assert len(client.tools.line_art("input.png")) == 1
    assert len(client.tools.sketch(Path("input.png"))) == 1
    assert len(client.tools.colorize("input.png", prompt="blue", defry=1)) == 1
    assert len(client.tools.emotion("input.png", "laughing")) == 1
    assert len(client.tools.declutter("input.png", keep_bubbles=True)) == 1


def test_removing_a_background(emulator, client):
    """Three layers come back, and three times the price plus 5 is charged."""
    masked, generated, blend = client.tools.remove_background("input.png")
    assert masked.size == generated.size == blend.size
    params = BackgroundRemovalParams(image="input.png")
    assert params.calculate_anlas(is_opus=True).total_anlas == emulator.requests[-1].anlas_spent


def test_upscaling(client):
    """A picture is enlarged to twice its size."""
    images = client.tools.upscale(UpscaleParams(image="input.png"))
    assert images[0].size == (1024, 1536)
    assert UpscaleParams(image="input.png").to_api_request().model == "nai-diffusion-5-curated"


def test_tags(client):
    """Tags are suggested in English and by their Japanese names."""
    first = client.image.suggest_tags(SuggestTagsParams(prompt="blue", model=V4_5_FULL))[0]
    assert (isinstance(first.tag, str), first.count >= 0, first.confidence >= 0) == (True,) * 3
    for one in client.image.suggest_tags_jp(params=SuggestTagsParams(prompt="青")):
        assert isinstance(one.en_tag, str)


def test_account(client):
    """The account tells its tier and its balance."""
    subscription = client.user.get_subscription()
    assert (subscription.tier_name, subscription.is_opus) == ("Opus", True)
    assert subscription.anlas == subscription.training_steps_left.total == 10_000
    assert subscription.perks.context_tokens > 0
    assert client.user.get_anlas() == 10_000


def test_estimates(client):
    """Prices are told by method and by function, also for a request as it is sent."""
    params = GenerateImageParams(prompt="1girl, night city", size=(1024, 1024), steps=28)
    assert params.calculate_anlas(is_opus=True).total_anlas == 0
    estimate = calculate_anlas_from_params(params)
    assert int(estimate) == estimate.total_anlas == 20
    request = params.to_api_request(client)
    assert calculate_anlas(request.model, request.parameters) == estimate
    assert calculate_augment_anlas("bg-removal", 512, 512, is_opus=True).total_anlas == 65


@pytest.mark.parametrize(
    "params",
    [
        GenerateImageParams(prompt="a", n_samples=2, size="large_portrait"),
        GenerateImageParams(prompt="a", model="nai-diffusion-5-full", steps=50),
        GenerateImageParams(
            prompt="a", i2i=I2iParams(image=Image.new("RGB", (64, 64)), strength=0.3)
        ),
        GenerateImageParams(
            prompt="a",
            inpaint=InpaintParams(
                image=Image.new("RGB", (512, 512)), mask=Image.new("L", (512, 512), 255)
            ),
        ),
        GenerateImageParams(
            prompt="a",
            character_references=[CharacterReference(image=Image.new("RGB", (64, 64)))],
        ),
        GenerateImageParams(prompt="a", model="nai-diffusion-3", smea=True, smea_dyn=True),
        GenerateImageParams(
            prompt="a",
            model="nai-diffusion-5-full",
            i2i=I2iParams(image=Image.new("RGB", (832, 1216)), strength=0.5, enhance="max"),
        ),
    ],
    ids=["samples", "V5", "image to image", "inpainting", "reference", "SMEA", "enhance"],
)
def test_both_estimates_agree(client, params):
    """The price of parameters and the price of the request made of them are the same."""
    request = params.to_api_request(client)
    for is_opus in (True, False):
        wanted = params.calculate_anlas(is_opus=is_opus)
        assert calculate_anlas(params.model, request.parameters, is_opus=is_opus) == wanted


@pytest.mark.parametrize("missing", ["width", "height", "steps", "n_samples"])
def test_an_estimate_needs_what_decides_it(client, missing):
    """A request without size, steps or samples has no price."""
    parameters = GenerateImageParams(prompt="a").to_api_request(client).parameters
    with pytest.raises(ValueError, match=missing):
        calculate_anlas("nai-diffusion-3", parameters.model_copy(update={missing: None}))


def test_the_request_is_what_is_sent(emulator, client):
    """`to_api_request` shows the document that generating sends, field by field."""
    params = GenerateImageStreamParams(prompt="1girl", negative_prompt="hat", seed=3, stream="sse")
    shown = params.to_api_request(client).model_dump(exclude_unset=True)
    assert emulator.requests == []
    list(client.image.generate_stream(params))
    assert sent(emulator) == shown


def test_metadata(client):
    """Settings are read from a picture, and erased from it."""
    client.image.generate(GenerateImageParams(prompt="1girl", seed=5))[0].save("made.png")
    meta = extract_metadata("made.png")
    assert meta.png_info["Software"] == "NovelAI"
    assert meta.alpha_info is not None
    for target, kept in {"both": "", "alpha": "open", "png_info": "hidden"}.items():
        left = extract_metadata(erase_metadata("made.png", target=target))
        found = ["open"] * bool(left.png_info) + ["hidden"] * bool(left.alpha_info)
        assert " ".join(found) == kept


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(status=401), AuthenticationError),
        (Fault(status=400), InvalidRequestError),
        (Fault(status=500), ServerError),
        (Fault(drop=True, at="after"), NetworkError),
    ],
    ids=["401", "400", "500", "dropped"],
)
def test_errors_are_caught_by_their_names(emulator, client, fault, error):
    """Failures are the errors that programs already catch."""
    emulator.script(fault)
    with pytest.raises(error) as caught:
        client.image.generate(GenerateImageParams(prompt="1girl"))
    assert isinstance(caught.value, NovelAIError)
    assert error is getattr(importlib.import_module("novelai.exceptions"), error.__name__)


def test_an_empty_purse_is_no_wrong_key(emulator, client):
    """402 is not an authentication error: catching that one does not hide an empty balance."""
    emulator.script(Fault(low_balance=True))
    with pytest.raises(NovelAIError) as caught:
        client.image.generate(GenerateImageParams(prompt="1girl"))
    assert not isinstance(caught.value, AuthenticationError | RateLimitError)
    assert caught.value.status == 402


def test_no_key(monkeypatch):
    """A client without a key is an error when it is made."""
    monkeypatch.delenv("NOVELAI_API_KEY", raising=False)
    with pytest.raises(MissingAPIKeyError):
        NovelAI()


@pytest.mark.usefixtures("emulator")
def test_the_command_line():
    """`python -m novelai "prompt" -o out.png` leaves the picture."""
    command = [sys.executable, "-m", "novelai", "1girl, cat ears, maid", "-o", "out.png"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    with Image.open("out.png") as picture:
        assert picture.size == (832, 1216)


def test_a_mistyped_command_is_not_paid_for(emulator):
    """What could be a command is never taken for a prompt."""
    command = [sys.executable, "-m", "novelai", "acount", "-o", "out.png"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, emulator.requests) == (2, [])


def test_parameters_are_keyword_only_where_they_were():
    """Nothing that could be given by name has to be given by position."""
    signature = inspect.signature(GenerateImageParams)
    assert all(one.kind is one.KEYWORD_ONLY for one in signature.parameters.values())
