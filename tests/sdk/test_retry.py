"""When a call is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novelai import ConfigurationError, RetryPolicy
from novelai._responses import retry_after
from novelai._wire import Reply, Request, Unreachable

PAID = Request("POST", "image", "/ai/generate-image", paid=True, generation=True)
READ = Request("GET", "image", "/user/subscription")
LOCK = Reply(429, {}, b'{"statusCode":429,"message":"Concurrent generation is locked"}')
BUSY = Reply(429, {}, b"<html>slow down</html>")
REFUSED = Unreachable(sent=False, kind="connect", reason="refused")
TIMEOUT = Unreachable(sent=True, kind="timeout", reason="silent")
LOST = Unreachable(sent=True, kind="lost", reason="broken")


def status(code):
    return Reply(code, {}, b"")


def asking(seconds):
    return Reply(429, {"retry-after": f"{seconds:g}"}, b"slow down")


def delay(outcome, request=PAID, attempt=1, waited=0.0, chance=0.0, **options):
    policy = RetryPolicy(**options)
    return policy.delay(attempt, request, outcome, waited=waited, chance=chance)


@pytest.mark.parametrize(
    ("outcome", "paid", "read"),
    [
        (LOCK, True, True),
        (BUSY, True, True),
        (REFUSED, True, True),
        (TIMEOUT, False, True),
        (LOST, False, True),
        (status(500), False, True),
        (status(502), False, True),
        (status(503), False, True),
        (status(400), False, False),
        (status(401), False, False),
        (status(402), False, False),
        (status(409), False, False),
        (status(200), False, False),
        (status(302), False, False),
    ],
)
def test_what_is_repeated(outcome, paid, read):
    """A paid call is repeated when it surely did not run, a read whenever it may help."""
    assert (delay(outcome, PAID) is not None) == paid
    assert (delay(outcome, READ) is not None) == read


def test_attempts_are_limited_except_for_a_lock():
    """A lock is waited out by time, everything else by attempts."""
    assert delay(BUSY, attempt=2) is not None
    assert delay(BUSY, attempt=3) is None
    assert delay(REFUSED, attempt=3) is None
    assert delay(LOCK, attempt=50, waited=100) == 5


def test_pauses_grow_and_stay_below_the_limit():
    """Each pause is twice the one before, up to the longest."""
    pauses = [delay(LOCK, attempt=attempt) for attempt in (1, 2, 3, 4, 5, 10_000)]
    assert pauses == [1, 2, 4, 5, 5, 5]


def test_chance_shortens_a_pause():
    """Programs that collided do not collide again."""
    assert [delay(LOCK, chance=chance) for chance in (0, 0.5, 1)] == [1, 0.75, 0.5]


NOON = 784_112_400.0
"""Sunday, 6 November 1994, 09:00:00 GMT."""

ASKED = [
    ({"retry-after": "0"}, 0),
    ({"retry-after": "3"}, 3),
    ({"retry-after": "60"}, 60),
    ({"retry-after": "1.5"}, 1.5),
    ({"retry-after": "Sun, 06 Nov 1994 09:00:20 GMT"}, 20),
    ({"retry-after": "Sunday, 06-Nov-94 09:00:20 GMT"}, 20),
    ({"retry-after": "Sun Nov  6 09:00:20 1994"}, 20),
    ({"retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"}, 0),
    # The answer's own clock counts, however wrong ours is.
    (
        {
            "retry-after": "Mon, 07 Nov 2044 00:00:30 GMT",
            "date": "Mon, 07 Nov 2044 00:00:00 GMT",
        },
        30,
    ),
    ({"retry-after": "Sun, 06 Nov 1994 09:00:07 GMT", "date": "noon"}, 7),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "-1"}, None),
    ({"retry-after": "nan"}, None),
    ({"retry-after": "inf"}, None),
    ({"retry-after": "Sun, 31 Feb 1994 09:00:07 GMT"}, None),
    ({"retry-after": "Sun, 06 Nov 99994 09:00:07 GMT"}, None),
    ({"retry-after": "9" * 10_000}, None),
    ({"retry-after": ""}, None),
    ({}, None),
]


@pytest.mark.parametrize(("headers", "seconds"), ASKED)
def test_retry_after_is_a_number_or_a_date(headers, seconds):
    """Dates of all three forms are counted from the answer's own time, else from when it came."""
    assert retry_after(Reply(429, headers, b"", received=NOON)) == seconds


def test_a_date_needs_a_clock():
    """Of an answer that came at no known time and tells none, a date says nothing."""
    assert retry_after(Reply(429, {"retry-after": "Sun, 06 Nov 1994 09:00:20 GMT"}, b"")) is None


@pytest.mark.parametrize(
    ("asked", "waited", "pause"),
    [("0", 0, 1), ("3", 0, 3), ("60", 0, 60), ("60", 60, 60), ("60", 61, None), ("121", 0, None)],
)
def test_retry_after_is_heeded_within_what_is_left(asked, waited, pause):
    """An asked-for pause lengthens ours; when it would take too long, nothing is waited for."""
    assert delay(Reply(429, {"retry-after": asked}, b""), waited=waited) == pause


known = st.sampled_from([LOCK, BUSY, REFUSED, TIMEOUT, LOST, *map(status, (200, 400, 402, 500))])
outcomes = known | st.builds(asking, st.floats(0, 200))
policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 6),
    max_wait=st.floats(0, 100),
    base_delay=st.floats(0.01, 20),
    max_delay=st.floats(0.1, 20),
    jitter=st.floats(0, 1),
)


def played(policy, request, story, chances):
    """Let a policy decide over a story of outcomes; return what was repeated, and the wait."""
    waited, repeated = 0.0, []
    for attempt, (outcome, chance) in enumerate(zip(story, chances, strict=False), 1):
        pause = policy.delay(attempt, request, outcome, waited=waited, chance=chance)
        if pause is None:
            break
        assert pause >= 0
        waited += pause
        repeated.append(outcome)
    return repeated, waited


stories = st.lists(outcomes, min_size=1, max_size=40)
chances = st.lists(st.floats(0, 1), min_size=40, max_size=40)


@given(policies, st.sampled_from([PAID, READ]), stories, chances)
def test_waiting_never_exceeds_its_limit(policy, request, story, chances):
    """However a call goes, all pauses together stay within `max_wait`."""
    assert played(policy, request, story, chances)[1] <= policy.max_wait


@given(policies, stories, chances)
def test_a_paid_call_is_never_repeated_after_it_may_have_run(policy, story, chances):
    """Only a refusal for being busy, or a connection that never opened, leads to another try."""
    repeated, _ = played(policy, PAID, story, chances)
    assert all(outcome is REFUSED or outcome.status == 429 for outcome in repeated)


@pytest.mark.parametrize(
    "options",
    [
        {"max_attempts": 0},
        {"max_wait": -1},
        {"max_wait": float("inf")},
        {"base_delay": 0},
        {"max_delay": 0},
        {"max_delay": float("nan")},
        {"jitter": -0.1},
        {"jitter": 1.5},
        {"max_attempts": "3"},
        {"max_wait": None},
        {"base_delay": True},
    ],
)
def test_numbers_that_cannot_work_are_refused(options):
    """A policy that would loop for ever, or wait backwards, cannot be made."""
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        RetryPolicy(**options)
