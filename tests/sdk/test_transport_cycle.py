"""One answer in HTTP/1.1 from bytes, without a socket; h11 is the judge."""

from io import BytesIO

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.making import cut

from novelai._transport.cycle import MAX_HEAD, MAX_LINE, Cycle

HOST = [(b"Host", b"novelai")]
OK = b"HTTP/1.1 200 OK\r\n"


def asked(method=b"POST"):
    """Begin a cycle whose request is said."""
    cycle = Cycle()
    cycle.begin(method, b"/", HOST)
    cycle.end()
    return cycle


def outcome(pieces, *, method=b"POST", ends=True):
    """Return status and body, or the error; with what came before it either way."""
    cycle = asked(method)
    try:
        for piece in pieces:
            cycle.receive(memoryview(piece))
        if ends and not cycle.is_complete:
            cycle.receive_end()
    except h11.RemoteProtocolError as error:
        return error, cycle.take()
    if not cycle.is_complete:
        return None, cycle.take()
    return cycle.answer.status_code, cycle.take()


def judged(wire, *, method=b"POST"):
    """Return what h11 makes of the same bytes; ``None`` is an error."""
    judge = h11.Connection(h11.CLIENT)
    judge.send(h11.Request(method=method, target=b"/", headers=HOST))
    judge.send(h11.EndOfMessage())
    judge.receive_data(wire)
    judge.receive_data(b"")
    status, body = None, b""
    try:
        while True:
            event = judge.next_event()
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return status, body
    except h11.RemoteProtocolError:
        return None


def chunked(*pieces, extension=b"", trailers=b""):
    sizes = (b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
    return b"".join(sizes) + b"0\r\n" + trailers + b"\r\n"


CODED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=5)


@st.composite
def answers(draw):
    """Draw an answer: its bytes, and its body; ``whole`` says that its end shows by itself."""
    pieces = draw(BODIES)
    body = b"".join(pieces)
    head = b"".join(draw(st.lists(st.just(b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n"), max_size=2)))
    kind = draw(st.sampled_from(["length", "chunked", "close"]))
    if kind == "length":
        return head + OK + b"Content-Length: %d\r\n\r\n" % len(body) + body, body, True
    if kind == "close":
        return head + OK + b"\r\n" + body, body, False
    extension = draw(st.sampled_from([b"", b";a=b", b";c", b" "]))
    trailers = draw(st.sampled_from([b"", b"X: y\r\n", b"X: y\r\nContent-Length: 3\r\n"]))
    return head + CODED + chunked(*pieces, extension=extension, trailers=trailers), body, True


@given(answers(), st.lists(st.integers(0, 400), max_size=6))
def test_any_cut_gives_the_same_body(answer, places):
    """Where the network cut the bytes does not matter, and h11 reads the same."""
    wire, body, _ = answer
    pieces = cut(wire, [min(place, len(wire)) for place in places])
    assert outcome(pieces) == (200, body) == judged(wire)
    assert outcome(wire[i : i + 1] for i in range(len(wire))) == (200, body)


@given(answers())
def test_no_truncated_answer_counts_as_whole(answer):
    """Ended at any byte, an answer that knows its length is an error, never a shorter body."""
    wire, body, whole = answer
    for end in range(len(wire)):
        status, came = outcome([wire[:end]])
        assert body.startswith(came)
        if whole:
            assert isinstance(status, h11.RemoteProtocolError), end


@given(answers(), st.data())
def test_what_h11_refuses_is_refused(answer, data):
    """Damaged anywhere, an answer is read as h11 reads it, or refused; nothing else escapes."""
    wire = bytearray(answer[0])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(wire) - 1))
        wire[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"", b"\r", b"\n", b"0", b"f", b";", b" ", b"\0", b"-", b"g", b"\r\n"])
        )
    found = outcome([bytes(wire)])
    assert isinstance(found[0], h11.RemoteProtocolError) or found == judged(bytes(wire))


@given(st.binary(max_size=300))
def test_garbage_raises_nothing_else(garbage):
    """Any bytes give an answer or the one error, in the head as in the body."""
    for wire in (garbage, CODED + garbage):
        found = outcome([wire])
        assert isinstance(found[0], h11.RemoteProtocolError) or found == judged(wire)


