"""`client.api_client`: documents by the service's names, with the guarantees of the client."""

import asyncio
import json
from base64 import b64decode, b64encode
from io import BytesIO

import anyio
import httpx2
import pytest
from PIL import Image
from tests.sdk.making import archive, png
from tests.sdk.services import COLOURS, Service, gather, reply, use

from novelai import AsyncNovelAI, ConfigurationError, InvalidParamsError, NovelAI
from novelai._utils.converter import (
    async_convert_user_params_to_api_request,
    convert_user_params_to_api_params,
    convert_user_params_to_api_request,
)
from novelai.types import (
    Character,
    ControlNet,
    ControlNetImage,
    GenerateImageParams,
    GenerateImageStreamParams,
    I2iParams,
    InpaintParams,
    LineArtParams,
    UpscaleParams,
)
from novelai.types.api.image import (
    EncodeVibeRequest,
    ImageGenerationRequest,
    ImageParameters,
    V4Caption,
    V4ConditionInput,
)
from novelai.types.api.tools import AugmentImageRequest

V4 = {
    "v4_prompt": V4ConditionInput(caption=V4Caption(base_caption="a cup", char_captions=[])),
    "v4_negative_prompt": V4ConditionInput(caption=V4Caption(base_caption="", char_captions=[])),
    "negative_prompt": "",
}


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


@pytest.fixture
def on_emulator(colour, served, emulator):
    """Run a call of a client against the emulator, in either colour."""
    _, url = served

    def run(call):
        if colour == "sync":
            with NovelAI(emulator.token, base_url=url) as client:
                return call(client)

        async def within():
            async with AsyncNovelAI(emulator.token, base_url=url) as client:
                return await call(client)

        return anyio.run(within, backend=colour)

    return run


def by_hand(model="nai-diffusion-4-5-full", action="generate", **parameters):
    """A request as programs write it."""
    fields = {"width": 64, "height": 128, "steps": 2, "n_samples": 1, **V4, **parameters}
    return ImageGenerationRequest(
        input="a cup", model=model, action=action, parameters=ImageParameters(**fields)
    )


def test_a_request_made_by_hand_is_sent_as_it_is(on_emulator, emulator):
    """What is set is sent, what is new is sent, and a seed is drawn, which the picture knows."""
    request = by_hand(scale=6, brand_new=[1])
    (image,) = on_emulator(lambda client: client.api_client.image.generate(request))
    body = emulator.requests[-1].body
    seed = body["parameters"].pop("seed")
    assert body == request.model_dump(exclude_unset=True)
    assert body["parameters"]["brand_new"] == [1]
    assert (image.size, image.seed) == ((64, 128), seed)
    assert image.metadata.comment["seed"] == seed


def test_what_parameters_become_can_be_sent(on_emulator, emulator):
    """The request that a converter builds is the one that generating sends."""
    params = GenerateImageParams(prompt="a cup", size=(64, 64), steps=2, seed=5)
    request = convert_user_params_to_api_request(params, None)
    on_emulator(lambda client: client.image.generate(params))
    on_emulator(lambda client: client.api_client.image.generate(request))
    first, second = (record.body for record in emulator.requests)
    assert first == second == request.model_dump(exclude_unset=True)


@pytest.mark.parametrize("framing", ["sse", "msgpack"])
def test_a_stream(on_emulator, emulator, framing):
    """Previews and the picture come, in the framing that the request names."""
    params = GenerateImageStreamParams(prompt="a cup", size=(64, 64), steps=3, stream=framing)
    request = convert_user_params_to_api_request(params, None)
    chunks = []
    on_emulator(lambda client: gather(client.api_client.image.generate_stream(request), chunks))
    assert [chunk.event_type for chunk in chunks] == ["intermediate", "intermediate", "final"]
    assert Image.open(BytesIO(b64decode(chunks[-1].image))).size == (64, 64)
    assert emulator.requests[-1].body["parameters"]["stream"] == framing


