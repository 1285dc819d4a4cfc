"""The stream of a story model: order, cuts, failures."""

import json
from itertools import islice, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.making import cut, ours
from tests.sdk.text_making import PIECES, event, packed, story, token

from novelai import ConnectionLostError, GenerationFailedError, InvalidResponseError, NovelAIError
from novelai._operations.text_events import TextEventDecoder, TokenReader

WHOLE = b"".join(story())
TEXT = "".join(PIECES)


def decoder(width=None, decode=None):
    return TextEventDecoder(TokenReader(width, decode))


def read(*pieces, using=None):
    reader = using or decoder()
    events = [found for piece in pieces for found in reader.feed(piece)]
    return events + list(reader.finish())


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_cuts_change_nothing(places):
    """However the bytes are cut, characters of several bytes included, the events are the same."""
    assert read(*cut(WHOLE, places)) == read(WHOLE)


def test_every_byte_alone():
    """A stream that comes byte by byte gives the same events."""
    assert read(*(WHOLE[at : at + 1] for at in range(len(WHOLE)))) == read(WHOLE)


def test_pieces_come_as_they_were_sent():
    """Text, position and end of each piece are given, and only the last one is final."""
    events = read(WHOLE)
    assert "".join(found.text for found in events) == TEXT
    assert [found.position for found in events] == list(range(len(PIECES)))
    assert [found.final for found in events] == [False] * (len(PIECES) - 1) + [True]


@pytest.mark.parametrize("order", list(islice(permutations(range(5)), 0, 120, 7)))
def test_position_decides_the_order(order):
    """Pieces that overtook each other are put in order, and none is told before its time."""
    events = story(["a", "b", "c", "d", "e"])
    reader = decoder()
    told = ""
    for index in order:
        told += "".join(found.text for found in reader.feed(events[index]))
        assert "abcde".startswith(told)
    told += "".join(found.text for found in reader.finish())
    assert told == "abcde"


def test_a_repeated_piece_is_told_once():
    """A piece that comes twice is not written twice."""
    first, last = story(["a", "b"])
    assert [found.text for found in read(first, first, last)] == ["a", "b"]


def test_positions_with_holes_lose_nothing():
    """Were positions counted otherwise, the text would still be whole and in order."""
    pieces = [token("b", 7), token("a", 3), token("c", 12, final=True)]
    assert "".join(found.text for found in read(*pieces)) == "abc"


def test_pieces_without_a_position_come_in_turn():
    """Without positions the order of arrival counts."""
    pieces = [event({"token": "a"}), event({"token": "b", "final": True})]
    assert [found.text for found in read(*pieces)] == ["a", "b"]


def test_a_stream_that_stops_early_is_an_error():
    """A stream without a final piece is cut: what came is given, then the error."""
    reader = decoder()
    assert [found.text for found in reader.feed(b"".join(story()[:3]))] == PIECES[:3]
    with pytest.raises(ConnectionLostError, match="before the text was complete") as caught:
        list(reader.finish())
    assert caught.value.charged == "no"
    assert "charged" not in str(caught.value)


def test_what_is_cut_after_the_end_is_no_loss():
    """Bytes that break off after the final piece take nothing away."""
    assert read(WHOLE, b"event: newTok")[-1].final


@pytest.mark.parametrize(
    "failure",
    [
        event({"error": "Model is overloaded"}, "newToken"),
        event({"token": "", "ptr": 1, "final": True, "error": "Model is overloaded"}),
        event({"statusCode": 500, "message": "Model is overloaded"}),
        event({"error": {"message": "Model is overloaded", "code": 500}}),
        event({"message": "Model is overloaded"}, "error"),
        event("Model is overloaded", "error"),
    ],
)
def test_a_failure_inside_the_stream_is_an_error(failure):
    """A failure told after status 200 is raised, after the pieces that came before it."""
    reader = decoder()
    found = []
    with pytest.raises(GenerationFailedError, match="Model is overloaded") as caught:
        found.extend(reader.feed(story()[0] + failure))
    assert caught.value.charged == "no"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error":"No capacity"}', "No capacity"),
        (b' \n{"statusCode":502,"message":"No capacity"}', "No capacity"),
    ],
)
def test_a_failure_instead_of_a_stream_is_an_error(body, said):
    """A plain document with a failure, with status 200, is raised too, wherever it is cut."""
    for size in (1, 3, len(body)):
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        with pytest.raises(GenerationFailedError, match=said):
            read(*pieces)


def test_a_whole_answer_instead_of_a_stream_is_taken():
    """A text that comes at once is one final piece."""
    (found,) = read(json.dumps({"output": "a café"}).encode())
    assert (found.text, found.final) == ("a café", True)


@pytest.mark.parametrize(
    "garbage",
    [
        event("{"),
        event("[1]"),
        event({"token": 5}),
        b"{",
        b'{"a":1',
        b"<html></html>",
        b"",
        event("[" * 100_000),
        b"{" + b'"a":{' * 100_000,
    ],
)
def test_garbage_is_our_error(garbage):
    """What is no stream of tokens raises an error of ours."""
    with pytest.raises((InvalidResponseError, ConnectionLostError)):
        read(garbage)


@given(st.binary(max_size=300))
def test_no_bytes_surprise_the_decoder(data):
    """Whatever comes, there are events or an error of ours."""
    found = ours(NovelAIError, lambda: read(data))
    assert isinstance(found, list | NovelAIError)


def test_tokens_come_as_numbers():
    """In token mode each piece has its numbers, two or four bytes each."""
    for width in (2, 4):
        stream = [token(packed(9, width=width), 0), token(packed(8, 7, width=width), 1, final=True)]
        events = read(*stream, using=decoder(width))
        assert [(found.text, found.token_ids) for found in events] == [("", (9,)), ("", (8, 7))]


def test_half_a_character_waits_for_the_other_half():
    """With a decoder, text is told when a character of several tokens is whole."""
    data = "né猫!".encode()
    numbers = list(data)
    stream = [
        token(packed(number), at, final=at == len(numbers) - 1) for at, number in enumerate(numbers)
    ]
    bytewise = decoder(2, lambda tokens: bytes(tokens).decode(errors="replace"))
    events = read(*stream, using=bytewise)
    assert [found.text for found in events if found.text] == ["n", "é", "猫", "!"]
    assert [found.token_ids for found in events] == [(number,) for number in numbers]


def test_tokens_of_another_width_are_an_error():
    """A token that is no whole number of tokens is not guessed at."""
    with pytest.raises(InvalidResponseError, match="multiple of 4"):
        read(token(packed(9), 0, final=True), using=decoder(4))


def test_likelihoods_are_read_leniently():
    """Likelihoods are given as far as they are understood."""
    told = [
        {
            "chosen": [[[5], [-0.5, -0.25]]],
            "before": [[[5], [-0.5, None]], [[6], [-2]], "odd", [[7]]],
            "later": 1,
        },
        "odd",
    ]
    (found,) = read(token("a", 0, final=True, logprobs=told))
    (likely,) = found.logprobs
    assert [(one.token_ids, one.before, one.after) for one in likely.chosen] == [
        ((5,), -0.5, -0.25)
    ]
    assert [(one.token_ids, one.before, one.after) for one in likely.before] == [
        ((5,), -0.5, None),
        ((6,), -2.0, None),
    ]
    assert likely.after == ()
