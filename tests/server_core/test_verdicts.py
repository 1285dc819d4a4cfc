"""What a failed call means for its job and its account: the whole table, with exact values."""

from typing import Any

import pytest

from novelai._responses import UNKNOWN_CHARGE
from novelai.errors import (
    AuthenticationError,
    ConcurrentGenerationError,
    ConnectionFailedError,
    ConnectionLostError,
    InsufficientAnlasError,
    InvalidRequestError,
    InvalidResponseError,
    NovelAIError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
)
from novelai.server.upstream.verdict import (
    Verdict,
    broke,
    hopeless,
    problem,
    verdict,
    was_refused,
    without_charge,
)

REFUSED = AuthenticationError("No.", status=401)
LOCKED = RateLimitError("Too many requests.", status=429)
RUNNING = ConcurrentGenerationError("Another one runs.", status=429)
WAIT = RateLimitError("Too many requests.", status=429, retry_after=40.0)
UNREACHABLE = ConnectionFailedError("No connection.")
BROKE = ServerError("It broke.", status=500, charged="unknown")
BROKE_UNCHARGED = ServerError("It broke.", status=500)
GATEWAY = ServerError("It failed.", status=502, charged="unknown")
LOST = ConnectionLostError("It broke off.", charged="unknown")
LATE = RequestTimeoutError("No answer.", charged="unknown")
UNREADABLE = InvalidResponseError("No picture.", charged="unknown")
WRONG = InvalidRequestError("A wrong size.", status=400)


def decide(error: NovelAIError, **other: object) -> Verdict:
    known: dict[str, Any] = {"paid": True, "attempts": 1, "failures": 1, "alone": True}
    return verdict(error, **({"chance": 0.0} | known | other))


@pytest.mark.parametrize(("error", "attempts", "expected"), [
    (REFUSED, 1, Verdict(job="retry", account_refused=True)),
    (REFUSED, 7, Verdict(job="retry", account_refused=True)),
    (REFUSED, 8, Verdict(job="fail", account_refused=True)),
    (LOCKED, 1, Verdict(job="retry", cooldown=1.0)),
    (LOCKED, 4, Verdict(job="retry", cooldown=8.0)),
    (LOCKED, 5, Verdict(job="retry", cooldown=15.0)),
    (LOCKED, 59, Verdict(job="retry", cooldown=15.0)),
    (LOCKED, 60, Verdict(job="fail", cooldown=15.0)),
    (RUNNING, 2, Verdict(job="retry", cooldown=2.0)),
    (WAIT, 1, Verdict(job="retry", cooldown=40.0)),
    (UNREACHABLE, 1, Verdict(job="retry", pause=1.0, cooldown=0.5)),
    (UNREACHABLE, 6, Verdict(job="retry", pause=32.0, cooldown=16.0)),
    (UNREACHABLE, 7, Verdict(job="retry", pause=60.0, cooldown=30.0)),
    (UNREACHABLE, 8, Verdict(job="fail", pause=60.0, cooldown=30.0)),
])  # fmt: skip
def test_a_call_that_was_not_begun(error: NovelAIError, attempts: int, expected: Verdict) -> None:
    """What NovelAI did not begin costs nothing and is tried again, by how often it was begun."""
    for failures in (0, 99):
        for paid in (False, True):
            assert decide(error, attempts=attempts, failures=failures, paid=paid) == expected


