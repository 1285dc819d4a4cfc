"""The transport of our own against a service that leaves, stalls or lies at every point."""

import asyncio
import gc
import gzip
import socket
import ssl
import warnings
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sdk.making import archive, cut, png
from tests.sdk.scripted import STALL, authority, contexts, scripted
from tests.sdk.services import KEY, QUICK

from novelai import AsyncNovelAI, ConnectionFailedError, NovelAIError
from novelai._transport import WHOLE
from novelai._transport.connection import MUCH, Connection
from novelai._transport.direct import DirectTransport
from novelai._transport.memory import BUFFER, Memory

try:
    import uvloop
except ImportError:
    uvloop = None

LOOPS = ["asyncio", *(["uvloop"] if uvloop else [])]
PLAIN = ssl.create_default_context()
PICTURE = png()
ZIP = archive(PICTURE)
HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = HEAD + b"Content-Length: %d\r\n\r\n"
ANSWER = LENGTH % len(ZIP) + ZIP
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(ZIP) + ZIP + b"\r\n0\r\n\r\n"
HELLO = LENGTH % 5 + b"hello"


@pytest.fixture(autouse=True)
def few_authorities(monkeypatch, tmp_path_factory):
    """Trust one authority instead of all: reading theirs takes most of a test."""
    path = tmp_path_factory.getbasetemp() / "authority.pem"
    path.write_bytes(authority()[0])
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.fixture(params=LOOPS)
def run(request):
    """Run something on a loop of each kind; nothing may be left open there."""

    def running(main):
        factory = uvloop.new_event_loop if request.param == "uvloop" else None
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(asyncio.wait_for(main, 60))

    return running


@asynccontextmanager
async def opened(context=PLAIN, **options):
    transport = DirectTransport(context, **options)
    async with httpx2.AsyncClient(transport=transport, timeout=20) as client:
        yield client, transport
    assert not transport._open


def client_of(url, **options):
    return AsyncNovelAI(KEY, base_url=url, retry=QUICK, **options)


async def generate(url, **options):
    """Return the picture, or the error."""
    async with client_of(url, **options) as client:
        try:
            return (await client.image.generate(prompt="a"))[0].data
        except NovelAIError as error:
            return error


def test_it_is_what_the_client_uses(run, monkeypatch):
    """Straight connections are ours; where the environment names a proxy, httpx2 decides."""

    async def kind():
        async with AsyncNovelAI(KEY) as client:
            return type(client.api_client.client._transport_for_url(httpx2.URL("https://a.b")))

    for name in ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    assert run(kind()) is DirectTransport
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert run(kind()) is DirectTransport
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert run(kind()) is httpx2.AsyncHTTPTransport


def test_a_proxy_of_the_environment_is_used(run, monkeypatch):
    """A request goes to the proxy, and not where NO_PROXY says."""

    async def main():
        async with scripted(None, ANSWER) as proxy, scripted(None, ANSWER) as service:
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.setenv("no_proxy", "localhost")
            assert await generate("http://novelai.invalid") == PICTURE
            assert bytes(proxy.heard[0]).startswith(b"POST http://novelai.invalid/ai/")
            assert await generate(f"http://localhost:{service.port}") == PICTURE
            assert bytes(service.heard[0]).startswith(b"POST /ai/")

    run(main())


PACKED = gzip.compress(ZIP)
ZIPPED = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED


@pytest.mark.parametrize("answer", [ANSWER, CHUNKED, ZIPPED, HEAD + b"\r\n" + ZIP])
def test_a_picture(run, answer):
    """However the service says how long it is, the picture is the one that was sent."""
    closes = answer not in (ANSWER, CHUNKED, ZIPPED)

    async def main():
        async with scripted(None, answer, again=not closes) as service:
            assert await generate(service.url) == PICTURE

    run(main())


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
def test_a_service_that_leaves_while_it_listens(run, reset):
    """Once a byte of a paid request was read, it is not sent again, and the charge is unknown."""

    async def main():
        async with scripted(again=False, reset=reset) as service, client_of(service.url) as client:
            for heard in (0, 1, 20, 150, 300, None):
                service.steps = () if heard == 0 else (heard,)
                service.heard.clear()
                with pytest.raises(NovelAIError) as caught:
                    await client.image.generate(prompt="a")
                assert service.asked <= 1
                assert not service.asked or caught.value.charged == "unknown"

    run(main())


