"""What a batch writes down, and what follows from it: pure.

A journal is text, a JSON object a line: first what it is of, then what becomes of each call, in the
order in which it happens. Each line ends with a sum over itself and the one before it, so a line
that was changed, or is missing in the middle, is found. The last line may be cut off.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast

from novelai.errors import BatchError

__all__ = [
    "Action",
    "Again",
    "Balance",
    "Reading",
    "Trace",
    "check_reading",
    "decide",
    "header_of",
    "read_journal",
    "seal",
    "trace_calls",
    "weigh",
]

VERSION = 1
NAME = "novelai-batch"

SETTLE = 180.0
"""Seconds after which NovelAI has surely finished, and charged, a call whose answer was lost."""

Again: TypeAlias = Literal["free", "all"]
Action: TypeAlias = Literal["send", "weigh", "lose"]
Fate: TypeAlias = Literal["charged", "not_charged", "unclear"]
Record: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a journal says.

    Attributes:
        header: its first line; ``None`` when there is none.
        records: the others.
        cut: what follows its last whole line.
        last_sum: of that line.
    """

    header: Record | None
    records: list[Record]
    cut: bytes
    last_sum: str


@dataclass(slots=True)
class Trace:
    """What a journal says about one call.

    Attributes:
        state: of its last line.
        sent: the last line from before a request of it was sent, and where that is.
        last: its last line.
    """

    state: Literal["new", "sending", "done", "failed", "charged"] = "new"
    sent: Record | None = None
    place: int = -1
    last: Record = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's balance.

    Attributes:
        anlas: what it can spend.
        period: when its subscription ends, in unix seconds: with each renewal Anlas are added.
    """

    anlas: int
    period: int | None


def header_of(
    order: str, calls: int, described: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Return the first line of a journal.

    Args:
        order: what only this order has.
        calls: how many there are.
        described: what it was made of, if that can be written down.
    """
    return {NAME: VERSION, "order": order, "calls": calls, **described}


def seal(record: Record, last_sum: str) -> tuple[bytes, str]:
    """Return a line, and its sum.

    Args:
        record: what it says.
        last_sum: of the line before it.
    """
    text = json.dumps({**record, "sum": ""}, separators=(",", ":"), allow_nan=False)
    found = _sum(text, last_sum)
    return f'{text[:-3]}"{found}"}}\n'.encode(), found


def _sum(text: str, last_sum: str) -> str:
    return sha256(f"{last_sum}\n{text}".encode()).hexdigest()[:16]


def read_journal(data: bytes) -> Reading:
    """Read a journal, up to where it was cut off.

    Raises:
        BatchError: it is no journal, is of a newer version, or was edited.
    """
    *lines, cut = data.split(b"\n")
    records: list[Record] = []
    last_sum = ""
    for number, line in enumerate(lines, 1):
        record = _read_line(line)
        if number == 1:
            _check_kind(record)
        if record is None or seal(_without_sum(record), last_sum)[0] != line + b"\n":
            raise BatchError(
                f"Line {number} of the file to resume from was changed. Nothing was sent. Put the "
                "file back as it was, or begin a new one with another folder.",
                kind="edited",
            )
        last_sum = record["sum"]
        records.append(record)
    return Reading(records[0] if records else None, records[1:], cut, last_sum)


def _read_line(line: bytes) -> dict[str, Any] | None:
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", record) if isinstance(record, dict) else None


def _without_sum(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "sum"}


def _check_kind(record: Record | None) -> None:
    version: Any = record.get(NAME) if record else None
    if type(version) is not int:
        raise BatchError(
            "The file to resume from is not one of a batch. Nothing was sent, and it is unchanged.",
            kind="edited",
        )
    if version > VERSION:
        raise BatchError(
            f"The file to resume from is of a newer version ({version}) than this package reads "
            f"({VERSION}). Nothing was sent. Update the package, or begin a new file.",
            kind="newer",
        )


def check_reading(reading: Reading, header: Record) -> None:
    """Compare what a journal is of with what is asked for.

    Args:
        reading: the journal.
        header: its first line, if it is of this order.

    Raises:
        BatchError: it is of another order, or no journal.
    """
    found = reading.header
    if found is None:
        if not seal(header, "")[0].startswith(reading.cut):
            _check_kind(None)
    elif any(found.get(name) != header[name] for name in ("order", "calls")):
        raise BatchError(
            f"The file to resume from is of another batch, of {found.get('calls')} calls: prompts, "
            "parameters or pictures differ. Nothing was sent. Give the same as before, or begin a "
            "new file.",
            kind="other_run",
        )


def trace_calls(records: Iterable[Record]) -> dict[int, Trace]:
    """Return what is known of each call, by its place in the order."""
    traces: dict[int, Trace] = {}
    for place, record in enumerate(records):
        trace = traces.setdefault(record["call"], Trace())
        trace.state, trace.last = record["state"], record
        if record["state"] == "sending":
            trace.sent, trace.place = record, place
    return traces


def decide(trace: Trace, *, free: bool, again: Again, alone: bool) -> Action:
    """Say what to do about a call whose pictures are not there.

    Args:
        trace: what is known of it.
        free: it would cost nothing now.
        again: what is sent again although it may have been charged.
        alone: one call is under way at a time now, as it has to have been then: else a later one
            that has ended does not show that this one has.
    """
    if trace.state == "new" or (trace.state == "failed" and trace.last["charged"] == "no"):
        return "send"
    if again == "all":
        return "send"
    if trace.state == "done" or trace.sent is None:
        return "lose"
    if free or trace.sent["price"] == 0:
        return "send"
    weighable = alone and trace.sent["alone"] and trace.sent["anlas"] is not None
    return "weigh" if weighable and trace.state != "charged" else "lose"


def weigh(records: Sequence[Record], place: int, now: Balance | None, moment: float) -> Fate:
    """Find out by the balance whether a call that brought nothing was charged.

    NovelAI runs one generation at a time for an account: when a later one has come to its end, so
    has this one. Without a later one, only time makes that sure.

    Args:
        records: all of the journal.
        place: of the line from before it was sent.
        now: the balance of this moment.
        moment: unix seconds.
    """
    sent = records[place]
    costs, others, alone, followed = 0, set[int](), set[int](), False
    for record in records[place + 1 :]:
        call, state = record["call"], record["state"]
        if call == sent["call"]:
            continue
        if state == "sending":
            ended = followed or record["time"] - sent["time"] >= SETTLE
            if ended and record["anlas"] is not None:
                return _judge(sent, Balance(record["anlas"], record["period"]), costs, others)
            others.add(call)
            if record["alone"]:
                alone.add(call)
        elif state == "done":
            if record["cost"] is None:
                return "unclear"
            costs += record["cost"]
            others.discard(call)
            followed = followed or call in alone
        elif record.get("charged") == "no":
            others.discard(call)
    if now is None or not (followed or moment - sent["time"] >= SETTLE):
        return "unclear"
    return _judge(sent, now, costs, others)


def _judge(sent: Record, after: Balance, costs: int, others: set[int]) -> Fate:
    if after.period != sent["period"]:
        return "unclear"
    missing = sent["anlas"] - after.anlas - costs
    if missing == 0:
        return "not_charged"
    price = sent["price"]
    if not others and missing > 0 and price in (missing, None):
        return "charged"
    return "unclear"
