"""Server-sent events, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.making import cut, ours

from novelai import ConnectionLostError
from novelai._codecs.sse import ServerSentEvent, SSEDecoder


def decoded(pieces):
    decoder = SSEDecoder()
    found = [event for piece in pieces for event in decoder.feed(piece)]
    return found + list(decoder.finish())


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("data: a\n\n", [("message", "a")]),
        ("event: final\ndata: a\n\n", [("final", "a")]),
        ("data: a\ndata: b\n\n", [("message", "a\nb")]),
        ("data:a\n\ndata:  b\n\n", [("message", "a"), ("message", " b")]),
        ("data\n\n", [("message", "")]),
        ("data\ndata\n\n", [("message", "\n")]),
        (": comment\ndata: a\n: more\n\n", [("message", "a")]),
        ("event: x\n\ndata: a\n\n", [("message", "a")]),
        ("retry: 5\nnonsense: b\ndata: a\n\n", [("message", "a")]),
        ("\n\n\n", []),
        ("", []),
        ("data: a:b\n\n", [("message", "a:b")]),
        (" data: a\n\n", []),
        ("data: ねこ🐈\n\n", [("message", "ねこ🐈")]),
        ("\ufeffdata: a\n\n", [("message", "a")]),
        ("\ufeff\ufeffdata: a\n\n", []),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"], ids=["LF", "CR", "CRLF"])
def test_the_standard_s_rules(text, events, end):
    """Names, comments, several data lines, byte order mark, and all three ends of a line."""
    data = text.replace("\n", end).encode()
    assert [(event.event, event.data) for event in decoded([data])] == events


def test_the_last_id_stays():
    """An id holds until another comes; one with a null byte is ignored."""
    text = b"id: 1\ndata: a\n\ndata: b\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\n"
    assert [event.id for event in decoded([text])] == ["1", "1", "1", ""]


texts = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=12)
written = st.lists(
    st.tuples(texts.map(str.strip), st.lists(texts, min_size=1, max_size=2)), max_size=3
)
ends = st.sampled_from(["\n", "\r", "\r\n"])


@given(written, ends, st.booleans(), st.lists(st.integers(0, 200), max_size=6))
def test_any_cut_gives_the_same_events(events, end, marked, places):
    """Cuts inside a character, a line's end or the byte order mark change nothing."""
    lines = []
    for name, values in events:
        lines += [f"event: {name}", *(f"data: {value}" for value in values), ""]
    text = "".join(line + end for line in lines)
    whole = (b"\xef\xbb\xbf" if marked else b"") + text.encode()
    once = decoded([whole])
    assert decoded(cut(whole, places)) == once
    assert decoded(whole[i : i + 1] for i in range(len(whole))) == once


def test_a_character_cut_in_two():
    """Bytes are decoded only when their line is whole."""
    whole = "data: é\n\n".encode()
    assert decoded([whole[:7], whole[7:]]) == [ServerSentEvent("message", "é")]


@pytest.mark.parametrize("text", [b"data: a", b"data: a\n", b"data: a\n\nevent: b", b"\xef"])
def test_a_stream_cut_inside_an_event_is_an_error(text):
    """The standard would drop the unfinished event; here it may be the picture."""
    with pytest.raises(ConnectionLostError) as caught:
        decoded([text])
    assert caught.value.charged == "unknown"


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_garbage_is_passed_over(pieces):
    """Any bytes are events, nothing, or a stream that was cut."""
    found = ours(ConnectionLostError, lambda: decoded(pieces))
    assert isinstance(found, ConnectionLostError) or all(
        isinstance(one, ServerSentEvent) for one in found
    )


@pytest.mark.parametrize(("data", "size"), [(b"c", 0), (b"c\n", 10), (b"\r", 9)])
def test_work_is_announced(data, size):
    """`completing` tells, before the bytes are fed, how many will be decoded."""
    decoder = SSEDecoder()
    decoder.feed(b"data: ab")
    assert decoder.completing(data) == size


def test_work_is_announced_after_a_carriage_return():
    """A line that ended in a carriage return is complete with any byte that follows."""
    decoder = SSEDecoder()
    decoder.feed(b"data: ab\r")
    assert decoder.completing(b"x") == 10
