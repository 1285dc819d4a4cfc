"""How much of a body is read, and how long it is waited for, before it is known who calls.

Time is trio's own here, and passes only when everybody waits.
"""

import json
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest
import trio
import trio.testing

from novelai.server.http.body_limit import MOST_VALUES, PATIENCE, UNKNOWN, BodyLimit
from novelai.server.http.dependencies import FOUND, Identity, stranger
from novelai.server.model.problems import ProblemError

pytestmark = pytest.mark.anyio

LIMIT = 4 * MOST_VALUES
KNOWN = Identity(key=cast("Any", None), means="bearer", subscription=cast("Any", None))
DONE = (200, "done")
STRANGER = (401, "unauthenticated")
LARGE = (413, "too_large")
BOT = "/nai2api/api/jobs"
FOREVER = 1e9


@pytest.fixture
def anyio_backend():
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


class Call:
    """One request whose body comes in pieces, some of them late.

    Args:
        pieces: bytes, or seconds until the next piece comes.
        caller: who it is; a problem stands for a stranger, nothing for who must be looked up.
        length: as announced.
        path: of the request.
        limit: bytes for callers who are known.
    """

    def __init__(self, *pieces, caller=None, length=None, path="/", limit=LIMIT):
        self.read = b""
        self.shown: list[str] = []
        self.asked = 0
        self._came = 0.0
        self._pieces, self._limit = list(pieces), limit
        self._sent: list[Any] = []
        headers = [] if length is None else [(b"content-length", str(length).encode())]
        self._scope: dict[str, Any] = {
            "type": "http", "method": "POST", "path": path, "query_string": b"",
            "headers": headers, "state": {"services": self, "settings": self},
        }  # fmt: skip
        if caller is not None:
            self._scope[FOUND] = caller
        self.authentication = self.sessions = self.keys = self.wrong = self
        self.context = SimpleNamespace(bus=SimpleNamespace(subscribe=lambda: None))
        self.needs_keys = True

    async def wait(self, address):
        """Slow nobody down."""

    def is_local_token(self, text):
        """Return whether it is the token of whoever started the server."""
        return text == "the owner's"

    async def key_of(self, secret, *, paths):
        """Look a key up: one is known."""
        assert paths
        self.shown.append(secret)
        return KNOWN.key if secret != "nvs_known" else SimpleNamespace(limits=None)

    async def run(self):
        """Return the status, and the body or the code of its problem."""
        limited = BodyLimit(self._read, limit=self._limit, monotonic=trio.current_time)
        await limited(self._scope, self._receive, self._send)
        start, body = self._sent
        if start["status"] == 200:
            return 200, body["body"].decode()
        return start["status"], json.loads(body["body"])["code"]

    async def _read(self, _scope, receive, send):
        more = True
        while more:
            message = await receive()
            self.read += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    async def _receive(self):
        self.asked += 1
        await anyio.lowlevel.checkpoint()
        if not isinstance(self._pieces[0], bytes):
            # Whoever gives up waiting and asks again does not wait from the beginning.
            await trio.sleep_until(self._came + self._pieces[0])
            self._pieces.pop(0)
        body, self._came = self._pieces.pop(0), trio.current_time()
        return {"type": "http.request", "body": body, "more_body": bool(self._pieces)}

    async def _send(self, message):
        self._sent.append(message)


def nobody():
    return stranger(cast("Any", {}), "Who are you?")


@pytest.mark.parametrize(
    ("length", "expected"),
    [(UNKNOWN - 1, DONE), (UNKNOWN, DONE), (UNKNOWN + 1, STRANGER), (LIMIT, STRANGER)],
)
async def test_a_length_that_needs_a_name(length, expected):
    """A stranger may announce 64 KiB; one byte more is refused unread, and taken from a caller."""
    call = Call(b"x", caller=nobody(), length=length)
    assert await call.run() == expected
    assert call.read == (b"x" if expected is DONE else b"")
    known = Call(b"x", caller=KNOWN, length=length)
    assert await known.run() == DONE


@pytest.mark.parametrize(
    ("sizes", "expected", "read"),
    [
        ((UNKNOWN,), DONE, UNKNOWN),
        ((UNKNOWN + 1,), DONE, UNKNOWN + 1),  # it is here already
        ((UNKNOWN - 1, 1), DONE, UNKNOWN),
        ((UNKNOWN - 1, 100), DONE, UNKNOWN + 99),
        ((UNKNOWN, 1), STRANGER, UNKNOWN),
        ((UNKNOWN - 1, 1, 1), STRANGER, UNKNOWN),
        ((1, UNKNOWN, 1, 1), STRANGER, UNKNOWN + 1),
    ],
)
async def test_a_piece_that_needs_a_name(sizes, expected, read):
    """After 64 KiB a stranger's next piece is not asked for; a caller's is."""
    pieces = [b"x" * size for size in sizes]
    call = Call(*pieces, caller=nobody())
    assert (await call.run(), len(call.read)) == (expected, read)
    known = Call(*pieces, caller=KNOWN)
    assert (await known.run(), known.read) == (DONE, b"".join(pieces))