def test_tools_vibes_tags_and_the_account(on_emulator, emulator):
    """Each endpoint takes its document; an encoding is paid for once."""
    picture = b64encode(png((64, 48))).decode()
    vibe = EncodeVibeRequest(
        image=picture, information_extracted=0.7, model="nai-diffusion-4-5-full"
    )
    tool = LineArtParams(image=png((64, 48)), size=(64, 48)).to_api_request()
    enlarge = UpscaleParams(image=png((64, 48))).to_api_request()
    calls = [
        lambda api: api.image.augment(tool),
        lambda api: api.image.upscale(enlarge),
        lambda api: api.image.encode_vibe(vibe),
        lambda api: api.image.suggest_tags("nai-diffusion-3", "cat"),
        lambda api: api.image.suggest_tags_jp("nai-diffusion-3", "猫"),
        lambda api: api.user.get_subscription(),
    ]
    drawn, enlarged, encoding, tags, tags_jp, subscription = (
        on_emulator(lambda client, call=call: call(client.api_client)) for call in calls
    )
    assert (drawn[0].size, enlarged[0].size) == ((64, 48), (128, 96))
    assert len(b64decode(encoding)) == 48_916
    assert "cat" in tags.tags[0].tag
    assert tags_jp[0].en_tag
    assert subscription.anlas == emulator.account().anlas == 10_000 - 1 - 2


CHECKED = {
    "width": (by_hand(width=70), "parameters.width", "a multiple of 64, got 70"),
    "area": (by_hand(width=2048, height=2048), "parameters.width", "at most 3145728 pixels"),
    "no size": (by_hand(width=None), "parameters.width", "is needed"),
    "no steps": (by_hand(steps=None), "parameters.steps", "decides the price"),
    "samples": (by_hand(n_samples=9), "parameters.n_samples", "must be 1 to 8, got 9"),
    "seed": (by_hand(seed=-1), "parameters.seed", "must be 0 to 4294967295"),
    "price": (
        by_hand("nai-diffusion-5-full", width=2048, height=1536, steps=50),
        "parameters.steps",
        "the service allows 140",
    ),
    "picture": (by_hand(image="AAAA"), "parameters.image", "img2img and infill"),
    "no picture": (by_hand(action="img2img"), "parameters.image", "is needed"),
    "no mask": (
        by_hand("nai-diffusion-4-5-full-inpainting", "infill", image="AAAA"),
        "parameters.mask",
        "is needed",
    ),
    "action": (by_hand(action="draw"), "action", "one of generate"),
    "data URL": (
        by_hand(action="img2img", image="data:image/png;base64,AAAA"),
        "parameters.image",
        "without a data: prefix",
    ),
    "both": (
        by_hand(reference_image_multiple=["AAAA"], director_reference_images=["AAAA"]),
        "parameters.director_reference_images",
        "cannot be combined",
    ),
    "vibes": (
        by_hand("nai-diffusion-5-full", reference_image_multiple=["AAAA"]),
        "parameters.reference_image_multiple",
        "does not take vibes",
    ),
    "references": (
        by_hand("nai-diffusion-4-full", director_reference_images=["AAAA"]),
        "parameters.director_reference_images",
        "does not take precise",
    ),
    "smea": (by_hand(sm=True), "parameters.sm", "does not have it"),
    "captions": (by_hand(v4_prompt=None), "parameters.v4_prompt", "needs it"),
    "inpainting": (
        by_hand("nai-diffusion-4-5-full-inpainting"),
        "model",
        "for the action infill only",
    ),
    "no inpainting": (
        by_hand(action="infill", image="AAAA", mask="AAAA"),
        "model",
        "nai-diffusion-4-5-full-inpainting",
    ),
    "prompt": (
        by_hand().model_copy(update={"input": "a" * 51_201}),
        "input",
        "at most 51200 characters",
    ),
}