@pytest.mark.parametrize("answer", [ANSWER, CHUNKED], ids=["length", "chunks"])
def test_a_service_that_leaves_while_it_answers(run, answer):
    """Cut at any byte, an answer is a lost connection; the paid request was sent once."""

    async def main():
        for reset in (False, True):
            async with (
                scripted(again=False, reset=reset) as service,
                client_of(service.url) as client,
            ):
                for end in range(0, len(answer), 4):
                    service.steps = (None, *([answer[:end]] if end else []))
                    service.heard.clear()
                    with pytest.raises(NovelAIError) as caught:
                        await client.image.generate(prompt="a")
                    assert (caught.value.charged, service.asked) == ("unknown", 1), end

    run(main())


@pytest.mark.parametrize(
    "steps",
    [[STALL], [1, STALL], [None, STALL], [None, HEAD, STALL], [None, ANSWER[:-1], STALL]],
    ids=["accepts", "hears a byte", "hears all", "says a line", "says nearly all"],
)
def test_a_service_that_falls_silent(run, steps):
    """Silence ends in a timeout, and what may have been heard is not sent again."""

    async def main():
        async with scripted(*steps) as service:
            error = await generate(service.url, timeout=0.05)
            assert error.charged == "unknown"
            assert service.asked <= 1  # a busy machine may not even connect in time, and try again
            assert "Timeout" in str(error)

    run(main())


def test_a_service_that_does_not_accept(run):
    """Nobody there: nothing was charged, and each attempt is the same."""

    async def main():
        async with scripted() as service:
            pass
        error = await generate(service.url)
        assert isinstance(error, ConnectionFailedError)
        assert error.charged == "no"

    run(main())


@pytest.mark.parametrize(
    "words", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28"]
)
@pytest.mark.parametrize("heard", [1, 100])
def test_a_handshake_that_fails(run, heard, words):
    """Before TLS is agreed upon no request leaves: it is tried again and cost nothing."""

    async def main():
        steps = [heard, *([words] if words else [])]
        async with scripted(*steps, again=False) as service:
            error = await generate(f"https://127.0.0.1:{service.port}")
            assert isinstance(error, ConnectionFailedError), error
            assert (error.charged, len(service.heard)) == ("no", QUICK.max_attempts)
            assert not any(b"POST" in heard for heard in service.heard)

    run(main())


def test_a_handshake_that_stalls(run):
    """A service that never answers the handshake is given up in time, and cost nothing."""

    async def main():
        async with scripted(1, STALL) as service:
            error = await generate(f"https://127.0.0.1:{service.port}", timeout=0.05)
            assert (type(error), error.charged) == (ConnectionFailedError, "no")

    run(main())


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "pieces"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 300), max_size=5), st.sampled_from([ANSWER, CHUNKED]))
def test_any_cut_on_the_wire(whole, places, answer):
    """Sent in pieces, the same bytes come out, gathered by the transport or read as they come."""

    async def main():
        pieces = [piece for piece in cut(answer, places) if piece]
        async with scripted(None, *pieces) as service, opened() as (client, _):
            extensions = {WHOLE: whole}
            found = await client.post(service.url, content=b"a", extensions=extensions)
            assert found.content == ZIP

    asyncio.run(main())


def test_a_connection_serves_again(run):
    """One connection for requests one after another; answers that wish to close end theirs."""

    async def main():
        async with scripted(None, HELLO) as service, opened() as (client, _):
            for _ in range(3):
                assert (await client.get(service.url)).content == b"hello"
            assert len(service.heard) == 1
            async with client.stream("GET", service.url):
                pass  # nobody read the body, but all of it came or nothing of it is kept
            assert (await client.get(service.url)).content == b"hello"
        closing = HEAD + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello"
        async with scripted(None, closing) as service, opened() as (client, transport):
            for _ in range(2):
                assert (await client.get(service.url)).content == b"hello"
            assert (len(service.heard), len(transport._idle)) == (2, 0)

    run(main())


def test_a_connection_that_went_stale(run):
    """A service that closed meanwhile is noticed before a request is written to it."""

    async def main():
        async with scripted(None, HELLO, again=False) as service, opened() as (client, _):
            for number in (1, 2, 3):
                assert (await client.get(service.url)).content == b"hello"
                await service.left.wait()
                service.left.clear()
                assert service.asked == number

    run(main())


def test_words_nobody_asked_for(run):
    """What a service says between answers is no answer to the next request."""

    async def main():
        async with scripted(None, HELLO + HELLO) as service, opened() as (client, _):
            for number in (1, 2):
                assert (await client.get(service.url)).content == b"hello"
                assert len(service.heard) == number
        gate = asyncio.Event()
        evil = LENGTH % 4 + b"evil"
        async with scripted(None, HELLO, gate, evil) as service, opened() as (client, _):
            assert (await client.get(service.url)).content == b"hello"
            service.said.clear()
            gate.set()
            await service.said.wait()
            assert (await client.get(service.url)).content == b"hello"
            assert len(service.heard) == 2

    run(main())