REFUSED = {
    "two lengths": OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": OK + b"Content-Length: 3, 4\r\n\r\nabcd",
    "length and chunks": OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "another coding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding twice": OK + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "negative length": OK + b"Content-Length: -1\r\n\r\n",
    "signed length": OK + b"Content-Length: +1\r\n\r\na",
    "endless length": OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "no size": CODED + b"\r\nabc\r\n0\r\n\r\n",
    "negative size": CODED + b"-1\r\nabc\r\n",
    "prefixed size": CODED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "spaced size": CODED + b" 3\r\nabc\r\n0\r\n\r\n",
    "size that overflows": CODED + b"1" * 17 + b"\r\n",
    "bare line feed": CODED + b"3\nabc\n0\n\n",
    "chunk too long": CODED + b"3\r\nabcd\r\n0\r\n\r\n",
    "line feed in an extension": CODED + b"3;a\nb\r\nabc\r\n0\r\n\r\n",
    "line without end": CODED + b"3;" + b"a" * MAX_LINE + b"\r\nabc\r\n0\r\n\r\n",
    "trailers without end": CODED + b"0\r\n" + b"A: b\r\n" * (MAX_HEAD // 6 + 1) + b"\r\n",
    "another protocol": b"HTTP/2 200 OK\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x16",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a head without end": OK + b"A: " + b"a" * MAX_HEAD + b"\r\n\r\n",
    "many small heads": b"HTTP/1.1 100 Continue\r\n\r\n" * (MAX_HEAD // 25 + 1) + OK + b"\r\n",
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    """Two lengths, damaged sizes, heads without end: the answer is refused, however it is cut."""
    wire = REFUSED[name]
    for pieces in ([wire], cut(wire, range(0, len(wire), 997)), cut(wire, range(0, len(wire), 64))):
        status, body = outcome(pieces)
        assert isinstance(status, h11.RemoteProtocolError)
        assert len(body) <= 4


@pytest.mark.parametrize(
    ("method", "wire"),
    [
        (b"HEAD", OK + b"Content-Length: 5\r\n\r\n"),
        (b"HEAD", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
        (b"POST", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
        (b"POST", OK + b"Content-Length: 0\r\n\r\n"),
        (b"POST", OK + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        (b"POST", OK + b"Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"),
    ],
)
def test_answers_without_a_body(method, wire):
    """They are complete with their head: nobody waits for bytes that never come."""
    status, body = outcome([wire], method=method, ends=False)
    assert (isinstance(status, int), body) == (True, b"")


def reusable(wire, *, method=b"POST", headers=(), says_all=True):
    cycle = Cycle()
    cycle.begin(method, b"/", [*HOST, *headers])
    if says_all:
        cycle.end()
    cycle.receive(memoryview(wire))
    return cycle.is_complete, cycle.is_reusable


LENGTH = b"Content-Length: 1\r\n"


def test_when_a_connection_serves_again():
    """Only where both sides said all, nothing else came, and nobody wishes to close."""
    assert reusable(OK + LENGTH + b"\r\na") == (True, True)
    assert reusable(CODED + chunked(b"a")) == (True, True)
    assert reusable(OK + LENGTH + b"\r\n") == (False, False)
    assert reusable(OK + LENGTH + b"\r\nab") == (True, False)
    assert reusable(OK + LENGTH + b"\r\na" + OK) == (True, False)
    assert reusable(OK + LENGTH + b"Connection: x, Close\r\n\r\na") == (True, False)
    assert reusable(b"HTTP/1.0 200 OK\r\n" + LENGTH + b"\r\na") == (True, False)
    close = [(b"Connection", b"close")]
    assert reusable(OK + LENGTH + b"\r\na", headers=close) == (True, False)
    length = [(b"Content-Length", b"9")]
    assert reusable(OK + LENGTH + b"\r\na", headers=length, says_all=False) == (True, False)


def test_a_request_that_http_does_not_allow():
    """Line breaks in headers, or a body of another length than the head says, are refused."""
    for headers in ([(b"a", b"b\r\nc: d")], [(b"a b", b"c")]):
        with pytest.raises(h11.LocalProtocolError):
            Cycle().begin(b"POST", b"/", [*HOST, *headers])
    with pytest.raises(h11.LocalProtocolError):
        Cycle().begin(b"POST", b"/a b", HOST)
    cycle = Cycle()
    cycle.begin(b"POST", b"/", [*HOST, (b"Content-Length", b"2")])
    with pytest.raises(h11.LocalProtocolError):
        cycle.add(b"abc")


@given(st.binary(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))))
def test_a_body_that_moves(body, moves):
    """What was used stays behind, what was not comes along: nothing is lost and nothing doubled."""
    cycle, used, held, came = asked(), b"", b"", 0

    def see(view):
        nonlocal held
        held = bytes(view)
        return 0, 0

    cycle.receive(memoryview(OK + b"Content-Length: %d\r\n\r\n" % (len(body) + 1)))
    for size, length in moves:
        cycle.receive(memoryview(body[came : came + size]))
        came = min(came + size, len(body))
        assert cycle.look(see) == (0, 0)
        assert used + held == body[:came]
        used += held[:length]
        cycle.move(BytesIO(b"what somebody left behind" * 9), min(length, len(held)))
    cycle.receive(memoryview(body[came:] + b"!"))
    assert used + cycle.take() == body + b"!"
