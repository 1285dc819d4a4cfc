"""The stream of an instruction model: joining, stop texts, failures."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.making import cut, ours
from tests.sdk.text_making import ANSWER, PIECES, chat, chunk, event

from novelai import ConnectionLostError, GenerationFailedError, NovelAIError
from novelai._operations.chat_events import ChatEventDecoder, join_events
from novelai._operations.stops import StopTrimmer

WHOLE = chat()


def read(*pieces, stops=(), answers=1):
    reader = ChatEventDecoder(stops, answers)
    events = [found for piece in pieces for found in reader.feed(piece)]
    return events + list(reader.finish())


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_cuts_change_nothing(places):
    """However the bytes are cut, characters of several bytes included, the events are the same."""
    assert read(*cut(WHOLE, places)) == read(WHOLE)


def test_pieces_add_up_to_the_answer():
    """The answer is all pieces without the newline in front, with its end, tokens and count."""
    result = join_events(read(WHOLE))
    assert str(result) == result.text == ANSWER
    assert result.finish_reason == "stop"
    assert result.choices[0].token_ids == (*range(7, 7 + len(PIECES)), 151336)
    assert result.usage.completion_tokens == len(PIECES)


def test_events_tell_text_as_it_comes():
    """The role alone is no event, and the last event has the end and the count."""
    events = read(WHOLE)
    assert [found.text for found in events] == ["", *PIECES[1:], ""]
    assert events[-1].finish_reason == "stop"
    assert events[-1].usage.total_tokens == 12


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_comments_and_line_ends_do_not_matter(line_end):
    """Comments that keep a connection awake are no events, and any line end will do."""
    data = b": wait\n\n" + WHOLE.replace(b"\n\ndata", b"\n\n: still here\n\ndata")
    assert join_events(read(data.replace(b"\n", line_end.encode()))).text == ANSWER


def test_newlines_in_front_go_and_others_stay():
    """Only what stands in front of an answer is left out."""
    assert join_events(read(chat(["\n", "\n\nA", "\n", "B\n"]))).text == "A\nB\n"


def test_an_end_without_the_last_word_is_complete():
    """When every answer has ended, a missing [DONE] is no loss."""
    assert join_events(read(chat(done=False))).text == ANSWER


def test_a_stream_that_stops_early_is_an_error():
    """A stream that ends inside an answer is cut, after what came was given."""
    reader = ChatEventDecoder((), 1)
    assert [found.text for found in reader.feed(chunk({"content": "Half"}))] == ["Half"]
    with pytest.raises(ConnectionLostError, match="text") as caught:
        list(reader.finish())
    assert caught.value.charged == "no"


def test_several_answers_are_kept_apart():
    """Each answer has its own text and end; all of them must end."""
    pieces = [
        chunk({"content": "\nA"}, index=0),
        chunk({"content": "\nB"}, index=1),
        chunk({"content": "a"}, index=0),
        chunk(index=1, reason="length"),
    ]
    with pytest.raises(ConnectionLostError):
        read(*pieces, answers=2)
    result = join_events(read(*pieces, chunk(index=0, reason="stop"), answers=2))
    assert [(one.text, one.finish_reason) for one in result.choices] == [
        ("Aa", "stop"),
        ("B", "length"),
    ]


@pytest.mark.parametrize(
    "failure",
    [
        event({"error": {"message": "context too long", "code": 400}}),
        event({"error": "context too long"}),
        event({"statusCode": 400, "message": "context too long"}),
        b'{"error":{"message":"context too long","code":400}}',
    ],
)
def test_a_failure_is_an_error(failure):
    """A failure of any shape, in the stream or in its place, is raised."""
    with pytest.raises(GenerationFailedError, match="context too long"):
        read(failure)


def test_an_answer_at_once_is_taken():
    """A server that ignores the wish for a stream is understood."""
    document = {
        "choices": [
            {"message": {"role": "assistant", "content": "\nYes"}, "finish_reason": "stop"}
        ],
        "usage": {"total_tokens": 3},
    }
    result = join_events(read(json.dumps(document).encode()))
    assert (result.text, result.usage.total_tokens) == ("Yes", 3)


def test_odd_documents_are_passed_over():
    """What is new or strange in a chunk breaks nothing."""
    odd = [
        event({"choices": None}),
        event({"choices": ["x", {"index": "0", "delta": None, "text": 5}]}),
        event({"usage": "many", "choices": []}),
        event({"ping": 1}),
        chunk({"content": None, "reasoning": "…"}),
    ]
    assert join_events(read(*odd, WHOLE)).text == ANSWER


@given(st.binary(max_size=300))
def test_no_bytes_surprise_the_decoder(data):
    """Whatever comes, there are events or an error of ours."""
    found = ours(NovelAIError, lambda: read(data))
    assert isinstance(found, list | NovelAIError)


@given(
    st.text("abS", max_size=30),
    st.lists(st.integers(0, 30), max_size=6),
    st.lists(st.text("abS", min_size=1, max_size=3), max_size=3),
)
def test_a_text_ends_before_its_first_stop(text, places, stops):
    """However a text is cut, it ends before the stop text that is complete first."""
    trimmer = StopTrimmer(tuple(stops))
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    told = "".join(trimmer.feed(text[start:end]) for start, end in pairwise(edges))
    told += trimmer.finish()
    complete = [
        (end, end - len(stop))
        for stop in stops
        for end in range(len(text) + 1)
        if text[:end].endswith(stop)
    ]
    assert told == text[: min(complete)[1] if complete else len(text)]


def test_a_stop_text_over_several_tokens_is_left_out():
    """A stop text that the service left in the answer is cut, and not told while it may be one."""
    data = chat(["He", " said", " EN", "D", " of"])
    events = read(data, stops=(" END",))
    assert [found.text for found in events if found.text] == ["He", " said"]
    held = chat(["He", " EN"])
    assert join_events(read(held, stops=(" END",))).text == "He EN"
    unfinished = chunk({"content": "He EN"}) + event("[DONE]")
    assert join_events(read(unfinished, stops=(" END",))).text == "He EN"
