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
        idempotency_key: the same key with the same order gives the same job.
        webhook: an address that is told of its end.
    """

    params: JobParams
    door: str = "api"
    priority: int = 0
    idempotency_key: str | None = None
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
    """The idempotency key was used before, for something else."""


def body_hash(kind: str, packed: Mapping[str, Any]) -> str:
    """Return the same for the same order, however it was written."""
    text = json.dumps([kind, packed], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
