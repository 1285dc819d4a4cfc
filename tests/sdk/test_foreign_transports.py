"""Transports and clients that were handed in: what they say of a failure is no evidence."""

import socket
import threading
from contextlib import contextmanager

import httpx2
import pytest
from tests.sdk.making import archive, final, frames, png, preview
from tests.sdk.services import COLOURS, KEY, QUICK, Service, gather, reply, streamed, use

from novelai import (
    ConnectionFailedError,
    ConnectionLostError,
    NovelAI,
    NovelAIError,
    RequestTimeoutError,
)
from novelai._http import Trail, unreachable

PROMPT = "SECRET-PROMPT"
PICTURE = png()
CALLS = {
    "generate": lambda client: client.image.generate(prompt=PROMPT),
    "stream": lambda client: gather(client.image.generate_stream(prompt=PROMPT), []),
    "vibe": lambda client: client.image.encode_vibe(PICTURE),
    "tool": lambda client: client.tools.colorize(PICTURE, prompt=PROMPT),
    "upscale": lambda client: client.tools.upscale(PICTURE),
}
LIES = {
    "cannot connect": httpx2.ConnectError(f"cannot connect to https://host/{PROMPT}"),
    "connect timeout": httpx2.ConnectTimeout("slow"),
    "pool timeout": httpx2.PoolTimeout("full"),
    "protocol": httpx2.LocalProtocolError("bad"),
    "proxy": httpx2.ProxyError("refused"),
    "closed loop": RuntimeError("Event loop is closed"),
    "os": OSError(104, f"reset {PROMPT}"),
    "foreign": KeyError(PROMPT),
    "group": ExceptionGroup("several", [ValueError(PROMPT)]),
}


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("call", CALLS)
def test_what_a_foreign_transport_says_repeats_nothing(colour, call, lie):
    """A paid request that such a transport took is sent once, and the charge is unknown."""
    service = Service(LIES[lie])
    with pytest.raises(ConnectionLostError) as caught:
        use(colour, service, CALLS[call])
    assert (service.calls, caught.value.charged) == (1, "unknown")
    assert caught.value.__cause__ is LIES[lie]
    assert PROMPT not in str(caught.value)
    assert "http" not in str(caught.value)


def test_a_client_that_was_handed_in_is_no_evidence_either():
    """It makes no difference whether the transport or the client around it was handed in."""
    service = Service(httpx2.ConnectTimeout("slow"))
    with httpx2.Client(transport=service) as http, pytest.raises(ConnectionLostError) as caught:
        use("sync", None, CALLS["generate"], http_client=http)
    assert (service.calls, caught.value.charged) == (1, "unknown")


def test_what_costs_nothing_is_repeated(colour):
    """A question about the account may be asked again, whatever the transport raised."""
    service = Service(RuntimeError("odd"), OSError(104, "reset"), reply(200, b'{"tier": 3}'))
    assert use(colour, service, lambda client: client.user.get_subscription()).tier == 3
    assert service.calls == 3


@pytest.mark.parametrize("failure", [RuntimeError("odd"), OSError(104, "reset"), KeyError(PROMPT)])
def test_a_stream_that_breaks_oddly(colour, failure):
    """Nothing raw comes out of a stream; what came before stays, and a whole picture counts."""
    events = []
    service = Service(streamed(frames(preview(1)), then=failure))
    with pytest.raises(ConnectionLostError) as caught:
        use(
            colour,
            service,
            lambda client: gather(client.image.generate_stream(prompt=PROMPT), events),
        )
    assert (len(events), service.calls, caught.value.charged) == (1, 1, "unknown")
    assert caught.value.__cause__ is failure
    assert PROMPT not in str(caught.value)
    service = Service(streamed(frames(final(PICTURE)), then=failure))
    watch = lambda client: gather(client.image.generate_stream(prompt=PROMPT), [])  # noqa: E731
    assert len(use(colour, service, watch)) == 1


def test_a_body_that_breaks_oddly(colour):
    """An answer that breaks off with an exception of another library is a lost connection."""
    service = Service(streamed(archive(PICTURE)[:50], then=RuntimeError("odd")))
    with pytest.raises(ConnectionLostError) as caught:
        use(colour, service, CALLS["generate"])
    assert (service.calls, caught.value.charged) == (1, "unknown")


