"""Everything that goes wrong becomes a typed error, and nothing is paid for twice."""

import socket
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.contract.worlds import SMALL, painted, sent_to, until, world_of

from novelai import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    ConnectionLostError,
    GenerationFailedError,
    InsufficientAnlasError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    NovelAIError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
)
from novelai.emulator import Fault
from novelai.types import FinalEvent

pytestmark = pytest.mark.anyio

WISH: dict[str, Any] = {"prompt": "1girl, secret words", "size": SMALL, "steps": 4, "seed": 1}
PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Case:
    """A fault and the error it must become."""

    fault: dict[str, Any]
    error: type[NovelAIError]
    status: int | None
    charged: str
    attempts: int = 1
    says: str = ""
    completed: bool = False
    options: dict[str, Any] = field(default_factory=dict)


def refusal(status: int, error: type[NovelAIError], charged: str = "no", **rest: Any) -> Case:
    return Case({"status": status}, error, status, charged, **rest)


ANSWERS = {
    "400": refusal(400, InvalidRequestError),
    "401": refusal(401, AuthenticationError),
    "402": Case({"low_balance": True}, InsufficientAnlasError, 402, "no", says="Not enough Anlas"),
    "403": refusal(403, PermissionDeniedError),
    "404": refusal(404, NotFoundError),
    "409": refusal(409, ConflictError),
    "413": refusal(413, InvalidRequestError),
    "418": refusal(418, InvalidRequestError),
    # A 429 says that it did not run: three attempts are made.
    "429": Case({"status": 429, "times": 9}, RateLimitError, 429, "no", attempts=3, says="Waited"),
    "500": refusal(500, ServerError, "unknown"),
    "500 after it ran": Case(
        {"status": 500, "at": "after"}, ServerError, 500, "unknown", completed=True
    ),
    "502 as a page": Case({"status": 502, "body": PAGE}, ServerError, 502, "unknown"),
    "503": refusal(503, ServerError, "unknown"),
    "redirect": refusal(302, InvalidResponseError, "unknown"),
}
ENTIRE = {
    **ANSWERS,
    "no archive": Case({"body": "hello"}, InvalidResponseError, 200, "unknown"),
    "a page instead": Case({"body": PAGE}, InvalidResponseError, 200, "unknown"),
    "empty": Case({"body": ""}, InvalidResponseError, 200, "unknown"),
    "cut, ended well": Case(
        {"cut_after": 500, "clean_cut": True}, InvalidResponseError, 200, "unknown", completed=True
    ),
}
BROKEN = {
    "dropped before it ran": Case({"drop": True}, ConnectionLostError, None, "unknown"),
    "dropped after it ran": Case(
        {"drop": True, "at": "after"}, ConnectionLostError, None, "unknown", completed=True
    ),
    "cut": Case({"cut_after": 500}, ConnectionLostError, None, "unknown", completed=True),
}
STREAMED = {
    **ANSWERS,
    "broken frame": Case(
        {"malformed_frame": True}, InvalidResponseError, 200, "unknown", completed=True
    ),
    "reported": Case(
        {"error_event": "out of memory"},
        GenerationFailedError,
        200,
        "unknown",
        says="out of memory",
        completed=True,
    ),
    "ended too soon": Case(
        {"cut_after": 700, "clean_cut": True}, ConnectionLostError, 200, "unknown", completed=True
    ),
}


def check(found: NovelAIError, case: Case, emulator: Any, path: str) -> None:
    """The error is the one wanted and tells all it should; the emulator saw no more than it may."""
    assert type(found) is case.error
    assert (found.status, found.charged) == (case.status, case.charged)
    assert case.says in found.message
    assert len(found.request_id) == 6
    seen = sent_to(emulator, path)
    assert len(seen) == case.attempts
    assert {request.headers["x-correlation-id"] for request in seen} == {found.request_id}
    told = f"{found!r} {found} {found.message} {found.body}"
    assert "secret words" not in told
    assert emulator.token not in told


async def finished(emulator: Any) -> None:
    """Wait for the emulator's generations to end; they go on when the client has left."""
    await until(lambda: not emulator.account().generating)


@pytest.mark.parametrize("name", ENTIRE)
async def test_answers(world, emulator, name):
    """Each answer that is no picture is an error of its own; what may have run is sent once."""
    case = ENTIRE[name]
    emulator.script(Fault(**case.fault))
    with pytest.raises(NovelAIError) as caught:
        await world.generate(**WISH)
    check(caught.value, case, emulator, "/ai/generate-image")
    await finished(emulator)
    assert emulator.requests[0].completed == case.completed


@pytest.mark.parametrize("name", BROKEN)
async def test_connections(wire, emulator, name):
    """A connection that breaks after sending leaves open whether it ran; nothing is repeated."""
    case = BROKEN[name]
    emulator.script(Fault(**case.fault))
    with pytest.raises(NovelAIError) as caught:
        await wire.generate(**WISH)
    check(caught.value, case, emulator, "/ai/generate-image")
    await finished(emulator)
    assert emulator.requests[0].completed == case.completed


