"""The life of a job, as one table.

                     +--------------------------- retry, nothing ran ---+
                     v                                                  |
    submit --> queued -- claim --> running -- finished --> succeeded    |
                     |                |---- refused -----> failed       |
                     |                |---- not run -------------------->+
                     |                `---- may have run -> uncertain --+
                     `-- cancel --> cancelled                |
                                                            +--> succeeded   the picture was found
                                                            `--> failed      it was charged, the
                                                                             picture is lost

A job is `running` from the claim on; `sent_at` tells whether its request may have left. Only a
queued job can be cancelled: what has been sent is paid for, and its picture is kept.
"""

from enum import StrEnum

__all__ = ["ENDED", "State", "may_become"]


class State(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    """Waits for its turn and a free account."""

    RUNNING = "running"
    """Claimed by a worker, which holds an account for it."""

    SUCCEEDED = "succeeded"
    """Its pictures are in the gallery."""

    FAILED = "failed"
    """Refused, or charged and lost; the error says which."""

    CANCELLED = "cancelled"
    """Taken back before it was sent."""

    UNCERTAIN = "uncertain"
    """Sent, and no answer came: it may have run. Its reservation is kept until that is known."""


EDGES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED, State.FAILED}),
    State.RUNNING: frozenset({State.SUCCEEDED, State.FAILED, State.QUEUED, State.UNCERTAIN}),
    State.UNCERTAIN: frozenset({State.SUCCEEDED, State.FAILED, State.QUEUED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}

ENDED = frozenset(state for state, nexts in EDGES.items() if not nexts)
"""States that nothing leaves."""


def may_become(state: State, following: State) -> bool:
    """Return whether a job may go from one state to another."""
    return following in EDGES[state]
