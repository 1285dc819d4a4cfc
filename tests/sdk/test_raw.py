"""Answers as they came, and the id of the request that a result answers."""

import inspect
import json
import pickle
from dataclasses import replace

import pytest
from tests.sdk.making import archive, final, frames, png, preview
from tests.sdk.services import COLOURS, KEY, Service, gather, reply, streamed, use
from tests.sdk.test_options import CALLS, PICTURE, body_of
from tests.sdk.text_making import chat

from novelai import (
    AsyncNovelAI,
    GenerationFailedError,
    InsufficientAnlasError,
    InvalidResponseError,
    NovelAI,
    ServerError,
)
from novelai.pictures import GeneratedImage
from novelai.types import I2iParams, InpaintParams, Vibe
from novelai.types.text_results import ChatEvent, ChatResult, TextResult
from novelai.types.voice import SpeechResult

ZIP = archive(png())
WHITE = png((64, 64), colour=(255, 255, 255), mode="RGB")
STREAMS = {"image.generate_stream", "text.stream", "text.chat_stream"}
RAW = sorted({name.partition(" ")[0] for name in CALLS} - STREAMS)


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


class Aside:
    """A client of which each resource is its `with_raw_response`."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name).with_raw_response


def same(one, other):
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one.data == other.data if isinstance(one, GeneratedImage) else one == other


@pytest.mark.parametrize("name", RAW)
def test_every_call_has_its_raw_answer(name):
    """The answer as it came, beside exactly what the plain call gives."""
    answer, action = CALLS[name]
    service = Service(answer)
    plain = use("sync", service, action)
    raw = use("sync", service, lambda client: action(Aside(client)))
    sent = service.requests[-1]
    came = answer(sent)
    assert (raw.status, raw.content) == (came.status_code, came.content)
    assert raw.headers["content-length"] == str(len(came.content))
    assert raw.request_id == sent.headers["x-correlation-id"]
    assert same(raw.parsed, plain)
    assert raw.parse() is raw.parsed
    (only,) = raw.responses
    assert (only.method, only.path) == (sent.method, sent.url.path)
    assert came.content[:20].hex() not in repr(raw)


@pytest.mark.parametrize("name", ["image.generate", "text.chat", "user.get_subscription"])
def test_raw_answers_are_the_same_in_all_colours(name, colour):
    """On an event loop they are awaited."""
    answer, action = CALLS[name]
    service = Service(answer)
    raw = use(colour, service, lambda client: action(Aside(client)))
    assert raw.content == answer(None).content
    assert raw.parsed is not None


def public(thing):
    return {name for name in dir(thing) if not name.startswith("_")}


@pytest.mark.parametrize("client_class", [NovelAI, AsyncNovelAI])
def test_streams_are_left_out(client_class):
    """They and batches have no answer to be handed out whole; all else is there, and described."""
    client = client_class(KEY, transport=Service(reply(200)))
    for path in ("image", "text", "voice", "tools", "user"):
        resource = getattr(client, path)
        raw = resource.with_raw_response
        left_out = public(resource) - public(raw) - {"with_raw_response", "api_request"}
        assert left_out == {
            one for one in public(resource) if "stream" in one or one in ("batch", "series")
        }
        assert public(raw) < public(resource)
        for name in public(raw):
            method = getattr(raw, name)
            assert method.__doc__
            assert inspect.signature(method) == inspect.signature(getattr(resource, name))
            assert inspect.iscoroutinefunction(method) == (client_class is AsyncNovelAI)


def test_several_requests_are_all_listed(colour):
    """The last is shown; all carried one id."""
    service = Service(reply(200, b"encoded"), reply(200, ZIP, x_extra="1"))
    fields = {"prompt": "a", "vibes": [Vibe(image=PICTURE)], "model": "nai-diffusion-4-5-full"}
    raw = use(colour, service, lambda client: client.image.with_raw_response.generate(**fields))
    assert [one.path for one in raw.responses] == ["/ai/encode-vibe", "/ai/generate-image"]
    assert (raw.content, raw.headers["x-extra"]) == (ZIP, "1")
    assert {request.headers["x-correlation-id"] for request in service.requests} == {raw.request_id}


def test_what_was_known_was_not_asked(colour):
    """An encoding that was paid for comes without an answer, and says so."""
    service = Service(reply(200, b"encoded"))

    async def twice_async(client):
        await client.image.encode_vibe(PICTURE)
        return await client.image.with_raw_response.encode_vibe(PICTURE)

    def twice(client):
        client.image.encode_vibe(PICTURE)
        return client.image.with_raw_response.encode_vibe(PICTURE)

    raw = use(colour, service, twice if colour == "sync" else twice_async)
    assert (service.calls, raw.responses, raw.parsed) == (1, (), b"encoded")
    with pytest.raises(InvalidResponseError, match="Nothing was sent"):
        _ = raw.status


@pytest.mark.parametrize("content", [b"no archive", ZIP[:-9], archive(b"text"), archive()])
def test_an_answer_that_cannot_be_read_is_not_lost(colour, content):
    """It may have been paid for: it is there, and `parse` raises what the plain call raises."""
    raw = use(
        colour,
        Service(reply(200, content)),
        lambda client: client.image.with_raw_response.generate(prompt="a"),
    )
    assert raw.content == content
    with pytest.raises(InvalidResponseError) as error:
        raw.parse()
    assert (error.value.charged, error.value.request_id) == ("unknown", raw.request_id)
    with pytest.raises(InvalidResponseError):
        _ = raw.parsed


def test_a_failure_inside_an_answer_is_told_by_parse(colour):
    """Status 200 with an error in it is an answer, too."""
    service = Service(reply(200, b'{"error": "no"}'))
    raw = use(colour, service, lambda client: client.text.with_raw_response.generate("Once"))
    assert json.loads(raw.content) == {"error": "no"}
    with pytest.raises(GenerationFailedError):
        raw.parse()


@pytest.mark.parametrize(
    ("status", "kind"), [(402, InsufficientAnlasError), (500, ServerError), (304, Exception)]
)
def test_a_refusal_is_raised(colour, status, kind):
    """Only what succeeded is handed out; also when an earlier request of the call did."""
    fields = {"prompt": "a", "vibes": [Vibe(image=PICTURE)], "model": "nai-diffusion-4-5-full"}
    service = Service(reply(200, b"encoded"), reply(status, b"{}"))
    with pytest.raises(kind) as error:
        use(colour, service, lambda client: client.image.with_raw_response.generate(**fields))
    assert error.value.status == status


def test_raw_calls_take_options(colour):
    """Options of the call, and those of a copy."""
    service = Service(reply(200, ZIP))
    use(
        colour,
        service,
        lambda client: client.with_options(headers={"X-A": "1"}).image.with_raw_response.generate(
            prompt="a", extra_body={"new": 1}
        ),
    )
    (request,) = service.requests
    assert (request.headers["x-a"], body_of(request)["new"]) == ("1", 1)


WITH_ID = {
    name: CALLS[name]
    for name in (
        *("image.generate", "image.enhance", "tools.line_art", "tools.upscale"),
        *("text.generate", "text.chat", "text.complete", "voice.speak"),
        *("image.generate_stream", "text.stream", "text.chat_stream"),
    )
} | {
    "inpainting": (
        reply(200, archive(png((64, 64)))),
        lambda client: client.image.generate(
            prompt="a", inpaint=InpaintParams(image=PICTURE, mask=WHITE)
        ),
    ),
    "inpainting, watched": (
        streamed(frames(preview(0), final(png((64, 64))))),
        lambda client: gather(
            client.image.generate_stream(
                prompt="a", inpaint=InpaintParams(image=PICTURE, mask=WHITE)
            ),
            [],
        ),
    ),
    "image to image": (
        reply(200, archive(png((64, 64)), png((64, 64)))),
        lambda client: client.image.generate(prompt="a", i2i=I2iParams(image=PICTURE), n_samples=2),
    ),
}


@pytest.mark.parametrize("name", WITH_ID)
def test_results_know_their_request(name, colour):
    """Each carries the id that its request carried, in streams the last event at least."""
    answer, action = WITH_ID[name]
    service = Service(answer)
    result = use(colour, service, action)
    results = result if isinstance(result, list) else [result]
    if "stream" in name or "watched" in name:
        results = results[-1:]
        assert getattr(results[0], "final", True)
    sent = service.requests[-1].headers["x-correlation-id"]
    assert {one.request_id for one in results} == {sent}


def test_results_are_compared_by_what_they_say():
    """Two calls with one answer give equal results, whatever their ids."""
    results = [
        TextResult(text="a"),
        ChatResult(choices=()),
        ChatEvent(text="a"),
        SpeechResult(data=b"a", media_type="audio/mpeg"),
    ]
    for result in results:
        other = replace(result, request_id="AbC123")
        assert other == result
        assert hash(other) == hash(result)
        assert pickle.loads(pickle.dumps(other)).request_id == "AbC123"


def test_a_picture_keeps_its_request_in_a_pickle():
    """The id goes along; a pickle from before it existed still opens."""
    picture = GeneratedImage(png(), seed=3, request_id="AbC123")
    assert pickle.loads(pickle.dumps(picture)).request_id == "AbC123"
    restore, (data, known) = picture.__reduce__()
    older = restore(data, {"seed": known["seed"], "received": data})
    assert (older.request_id, older.seed) == (None, 3)
    assert picture == older


def test_a_chat_that_is_joined_knows_its_request(colour):
    """The answer of a plain chat is read as a stream, and is one result."""
    service = Service(reply(200, chat()))
    result = use(colour, service, lambda client: client.text.chat("Hi"))
    assert result.request_id == service.requests[0].headers["x-correlation-id"]


def test_a_watched_generation_has_its_content(colour):
    """With `on_preview` the answer is a stream; read to its end, it is there as it came."""
    wire = frames(preview(1), final(png()))

    def watched(client):
        return client.image.with_raw_response.generate(prompt="a", on_preview=lambda _: None)

    raw = use(colour, Service(streamed(wire[:9], wire[9:])), watched)
    assert raw.content == wire
    assert raw.status == 200
