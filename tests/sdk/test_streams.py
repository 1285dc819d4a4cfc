"""Generations that are watched, in all three colours."""

import json

import anyio
import httpx2
import pytest
from tests.sdk.making import archive, event_text, failure, final, frames, png, preview
from tests.sdk.services import (
    COLOURS,
    KEY,
    Pieces,
    Service,
    gather,
    reply,
    streamed,
    unopened,
    use,
)

from novelai import (
    AsyncNovelAI,
    ConnectionFailedError,
    ConnectionLostError,
    GenerationFailedError,
    InsufficientAnlasError,
    InvalidResponseError,
    NovelAI,
    NovelAIError,
    RequestTimeoutError,
)
from novelai.types import FinalEvent, PreviewEvent

PICTURE = png()
PREVIEWS = [preview(step) for step in range(22)]
WHOLE = frames(*PREVIEWS, final(PICTURE))


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


def watch(colour, *answers, framing="msgpack", **fields):
    """Watch a generation; return its events, its error if it had one, and the service."""
    service, events, error = Service(*answers), [], None
    fields = {"prompt": "SECRET-PROMPT", "seed": 5, **fields}
    try:
        use(
            colour,
            service,
            lambda client: gather(client.image.generate_stream(framing=framing, **fields), events),
        )
    except NovelAIError as caught:
        error = caught
    if error is not None:
        assert error.request_id == service.requests[-1].headers["x-correlation-id"]
        assert "SECRET" not in str(error) + repr(error)
    return events, error, service


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_previews_and_the_picture(colour, size):
    """However the bytes come, every event arrives, and the picture keeps its bytes."""
    pieces = [WHOLE[start : start + size] for start in range(0, len(WHOLE), size)]
    events, error, service = watch(colour, streamed(*pieces))
    assert error is None
    assert [type(event) for event in events] == [PreviewEvent] * 22 + [FinalEvent]
    assert [event.step for event in events[:-1]] == list(range(1, 23))
    assert (events[-1].data, events[-1].picture.seed) == (PICTURE, 5)
    (request,) = service.requests
    assert request.url.path == "/ai/generate-image-stream"
    assert request.headers["accept"] == "application/msgpack"
    assert json.loads(request.content)["parameters"]["stream"] == "msgpack"


def test_text_events(colour):
    """The same events come as server-sent events on request."""
    whole = event_text(*PREVIEWS, final(PICTURE))
    events, error, service = watch(colour, streamed(whole[:5000], whole[5000:]), framing="sse")
    assert (len(events), error, events[-1].data) == (23, None, PICTURE)
    assert service.requests[0].headers["accept"] == "text/event-stream"


def test_a_large_picture_arrives_whole(colour):
    """Pictures of megabytes are put together off the event loop, byte for byte."""
    large = png((900, 900), compress_level=0)
    whole = frames(preview(0), final(large))
    pieces = [whole[start : start + 65_536] for start in range(0, len(whole), 65_536)]
    events, error, _ = watch(colour, streamed(*pieces))
    assert (error, events[-1].data == large) == (None, True)


BREAKS = {
    "cut": (streamed(WHOLE[:2000]), ConnectionLostError),
    "nothing": (streamed(), ConnectionLostError),
    "before the picture": (streamed(frames(*PREVIEWS)), ConnectionLostError),
    "reset": (streamed(WHOLE[:2000], then=httpx2.ReadError("gone")), ConnectionLostError),
    "stalled": (streamed(WHOLE[:2000], then=httpx2.ReadTimeout("slow")), RequestTimeoutError),
    "damaged": (streamed(WHOLE[:2000] + b"\xff" * 5000), InvalidResponseError),
    "failed": (streamed(frames(*PREVIEWS[:3], failure())), GenerationFailedError),
    "no stream": (reply(200, archive(PICTURE)), InvalidResponseError),
}


