"""Answers in memory that is used again: what was handed out is a person's own, whatever follows.

A service on a socket answers with other pictures each time; what came first is compared last.
"""

import asyncio
import traceback
from contextlib import asynccontextmanager

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sdk.making import archive, cut, failure, final, frame, frames, png, preview
from tests.sdk.scripted import STALL, authority, contexts, scripted
from tests.sdk.services import KEY, QUICK

from novelai import AsyncNovelAI, InvalidResponseError, NovelAIError
from novelai._codecs.frames import MAX_FRAME, FrameDecoder, whole_frames
from novelai._transport.connection import MUCH
from novelai.types import FinalEvent, PreviewEvent

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
BRIGHTNESS = range(10, 250, 30)
PICTURES = [png(colour=(level, 0, 0, 255)) for level in BRIGHTNESS]


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def watched(number):
    """Return the frames of a generation whose previews and picture nobody else has."""
    previews = [preview(step) | {"image": bytes([number, step]) * 300} for step in range(4)]
    return [*previews, final(PICTURES[number])]


def shown(number):
    return [event["image"] for event in watched(number)]


def said(*events):
    return CHUNKED + chunk(frames(*events)) + END


def zipped(number):
    data = archive(PICTURES[number])
    return CHUNKED + chunk(data) + END


@pytest.fixture(autouse=True, scope="module")
def few_authorities(tmp_path_factory):
    """Trust one authority instead of all: reading theirs takes most of a test."""
    path = tmp_path_factory.mktemp("lent") / "authority.pem"
    path.write_bytes(authority()[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@asynccontextmanager
async def clients(*steps, **how):
    """Yield a client of a service that does these steps."""
    async with scripted(*steps, **how) as service, client_of(service.url) as client:
        client.service = service
        yield client


def client_of(url, **options):
    return AsyncNovelAI(KEY, base_url=url, retry=QUICK, **options)


async def watch(client, events=None):
    """Watch a generation; return its events, and its error if it had one."""
    events = [] if events is None else events
    try:
        async for event in client.image.generate_stream(prompt="a"):
            events.append(event)
    except NovelAIError as error:
        return events, error
    return events, None


def datas(events):
    return [event.data for event in events]


def run(main):
    asyncio.run(asyncio.wait_for(main, 60))


WIRE = [said(*watched(number)) for number in range(2)]
WHOLE = frames(*watched(0))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(WIRE[0])), max_size=6), st.lists(st.integers(0, len(WIRE[1]))))
def test_any_cut_on_the_wire(first, second):
    """However two streams are cut, each event has its own bytes, also after the other came."""

    async def main():
        steps = [
            step
            for wire, places in ((WIRE[0], first), (WIRE[1], second))
            for step in (None, *(piece for piece in cut(wire, places[:6]) if piece))
        ]
        async with clients(*steps) as client:
            events, error = await watch(client)
            others, other_error = await watch(client)
            assert (error, other_error, len(client.service.heard)) == (None, None, 1)
            assert (datas(events), datas(others)) == (shown(0), shown(1))
            assert [type(event) for event in events] == [PreviewEvent] * 4 + [FinalEvent]

    run(main())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(WHOLE)), max_size=8), st.integers(0, len(WHOLE)))
def test_a_connection_that_breaks_anywhere(places, end):
    """Events that were complete are given, in chunks of any length; the rest is an error."""

    async def main():
        pieces = [chunk(piece) for piece in cut(WHOLE[:end], places)]
        async with clients(None, CHUNKED + b"".join(pieces), again=False) as client:
            events, error = await watch(client)
            whole = list(FrameDecoder().feed(WHOLE[:end]))
            assert datas(events) == [found["image"] for found in whole]
            assert (error is None) == (end == len(WHOLE))
            assert error is None or error.charged == "unknown"
            assert client.service.asked == 1

    run(main())


@given(st.integers(0, len(WHOLE)))
def test_where_frames_end(length):
    """It is cut where the last whole frame ends, and told how many bytes make the next one."""
    edges = [0]
    for event in watched(0):
        edges.append(edges[-1] + len(frame(event)))
    end, wanted = whole_frames(memoryview(WHOLE[:length]))
    assert end == max(edge for edge in edges if edge <= length)
    if not end:
        assert wanted in {4, edges[1]}
        assert wanted > length


def test_a_damaged_length_is_not_waited_for():
    """Frames in front of it are given, then the error; nothing is gathered without end."""
    damage = (MAX_FRAME + 1).to_bytes(4, "big")

    async def main():
        wire = CHUNKED + chunk(frames(*watched(0)[:2]) + damage + b"a")
        async with clients(None, wire, STALL) as client:
            events, error = await watch(client)
            assert (datas(events), type(error)) == (shown(0)[:2], InvalidResponseError)

    run(main())


def test_a_failure_between_frames():
    """What the service says of a failure arrives as from any transport."""

    async def main():
        async with clients(None, said(*watched(0)[:2], failure())) as client:
            events, error = await watch(client)
            assert (datas(events), error.charged) == (shown(0)[:2], "unknown")

    run(main())


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_many_pictures_are_kept(tls):
    """Streams and answers, one after another and at once: all are compared at the end."""
    service_side, _ = contexts()
    heard = 0

    async def answer(reader, writer):
        nonlocal heard
        while head := await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
            number, heard = heard % len(PICTURES), heard + 1
            writer.write(said(*watched(number)) if b"stream" in head else zipped(number))

    async def main():
        server = await asyncio.start_server(
            answer, "127.0.0.1", 0, ssl=service_side if tls else None
        )
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # clients leave
        port = server.sockets[0].getsockname()[1]
        url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        async with server, client_of(url, concurrency=4) as client:

            async def stream():
                return datas((await watch(client))[0])

            async def generate():
                return [(await client.image.generate(prompt="a"))[0].data]

            kept = []
            for _ in range(4):
                kept += await asyncio.gather(stream(), generate(), stream(), generate())
        for data in kept:
            number = PICTURES.index(data[-1])
            assert data in (shown(number), [PICTURES[number]])
        assert heard == len(kept)

    run(main())