@pytest.mark.parametrize("name", CHECKED)
def test_a_request_is_checked_before_it_is_sent(colour, name):
    """The error names the field, and nothing is sent."""
    request, field, sentence = CHECKED[name]
    service = Service(reply(200, archive(png())))
    with pytest.raises(InvalidParamsError) as caught:
        use(colour, service, lambda client: client.api_client.image.generate(request))
    assert (field, True) in [(found, sentence in said) for found, said in caught.value.problems], (
        caught.value.problems
    )
    assert service.calls == 0
    assert "a cup" not in str(caught.value) + repr(request)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"req_type": "paint"}, "req_type"),
        ({"defry": 9}, "defry"),
        ({"width": 8}, "width"),
        ({"image": "data:image/png;base64,AAAA"}, "image"),
        ({"image": "AAAA"}, "image"),
    ],
    ids=["tool", "defry", "size", "prefix", "no picture"],
)
def test_a_tool_is_checked_before_it_is_sent(colour, changes, field):
    """The same for a tool's document."""
    fields = {
        "req_type": "colorize",
        "width": 4,
        "height": 4,
        "image": b64encode(png((4, 4))).decode(),
    }
    request = AugmentImageRequest(**fields | changes)
    service = Service(reply(200, archive(png())))
    with pytest.raises(InvalidParamsError) as caught:
        use(colour, service, lambda client: client.api_client.image.augment(request))
    assert caught.value.field == field
    assert service.calls == 0


def test_a_bare_picture_is_an_answer(colour):
    """As novelai-sdk reads them; an archive is the rule."""
    service = Service(reply(200, png((4, 2))))
    (image,) = use(colour, service, lambda client: client.tools.upscale(png((2, 1))))
    assert image.size == (4, 2)


class Foreign:
    """A client that is like httpx's, and none of httpx2's."""

    def __init__(self, http):
        self._http = http
        self.urls = []
        self.closed = False

    def build_request(self, *arguments, **options):
        return self._http.build_request(*arguments, **options)

    def send(self, message, **options):
        self.urls.append(message.url)
        return self._http.send(message, **options)

    def close(self):
        self.closed = True
        self._http.close()

    async def aclose(self):
        self.closed = True
        await self._http.aclose()


def through(colour, handle, call):
    """Put a foreign client in place of a client's own, and run a call."""
    transport = httpx2.MockTransport(handle)
    if colour == "sync":
        foreign = Foreign(httpx2.Client(transport=transport))
        with NovelAI("pst-key") as client:
            client.api_client.client.close()
            client.api_client.client = foreign
            result = call(client)
    else:
        foreign = Foreign(httpx2.AsyncClient(transport=transport))

        async def within():
            async with AsyncNovelAI("pst-key") as client:
                api = client.api_client
                await api.client.aclose()
                api.client = foreign
                return await call(client)

        result = anyio.run(within, backend=colour)
    assert foreign.closed
    return result, foreign


def test_another_http_client_may_be_put_in_place(colour):
    """Everything goes through it, bodies are JSON, and it is closed with the client."""
    seen = []

    def handle(request):
        seen.append(request)
        return httpx2.Response(200, content=archive(png((8, 8))))

    source = Image.new("RGB", (1024, 1024))
    (images, _) = through(colour, handle, lambda client: client.tools.line_art(source))
    assert images[0].size == (8, 8)
    assert seen[0].headers["Authorization"] == "Bearer pst-key"
    body = json.loads(seen[0].content)
    assert (body["req_type"], body["width"]) == ("lineart", 1024)
    assert Image.open(BytesIO(b64decode(body["image"]))).size == (1024, 1024)


def test_what_is_typed_is_hidden_from_its_log_too(colour):
    """An address that a foreign client may log does not show the query; sent, it is whole."""
    sent = []

    def handle(request):
        sent.append(request.url.raw_path)
        return httpx2.Response(200, json={"tags": []})

    _, foreign = through(colour, handle, lambda client: client.image.suggest_tags("secretword"))
    assert b"prompt=secretword" in sent[0]
    assert "secretword" not in f"{foreign.urls[0]} {foreign.urls[0]!r}"


def test_a_packed_answer_is_unpacked_once(colour):
    """The foreign client decodes what was compressed on the way."""
    import gzip

    packed = gzip.compress(b'{"tags":[{"tag":"cat"}]}')

    def handle(_):
        return httpx2.Response(200, headers={"content-encoding": "gzip"}, content=packed)

    tags, _ = through(colour, handle, lambda client: client.image.suggest_tags("cat"))
    assert tags[0].tag == "cat"