@pytest.mark.parametrize("happening", BREAKS)
def test_a_stream_that_breaks_is_never_repeated(colour, happening):
    """What came is given, then a typed error says that the charge is unknown."""
    answer, kind = BREAKS[happening]
    events, error, service = watch(colour, answer)
    assert (type(error), error.charged, error.status) == (kind, "unknown", 200)
    assert service.calls == 1
    assert all(isinstance(event, PreviewEvent) for event in events)
    assert bool(events) == (happening not in {"nothing", "no stream"})


def test_a_broken_connection_after_the_picture_took_nothing(colour):
    """With every picture there, it does not matter how the connection ended."""
    for then in (httpx2.ReadError("gone"), httpx2.RemoteProtocolError("cut")):
        for rest in (b"", b"\0\0"):
            events, error, _ = watch(colour, streamed(WHOLE, rest, then=then))
            assert (error, len(events)) == (None, 23)


def test_failures_before_the_stream(colour):
    """Before the first byte the usual rules hold: waiting for a lock, trying again, giving up."""
    lock = reply(429, b'{"message":"Concurrent generation is locked"}')
    events, error, service = watch(colour, unopened(), lock, streamed(WHOLE))
    assert (error, len(events), service.calls) == (None, 23, 3)
    _, error, service = watch(colour, reply(402, b'{"message":"Not enough Anlas"}'))
    assert (type(error), service.calls) == (InsufficientAnlasError, 1)
    _, error, _ = watch(colour, unopened())
    assert (type(error), error.charged) == (ConnectionFailedError, "no")
    _, error, service = watch(colour, httpx2.ReadTimeout("slow"))
    assert (type(error), error.charged, service.calls) == (RequestTimeoutError, "unknown", 1)


def test_nothing_is_sent_before_the_first_event_is_asked_for():
    """A stream that nobody reads costs nothing."""
    service = Service(streamed(WHOLE))
    with NovelAI(KEY, transport=service) as client:
        client.image.generate_stream(prompt="a").close()
        with client.image.generate_stream(prompt="a"):
            pass
        assert service.calls == 0


def test_closing_early_ends_the_connection_and_gives_the_turn_back():
    """The next caller does not wait for a picture that nobody looks at."""
    body = Pieces(frames(*PREVIEWS[:2]), frames(*PREVIEWS[2:]), frames(final(PICTURE)))
    service = Service(lambda _request: httpx2.Response(200, stream=body), streamed(WHOLE))
    with NovelAI(KEY, transport=service) as client:
        with client.image.generate_stream(prompt="a") as stream:
            assert next(stream).step == 1
        assert (body.closed, body.given) == (True, 1)
        with pytest.raises(StopIteration):
            next(stream)
        assert len(list(client.image.generate_stream(prompt="a"))) == 23


@pytest.mark.anyio
async def test_closing_early_does_the_same_for_tasks():
    """Also when the reader is cancelled in the middle."""
    bodies = [Pieces(frames(*PREVIEWS[:2]), frames(final(PICTURE))) for _ in range(2)]
    answers = [lambda _request, body=body: httpx2.Response(200, stream=body) for body in bodies]
    service = Service(*answers, streamed(WHOLE))
    async with AsyncNovelAI(KEY, transport=service) as client:
        async with client.image.generate_stream(prompt="a") as stream:
            assert (await anext(stream)).step == 1
        with anyio.CancelScope() as scope:
            async with client.image.generate_stream(prompt="a") as stream:
                async for _ in stream:
                    scope.cancel()
                    await anyio.sleep_forever()
        assert [body.closed for body in bodies] == [True, True]
        with anyio.fail_after(10):
            assert len([event async for event in client.image.generate_stream(prompt="a")]) == 23


def test_several_pictures(colour):
    """Each sample has its own picture and seed."""
    whole = frames(preview(0), final(PICTURE), preview(0, sample=1), final(PICTURE, 1))
    events, error, _ = watch(colour, streamed(whole), n_samples=2)
    assert error is None
    assert [event.picture.seed for event in events if isinstance(event, FinalEvent)] == [5, 6]
