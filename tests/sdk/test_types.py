"""The public surface as type checkers see it: this file is checked, and run too."""
# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import TypeAlias, assert_type

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError

from novelai import (
    AsyncNovelAI,
    ConfigurationError,
    InvalidParamsError,
    NovelAI,
    RetryPolicy,
)
from novelai.cost import AnlasEstimate, AugmentAnlasEstimate
from novelai.emulator import Emulator
from novelai.fastapi import ImageResponse, NovelAIClient, client_of, lifespan_with
from novelai.pictures import GeneratedImage
from novelai.streams import AsyncEventStream, EventStream
from novelai.types import (
    AccountData,
    AccountInformation,
    AccountPriority,
    BackgroundLayers,
    Character,
    ChatEvent,
    ChatParams,
    ChatResult,
    CompletionParams,
    FinalEvent,
    GenerateImageParams,
    GenerateImageStreamParams,
    ImageEvent,
    JpTagSuggestion,
    LineArtParams,
    PreviewEvent,
    RawResponse,
    SpeechResult,
    Subscription,
    TagSuggestion,
    TextEvent,
    TextModel,
    TextParams,
    TextResult,
    UpscaleParams,
    Vibe,
    VibeEncoding,
)
from novelai.types.api.image import ImageGenerationRequest
from novelai.types.api.tools import AugmentImageRequest, UpscaleImageRequest
from novelai.types.fields import ImageFields

Codes: TypeAlias = tuple[int, ...] | None

SMALL = (128, 128)
PARAMS = GenerateImageParams(prompt="1girl", size=SMALL, steps=1)


@pytest.fixture
def client() -> Generator[NovelAI]:
    emulator = Emulator()
    with emulator.serve() as url, NovelAI(emulator.token, base_url=url) as client:
        yield client


@pytest.fixture
async def async_client() -> AsyncGenerator[AsyncNovelAI]:
    async with make_client() as client:
        yield client


def make_client() -> AsyncNovelAI:
    emulator = Emulator()
    transport = httpx2.ASGITransport(app=emulator.app)
    return AsyncNovelAI(emulator.token, base_url="http://emulator", transport=transport)


def test_pictures(client: NovelAI) -> None:
    """Pictures are Pillow images of their own kind, events are previews or final."""
    pictures = assert_type(client.image.generate(PARAMS), list[GeneratedImage])
    assert_type(client.image.generate(prompt="1girl", size="small_square"), list[GeneratedImage])
    assert_type(client.image.generate("1girl", size=SMALL, steps=1), list[GeneratedImage])
    assert_type(pictures[0].seed, int | None)
    assert_type(client.image.variations(pictures[0], n_samples=1), list[GeneratedImage])
    assert_type(client.image.enhance(pictures[0], scale=1), list[GeneratedImage])
    assert_type(client.image.encode_vibe(pictures[0]), bytes)
    assert_type(client.image.suggest_tags("blue"), list[TagSuggestion])
    assert_type(client.image.suggest_tags_jp("青"), list[JpTagSuggestion])
    by_words = client.image.generate_stream("1girl", size=SMALL, steps=1, framing="sse")
    with assert_type(by_words, EventStream[ImageEvent]) as watched:
        assert_type(list(watched), list[ImageEvent])
    with assert_type(client.image.generate_stream(PARAMS), EventStream[ImageEvent]) as events:
        for event in events:
            if event.event_type == "final":
                assert_type(event, FinalEvent)
                assert_type(event.picture, GeneratedImage)
            else:
                assert_type(event, PreviewEvent)
                assert_type(event.data, bytes)
    assert len(pictures) == 1


@pytest.mark.anyio
async def test_pictures_on_an_event_loop(async_client: AsyncNovelAI) -> None:
    """The asynchronous client gives the same, awaited."""
    client = async_client
    pictures = assert_type(await client.image.generate(PARAMS), list[GeneratedImage])
    assert_type(await client.image.encode_vibe(pictures[0]), bytes)
    assert_type(await client.image.suggest_tags("blue"), list[TagSuggestion])
    assert_type(await client.image.generate("1girl", steps=1), list[GeneratedImage])
    assert_type(await client.image.generate(prompt="1girl", steps=1), list[GeneratedImage])
    by_words = client.image.generate_stream("1girl", steps=1)
    assert_type(by_words, AsyncEventStream[ImageEvent])
    stream = assert_type(client.image.generate_stream(PARAMS), AsyncEventStream[ImageEvent])
    async with stream as events:
        async for event in events:
            assert_type(event, PreviewEvent | FinalEvent)
    assert_type(client.until(wait), AsyncNovelAI)
    assert len(pictures) == 1


async def wait() -> None:
    """Return when the caller went away."""