@pytest.mark.parametrize("framing", ["msgpack", "sse"])
@pytest.mark.parametrize("name", STREAMED)
async def test_streams(world, emulator, name, framing):
    """The same in a stream, from the first byte to the last; nothing is repeated."""
    case = STREAMED[name]
    emulator.script(Fault(**case.fault))
    with pytest.raises(NovelAIError) as caught:
        await world.watch(**WISH, framing=framing)
    check(caught.value, case, emulator, "/ai/generate-image-stream")
    await finished(emulator)
    assert emulator.requests[0].completed == case.completed


@pytest.mark.parametrize("cut_after", [0, 3, 700, 5000])
async def test_a_cut_stream(wire, emulator, cut_after):
    """A stream whose connection breaks is a lost connection wherever it was cut."""
    emulator.script(Fault(cut_after=cut_after))
    with pytest.raises(ConnectionLostError) as caught:
        await wire.watch(**WISH)
    assert caught.value.charged == "unknown"
    assert len(emulator.requests) == 1


async def test_what_came_before_is_kept(emulator, url):
    """Events that arrived before a stream broke were given before the error."""
    emulator.script(Fault(error_event="out of memory"))
    async with (
        world_of("http", emulator, url) as world,
        world.client.image.generate_stream(**WISH) as events,
    ):
        assert (await anext(events)).step == 1
        with pytest.raises(GenerationFailedError):
            await anext(events)


@pytest.mark.parametrize("kind", ["http", "threads"])
@pytest.mark.parametrize("at", ["before", "after"])
async def test_silence(emulator, url, kind, at):
    """No answer in time is a time-out whose cost is unknown; it is not sent again."""
    forever = threading.Event()
    emulator.script(Fault(stall=forever, at=at))
    async with world_of(kind, emulator, url, timeout=0.5) as world:
        with pytest.raises(RequestTimeoutError) as caught:
            await world.generate(**WISH)
        assert caught.value.charged == "unknown"
    forever.set()
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("kind", ["http", "threads"])
async def test_a_stream_that_falls_silent(emulator, url, kind):
    """A stream that stops in the middle is a time-out after what had come."""
    forever = threading.Event()
    emulator.script(Fault(stall=forever, at="after"))
    async with world_of(kind, emulator, url, timeout=1) as world:
        with pytest.raises(RequestTimeoutError) as caught:
            await world.watch(**WISH)
        assert (caught.value.status, caught.value.charged) == (200, "unknown")
    forever.set()
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("kind", ["http", "threads"])
async def test_nobody_listens(emulator, kind):
    """A connection that was never opened is certain to have cost nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with world_of(kind, emulator, f"http://127.0.0.1:{port}") as world:
        with pytest.raises(ConnectionFailedError) as caught:
            await world.generate(**WISH)
    assert (caught.value.status, caught.value.charged) == (None, "no")
    assert "nothing was charged" in caught.value.message


async def test_a_revoked_token(world, emulator):
    """A token that was revoked is refused at once, and the message says how to mend it."""
    emulator.account().revoked = True
    with pytest.raises(AuthenticationError) as caught:
        await world.generate(**WISH)
    assert "NOVELAI_API_KEY" in caught.value.message
    assert len(emulator.requests) == 1


async def test_a_busy_service_is_asked_again(world, emulator):
    """A 429 did not run: it is repeated, as soon as Retry-After allows, and succeeds."""
    emulator.script(Fault(status=429, headers={"Retry-After": "0"}, times=2))
    assert len(await world.generate(**WISH)) == 1
    assert [request.status for request in emulator.requests] == [429, 429, 200]
    assert sum(request.anlas_spent for request in emulator.requests) == 0


async def test_retry_after_is_told(world, emulator):
    """The error of a rate limit says when to come back; who is not so patient is told at once."""
    emulator.script(Fault(status=429, headers={"Retry-After": "700"}))
    with pytest.raises(RateLimitError) as caught:
        await world.generate(**WISH)
    assert caught.value.retry_after == 700
    assert len(emulator.requests) == 1


async def test_what_costs_nothing_is_asked_again(world, emulator):
    """A call that costs nothing is repeated when the service fails."""
    emulator.script(Fault(status=503), Fault(status=500))
    assert await world.anlas() == 10_000
    assert [request.status for request in emulator.requests] == [503, 500, 200]


async def test_a_failed_encoding_is_not_paid_for_twice(world, emulator):
    """When the encoding of a vibe fails, neither it nor the generation is sent again."""
    from novelai.types import Vibe

    emulator.script(Fault(status=500, at="after", path="/ai/encode-vibe"))
    with pytest.raises(ServerError) as caught:
        await world.generate(**WISH, vibes=[Vibe(image=painted("crimson"))])
    assert caught.value.charged == "unknown"
    assert [request.path for request in emulator.requests] == ["/ai/encode-vibe"]


async def test_the_picture_survives_what_comes_after(wire, emulator):
    """A stream that breaks after its last picture has given all there was."""
    whole = await wire.watch(**WISH, framing="msgpack")
    emulator.reset()
    emulator.script(Fault(cut_after=10**9))
    events = await wire.watch(**WISH, framing="msgpack")
    assert isinstance(events[-1], FinalEvent)
    assert len(events) == len(whole)


async def test_the_client_goes_on(world, emulator):
    """After any error the client is as good as new."""
    for fault in (Fault(status=500), Fault(body="hello"), Fault(low_balance=True)):
        emulator.script(fault)
        with pytest.raises(NovelAIError):
            await world.generate(**WISH)
    assert len(await world.generate(**WISH)) == 1
