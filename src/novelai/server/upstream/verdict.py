"""What a failed call means for its job and its account: a pure decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from novelai.errors import (
    AuthenticationError,
    ConnectionFailedError,
    NovelAIError,
    RateLimitError,
    ServerError,
)

__all__ = ["Verdict", "problem", "verdict"]

LONGEST = 60.0
TRIES = 8
LOCKED_TRIES = 60
"""A lock held by another program of the account's owner is waited for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do.

    Attributes:
        job: ``retry`` it, ``fail`` it without a charge, or ``doubt`` it: it may have run.
        pause: seconds before the job may be tried again.
        cooldown: seconds in which the account does nothing.
        account_refused: NovelAI does not take the account's token.
    """

    job: Literal["retry", "fail", "doubt"]
    pause: float = 0.0
    cooldown: float = 0.0
    account_refused: bool = False


def verdict(  # noqa: PLR0911 - one for each kind of failure
    error: NovelAIError, *, paid: bool, attempts: int, chance: float
) -> Verdict:
    """Decide.

    Args:
        error: how the call ended.
        paid: the call costs something, or its price is unknown.
        attempts: how often it was tried, with this time.
        chance: a random number from 0 to 1, so that retries do not march in step.
    """
    backoff = min(2.0 ** min(attempts - 1, 10), LONGEST) * (1.0 - chance / 2)
    again = "retry" if attempts < TRIES else "fail"
    if isinstance(error, AuthenticationError):
        return Verdict(job=again, account_refused=True)
    if isinstance(error, RateLimitError):
        cooldown = max(error.retry_after or 0.0, min(backoff, LONGEST / 4))
        return Verdict(job="retry" if attempts < LOCKED_TRIES else "fail", cooldown=cooldown)
    if isinstance(error, ConnectionFailedError):
        return Verdict(job=again, pause=backoff, cooldown=backoff / 2)
    cooldown = backoff if isinstance(error, ServerError) else 0.0
    if error.charged == "unknown":
        if paid:
            return Verdict(job="doubt", cooldown=cooldown)
        return Verdict(job=again, pause=backoff, cooldown=cooldown)
    if isinstance(error, ServerError):
        return Verdict(job=again, pause=backoff, cooldown=cooldown)
    return Verdict(job="fail")


def problem(error: NovelAIError) -> Mapping[str, Any]:
    """The error as it is kept with a job; it quotes neither prompt nor token."""
    return {
        "code": type(error).__name__.removesuffix("Error"),
        "detail": error.message,
        "status": error.status,
        "request_id": error.request_id,
        "charged": error.charged,
    }
