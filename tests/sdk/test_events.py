"""Streams to previews and pictures."""

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.making import cut, event_text, failure, final, frames, png, preview

from novelai import (
    ConnectionLostError,
    GenerationFailedError,
    InvalidResponseError,
    NovelAIError,
)
from novelai._codecs.frames import FrameDecoder
from novelai._operations.events import ImageEventDecoder, SSEFrames

PICTURE = png()
KINDS = {"msgpack": (FrameDecoder, frames), "sse": (SSEFrames, event_text)}


def decoder_of(kind, *, samples=1, seed=10):
    return ImageEventDecoder(KINDS[kind][0](), steps=23, samples=samples, seed=seed)


def events_of(decoder, pieces):
    """Return the events that came, and the error that ended them."""
    found = []
    try:
        for piece in pieces:
            for event in decoder.feed(piece):
                found.append(event)  # noqa: PERF402 - those before an error count
        found.extend(decoder.finish())
    except NovelAIError as error:
        return found, error
    return found, None


def shown(events):
    return [(event.event_type, event.sample, event.data) for event in events]


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def test_previews_then_pictures(kind):
    """Each event carries what it says, typed, with pictures that keep their bytes."""
    data = KINDS[kind][1](preview(0), preview(11, sample=1), final(PICTURE), final(PICTURE, 1))
    found, error = events_of(decoder_of(kind, samples=2), [data])
    assert error is None
    first, second, picture, other = found
    assert (first.step, first.steps, first.sigma, first.sample) == (1, 23, 20000.0, 0)
    assert (first.data, first.generation_id) == (b"\xff\xd8\xff jpeg", 5)
    assert (second.step, second.sample) == (12, 1)
    assert (picture.data, picture.picture.seed, other.picture.seed) == (PICTURE, 10, 11)
    assert picture.image == b64encode(PICTURE).decode()
    assert PICTURE not in repr(picture).encode()


def test_the_seed_wraps_around(kind):
    """The seed after the largest is 0."""
    data = KINDS[kind][1](final(PICTURE), final(PICTURE, 1))
    found, _ = events_of(decoder_of(kind, samples=2, seed=2**32 - 1), [data])
    assert [event.picture.seed for event in found] == [2**32 - 1, 0]


@given(st.sampled_from(list(KINDS)), st.lists(st.integers(0, 10_000), max_size=8))
def test_any_cut_gives_the_same_events(kind, places):
    """Where the network cut the bytes does not matter."""
    data = KINDS[kind][1](preview(0), preview(1), final(PICTURE))
    whole, _ = events_of(decoder_of(kind), [data])
    found, error = events_of(decoder_of(kind), cut(data, places))
    assert (shown(found), error) == (shown(whole), None)


def test_a_missing_picture_is_an_error(kind):
    """A stream that ends in good order, but too early, was cut."""
    data = KINDS[kind][1](preview(0), final(PICTURE))
    found, error = events_of(decoder_of(kind, samples=2), [data])
    assert [event.event_type for event in found] == ["intermediate", "final"]
    assert isinstance(error, ConnectionLostError)
    assert error.charged == "unknown"


def test_a_failure_inside_the_stream_is_raised(kind):
    """The service's words are in the message, and what came before was given."""
    data = KINDS[kind][1](preview(0), failure("no luck"), final(PICTURE))
    found, error = events_of(decoder_of(kind), [data])
    assert shown(found) == [("intermediate", 0, b"\xff\xd8\xff jpeg")]
    assert isinstance(error, GenerationFailedError)
    assert "no luck" in error.message
    assert (error.status, error.charged) == (200, "unknown")


DAMAGE = {"msgpack": b"\0\0\0\1\xc1", "sse": b"data: no json\n\n"}


def test_one_failed_picture_does_not_take_the_others(kind):
    """A failure that names its picture is raised at the end: the others are paid for."""
    broken = {**failure("too dark"), "samp_ix": 0}
    data = KINDS[kind][1](broken, final(PICTURE, 1))
    found, error = events_of(decoder_of(kind, samples=2), [data])
    assert shown(found) == [("final", 1, PICTURE)]
    assert isinstance(error, GenerationFailedError)
    assert "too dark" in error.message


def test_what_came_before_damage_is_given(kind):
    """A picture that arrived in the same piece as a damaged frame is not lost."""
    data = KINDS[kind][1](preview(0), final(PICTURE)) + DAMAGE[kind]
    found, error = events_of(decoder_of(kind, samples=2), [data])
    assert [event.event_type for event in found] == ["intermediate", "final"]
    assert isinstance(error, InvalidResponseError)


def test_what_is_cut_off_behind_the_last_picture_is_no_loss(kind):
    """With every picture there, half an event more is no error."""
    data = KINDS[kind][1](final(PICTURE), preview(3))
    assert events_of(decoder_of(kind), [data[:-4]])[1] is None


def test_other_kinds_of_events_are_passed_over(kind):
    """What a later service may add does not stop this client."""
    data = KINDS[kind][1]({"event_type": "queue", "place": 3}, final(PICTURE))
    found, error = events_of(decoder_of(kind), [data])
    assert ([event.event_type for event in found], error) == (["final"], None)


@pytest.mark.parametrize(
    "changed",
    [
        {"samp_ix": "one"},
        {"samp_ix": None},
        {"step_ix": [1]},
        {"step_ix": 1e400},
        {"image": None},
        {"image": 5},
        {"image": ["x"]},
    ],
)
def test_events_with_wrong_values_are_our_error(kind, changed):
    """A number that is none, or no picture, is named and nothing else is raised."""
    encode = KINDS[kind][1]
    event = {**preview(0), **changed}
    data = encode(event) if kind == "msgpack" else text_of(event)
    found, error = events_of(decoder_of(kind), [data])
    assert found == []
    assert isinstance(error, InvalidResponseError)


def text_of(event):
    image = event["image"]
    event = {**event, "image": b64encode(image).decode() if isinstance(image, bytes) else image}
    return f"data: {json.dumps(event)}\n\n".encode()


@pytest.mark.parametrize("sigma", [None, "high", [], 10**400])
def test_a_strange_sigma_is_left_out(sigma):
    """What only decorates a preview does not spoil it."""
    found, _ = events_of(decoder_of("sse"), [text_of({**preview(0), "sigma": sigma})])
    assert found[0].sigma is None


@pytest.mark.parametrize(
    "data",
    [
        b"data: []\n\n",
        b"data: " + b"[" * 20_000 + b"\n\n",
        b"data: " + b"9" * 20_000 + b"\n\n",
        b'data: {"event_type": "final", "image": "###"}\n\n',
        b'data: {"event_type": "final", "image": "bm8gcGljdHVyZQ=="}\n\n',
    ],
)
def test_text_that_is_no_event_is_our_error(data):
    """Wrong JSON, base64 and pictures are all named as a broken answer."""
    _, error = events_of(decoder_of("sse"), [data])
    assert isinstance(error, InvalidResponseError)
    assert error.charged == "unknown"


simple = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()
values = st.recursive(
    simple | st.binary(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["event_type", "samp_ix", "step_ix", "gen_id", "sigma", "image", "message"])
kinds = st.sampled_from(["final", "intermediate", "error", "other"])


@given(st.dictionaries(names, values), kinds | values)
def test_no_event_raises_anything_but_our_error(fields, kind):
    """Any map in any frame gives events or our error."""
    found, error = events_of(decoder_of("msgpack"), [frames({**fields, "event_type": kind})])
    assert error is not None or shown(found) != []
