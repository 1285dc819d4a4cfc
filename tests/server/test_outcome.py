"""What a door answers when a job has ended, or has not: each state, to the letter."""

from typing import Any

import pytest

from novelai.server.http.job_results import failure, headers_of, headers_of_all
from novelai.server.model.job import Job, State


def job(**fields: Any) -> Job:
    given: dict[str, Any] = dict.fromkeys(Job.__slots__) | {
        "id": "job_1",
        "state": State.QUEUED,
        "charged": "no",
    }
    return Job(**(given | fields))


UNSURE = (
    "NovelAI broke off. It may have run and been charged: the server finds out, and keeps the "
    "picture if there is one. See /api/jobs/job_1; do not send it again before."
)


WAITS = (
    "The job waits, and is still to come: its picture lands in the gallery. See /api/jobs/job_1."
)


@pytest.mark.parametrize(
    ("fields", "status", "code", "detail", "charged", "headers"),
    [
        (
            {"state": State.CANCELLED, "error": {"detail": "not shown"}, "cost": 0},
            409,
            "cancelled",
            "The job was cancelled. Nothing was charged.",
            "no",
            {"X-Anlas-Cost": "0"},
        ),
        (
            {
                "state": State.UNCERTAIN,
                "error": {"detail": "NovelAI broke off."},
                "charged": "unknown",
            },
            502,
            "uncertain",
            UNSURE,
            "unknown",
            {"X-Should-Retry": "false"},
        ),
        (
            {"state": State.UNCERTAIN, "error": None, "charged": "no"},
            502,
            "uncertain",
            UNSURE.replace("NovelAI broke off.", ""),
            "unknown",
            {"X-Should-Retry": "false"},
        ),
        (
            {"state": State.QUEUED},
            504,
            "not_in_time",
            WAITS,
            "no",
            {},
        ),
        (
            {"state": State.RUNNING, "cost": 5},
            504,
            "not_in_time",
            "The job goes on: its picture lands in the gallery. See /api/jobs/job_1.",
            "unknown",
            {"X-Anlas-Cost": "5"},
        ),
        (
            {
                "state": State.FAILED,
                "charged": "yes",
                "error": {"code": "X", "detail": "It broke."},
            },
            502,
            "X",
            "It broke. It was charged.",
            "yes",
            {},
        ),
        (
            {"state": State.FAILED, "error": None},
            502,
            "failed",
            " Nothing was charged.",
            "no",
            {},
        ),
    ],
)
def test_each_state(
    fields: dict[str, Any],
    status: int,
    code: str,
    detail: str,
    charged: str,
    headers: dict[str, str],
) -> None:
    """Its status, its sentence, whether it was charged, and what a program may do."""
    problem = failure(job(**fields))
    assert (problem.status, problem.code, problem.detail) == (status, code, detail)
    assert problem.charged == charged
    assert problem.headers == {"X-Job-Id": "job_1", **headers}


@pytest.mark.parametrize(
    ("code", "status", "retry"),
    [
        ("InsufficientAnlas", 402, None),
        ("InvalidParams", 422, None),
        ("InvalidRequest", 400, None),
        ("Conflict", 409, None),
        ("RateLimit", 429, "5"),
        ("ConcurrentGeneration", 429, "5"),
        ("RequestTimeout", 504, None),
        ("ConnectionFailed", 503, "5"),
        ("WorkerLost", 503, "5"),
        ("GenerationFailed", 502, None),
        ("", 502, None),
    ],
)
def test_why_a_job_failed(code: str, status: int, retry: str | None) -> None:
    """The error of a job has one status at every door; what passes by itself is tried again."""
    problem = failure(job(state=State.FAILED, error={"code": code, "detail": "d"}))
    assert (problem.status, problem.code) == (status, code or "failed")
    assert problem.headers.get("Retry-After") == retry
    assert "X-Should-Retry" not in problem.headers


def test_what_every_door_tells() -> None:
    """The job's id, and its cost as soon as that is known, 0 too."""
    assert headers_of(job()) == {"X-Job-Id": "job_1"}
    assert headers_of(job(cost=0)) == {"X-Job-Id": "job_1", "X-Anlas-Cost": "0"}


def test_what_is_told_of_several() -> None:
    """Each job once, and their cost only when that of all is known."""
    one, two, open_ = job(cost=3), job(id="job_2", cost=4), job(id="job_3")
    assert headers_of_all([one, two, one]) == {"X-Job-Id": "job_1, job_2", "X-Anlas-Cost": "7"}
    assert headers_of_all([one, open_]) == {"X-Job-Id": "job_1, job_3"}
    assert headers_of_all([one], seed=0) == {
        "X-Job-Id": "job_1",
        "X-Anlas-Cost": "3",
        "X-Seed": "0",
    }
