"""The limit of a body, byte by byte: announced or not, in one piece or in many."""

import json
from typing import Any, cast

import pytest
from starlette.types import Message

from novelai.server.http.body_limit import BodyLimit
from novelai.server.http.dependencies import FOUND, Identity

pytestmark = pytest.mark.anyio

LIMIT = 1_000
KNOWN = Identity(key=cast("Any", None), means="bearer", subscription=cast("Any", None))
Pieces = tuple[int, ...]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def call(
    pieces: Pieces,
    *,
    length: str | None = None,
    first: bool = False,
    careful: bool = False,
    kind: str = "http",
) -> tuple[list[Message], int, int]:
    """What was sent, the bytes that the application read, and how often it asked for some.

    Args:
        pieces: of the body, in bytes.
        length: as announced.
        first: the application begins its answer before it reads.
        careful: the application answers 400 to whatever breaks its reading.
        kind: of the scope.
    """
    sent: list[Message] = []
    waiting = [
        {"type": "http.request", "body": b"x" * size, "more_body": number + 1 < len(pieces)}
        for number, size in enumerate(pieces)
    ]
    read, asked = 0, 0

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal read
        start = {"type": "http.response.start", "status": 200, "headers": []}
        if first:
            await send(start)
        try:
            more = True
            while more:
                message = await receive()
                read += len(message.get("body", b""))
                more = message.get("more_body", False)
        except Exception:
            if not careful:
                raise
            await send({**start, "status": 400})
            await send({"type": "http.response.body", "body": b"broken"})
            return
        if not first:
            await send(start)
        await send({"type": "http.response.body", "body": b"done"})

    headers = [] if length is None else [(b"content-length", length.encode("latin-1"))]
    scope = {"type": kind, "path": "/", "method": "POST", "query_string": b"", "headers": headers}
    scope[FOUND] = KNOWN
    await BodyLimit(app, limit=LIMIT)(scope, receive, send)
    return sent, read, asked


def told(sent: list[Message]) -> tuple[int, str]:
    """The status, and the body or the code of its problem."""
    start, body = sent
    if start["status"] == 200:
        return 200, body["body"].decode()
    problem = json.loads(body["body"])
    assert problem["detail"] == "A request may have at most 1,000 bytes. Not taken."
    assert (problem["charged"], problem["status"]) == ("no", start["status"])
    return start["status"], problem["code"]


DONE = (200, "done")
LARGE = (413, "too_large")


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ((0,), DONE),
        ((1,), DONE),
        ((LIMIT - 1,), DONE),
        ((LIMIT,), DONE),
        ((LIMIT + 1,), LARGE),
        ((LIMIT - 1, 1), DONE),
        ((LIMIT, 0), DONE),
        ((LIMIT, 1), LARGE),
        ((0, LIMIT, 0), DONE),
        ((500, 500), DONE),
        ((500, 500, 1), LARGE),
        ((1,) * LIMIT, DONE),
        ((1,) * (LIMIT + 1), LARGE),
        ((5 * LIMIT, 1), LARGE),
    ],
)
async def test_the_last_byte_that_fits(
    pieces: Pieces, expected: tuple[int, str], announced: Any
) -> None:
    """A body of the limit is read whole, one byte more is 413, however it is cut."""
    length = str(sum(pieces)) if announced else None
    sent, read, asked = await call(pieces, length=length)
    assert told(sent) == expected
    if expected is DONE:
        assert (read, asked) == (sum(pieces), len(pieces))
    else:
        assert read <= LIMIT
        assert asked == 0 if announced else asked <= len(pieces)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ("0", DONE), ("1000", DONE), ("0001000", DONE), ("1001", LARGE), ("01001", LARGE),
        ("99999999999999999999999", LARGE), ("", DONE), ("-1", DONE), ("1e9", DONE),
        ("9" * 5_000, LARGE), ("x", DONE), ("\u00b2", DONE), ("+1001", DONE), ("1001 ", DONE),
    ],
)  # fmt: skip
async def test_the_length_that_is_announced(length: str, expected: tuple[int, str]) -> None:
    """Over the limit it is refused unread; what is no number is not believed, but counted."""
    sent, _, asked = await call((10,), length=length)
    assert told(sent) == expected
    assert asked == (1 if expected is DONE else 0)


async def test_a_length_that_lies_is_counted() -> None:
    """Fewer announced than come does not help."""
    sent, read, _ = await call((600, 600, 600), length="10")
    assert told(sent) == LARGE
    assert read == 600


async def test_nothing_is_read_behind_the_limit() -> None:
    """The piece that goes over it is the last one taken from the network."""
    _, read, asked = await call((600, 600, 600, 600))
    assert (read, asked) == (600, 2)


async def test_an_application_that_takes_it_for_a_broken_body() -> None:
    """Its own answer to that gives way to the 413."""
    sent, _, _ = await call((600, 600), careful=True)
    assert told(sent) == LARGE


async def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    """Two beginnings would break the connection: what has begun ends there."""
    sent, _, _ = await call((600, 600), first=True)
    assert [message["type"] for message in sent] == ["http.response.start"]
    whole, _, _ = await call((600,), first=True)
    assert told(whole) == DONE


async def test_a_socket_has_no_body() -> None:
    """What is no request is passed on as it is."""
    sent, read, _ = await call((600, 600), length="5000", kind="websocket")
    assert told(sent) == DONE
    assert read == 1200


async def limited(app: Any, *waiting: Message) -> list[Message]:
    """What an application of its own kind sends, and what it lets be read."""
    sent: list[Message] = []
    messages = list(waiting)

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "method": "POST", "query_string": b"", "headers": []}
    await BodyLimit(app, limit=LIMIT)({**scope, FOUND: KNOWN}, receive, send)
    return sent


async def test_an_answer_that_has_begun_may_end() -> None:
    """Whoever answers while it reads, and notices that the body is cut off, can say so."""

    async def app(_: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            await receive()
        except Exception:  # noqa: BLE001 - as applications do
            await send({"type": "http.response.body", "body": b"cut off"})

    sent = await limited(app, {"type": "http.request", "body": b"x" * (LIMIT + 1)})
    assert told(sent) == (200, "cut off")


async def test_an_application_that_says_nothing() -> None:
    """Nothing is answered in its place."""

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()

    assert await limited(app, {"type": "http.request", "body": b"x"}) == []


async def test_what_comes_behind_a_body() -> None:
    """Whoever has read a body whole hears that its sender leaves."""
    heard: list[Message] = []

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        heard.extend([await receive(), await receive()])

    leaving = {"type": "http.disconnect"}
    await limited(app, {"type": "http.request", "body": b"x"}, leaving)
    assert heard[1] == leaving