@pytest.mark.parametrize(
    ("pieces", "expected", "seconds"),
    [
        ((PATIENCE - 1, b"x"), DONE, PATIENCE - 1),
        ((FOREVER, b"x"), STRANGER, PATIENCE),
        ((b"x", FOREVER, b"x"), STRANGER, PATIENCE),
        ((15, b"x", 4, b"x"), DONE, 19),
        ((15, b"x", 15, b"x"), STRANGER, PATIENCE),  # not twenty seconds for each piece
    ],
)
async def test_a_stranger_is_waited_for_twenty_seconds(pieces, expected, seconds):
    """The whole body of a stranger has to come within that time."""
    assert await Call(*pieces, caller=nobody()).run() == expected
    assert trio.current_time() == seconds


async def test_a_caller_is_waited_for():
    """A body that comes late is read when it is known who sends it, however long it takes."""
    call = Call(25, b"a", 3_600, b"b", caller=KNOWN)
    assert (await call.run(), call.read) == (DONE, b"ab")
    assert trio.current_time() == 3_625
    assert call.asked == 3  # given up once, to look who it is


async def test_time_that_is_over_is_not_waited_for():
    """What is not there when the time is over is given up at once."""
    call = Call(FOREVER, b"x", caller=nobody())

    async def read_late(_scope, receive, _send):
        await anyio.sleep(100)
        await receive()

    limited = BodyLimit(read_late, limit=LIMIT, monotonic=trio.current_time)
    await limited(call._scope, call._receive, call._send)
    assert trio.current_time() == 100
    assert call._sent[0]["status"] == 401


@pytest.mark.parametrize("mark", [b"[", b"{", b","])
@pytest.mark.parametrize(
    ("start", "more", "expected"),
    [
        (b"[", -1, DONE),
        (b"[", 0, LARGE),
        (b"{", -1, DONE),
        (b"{", 0, LARGE),
        (b" \r\n\t[", 0, LARGE),
        (b"x", 0, DONE),
    ],
)
async def test_the_last_value_that_fits(mark, start, more, expected):
    """JSON of 250,000 values is taken, and one more is not; what is no JSON may hold any bytes."""
    body = start + mark * (MOST_VALUES + more)
    assert await Call(body, caller=KNOWN).run() == expected
    halves = Call(b"", body[:10], body[10:], caller=KNOWN)
    assert await halves.run() == expected


async def test_what_begins_later_is_no_json():
    """The first byte of a body tells what it is, not the first of a piece."""
    call = Call(b"x", b"[" * 2 * MOST_VALUES, caller=KNOWN)
    assert await call.run() == DONE


TOKEN = b'{"token": "nvs_known", '


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ((TOKEN + b"x" * UNKNOWN, b"x"), DONE),
        ((TOKEN[:15], TOKEN[15:] + b"x" * UNKNOWN, b"x"), DONE),
        ((b"x" * (UNKNOWN - len(TOKEN)) + TOKEN, b"x"), DONE),
        ((b"x" * (UNKNOWN - len(TOKEN)), TOKEN, b"x"), DONE),
        ((b"x" * UNKNOWN + TOKEN, b"x"), STRANGER),
        ((b"x" * (UNKNOWN - 1), TOKEN, b"x"), STRANGER),
        ((TOKEN.replace(b"known", b"other") + b"x" * UNKNOWN, b"x"), STRANGER),
    ],
)
async def test_a_key_in_the_beginning(pieces, expected):
    """A bot's key is found in the first 64 KiB of its body, and nowhere else."""
    length = sum(map(len, pieces))
    for announced in (length, None):
        call = Call(*pieces, length=announced, path=BOT)
        assert await call.run() == expected
        assert call.read == b"".join(pieces if expected is DONE else pieces[:-1])


async def test_a_key_is_looked_up_once():
    """What is known stays known, and the limit of who is known counts from the first byte."""
    pieces = [TOKEN, *[b"x" * UNKNOWN] * 5]
    call = Call(*pieces, path=BOT, limit=6 * UNKNOWN)
    assert await call.run() == DONE
    assert call.shown == ["nvs_known"]
    assert await Call(*pieces, b"x" * UNKNOWN, path=BOT, limit=6 * UNKNOWN).run() == LARGE


async def test_a_failure_of_the_application_is_its_own():
    """What is not about the body is not answered here."""

    async def fail(_scope, _receive, _send):
        raise ProblemError(418, "teapot", "I am none.")

    nothing = cast("Any", None)
    with pytest.raises(ProblemError, match="I am none"):
        await BodyLimit(fail, limit=1)({"type": "http", "headers": []}, nothing, nothing)