def test_text(client: NovelAI) -> None:
    """Stories, answers and their events have types of their own."""
    story = assert_type(client.text.generate("Once", max_length=8), TextResult)
    assert_type(client.text.chat("Hello", max_tokens=8), ChatResult)
    assert_type(client.text.complete("Hello", max_tokens=8), ChatResult)
    assert_type(client.text.models(), list[TextModel])
    assert_type(client.text.count_tokens("Hello"), int)
    for piece in assert_type(client.text.stream("Once", max_length=8), EventStream[TextEvent]):
        assert_type(piece, TextEvent)
    for part in assert_type(client.text.chat_stream("Hello"), EventStream[ChatEvent]):
        assert_type(part, ChatEvent)
    assert isinstance(story, TextResult)


@pytest.mark.anyio
async def test_text_on_an_event_loop(async_client: AsyncNovelAI) -> None:
    """The asynchronous client gives the same, awaited."""
    text = async_client.text
    story = assert_type(await text.generate("Once", max_length=8), TextResult)
    assert_type(await text.chat("Hello", max_tokens=8), ChatResult)
    async for piece in assert_type(text.stream("Once", max_length=8), AsyncEventStream[TextEvent]):
        assert_type(piece, TextEvent)
    async for part in assert_type(text.chat_stream("Hello"), AsyncEventStream[ChatEvent]):
        assert_type(part, ChatEvent)
    assert isinstance(story, TextResult)


def test_options_and_raw_answers(client: NovelAI) -> None:
    """Copies are clients; raw calls take the same arguments and know what they would give."""
    told: list[tuple[str, float | None, int | None]] = []

    def on_wait(reason: str, seconds: float | None, place: int | None) -> None:
        told.append((reason, seconds, place))

    other = assert_type(
        client.with_options(
            timeout=30, retry=RetryPolicy(max_wait=1), headers={"X-A": "1"}, on_wait=on_wait
        ),
        NovelAI,
    )
    raw = other.image.with_raw_response
    drawn = assert_type(raw.generate(PARAMS, timeout=9), RawResponse[list[GeneratedImage]])
    assert_type(drawn.parse(), list[GeneratedImage])
    assert_type(raw.generate(prompt="1girl", steps=1).parsed, list[GeneratedImage])
    assert_type(other.user.with_raw_response.get_anlas(), RawResponse[int])
    assert_type(other.text.with_raw_response.chat("Hello", max_tokens=8), RawResponse[ChatResult])
    picture = drawn.parsed[0]
    assert_type(picture.request_id, str | None)
    tools, body = other.tools.with_raw_response, {"new": 1}
    assert_type(
        tools.upscale(picture, extra_headers={"X-B": "2"}), RawResponse[list[GeneratedImage]]
    )
    assert_type(other.text.count_tokens("Hello", extra_body=body), int)
    # Wrong arguments are found by the checker, and refused when they are given all the same.
    with pytest.raises(InvalidParamsError):
        raw.generate(promt="1girl")  # pyright: ignore[reportCallIssue]
    with pytest.raises(ConfigurationError):
        client.user.get_anlas(timeout="9")  # pyright: ignore[reportArgumentType]


@pytest.mark.anyio
async def test_options_and_raw_answers_on_an_event_loop(async_client: AsyncNovelAI) -> None:
    """The asynchronous client gives the same, awaited; its listener may be async."""

    async def on_wait(reason: str, seconds: float | None, place: int | None) -> None:
        raise AssertionError(reason, seconds, place)

    other = assert_type(async_client.with_options(on_wait=on_wait), AsyncNovelAI)
    drawn = await other.image.with_raw_response.generate(PARAMS, timeout=9)
    assert_type(drawn, RawResponse[list[GeneratedImage]])
    assert_type((await other.user.with_raw_response.get_anlas()).parsed, int)
    assert drawn.status == 200


def test_tools_voice_and_account(client: NovelAI) -> None:
    """Tools give pictures or layers, the voice speech, the account its data."""
    (picture,) = client.image.generate(PARAMS)
    assert_type(client.tools.augment(LineArtParams(image=picture)), list[GeneratedImage])
    assert_type(client.tools.colorize(picture, defry=1), list[GeneratedImage])
    layers = assert_type(client.tools.remove_background(picture), BackgroundLayers)
    assert_type(layers.masked, GeneratedImage)
    assert_type(client.tools.upscale(picture), list[GeneratedImage])
    assert_type(client.voice.speak("Hello"), SpeechResult)
    assert_type(client.user.get_subscription(), Subscription)
    assert_type(client.user.get_information(), AccountInformation)
    assert_type(client.user.get_data(), AccountData)
    assert_type(client.user.get_priority(), AccountPriority)
    anlas = assert_type(client.user.get_anlas(), int)
    assert anlas >= 0


