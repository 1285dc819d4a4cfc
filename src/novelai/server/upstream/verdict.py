"""What a failed call means for its job and its account: a pure decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from novelai._responses import UNKNOWN_CHARGE
from novelai.errors import (
    AuthenticationError,
    ConnectionFailedError,
    InsufficientAnlasError,
    NovelAIError,
    RateLimitError,
    ServerError,
)

__all__ = [
    "ENDED",
    "Verdict",
    "broke",
    "hopeless",
    "problem",
    "verdict",
    "was_refused",
    "without_charge",
]

ENDED = "call"
"""Where in the note of an uncertain job it stands that the worker saw its call end."""

LONGEST = 60.0
TRIES = 8
BROKEN_TRIES = 4
"""Calls of a job that NovelAI breaks at: the job itself may be what breaks it."""
LOCKED_TRIES = 60
"""A lock held by another program of the account's owner is waited for longer."""

BROKEN = 500
"""The status with which NovelAI says that a call broke. What comes from a gateway in front of it,
as 502 to 504, tells of NovelAI and not of the call."""


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
    error: NovelAIError, *, paid: bool, attempts: int, failures: int, alone: bool, chance: float
) -> Verdict:
    """Decide.

    Args:
        error: how the call ended.
        paid: the call may have been charged.
        attempts: how often the job was begun, with this time.
        failures: how often NovelAI failed at it, with this time.
        alone: no other job broke on the account since one succeeded there.
        chance: a random number from 0 to 1, so that retries do not march in step.
    """
    tries = attempts if was_refused(error) else failures
    backoff = min(2.0 ** min(tries - 1, 10), LONGEST) * (1.0 - chance / 2)
    again = "retry" if tries < TRIES else "fail"
    if isinstance(error, AuthenticationError):
        return Verdict(job=again, account_refused=True)
    if isinstance(error, RateLimitError):
        cooldown = max(error.retry_after or 0.0, min(backoff, LONGEST / 4))
        return Verdict(job="retry" if tries < LOCKED_TRIES else "fail", cooldown=cooldown)
    if isinstance(error, ConnectionFailedError):
        return Verdict(job=again, pause=backoff, cooldown=backoff / 2)
    # The job waits; others go on, unless they break as well.
    cooldown = backoff if isinstance(error, ServerError) and not (broke(error) and alone) else 0.0
    if error.charged == "unknown" and paid:
        return Verdict(job="doubt", cooldown=cooldown)
    if broke(error) and tries >= BROKEN_TRIES:
        return Verdict(job="fail", cooldown=cooldown)
    if isinstance(error, ServerError) or error.charged == "unknown":
        return Verdict(job=again, pause=backoff, cooldown=cooldown)
    return Verdict(job="fail")


def was_refused(error: NovelAIError) -> bool:
    """Return whether a call was not begun, whatever it asked for: it is no failure of its job."""
    return isinstance(error, (AuthenticationError, RateLimitError, ConnectionFailedError))


def broke(error: NovelAIError) -> bool:
    """Return whether NovelAI answered that a call broke: that tells of the call, not of NovelAI."""
    return isinstance(error, ServerError) and error.status == BROKEN


def hopeless(failures: int) -> bool:
    """Return whether a job that costs something failed so often that it is not begun again.

    Its account stood still after each of them, until the balance told that nothing was charged.
    """
    return failures >= BROKEN_TRIES


def problem(error: NovelAIError) -> Mapping[str, Any]:
    """Return the error as it is kept with a job; it quotes neither prompt nor token."""
    note: dict[str, Any] = {
        "code": type(error).__name__.removesuffix("Error"),
        "detail": error.message,
        "status": error.status,
        "request_id": error.request_id,
        "charged": error.charged,
    }
    if isinstance(error, InsufficientAnlasError) and error.required is not None:
        note |= {"required": error.required, "available": error.available}
    return note


def without_charge(note: Mapping[str, Any]) -> Mapping[str, Any]:
    """Turn a note of `problem` into one of a failure that charged nothing."""
    detail = str(note.get("detail") or "").removesuffix(UNKNOWN_CHARGE)
    return {**note, "detail": detail, "charged": "no"}
