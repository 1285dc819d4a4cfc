"""What the server refuses, in one JSON shape: the problem documents of `novelai.fastapi`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from novelai.fastapi.problems import FieldProblem, Problem, install_error_handlers
from novelai.server.jobs.order import IdempotencyConflictError, OrderRefusedError, RefusalCode
from novelai.server.storage.blobs import BlobMissingError

__all__ = [
    "PROBLEMS",
    "ProblemError",
    "install_problems",
    "not_found",
    "problem_answer",
    "refusal_of",
]

Charged = Literal["no", "yes", "unknown"]

TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Not logged in",
    402: "Over the limit",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported",
    422: "Invalid parameters",
    429: "Too many requests",
    500: "Server error",
    502: "NovelAI failed",
    503: "Not available",
    504: "Not in time",
}
"""By status: the same words each time."""

REFUSALS: Mapping[RefusalCode, int] = {
    "scope": 403,
    "model": 403,
    "price_unknown": 402,
    "free_only": 402,
    "job_budget": 402,
    "budget": 402,
    "allowance": 402,
    "too_many_queued": 429,
    "too_fast": 429,
    "no_account": 503,
    "revoked": 401,
}


DATA_EXCEPTION = "22"
"""How Postgres's codes begin for values that it does not take."""

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "Not taken; the problem document says why"},
    "5XX": {"model": Problem, "description": "Not possible at the moment"},
}
"""What any route may answer, for its description."""


class ProblemError(Exception):
    """An answer that is not what was asked for.

    Args:
        status: of HTTP.
        code: for programs; see the table in the documentation.
        detail: for people: what happened, and what to do.
        charged: whether it may have cost Anlas.
        errors: what is wrong with which field.
        retry_after: seconds after which it may work.
        headers: further headers.
        members: further members of the document.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        charged: Charged = "no",
        errors: Sequence[tuple[str, str]] = (),
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.charged: Charged = charged
        self.errors = errors
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        if retry_after is not None:
            self.headers["Retry-After"] = f"{max(retry_after, 1):.0f}"
            self.members["retry_after"] = retry_after


def not_found(what: str) -> ProblemError:
    """There is no such thing, or it is somebody else's: the answer is the same."""
    return ProblemError(404, "not_found", f"There is no such {what}.")


def refusal_of(error: OrderRefusedError) -> ProblemError:
    """A job that was not taken, as an answer."""
    return ProblemError(
        REFUSALS[error.code],
        error.code,
        f"{error.sentence} Nothing was sent or charged.",
        retry_after=error.retry_after,
    )


def problem_answer(error: ProblemError) -> JSONResponse:
    """An answer as a response."""
    problem = Problem(
        title=TITLES.get(error.status, "Error"),
        status=error.status,
        detail=error.detail,
        code=error.code,
        charged=error.charged,
        errors=[FieldProblem(field=field, message=message) for field, message in error.errors],
    )
    return JSONResponse(
        problem.model_dump(mode="json") | error.members,
        error.status,
        error.headers,
        media_type="application/problem+json",
    )


def install_problems(app: Starlette) -> None:
    """Answer every failure of the server with a problem document."""
    install_error_handlers(app, requests=True)
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(OrderRefusedError, _refused)
    app.add_exception_handler(IdempotencyConflictError, _conflict)
    app.add_exception_handler(BlobMissingError, _missing)
    app.add_exception_handler(SQLAlchemyError, _storage)
    app.add_exception_handler(HTTPException, _http)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem_answer(error)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, OrderRefusedError)
    return problem_answer(refusal_of(error))


async def _conflict(_request: Request, _error: Exception) -> Response:
    return problem_answer(
        ProblemError(
            409,
            "idempotency_conflict",
            "This Idempotency-Key was used for another job. Use a new one for a new job.",
        )
    )


async def _missing(_request: Request, _error: Exception) -> Response:
    return problem_answer(ProblemError(404, "not_found", "These bytes are not in the store."))


async def _storage(_request: Request, error: Exception) -> Response:
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if state.startswith(DATA_EXCEPTION):
        return problem_answer(
            ProblemError(
                422,
                "invalid_params",
                "A value holds characters that the database does not keep, such as U+0000. "
                "Nothing was sent or charged.",
            )
        )
    return problem_answer(
        ProblemError(
            503,
            "storage",
            "The database does not answer. What was taken before is kept; try again.",
            retry_after=5,
        )
    )


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed"}
    return problem_answer(
        ProblemError(
            error.status_code,
            codes.get(error.status_code, "http"),
            str(error.detail),
            headers=error.headers,
        )
    )
