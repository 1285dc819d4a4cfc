"""A job as a value: as it is asked for, its states, and as it is kept."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import Row

from novelai.server.model.budget import Price
from novelai.server.model.key import Key
from novelai.server.model.params import JobKind, JobParams, kind_of
from novelai.server.model.rows import columns_of

__all__ = [
    "DOORS",
    "ENDED",
    "HELD",
    "SERIES_LANE",
    "SINGLE_LANE",
    "IdempotencyConflictError",
    "Job",
    "JobCharge",
    "JobRefusedError",
    "JobRequest",
    "State",
    "body_hash",
    "job_from",
    "job_of",
    "may_become",
    "order_columns",
    "stride",
    "visible_to",
]

JobCharge = Literal["no", "yes", "unknown"]

SINGLE_LANE, SERIES_LANE = 0, 1
"""Of a key's jobs those of the first go before those of the second."""

HELD = 1e15
"""When a job may run that is held: never, as clocks go. It waits for somebody to let it go."""

DOORS = (
    "api", "generate", "link", "openai", "a1111", "comfy", "naifu", "nai2api", "native", "mcp",
)  # fmt: skip
"""The surfaces through which jobs come."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One paid piece of work.

    Attributes:
        seq: place in the order of submission.
        id: what the caller knows it by.
        kind: which operation.
        door: through which surface it came.
        params: what to do; pictures are named by their sha256.
        cost_max: Anlas reserved for it.
        cost: Anlas it was charged with; ``None`` until that is settled.
        spent: Anlas it was charged with so far, for vibes that were encoded on its way.
        rank: place among the key's own jobs; lower goes first.
        allowance: free V5 pictures reserved for it.
        price: Anlas that the call under way, or the last one, costs on its account; ``None`` while
            no call that costs something was sent, or when its price is unknown.
        fence: grows with each claim; a worker that lost its lease holds an old one.
        attempts: how often it was begun.
        failures: how often NovelAI failed at it; that an account was locked is no failure.
        sent_at: when a request that costs something may have left this machine.
        anlas_before: the account's balance before that, when it was known.
        encoding: names the vibe that it encodes, while it holds an account; see `EncodingKey.name`.
        result: what came of it, each with its ``sha256``, ``media_type`` and ``seed``.
        error: what went wrong, as a problem document.
        webhook: the address that is told of its end.
        request_id: the same for all jobs of one request; ``None`` for a job by itself.
        dedupe_key: with `place`: under which it was submitted.
        place: which of its request's jobs it is.
        client_data: what the API through which it came keeps of its client.
        roll: what was picked of the templates that its texts were; ``None`` if they were none.
        collection_id: the collection that its pictures go into; ``None``: into none.
        series_id: the series it belongs to.
        cell: its place in there; ``None``: it prepares something for the cells.
        take: how often its cell was done before.
        lane: 0: a single order; 1: of a series, which waits for the key's single orders.
        after_job: the job that has to succeed before.
        after_output: which of that one's pictures it takes.
    """

    seq: int
    id: str
    owner_id: str
    key_id: str
    kind: JobKind
    door: str
    state: State
    model: str | None
    params: Mapping[str, Any] = field(repr=False)
    body_hash: str
    priority: int
    rank: float
    cost_max: int
    cost: int | None
    spent: int
    allowance: int
    charged: JobCharge
    price: int | None
    account_id: str | None
    fence: int
    attempts: int
    failures: int
    run_after: float
    sent_at: float | None
    anlas_before: int | None
    encoding: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    result: Sequence[Mapping[str, Any]] | None
    error: Mapping[str, Any] | None
    webhook: str | None = field(repr=False)
    request_id: str | None = field(repr=False)
    dedupe_key: str | None = field(repr=False)
    place: int
    client_data: Mapping[str, str] | None = field(repr=False)
    roll: Mapping[str, Any] | None = field(repr=False)
    collection_id: str | None
    series_id: str | None
    cell: int | None
    take: int
    lane: int
    after_job: str | None
    after_output: int | None

    @property
    def run(self) -> tuple[str, int]:
        """Names this attempt at it."""
        return self.id, self.fence

    @property
    def ended(self) -> bool:
        """Return whether nothing will happen to it any more."""
        return self.state in ENDED


def job_from(row: Row[Any]) -> Job:
    """Read a row of the jobs table."""
    return job_of(columns_of(row))


def job_of(columns: dict[str, Any]) -> Job:
    """Read the columns of the jobs table."""
    columns["state"] = State(columns["state"])
    return Job(**columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A job that is asked for.

    Attributes:
        params: what to do.
        door: through which surface it came.
        priority: higher goes first among an owner's jobs.
        request_id: the same for all jobs of one request, by which they are found together.
        dedupe_key: with the same `place` and the same parameters it gives the same job.
        place: which of its request's jobs it is, from 0.
        client_data: texts that an API keeps of its client; by ``"lookup"`` jobs are found again.
        roll: what was picked of the templates that its texts were.
        collection_id: the collection that its pictures go into.
        webhook: an address that is told of its end.
    """

    params: JobParams
    door: str = "api"
    priority: int = 0
    request_id: str | None = None
    dedupe_key: str | None = None
    place: int = 0
    client_data: Mapping[str, str] | None = None
    roll: Mapping[str, Any] | None = field(default=None, repr=False)
    collection_id: str | None = None
    webhook: str | None = field(default=None, repr=False)


RefusalCode = Literal[
    "scope", "model", "price_unknown", "free_only", "job_budget", "budget", "allowance",
    "too_many_queued", "too_fast", "no_account", "revoked",
]  # fmt: skip


def order_columns(
    *, owner_id: str, key_id: str, params: JobParams, packed: Mapping[str, Any], price: Price
) -> dict[str, Any]:
    """Return the columns of a job that waits, as far as what it does tells them.

    Args:
        owner_id: whose.
        key_id: who ordered it.
        params: what it does.
        packed: the same, as it is kept.
        price: what it costs at most.
    """
    return {
        "owner_id": owner_id,
        "key_id": key_id,
        "kind": kind_of(params),
        "state": State.QUEUED,
        "model": getattr(params, "model", None),
        "body_hash": body_hash(kind_of(params), packed),
        "params": packed,
        "cost_max": price.anlas or 0,
        "allowance": price.allowance,
        "charged": "no",
        "fence": 0,
        "attempts": 0,
        "run_after": 0.0,
    }


class JobRefusedError(Exception):
    """A job was not taken; nothing was reserved.

    Attributes:
        code: for programs.
        sentence: for people.
        retry_after: seconds after which it may be taken.
        sums: what it costs, what is allowed, and what is left of that; by name.
    """

    def __init__(
        self,
        code: RefusalCode,
        sentence: str,
        *,
        retry_after: float | None = None,
        sums: Mapping[str, int | str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code: RefusalCode = code
        self.sentence = sentence
        self.retry_after = retry_after
        self.sums: Mapping[str, int | str] = sums or {}


class IdempotencyConflictError(Exception):
    """The dedupe key was used before, for something else."""


def stride(cost_max: int) -> int:
    """By how much a job puts the clock of a key of weight 1 forward."""
    return 1 + cost_max


def body_hash(kind: str, packed: Mapping[str, Any]) -> str:
    """Return the same for the same order, however it was written."""
    text = json.dumps([kind, packed], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def visible_to(key: Key, job: Job | None) -> Job | None:
    """Return a job if a key may see it: its own, with scope ``admin`` all of its owner's."""
    if job is None or job.owner_id != key.owner_id:
        return None
    return job if job.key_id == key.id or "admin" in key.limits.scopes else None
