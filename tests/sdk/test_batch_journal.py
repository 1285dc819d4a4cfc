"""What a batch writes down, and what follows from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import novelai
from novelai.batch.journal import (
    SETTLE,
    Balance,
    Trace,
    decide,
    header_of,
    read_journal,
    seal,
    weigh,
)


@given(st.data())
def test_a_journal_is_read_as_far_as_it_is_whole(data):
    """Cut anywhere, all whole lines are read; changed anywhere, it is refused."""
    lines, last = [], ""
    for record in (
        header_of("digest", 3),
        {"call": 0, "state": "sending", "params": {"prompt": "é\n"}, "price": None},
        {"call": 0, "state": "done", "files": [["0001.png", "ab"]], "cost": 2},
    ):
        line, last = seal(record, last)
        lines.append(line)
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    reading = read_journal(whole[:cut])
    kept = 1 + len(reading.records) if reading.header else 0
    assert b"".join(lines[:kept]) + reading.cut == whole[:cut]
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    changed = whole[:place] + bytes([other]) + whole[place + 1 :]
    if place == len(whole) - 1:
        assert read_journal(changed).cut != b""
    else:
        with pytest.raises(novelai.BatchError):
            read_journal(changed)


def sending(call, anlas, *, price=20, time=0.0, period=1, alone=True):
    return {
        "call": call,
        "state": "sending",
        "anlas": anlas,
        "price": price,
        "time": time,
        "period": period,
        "alone": alone,
    }


def done(call, cost):
    return {"call": call, "state": "done", "cost": cost, "files": []}


LATE = SETTLE + 1


@pytest.mark.parametrize(
    ("later", "now", "moment", "fate"),
    [
        ([], Balance(100, 1), LATE, "not_charged"),
        ([], Balance(80, 1), LATE, "charged"),
        ([], Balance(90, 1), LATE, "unclear"),
        ([], Balance(120, 1), LATE, "unclear"),
        ([], Balance(100, 2), LATE, "unclear"),
        ([], None, LATE, "unclear"),
        ([], Balance(100, 1), SETTLE - 1, "unclear"),
        ([sending(1, 100), done(1, 20)], Balance(80, 1), 1, "not_charged"),
        ([sending(1, 100), done(1, 20)], Balance(60, 1), 1, "charged"),
        ([sending(1, 80), done(1, 20)], Balance(60, 1), 1, "charged"),
        ([sending(1, None, price=0), done(1, 0)], Balance(80, 1), 1, "charged"),
        ([sending(1, 100), done(1, None)], Balance(80, 1), LATE, "unclear"),
        ([sending(1, 100, alone=False), done(1, 20)], Balance(80, 1), 1, "unclear"),
        ([done(1, 20)], Balance(80, 1), 1, "unclear"),
        ([sending(1, 100)], Balance(80, 1), LATE, "unclear"),
        ([sending(1, 100)], Balance(100, 1), LATE, "not_charged"),
        ([sending(1, 80, time=LATE)], Balance(0, 9), LATE, "charged"),
        ([sending(1, 100), done(1, 20), sending(2, 80)], Balance(0, 1), 1, "not_charged"),
        (
            [sending(1, 100), {"call": 1, "state": "failed", "charged": "no"}],
            Balance(80, 1),
            LATE,
            "charged",
        ),
    ],
)
def test_the_balance_is_read_with_care(later, now, moment, fate):
    """Only a difference that has one explanation tells something."""
    assert weigh([sending(0, 100), *later], 0, now, moment) == fate


def test_an_unknown_price_is_what_is_missing():
    """Of a model that is not in the catalogue any difference is its price."""
    records = [sending(0, 100, price=None)]
    assert weigh(records, 0, Balance(63, 1), LATE) == "charged"
    assert weigh(records, 0, Balance(100, 1), LATE) == "not_charged"


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("again", ["free", "all"])
@pytest.mark.parametrize("free", [True, False])
def test_only_a_word_sends_what_may_have_been_charged(free, again, alone):
    """Without it, what may have cost something is at most weighed."""
    doubtful = Trace("sending", sending(0, 100), 0, sending(0, 100))
    expected = "send" if free or again == "all" else "weigh" if alone else "lose"
    assert decide(doubtful, free=free, again=again, alone=alone) == expected
    unknown = Trace("sending", sending(0, None), 0)
    expected = "send" if free or again == "all" else "lose"
    assert decide(unknown, free=free, again=again, alone=alone) == expected
    charged = Trace("charged", sending(0, 100), 0)
    expected = "send" if free or again == "all" else "lose"
    assert decide(charged, free=free, again=again, alone=alone) == expected
    beside = Trace("sending", sending(0, 100, alone=False), 0)
    assert decide(beside, free=free, again=again, alone=alone) == expected
    gone = Trace("done", sending(0, 100), 0)
    expected = "send" if again == "all" else "lose"
    assert decide(gone, free=free, again=again, alone=alone) == expected
    never = Trace("sending", sending(0, None, price=0), 0)
    assert decide(never, free=False, again=again, alone=alone) == "send"