def test_what_is_no_http_client_is_refused():
    """Before anything is replaced."""
    with NovelAI("pst-key") as client:
        own = client.api_client.client
        with pytest.raises(ConfigurationError, match="str"):
            client.api_client.client = "http"
        assert client.api_client.client is own


def test_outside_of_a_loop_too(emulator):
    """An async client gets another HTTP client before any loop runs."""
    client = AsyncNovelAI(emulator.token)
    assert client.api_client.client.headers
    client.api_client.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(emulator.app))

    async def within():
        async with client:
            return await client.image.generate(prompt="a", size=(64, 64), steps=1)

    assert len(asyncio.run(within())) == len(emulator.requests) == 1


def test_turns_outlast_the_change(served, emulator):
    """Who waits for a turn goes on waiting when another HTTP client is put in place."""
    _, url = served
    with NovelAI(emulator.token, base_url=url) as client:
        lane = client._driver._slots.find().lane
        client.api_client.client = httpx2.Client()
        assert client._driver._slots.find().lane is lane
        client.image.generate(prompt="a", size=(64, 64), steps=1)
    assert len(emulator.requests) == 1


SOURCE = Image.new("RGB", (64, 64))
MASK = Image.new("L", (64, 64), 255)


@pytest.mark.parametrize(
    "params",
    [
        GenerateImageParams(prompt="a", seed=1),
        GenerateImageParams(prompt="a", seed=1, characters=[Character(prompt="b", position="A1")]),
        GenerateImageParams(prompt="a", seed=1, i2i=I2iParams(image=SOURCE)),
        GenerateImageParams(prompt="a", seed=1, inpaint=InpaintParams(image=SOURCE, mask=MASK)),
        GenerateImageParams(prompt="a", seed=1, model="nai-diffusion-3", smea=True),
    ],
    ids=["text", "character", "picture", "mask", "V3"],
)
def test_converters_need_no_client(params, served):
    """With and without one, waiting or not, they give the same."""
    _, url = served
    with NovelAI("pst-key", base_url=url) as client:
        wanted = client.image.api_request(params)
        assert convert_user_params_to_api_request(params, client) == wanted
    assert convert_user_params_to_api_request(params, None) == wanted
    assert convert_user_params_to_api_params(params, None) == wanted.parameters

    async def with_a_client():
        async with AsyncNovelAI("pst-key", base_url=url) as client:
            return await async_convert_user_params_to_api_request(params, client)

    assert asyncio.run(with_a_client()) == wanted
    assert asyncio.run(async_convert_user_params_to_api_request(params, None)) == wanted


def vibes(*images):
    return GenerateImageParams(prompt="a", controlnet=ControlNet(images=images))


def test_a_vibe_needs_a_client_to_be_encoded():
    """Without one it must have its encoding, which is used as it is."""
    with pytest.raises(InvalidParamsError, match="give a client"):
        convert_user_params_to_api_request(vibes(ControlNetImage(image=png())), None)
    kept = ControlNetImage(image=png())
    kept._vibe_data = b64encode(b"encoding").decode()
    params = vibes(kept)
    assert params.calculate_anlas().vibe_encoding_anlas == 0
    request = convert_user_params_to_api_request(params, None)
    assert request.parameters.reference_image_multiple == [kept._vibe_data]
    kept._vibe_data = "not base64!"
    with pytest.raises(InvalidParamsError, match="base64"):
        convert_user_params_to_api_request(params, None)


def test_api_base_is_deprecated(monkeypatch):
    """By argument and by variable, with the name that replaces it; it still works."""
    with pytest.warns(DeprecationWarning, match="api_base.*voice_base"):
        client = NovelAI("pst-key", api_base="http://voice")
    assert client._config.bases["api"] == "http://voice"
    monkeypatch.setenv("NOVELAI_API_BASE", "http://old")
    with pytest.warns(DeprecationWarning, match="NOVELAI_API_BASE.*NOVELAI_VOICE_BASE"):
        client = AsyncNovelAI("pst-key")
    assert client._config.bases["api"] == "http://old"
    monkeypatch.setenv("NOVELAI_VOICE_BASE", "http://new")
    with pytest.warns(DeprecationWarning, match="NOVELAI_API_BASE"):
        assert NovelAI("pst-key")._config.bases["api"] == "http://new"