def test_idle_connections_end(run):
    """A connection that nobody needs is closed after a while, without anybody asking."""

    async def main():
        async with scripted(None, HELLO) as service, opened(idle_seconds=0.01) as (client, kept):
            await client.get(service.url)
            await service.left.wait()
            assert not kept._idle

    run(main())


def test_requests_wait_for_a_place(run):
    """Beyond the limit requests wait in line, and not for ever."""

    async def main():
        gate = asyncio.Event()
        async with scripted(None, gate, HELLO) as service, opened(max_connections=1) as (client, _):
            first = asyncio.create_task(client.get(service.url))
            await service.accepted.wait()
            with pytest.raises(httpx2.PoolTimeout):
                await client.get(service.url, timeout=httpx2.Timeout(20, pool=0.01))
            second = asyncio.create_task(client.get(service.url))
            gate.set()
            assert [(await task).content for task in (first, second)] == [b"hello"] * 2
            assert len(service.heard) == 1

    run(main())


STATES = {
    "connecting": ("https", [1, STALL]),
    "sending": ("http", [1, asyncio.Event]),
    "waiting": ("http", [None, STALL]),
    "reading": ("http", [None, ANSWER[:-1], STALL]),
}


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "pieces"])
@pytest.mark.parametrize("state", STATES)
def test_cancelled_at_any_point(run, state, whole):
    """The connection ends with the call, wherever it was, and serves nobody else."""
    scheme, steps = STATES[state]

    async def main():
        never = asyncio.Event()
        script = [never if step is asyncio.Event else step for step in steps]
        async with scripted(*script) as service, opened() as (client, transport):
            content = b"a" * (16 * 1024 * 1024 if state == "sending" else 1)
            url = f"{scheme}://127.0.0.1:{service.port}"
            ready = service.said if state == "reading" else service.accepted
            call = asyncio.create_task(client.post(url, content=content, extensions={WHOLE: whole}))
            await ready.wait()
            await until(lambda: bool(service.heard and service.heard[0]) or state == "sending")
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await until(lambda: not transport._open)
            assert transport._free._value == 100
            if not never.is_set():
                never.set()
            await service.left.wait()
            assert not transport._idle

    run(main())


async def until(condition):
    """Let the loop go on until something is so."""
    while not condition():  # noqa: ASYNC110 - the loop itself is waited for
        await asyncio.sleep(0)


def test_a_slow_reader_holds_the_service_up(run):
    """A reader who takes little at a time keeps little in memory, and loses nothing."""
    body = Random(1).randbytes(16 * 1024 * 1024)
    answer = LENGTH % len(body) + body

    async def main():
        async with scripted(None, answer) as service, opened() as (client, transport):
            async with client.stream("GET", service.url) as response:
                pieces = response.aiter_raw()
                came = [await anext(pieces)]
                (connection,) = transport._open
                await until(lambda: not connection._may_read)
                assert not service.said.is_set()
                assert connection._cycle.held <= MUCH + BUFFER
                came += [piece async for piece in pieces]
            assert b"".join(came) == body
            assert len(transport._idle) == 1

    run(main())


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_many_at_once(run, tls):
    """Connections share a buffer, and nobody gets another's bytes."""
    service_side, client_side = contexts()

    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        number = int(head.split(b" ")[1][1:])
        body = bytes([number]) * (100_000 * number)
        writer.write(HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(body), 30_000):
            piece = body[start : start + 30_000]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(
            answer, "127.0.0.1", 0, ssl=service_side if tls else None
        )
        port = server.sockets[0].getsockname()[1]
        async with server, opened(client_side) as (client, _):

            async def ask(number):
                scheme = "https" if tls else "http"
                found = await client.get(f"{scheme}://127.0.0.1:{port}/{number}")
                assert found.content == bytes([number]) * (100_000 * number)

            await asyncio.gather(*(ask(number) for number in range(1, 17)))

    run(main())


def test_a_short_request_waits_for_nobody(run):
    """It leaves at once, also behind another small one that the service has not confirmed yet."""

    async def main():
        async with scripted(None, HELLO) as service, opened() as (client, transport):
            await client.get(service.url)
            (connection,) = transport._open
            option = connection._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert option

    run(main())


