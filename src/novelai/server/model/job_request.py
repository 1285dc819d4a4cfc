"""What a caller asks for, and why it may be refused."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from novelai.server.model.params import JobParams

__all__ = ["IdempotencyConflictError", "JobRefusedError", "JobRequest", "body_hash"]


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
        webhook: an address that is told of its end.
    """

    params: JobParams
    door: str = "api"
    priority: int = 0
    request_id: str | None = None
    dedupe_key: str | None = None
    place: int = 0
    client_data: Mapping[str, str] | None = None
    webhook: str | None = field(default=None, repr=False)


RefusalCode = Literal[
    "scope", "model", "price_unknown", "free_only", "job_budget", "budget", "allowance",
    "too_many_queued", "too_fast", "no_account", "revoked",
]  # fmt: skip


class JobRefusedError(Exception):
    """A job was not taken; nothing was reserved.

    Attributes:
        code: for programs.
        sentence: for people.
        retry_after: seconds after which it may be taken.
    """

    def __init__(
        self, code: RefusalCode, sentence: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.code: RefusalCode = code
        self.sentence = sentence
        self.retry_after = retry_after


class IdempotencyConflictError(Exception):
    """The dedupe key was used before, for something else."""


def body_hash(kind: str, packed: Mapping[str, Any]) -> str:
    """Return the same for the same order, however it was written."""
    text = json.dumps([kind, packed], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
