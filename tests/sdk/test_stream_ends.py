"""Streams read to their end, and previews handed out while a picture is made."""

import anyio
import anyio.lowlevel
import pytest
from tests.sdk.making import final, frames, png
from tests.sdk.services import COLOURS, KEY, QUICK, Service, streamed

import novelai
from novelai import AsyncNovelAI, NovelAI
from novelai.emulator import Fault
from novelai.types import PreviewEvent

FIELDS = {"prompt": "1girl", "size": "small_square", "seed": 5}


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


def ask(colour, action, **options):
    """Do something with a client of a colour; coroutines are awaited."""
    options = {"retry": QUICK, **options}
    if colour == "sync":
        with NovelAI(KEY, **options) as client:
            return action(client)

    async def main():
        async with AsyncNovelAI(KEY, **options) as client:
            return await action(client)

    return anyio.run(main, backend=colour)


def test_the_end_of_a_picture_stream(colour, emulator, url):
    """``final()`` gives what the call without a stream gives."""

    def streamed_pictures(client):
        return client.image.generate_stream(**FIELDS, n_samples=2).final()

    plain = ask(colour, lambda client: client.image.generate(**FIELDS, n_samples=2), base_url=url)
    ended = ask(colour, streamed_pictures, base_url=url)
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

    written = ask(colour, story, base_url=url)
    assert isinstance(written, novelai.types.TextResult)
    assert written.text
    assert written.request_id == sent_as(emulator)

    def chat(client):
        return client.text.chat_stream("Hello", n=2).final()

    answer = ask(colour, chat, base_url=url)
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

    (image,) = ask(colour, generate, base_url=url)
    assert all(isinstance(event, PreviewEvent) for event in seen)
    steps = [event.step for event in seen]
    assert steps == sorted(steps)
    assert len(steps) > 3
    (plain,) = ask(colour, lambda client: client.image.generate(**FIELDS), base_url=url)
    assert image.data == plain.data


def test_a_service_without_previews(colour):
    """V3's sends none, and the picture comes all the same."""
    seen, picture = [], png()
    service = Service(streamed(frames(final(picture))))

    def generate(client):
        return client.image.generate(prompt="a", model="nai-diffusion-3", on_preview=seen.append)

    (image,) = ask(colour, generate, transport=service)
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

    assert len(ask("asyncio", generate, base_url=url)) == 1
    assert len(seen) > 3


def test_a_callback_that_fails_loses_no_picture(colour, emulator, url, caplog):
    """It is logged and called no more."""
    seen = []

    def show(event):
        seen.append(event)
        raise RuntimeError("a window was closed")

    def generate(client):
        return client.image.generate(**FIELDS, on_preview=show)

    (image,) = ask(colour, generate, base_url=url)
    assert image.size == (640, 640)
    assert len(seen) == 1
    assert "a window was closed" in caplog.text


def test_a_stream_that_breaks(colour, emulator, url):
    """``final()`` raises what the loop would raise."""
    emulator.script(Fault(cut_after=500, path="/ai/generate-image-stream"))

    def generate(client):
        return client.image.generate(**FIELDS, on_preview=lambda _: None)

    with pytest.raises(novelai.NovelAIError) as caught:
        ask(colour, generate, base_url=url)
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
        ask(colour, generate, transport=service)
    assert caught.value.charged == "unknown"