@pytest.mark.parametrize(("error", "paid", "failures", "alone", "expected"), [
    (BROKE, False, 1, True, Verdict(job="retry", pause=1.0)),
    (BROKE, False, 3, True, Verdict(job="retry", pause=4.0)),
    (BROKE, False, 4, True, Verdict(job="fail")),
    (BROKE, False, 3, False, Verdict(job="retry", pause=4.0, cooldown=4.0)),
    (BROKE, False, 4, False, Verdict(job="fail", cooldown=8.0)),
    (BROKE, True, 1, True, Verdict(job="doubt")),
    (BROKE, True, 9, False, Verdict(job="doubt", cooldown=60.0)),
    (BROKE_UNCHARGED, True, 1, True, Verdict(job="retry", pause=1.0)),
    (BROKE_UNCHARGED, True, 4, True, Verdict(job="fail")),
    (GATEWAY, False, 1, True, Verdict(job="retry", pause=1.0, cooldown=1.0)),
    (GATEWAY, False, 4, False, Verdict(job="retry", pause=8.0, cooldown=8.0)),
    (GATEWAY, False, 7, True, Verdict(job="retry", pause=60.0, cooldown=60.0)),
    (GATEWAY, False, 8, True, Verdict(job="fail", pause=60.0, cooldown=60.0)),
    (GATEWAY, True, 1, True, Verdict(job="doubt", cooldown=1.0)),
    (LOST, True, 1, True, Verdict(job="doubt")),
    (LOST, False, 1, False, Verdict(job="retry", pause=1.0)),
    (LATE, False, 7, True, Verdict(job="retry", pause=60.0)),
    (LATE, False, 8, True, Verdict(job="fail", pause=60.0)),
    (UNREADABLE, True, 1, True, Verdict(job="doubt")),
    (UNREADABLE, False, 2, True, Verdict(job="retry", pause=2.0)),
    (WRONG, False, 1, True, Verdict(job="fail")),
    (WRONG, True, 1, False, Verdict(job="fail")),
])  # fmt: skip
def test_a_call_that_was_begun(
    error: NovelAIError, *, paid: bool, failures: int, alone: bool, expected: Verdict
) -> None:
    """What may have been charged is looked into; what cost nothing is tried again, or given up."""
    for attempts in (1, 99):
        found = decide(error, paid=paid, failures=failures, alone=alone, attempts=attempts)
        assert found == expected


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 4.0), (0.5, 3.0), (1.0, 2.0)])
def test_retries_do_not_march_in_step(chance: float, pause: float) -> None:
    """A pause is between half of its length and all of it."""
    assert decide(UNREACHABLE, attempts=3, chance=chance).pause == pause


@pytest.mark.parametrize(("error", "not_begun", "broken"), [
    (REFUSED, True, False), (LOCKED, True, False), (RUNNING, True, False),
    (UNREACHABLE, True, False), (BROKE, False, True), (GATEWAY, False, False),
    (LOST, False, False), (LATE, False, False), (UNREADABLE, False, False), (WRONG, False, False),
    (InvalidRequestError("No.", status=500), False, False),
])  # fmt: skip
def test_what_kind_of_failure_it_is(error: NovelAIError, *, not_begun: bool, broken: bool) -> None:
    """Some calls were not begun, and at some NovelAI broke."""
    assert (was_refused(error), broke(error)) == (not_begun, broken)


def test_how_often_a_paid_job_is_tried() -> None:
    """A paid job at which NovelAI broke four times is not begun again."""
    assert [hopeless(failures) for failures in (0, 3, 4, 5)] == [False, False, True, True]


def test_how_a_failure_is_kept() -> None:
    """A failure is kept with its name, its sentence, its status and what it may have cost."""
    error = ServerError(
        f"It broke.{UNKNOWN_CHARGE}", status=500, request_id="abc", charged="unknown"
    )
    kept = {"code": "Server", "status": 500, "request_id": "abc"}
    assert problem(error) == {**kept, "detail": error.message, "charged": "unknown"}
    assert without_charge(problem(error)) == {**kept, "detail": "It broke.", "charged": "no"}
    assert without_charge({"code": "x"}) == {"code": "x", "detail": "", "charged": "no"}
    assert without_charge({"detail": "As it is."}) == {"detail": "As it is.", "charged": "no"}


@pytest.mark.parametrize(
    ("required", "available", "kept"),
    [(20, 5, {"required": 20, "available": 5}), (20, None, {"required": 20, "available": None})],
)
def test_what_is_missing_is_kept(required: int, available: int | None, kept: dict) -> None:
    """A refusal for want of Anlas keeps what NovelAI said of it."""
    error = InsufficientAnlasError("Not enough Anlas.", status=402)
    error.required, error.available = required, available
    assert {name: problem(error)[name] for name in kept} == kept


def test_what_was_not_said_is_not_kept() -> None:
    """Where NovelAI said nothing of what is missing, and for other failures, nothing is made up."""
    short = InsufficientAnlasError("Not enough Anlas.", status=402)
    assert problem(short).keys() == problem(WRONG).keys() == problem(LOST).keys()
    assert "required" not in problem(short)