def test_a_slow_reader():
    """Events that wait for their reader hold the service up, and stay as they were sent."""
    events = [preview(step) | {"image": bytes([step]) * 200_000} for step in range(40)]
    wire = said(*events, final(PICTURES[0]))

    async def main():
        async with clients(None, wire) as client:
            stream = client.image.generate_stream(prompt="a")
            found = [await anext(stream)]
            transport = client.api_client.client._transport_for_url(httpx2.URL("http://a"))
            (connection,) = transport._open
            while connection._may_read:  # noqa: ASYNC110 - the loop itself is waited for
                await asyncio.sleep(0)
            assert not client.service.said.is_set()
            assert MUCH < connection._cycle.held < 2 * MUCH
            found += [event async for event in stream]
            assert datas(found) == [event["image"] for event in events] + [PICTURES[0]]

    run(main())


def test_a_large_picture_is_taken_out_in_a_thread():
    """The loop goes on reading meanwhile: the next frame does not touch this one's memory."""
    large = png((900, 900), compress_level=0)
    wire = frames(preview(0), final(large), final(PICTURES[1], 1))
    pieces = [wire[start : start + 65_536] for start in range(0, len(wire), 65_536)]

    async def main():
        async with clients(None, CHUNKED + b"".join(map(chunk, pieces)) + END) as client:
            for _ in range(2):
                stream = client.image.generate_stream(prompt="a", n_samples=2)
                events = [event async for event in stream]
                assert datas(events)[1:] == [large, PICTURES[1]]

    run(main())


def test_a_reader_who_is_cancelled():
    """Previews that were given stay as they are when others use the memory."""

    async def main():
        begun = CHUNKED + chunk(frames(*watched(0)[:3]) + frame(watched(0)[3])[:100])
        async with clients(None, begun, STALL) as client:
            events = []
            call = asyncio.create_task(watch(client, events))
            while len(events) < 3:  # noqa: ASYNC110 - the loop itself is waited for
                await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            client.service.steps = (None, WIRE[1])
            for _ in range(3):
                assert datas((await watch(client))[0]) == shown(1)
            assert datas(events) == shown(0)[:3]

    run(main())


def views_of(error):
    """Return the memory that the frames of a traceback hold."""
    held, seen = [], error
    while seen is not None:
        for place, _ in traceback.walk_tb(seen.__traceback__):
            held += [value for value in place.f_locals.values() if isinstance(value, memoryview)]
        seen = seen.__cause__
    return held


BROKEN = {
    "generate": CHUNKED + chunk(archive(PICTURES[0])[:-30]) + END,
    "stream": CHUNKED + chunk(frames(*watched(0)[:2]) + b"\0\0\1\0" + b"\xc1" * 256) + END,
}


@pytest.mark.parametrize("kind", BROKEN)
def test_an_error_that_is_kept(kind):
    """Whoever looks through its traceback finds what came, however much came since."""

    async def main():
        following = (None, zipped(1), None, WIRE[1], None, zipped(2))
        async with clients(None, BROKEN[kind], *following) as client:
            try:
                if kind == "generate":
                    await client.image.generate(prompt="a")
                else:
                    async for _event in client.image.generate_stream(prompt="a"):
                        pass
            except InvalidResponseError as caught:
                error = caught
            views = []
            for view in views_of(error):
                try:
                    views.append((view, bytes(view)))
                except ValueError:  # it is given back, and says so
                    continue
            assert views
            kept = [(await client.image.generate(prompt="a"))[0].data]
            kept += datas((await watch(client))[0])
            kept += [(await client.image.generate(prompt="a"))[0].data]
            assert kept == [PICTURES[1], *shown(1), PICTURES[2]]
            assert all(bytes(view) == before for view, before in views)

    run(main())


def test_a_raw_answer_that_is_kept():
    """It holds the bytes as they came, of its own."""

    async def main():
        async with clients(None, zipped(0), None, zipped(1), None, WIRE[1]) as client:
            raw = await client.image.with_raw_response.generate(prompt="a")
            assert (await client.image.generate(prompt="a"))[0].data == PICTURES[1]
            assert datas((await watch(client))[0]) == shown(1)
            assert type(raw.content) is bytes
            assert raw.content == archive(PICTURES[0])
            assert raw.parse()[0].data == PICTURES[0]

    run(main())


def test_a_hook_that_reads_the_body():
    """It sees the body, and the picture arrives all the same."""
    seen = []

    async def look(response):
        seen.append(await response.aread())

    async def main():
        async with clients(None, zipped(0), None, WIRE[1]) as client:
            client.api_client.client.event_hooks["response"].append(look)
            assert (await client.image.generate(prompt="a"))[0].data == PICTURES[0]
            assert datas((await watch(client))[0]) == shown(1)
            assert seen == [archive(PICTURES[0]), frames(*watched(1))]

    run(main())


@pytest.mark.parametrize("kind", ["generate", "stream"])
def test_what_is_handed_out_is_bytes(kind):
    """Neither a picture nor a preview is a look into anything."""

    async def main():
        async with clients(None, WIRE[0] if kind == "stream" else zipped(0)) as client:
            if kind == "stream":
                events, _error = await watch(client)
                found = [*datas(events), events[-1].picture.received]
            else:
                (picture,) = await client.image.generate(prompt="a")
                found = [picture.data, picture.received]
            assert {type(data) for data in found} == {bytes}

    run(main())
