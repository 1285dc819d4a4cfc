"""Half of a request is not waited for, and not held in any number by one address."""

import socket
import threading
from contextlib import contextmanager

import anyio
import pytest
import uvicorn

from novelai.server.http.connections import ConnectionLimits, careful_protocol
from novelai.server.keys.wrong_keys import FREE, KNOWN, LONGEST, WrongKeys
from novelai.server.open_files import raise_file_limit

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


TAKEN = []
"""Paths of what was passed on."""


async def echo(scope, receive, send):
    """Answer how long the body is; `/early` does not read it."""
    TAKEN.append(scope["path"])
    length, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    text = str(length).encode()
    headers = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class Announcing(uvicorn.Server):
    def __init__(self, config):
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def serving(**limits):
    http = careful_protocol(ConnectionLimits(**limits))
    config = uvicorn.Config(
        echo, port=0, http=http, log_level="critical", lifespan="off", loop="asyncio"
    )
    server = Announcing(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    server.ready.wait()
    try:
        yield server.servers[0].sockets[0].getsockname()
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def hasty():
    """A server that waits for a moment only."""
    with serving(head=0.1, silence=0.2) as address:
        yield address


def talk(address, *parts):
    """Send something and read until the other side has nothing more to say."""
    with socket.create_connection(address, timeout=60) as connection:
        for part in parts:
            connection.sendall(part)
        return read_all(connection)


def read_all(connection):
    found = b""
    try:
        while piece := connection.recv(4096):
            found += piece
    except ConnectionResetError:
        pass
    return found


OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
    ids=["nothing", "half a line", "half the headers", "half a body", "an open chunked body"],
)
def test_half_a_request_is_cut_off(hasty, sent):
    """Whatever is missing, the connection ends by itself; nobody answers."""
    assert talk(hasty, sent) == b""


def test_the_second_request_is_cut_off(hasty):
    """A connection that was good for one request gets no longer for the next."""
    answers = talk(hasty, WHOLE, b"GET / HTTP/1.1\r\nHost")
    assert answers.count(b"HTTP/1.1 200") == 1


def test_a_body_after_its_answer_is_not_waited_for(hasty):
    """Who was answered early and sends on ends, too."""
    head = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\nabc"
    assert talk(hasty, head).count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: 9\r\n\r\nabcdefghi",
        b"Transfer-Encoding: chunked\r\n\r\n9\r\nabcdefghi\r\n0\r\n\r\n",
    ],
    ids=["whole", "chunked"],
)
@pytest.mark.parametrize("cut", [0, 1, 60, 140, 170])
def test_an_offer_of_another_protocol_is_passed_over(hasty, framed, cut):
    """A body behind the offer to speak HTTP/2 arrives, wherever it is cut, and the next request."""
    sent = b"POST / HTTP/1.1\r\nHost: a\r\n" + OFFER + framed + LAST
    answers = talk(hasty, sent[:cut], sent[cut:])
    assert answers.count(b"HTTP/1.1 200") == 2
    assert answers.split(b"\r\n\r\n")[1].startswith(b"9")


def test_a_request_to_connect_is_no_offer(hasty):
    """Whoever takes the server for a proxy is answered and let go."""
    assert b"HTTP/1.1 " in talk(hasty, b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n" + OFFER + b"\r\n")


def test_whole_requests_are_answered(hasty):
    """One after the other on one connection, with bodies in pieces."""
    body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"
    end = WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answers = talk(hasty, WHOLE, body, b"a" * 150_000, b"b" * 50_000, end)
    assert answers.count(b"HTTP/1.1 200") == 3
    assert b"200000" in answers


def test_one_address_has_so_many_at_once():
    """Of one more than that is refused in a sentence; when one ends, the next is taken."""
    with serving(unfinished=3) as address:
        held = [socket.create_connection(address, timeout=60) for _ in range(3)]
        for one in held:
            one.sendall(b"GET / HTTP/1.1\r\n")
        refused = talk(address)
        assert b"429" in refused.split(b"\r\n")[0]
        assert b"Too many unfinished" in refused
        # Finished, they are not counted any more, although they are open.
        for one in held:
            one.sendall(b"Host: a\r\n\r\n")
            assert one.recv(4096).startswith(b"HTTP/1.1 200")
        end = WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        assert b"HTTP/1.1 200" in talk(address, end)
        for one in held:
            one.close()


def test_what_is_refused_is_not_done_all_the_same():
    """On a connection that was kept, too, where all of a request comes at once."""
    with serving(unfinished=2) as address, socket.create_connection(address, timeout=60) as kept:
        kept.sendall(WHOLE)
        answer = b""
        while not answer.endswith(b"\r\n\r\n0"):
            answer += kept.recv(4096)
        held = [socket.create_connection(address, timeout=60) for _ in range(2)]
        for one in held:
            one.sendall(b"GET / HTTP/1.1\r\n")
        assert b"429" in talk(address)  # they are counted
        kept.sendall(b"POST /paid HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
        assert b"429" in kept.recv(4096).split(b"\r\n")[0]
        assert kept.recv(4096) == b""
        for one in held:
            one.close()
    assert "/paid" not in TAKEN


class Time:
    """A clock that moves only when it is told to, or slept on."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    async def sleep(self, seconds):
        self.slept.append(seconds)


async def test_wrong_keys_are_answered_more_slowly():
    """After ten of an address, each answer waits longer, up to some seconds; time forgives."""
    time = Time()
    wrong = WrongKeys(lambda: time.now, time.sleep)
    for _ in range(FREE):
        await wrong.wait("203.0.113.9")
    assert time.slept == []
    for _ in range(20):
        await wrong.wait("203.0.113.9")
    assert time.slept[:3] == [1.0, 2.0, 3.0]
    assert max(time.slept) == time.slept[-1] == LONGEST
    time.slept.clear()
    await wrong.wait("203.0.113.10")
    await wrong.wait("")
    time.now += FREE + LONGEST
    await wrong.wait("203.0.113.9")
    assert time.slept == []


async def test_many_addresses_are_not_remembered_for_ever():
    """What is remembered of strangers is bounded."""
    time = Time()
    wrong = WrongKeys(lambda: time.now, time.sleep)
    for number in range(KNOWN + 50):
        await wrong.wait(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(wrong._until) == KNOWN


async def test_the_right_key_does_not_wait(keyed, make_key):
    """However many wrong ones an address has shown, the right one is taken."""
    _, secret = make_key()
    wrong = keyed.services.authentication.wrong
    for _ in range(FREE + 3):
        with anyio.move_on_after(0):
            await wrong.wait("127.0.0.1")
    shown = {"Authorization": f"Bearer {secret}"}
    assert keyed.get("/api/state", headers=shown).status_code == 200


def test_more_files_may_be_open():
    """The process takes what the system gives it, and never less than it had."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        raise_file_limit(512)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 512
        raise_file_limit(300)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