def test_an_error_of_ours_is_passed_on(colour):
    """A transport may refuse a request in our words: they are taken as they are."""
    refusal = ConnectionFailedError("Not allowed now.")
    with pytest.raises(ConnectionFailedError, match="Not allowed now") as caught:
        use(colour, Service(refusal), CALLS["generate"])
    assert caught.value is refusal


class Listener:
    """A service on a socket: keeps what arrives, says its words, and hangs up."""

    def __init__(self, words: bytes) -> None:
        self._words = words
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard: list[bytes] = []

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.heard.append(connection.recv(65_536))
                connection.sendall(self._words)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def listening(words: bytes = b""):
    listener = Listener(words)
    thread = threading.Thread(target=listener.serve)
    thread.start()
    try:
        yield listener
    finally:
        listener.close()
        thread.join(20)


def failure(colour, base_url, *, handed_in="transport", **options):
    """Generate over a real transport, handed in or the client's own, which fails."""
    kind = httpx2.HTTPTransport if colour == "sync" else httpx2.AsyncHTTPTransport
    wrapper = httpx2.Client if colour == "sync" else httpx2.AsyncClient
    given = {}
    if handed_in == "transport":
        given["transport"] = kind(verify=False, **options)
    elif handed_in == "client":
        given["http_client"] = wrapper(transport=kind(verify=False, **options))
    with pytest.raises(NovelAIError) as caught:
        use(colour, None, CALLS["generate"], base_url=base_url, **given)
    return caught.value


@pytest.mark.parametrize("handed_in", ["transport", "client", "own"])
def test_httpx2_tells_that_nothing_left(colour, handed_in):
    """Where no connection opens, nothing was charged: httpx2's transports tell of the attempt."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failure(colour, f"http://127.0.0.1:{port}", handed_in=handed_in)
    assert (type(error), error.charged) == (ConnectionFailedError, "no")


@pytest.mark.parametrize("handed_in", ["transport", "client", "own"])
def test_httpx2_tells_that_the_head_left(colour, handed_in):
    """A service that hangs up after it read the request was asked once."""
    with listening() as service:
        error = failure(colour, f"http://127.0.0.1:{service.port}", handed_in=handed_in)
    assert (type(error), error.charged) == (ConnectionLostError, "unknown")
    assert len(service.heard) == 1


@pytest.mark.parametrize("words", [b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", b""])
def test_a_proxy_that_opens_no_tunnel(colour, words):
    """What was said to a proxy alone is no request: it may be repeated, and cost nothing."""
    with listening(words) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        error = failure(colour, "https://image.novelai.net", proxy=address)
    assert (type(error), error.charged) == (ConnectionFailedError, "no")
    assert len(proxy.heard) == QUICK.max_attempts
    assert all(heard.startswith(b"CONNECT image.novelai.net:443") for heard in proxy.heard)


def test_a_header_that_cannot_be_sent():
    """A head that HTTP does not allow never leaves, and the error says that nothing was charged."""
    with listening() as service:
        url = f"http://127.0.0.1:{service.port}"
        transport = httpx2.HTTPTransport(verify=False)
        with (
            httpx2.Client(transport=transport, headers={"x-name": "a\nb"}) as http,
            NovelAI(KEY, base_url=url, retry=QUICK, http_client=http) as client,
            pytest.raises(ConnectionFailedError) as caught,
        ):
            CALLS["generate"](client)
    assert caught.value.charged == "no"
    assert not any(service.heard)


def test_a_full_pool_is_believed_of_our_own_transport_only():
    """Waiting for a connection is no step that is told of: there the class decides, if trusted."""
    full = httpx2.PoolTimeout("full")
    assert not unreachable(full, Trail(), trusted=True).sent
    assert unreachable(full, Trail(), trusted=False).sent
    assert unreachable(httpx2.ConnectTimeout("slow"), Trail(), trusted=True).sent


def test_silence_is_named(colour):
    """A foreign transport that reports silence gives a timeout, with the charge unknown."""
    with pytest.raises(RequestTimeoutError) as caught:
        use(colour, Service(httpx2.ReadTimeout("slow")), CALLS["generate"])
    assert caught.value.charged == "unknown"
