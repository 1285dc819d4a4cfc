"""msgpack frames, however they are cut."""

import struct

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.making import cut, frame, frames, ours

from novelai import ConnectionLostError, InvalidResponseError, NovelAIError
from novelai._codecs.frames import FrameDecoder
from novelai._http import LARGE

EVENTS = [{"event_type": "a", "image": b"\xff" * 40}, {}, {"event_type": "b", "n": 2**40, "x": 0.5}]
WHOLE = frames(*EVENTS)


def decoded(pieces):
    decoder = FrameDecoder()
    found = [event for piece in pieces for event in decoder.feed(piece)]
    return found + list(decoder.finish())


@given(st.lists(st.integers(0, len(WHOLE)), max_size=8))
def test_any_cut_gives_the_same_maps(places):
    """Where the network cut the bytes does not matter."""
    assert decoded(cut(WHOLE, places)) == EVENTS


def test_byte_by_byte():
    """Also single bytes add up."""
    assert decoded(WHOLE[i : i + 1] for i in range(len(WHOLE))) == EVENTS


@pytest.mark.parametrize("missing", [1, 2, 5, len(frame(EVENTS[-1])) - 1])
def test_a_stream_cut_inside_a_frame_is_an_error(missing):
    """The maps before it are given, then the end is called too early."""
    decoder = FrameDecoder()
    assert list(decoder.feed(WHOLE[:-missing])) == EVENTS[:2]
    with pytest.raises(ConnectionLostError) as caught:
        list(decoder.finish())
    assert caught.value.charged == "unknown"


def test_work_is_announced():
    """`completing` tells, before the bytes are fed, whether they complete a frame, and how much."""
    for end in range(len(WHOLE) + 1):
        decoder = FrameDecoder()
        assert bool(decoder.completing(WHOLE[:end])) == bool(list(decoder.feed(WHOLE[:end])))
    decoder = FrameDecoder()
    list(decoder.feed(WHOLE[:10]))
    assert decoder.completing(WHOLE[10:11]) == 0
    assert decoder.completing(WHOLE[10:]) > 0


@pytest.mark.parametrize(("size", "heavy"), [(1_500_000, False), (2_500_000, True)])
def test_only_large_frames_are_worth_a_thread(size, heavy):
    """Copying a picture of a usual size out of its frame takes less than a thread does."""
    whole = frame({"image": bytes(size)})
    decoder = FrameDecoder()
    list(decoder.feed(whole[: size // 2]))
    assert (decoder.completing(whole[size // 2 :]) >= LARGE) == heavy


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (struct.pack(">I", 2**31), "implausibly long"),
        (struct.pack(">I", 1) + b"\xc1", "not msgpack"),
        (struct.pack(">I", 0), "not msgpack"),
        (frame([1, 2]), "not a map"),
        (struct.pack(">I", 3) + msgpack.packb({}) + b"ab", "not msgpack"),
        (struct.pack(">I", 2000) + b"\x81" * 2000, "not msgpack"),
    ],
)
def test_what_comes_before_a_damaged_frame_is_given(broken, reason):
    """Maps that arrived in the same piece are not lost with the damage behind them."""
    events = iter(FrameDecoder().feed(frames(*EVENTS[:2]) + broken))
    assert [next(events), next(events)] == EVENTS[:2]
    with pytest.raises(InvalidResponseError, match=reason) as caught:
        next(events)
    assert (caught.value.charged, caught.value.status) == ("unknown", 200)


@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
def test_garbage_raises_nothing_but_our_error(pieces, framed):
    """Any bytes, also with a right length before them, give maps or our error."""
    sent = [struct.pack(">I", len(p)) + p for p in pieces] if framed else pieces
    found = ours(NovelAIError, lambda: decoded(sent))
    assert isinstance(found, NovelAIError) or all(isinstance(one, dict) for one in found)