def test_a_service_that_hears_slowly(run):
    """As long as it takes some of a request, the time to write does not run out."""
    body = b"a" * 400_000

    async def main():
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10_000)
        connection = Connection(loop, ours, Memory())

        async def hear():
            heard = 0
            while heard < len(body):
                heard += len(await loop.sock_recv(theirs, 20_000))
                await asyncio.sleep(0.05)
            await loop.sock_sendall(theirs, HELLO)

        async def tell(event, info):
            pass

        request = httpx2.Request("POST", "http://a", content=body)
        hearing = loop.create_task(hear())
        answer = await connection.request(request, {"read": 20, "write": 0.5}, tell)
        assert answer.status_code == 200
        await hearing
        connection.abort()
        theirs.close()

    run(main())


def test_tls_is_checked(run):
    """A certificate that is not trusted, or of another name, ends before the request leaves."""
    service_side, client_side = contexts()
    heard = []

    async def answer(reader, writer):
        heard.append(await reader.read(1))
        writer.close()

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=service_side)
        port = server.sockets[0].getsockname()[1]
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the server's own
        async with server:
            async with opened() as (client, _):
                with pytest.raises(httpx2.ConnectError, match="verify"):
                    await client.get(f"https://localhost:{port}")
            async with opened(client_side) as (client, _):
                with pytest.raises(httpx2.ConnectError, match="match"):
                    await client.get(
                        f"https://localhost:{port}", extensions={"sni_hostname": "novelai.net"}
                    )

    run(main())
    assert not any(heard)


def test_an_early_refusal_is_read(run):
    """A service that answers before it read a large request is heard; the rest is not sent."""
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge"

    async def main():
        never = asyncio.Event()
        async with scripted(100, refusal, never) as service, opened() as (client, transport):
            found = await client.post(service.url, content=b"a" * 32 * 1024 * 1024)
            assert (found.status_code, found.content) == (413, b"large")
            assert not transport._idle
            never.set()

    run(main())


def test_a_request_in_pieces(run):
    """Bodies of unknown length travel in chunks, as they are made."""

    async def pieces():
        yield b"abc"
        yield b"defgh"

    async def main():
        async with scripted(None, HELLO) as service, opened() as (client, _):
            sent = await client.post(service.url, content=pieces())
            assert sent.content == b"hello"
            (heard,) = service.heard
        assert bytes(heard).endswith(b"\r\n\r\n3\r\nabc\r\n") or b"5\r\ndefgh\r\n" in heard

    run(main())


def test_a_head_that_cannot_be_sent(run):
    """A header that HTTP does not allow never leaves, and the trace says so."""
    steps = []

    async def tell(event, _):
        steps.append(event)

    async def main():
        async with scripted(None, HELLO) as service, opened() as (client, transport):
            with pytest.raises(httpx2.LocalProtocolError):
                await client.get(service.url, headers={"a": "b\nc"}, extensions={"trace": tell})
            assert not any(service.heard)
            with pytest.raises(httpx2.UnsupportedProtocol):
                await client.get("ftp://127.0.0.1/a")
            assert transport._free._value == 100

    run(main())
    assert steps[-1] == "http11.send_request_headers.failed"


def test_a_body_of_another_length(run):
    """What is found wrong only after the head has left is no evidence that nothing did."""
    steps = []

    async def tell(event, _):
        steps.append(event)

    async def pieces():
        yield b"ab"
        yield b"cd"

    async def main():
        async with scripted(30, STALL) as service, opened() as (client, transport):
            with pytest.raises(httpx2.LocalProtocolError):
                await client.post(
                    service.url,
                    headers={"content-length": "3"},
                    content=pieces(),
                    extensions={"trace": tell},
                )
            await service.left.wait()
            assert service.asked == 1
            assert not transport._idle

    run(main())
    assert steps[-1] == "http11.send_request_headers.started"


def test_a_loop_that_is_closed_in_the_middle():
    """Nothing is left of a call whose loop is gone, not even an open socket."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # it tells of tasks that were pending
    stack = AsyncExitStack()

    async def begin():
        service = await stack.enter_async_context(scripted(None, ANSWER[:-1], STALL))
        call = asyncio.create_task(client_of(service.url).image.generate(prompt="a"))
        await service.said.wait()
        return call, service.port

    def let_go():
        nonlocal stack
        call, port = loop.run_until_complete(begin())
        loop.close()
        call.get_coro().close()
        stack = None
        return port

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        port = let_go()
        gc.collect()
    ours = f"raddr=('127.0.0.1', {port})"
    assert not [warned for warned in caught if ours in str(warned.message)]