@pytest.mark.anyio
async def test_tools_voice_and_account_on_an_event_loop(async_client: AsyncNovelAI) -> None:
    """The asynchronous client gives the same, awaited."""
    client = async_client
    (picture,) = await client.image.generate(PARAMS)
    assert_type(await client.tools.sketch(picture), list[GeneratedImage])
    assert_type(await client.tools.remove_background(picture), BackgroundLayers)
    assert_type(await client.voice.speak("Hello"), SpeechResult)
    assert_type(await client.user.get_subscription(), Subscription)
    anlas = assert_type(await client.user.get_anlas(), int)
    assert anlas >= 0


def test_parameters(client: NovelAI) -> None:
    """A copy has the class it was made from, prices and requests have their own."""
    other = assert_type(PARAMS.replace(steps=2, size="portrait"), GenerateImageParams)
    stream = GenerateImageStreamParams(prompt="1girl")
    assert_type(stream.replace(stream="sse", steps=2), GenerateImageStreamParams)
    assert_type(TextParams().replace(max_length=8), TextParams)
    assert_type(ChatParams().replace(max_tokens=8), ChatParams)
    assert_type(CompletionParams().replace(echo=True), CompletionParams)
    assert_type(Vibe(encoding=b"a").replace(strength=0.5), Vibe)
    price = assert_type(other.calculate_anlas(is_opus=True), AnlasEstimate)
    assert_type(price.total_anlas, int | None)
    assert_type(other.to_api_request(client), ImageGenerationRequest)
    (picture,) = client.image.generate(PARAMS)
    tool = LineArtParams(image=picture)
    assert_type(tool.calculate_anlas(), AugmentAnlasEstimate)
    assert_type(tool.to_api_request(), AugmentImageRequest)
    assert_type(UpscaleParams(image=picture).calculate_anlas(), int)
    assert_type(UpscaleParams(image=picture).to_api_request(), UpscaleImageRequest)
    assert other.steps == 2


def test_what_may_be_handed_in() -> None:
    """Lists where tuples are kept, names of the catalogue and any others, words for sizes."""
    params = GenerateImageParams(
        prompt="1girl",
        model="nai-diffusion-4-5-full",
        size="832x1216",
        sampler="k_euler",
        noise_schedule="karras",
        uc_preset="strong",
        characters=[Character(prompt="a", position="A1"), Character(prompt="b", position=(0.5, 1))],
        vibes=[Vibe(encoding=b"a", encodings=[VibeEncoding(model="x", encoding=b"a")])],
    )
    assert_type(params.characters, Sequence[Character] | None)
    name: str = params.model
    fields: ImageFields = {"seed": 7, "sampler": "k_euler", "characters": []}
    assert_type(GenerateImageParams(prompt=name, **fields), GenerateImageParams)
    assert_type(TextParams(order=["top_k", 2], stop_sequences=[[1]]).effective_order, Codes)
    assert_type(ChatParams(stop="END", logit_bias={1: 2}).stops, tuple[str, ...])
    assert isinstance(params.characters, tuple)


def test_a_prompt_has_to_be_there(client: NovelAI) -> None:
    """Without one the checkers object, and so does the call; `ignore` would be unnecessary else."""
    with pytest.raises(TypeError):
        client.image.generate()  # pyright: ignore[reportCallIssue]
    with pytest.raises(InvalidParamsError, match="prompt"):
        client.image.generate(steps=1)  # pyright: ignore[reportCallIssue]
    with pytest.raises(InvalidParamsError, match="prompt"):
        client.image.generate_stream(steps=1)  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError):
        client.image.generate(PARAMS, steps=1)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidParamsError, match="did you mean steps"):
        client.image.generate("1girl", stesp=1)  # pyright: ignore[reportCallIssue]


def test_errors_are_two_kinds() -> None:
    """What is caught as pydantic's error is this package's, and the other way round."""
    try:
        Vibe(strength=3)
    except InvalidParamsError as error:
        assert_type(error.problems, list[tuple[str, str]])
    with pytest.raises(ValidationError):
        Vibe(strength=3)


def test_fastapi() -> None:
    """The dependency is the client, and a response takes what it generates."""
    app = FastAPI(lifespan=lifespan_with(make_client))

    @app.get("/generate", response_class=ImageResponse)
    async def generate(novelai: NovelAIClient) -> ImageResponse:
        assert_type(novelai, AsyncNovelAI)
        return assert_type(ImageResponse(await novelai.image.generate(PARAMS)), ImageResponse)

    with TestClient(app) as http:
        assert_type(client_of(http), AsyncNovelAI)
        answer = http.get("/generate")
    assert generate.__name__ == "generate"
    assert answer.headers["content-type"] == "image/png"
