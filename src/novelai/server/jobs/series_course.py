"""How a series goes on when one of its jobs does: it halts, or comes to its end.

Each function works within the transaction of whoever changed the job; the series is locked.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.events.bus import Bus
from novelai.server.jobs import series_rows
from novelai.server.model.job import ENDED, State
from novelai.server.model.series import Series, outcome_of
from novelai.server.webhooks import outbox

__all__ = ["announce", "finish", "follow", "halt"]

IN_A_ROW = 3
"""Failures of one kind after which the next ones would fail as well."""

OURS = frozenset({"Lost", "WorkerLost"})
"""Codes of failures that tell of this server, and not of what comes next."""


def announce(connection: AsyncConnection, bus: Bus, series: Series) -> None:
    """Tell that a series is in another state, or that cells of it may run."""
    data: dict[str, Any] = {"series": series.id, "key": series.key_id}
    if series.webhook is not None:
        data["webhook"] = True
    bus.announce(connection, series.owner_id, "series.changed", data)


async def follow(
    connection: AsyncConnection, bus: Bus, series: Series, state: State, now: float
) -> None:
    """See what it means for a series that one of its jobs came into a state.

    Args:
        connection: of the transaction that changed the job.
        bus: who is told.
        series: which, locked.
        state: of the job.
        now: unix seconds.
    """
    if state not in ENDED:
        return
    if not await series_rows.any_unfinished(connection, series.id):
        await finish(connection, bus, series, now)
    elif state is State.FAILED and series.hold is None:
        reason = await _reason_to_halt(connection, series)
        if reason is not None:
            await halt(connection, bus, series, reason, now=now)


async def halt(
    connection: AsyncConnection,
    bus: Bus,
    series: Series,
    reason: str,
    *,
    now: float,
    resume_anlas: int | None = None,
) -> None:
    """Keep what waits of a series from running until somebody looks at it.

    Args:
        connection: of the transaction.
        bus: who is told.
        series: which, locked.
        reason: why, in a sentence.
        now: unix seconds.
        resume_anlas: what going on costs at most, where the price rose.
    """
    values = {"hold": "halted", "held_at": now, "reason": reason, "resume_anlas": resume_anlas}
    await series_rows.change(connection, series.id, values)
    await series_rows.hold_jobs(connection, series.id)
    announce(connection, bus, series)


async def finish(connection: AsyncConnection, bus: Bus, series: Series, now: float) -> None:
    """Write down how a series ended whose jobs have all come to their end."""
    rows = await series_rows.states(connection, [series.id])
    states = series.layout.states((row.cell, row.state) for row in rows)
    values: dict[str, Any] = {
        "finished_at": now,
        "outcome": outcome_of(states),
        "anlas": sum(row.spent for row in rows),
        "hold": None,
        "held_at": None,
        "reason": None,
        "resume_anlas": None,
    }
    if _wants_sheet(series.document) and "done" in states:
        values["sheet"] = "due"
    await series_rows.change(connection, series.id, values)
    announce(connection, bus, series)
    if series.webhook is not None:
        await outbox.promise_series(connection, series.id, rows[-1].id)


def _wants_sheet(document: Mapping[str, Any]) -> bool:
    return bool(document["order"].get("sheet"))


async def _reason_to_halt(connection: AsyncConnection, series: Series) -> str | None:
    last = await series_rows.last_failures(connection, series.id, series.counted_from, IN_A_ROW)
    if not last or last[0] is None:
        return None
    if series.on_failure == "halt":
        return f"A picture failed ({last[0]}), and the series was to halt then."
    if len(last) == IN_A_ROW and len(set(last)) == 1 and last[0] not in OURS:
        return f"{IN_A_ROW} pictures in a row failed in the same way ({last[0]})."
    return None
