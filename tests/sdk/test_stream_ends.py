"""Streams read to their end, and previews handed out while a picture is made."""

import anyio.lowlevel
import pytest
from tests.sdk.making import final, frames, png
from tests.sdk.services import COLOURS, KEY, Service, streamed, use

import novelai
from novelai import NovelAI
from novelai.emulator import Fault
from novelai.types import PreviewEvent

FIELDS = {"prompt": "1girl", "size": "small_square", "seed": 5}


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


def test_the_end_of_a_picture_stream(colour, emulator, url):
    """``final()`` gives what the call without a stream gives."""

    def streamed_pictures(client):
        return client.image.generate_stream(**FIELDS, n_samples=2).final()

    def pictures(client):
        return client.image.generate(**FIELDS, n_samples=2)

    plain = use(colour, None, pictures, base_url=url)
    ended = use(colour, None, streamed_pictures, base_url=url)
    assert [image.data for image in ended] == [image.data for image in plain]
    assert [image.seed for image in ended] == [5, 6]
    assert type(ended) is type(plain)


def test_what_was_read_before_counts(emulator, url):
    """After some events, or all of them, ``final()`` still gives the whole."""
    with NovelAI(KEY, base_url=url) as client:
        stream = client.image.generate_stream(**FIELDS)
        next(stream)
        (image,) = stream.final()
        assert stream.final() == [image]
        words = client.text.stream("Once", max_length=5)
        first = next(words)
        assert words.text == first.text
        assert words.final().text.startswith(first.text)


def sent_as(emulator):
    """The id of the last request."""
    return emulator.requests[-1].headers["x-correlation-id"]


def test_the_end_of_a_text_stream(colour, emulator, url):
    """A story's and a chat's pieces put together are the story and the chat."""

    def story(client):
        return client.text.stream("Once", max_length=8).final()

    written = use(colour, None, story, base_url=url)
    assert isinstance(written, novelai.types.TextResult)
    assert written.text
    assert written.request_id == sent_as(emulator)

    def chat(client):
        return client.text.chat_stream("Hello", n=2).final()

    answer = use(colour, None, chat, base_url=url)
    assert isinstance(answer, novelai.types.ChatResult)
    assert answer.text
    assert len(answer.choices) == 2
    assert answer.request_id == sent_as(emulator)
    assert answer.finish_reason in {"stop", "length"}


def test_previews_are_handed_out(colour, emulator, url):
    """The callback gets each preview, in order; the result is that of the plain call."""
    seen = []

    def generate(client):
        return client.image.generate(**FIELDS, on_preview=seen.append)

    (image,) = use(colour, None, generate, base_url=url)
    assert all(isinstance(event, PreviewEvent) for event in seen)
    steps = [event.step for event in seen]
    assert steps == sorted(steps)
    assert len(steps) > 3
    (plain,) = use(colour, None, lambda client: client.image.generate(**FIELDS), base_url=url)
    assert image.data == plain.data


def test_a_service_without_previews(colour):
    """V3's sends none, and the picture comes all the same."""
    seen, picture = [], png()
    service = Service(streamed(frames(final(picture))))

    def generate(client):
        return client.image.generate(prompt="a", model="nai-diffusion-3", on_preview=seen.append)

    (image,) = use(colour, service, generate)
    assert image.data == picture
    assert seen == []


def test_a_callback_may_be_a_coroutine_function(emulator, url):
    """On an event loop it is awaited."""
    seen = []

    async def show(event):
        await anyio.lowlevel.checkpoint()
        seen.append(event.step)

    def generate(client):
        return client.image.generate(**FIELDS, on_preview=show)

    assert len(use("asyncio", None, generate, base_url=url)) == 1
    assert len(seen) > 3


def test_a_callback_that_fails_loses_no_picture(colour, emulator, url, caplog):
    """It is logged and called no more."""
    seen = []

    def show(event):
        seen.append(event)
        raise RuntimeError("a window was closed")

    def generate(client):
        return client.image.generate(**FIELDS, on_preview=show)

    (image,) = use(colour, None, generate, base_url=url)
    assert image.size == (640, 640)
    assert len(seen) == 1
    assert "a window was closed" in caplog.text


def test_a_stream_that_breaks(colour, emulator, url):
    """``final()`` raises what the loop would raise."""
    emulator.script(Fault(cut_after=500, path="/ai/generate-image-stream"))

    def generate(client):
        return client.image.generate(**FIELDS, on_preview=lambda _: None)

    with pytest.raises(novelai.NovelAIError) as caught:
        use(colour, None, generate, base_url=url)
    assert caught.value.charged == "unknown"


def test_a_stream_that_was_closed(emulator, url):
    """Closed before anything was complete, there is no end to give."""
    with NovelAI(KEY, base_url=url) as client:
        stream = client.image.generate_stream(**FIELDS)
        next(stream)
        stream.close()
        with pytest.raises(novelai.InvalidResponseError, match="before anything was complete"):
            stream.final()


def test_an_empty_stream(colour):
    """Nothing at all is an error of the stream itself."""
    service = Service(streamed())

    def generate(client):
        return client.image.generate_stream(**FIELDS).final()

    with pytest.raises(novelai.NovelAIError) as caught:
        use(colour, service, generate)
    assert caught.value.charged == "unknown"
