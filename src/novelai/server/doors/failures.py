"""Whatever goes wrong behind a door, as one kind of value that a dialect can word."""

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from novelai.errors import NovelAIError
from novelai.fastapi.problems import problem_of
from novelai.server.jobs.order import IdempotencyConflictError, OrderRefusedError
from novelai.server.problems import ProblemError, refusal_of
from novelai.server.storage.blobs import BlobMissingError
from novelai.types.base import problems_of

__all__ = ["FAILURES", "problem_in"]

FAILURES = (
    ProblemError,
    OrderRefusedError,
    IdempotencyConflictError,
    NovelAIError,
    RequestValidationError,
    ValidationError,
    BlobMissingError,
    SQLAlchemyError,
    HTTPException,
)
"""What a door answers itself; anything else is a bug."""


def problem_in(error: Exception) -> ProblemError:  # noqa: PLR0911 - one for each kind
    """What to tell of one of `FAILURES`."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, OrderRefusedError):
        return refusal_of(error)
    if isinstance(error, IdempotencyConflictError):
        return ProblemError(
            409, "idempotency_conflict", "This Idempotency-Key was used for another job."
        )
    if isinstance(error, NovelAIError):
        told = problem_of(error)
        fields = [(one.field, one.message) for one in told.errors]
        return ProblemError(
            told.status, told.code, told.detail, charged=told.charged, errors=fields
        )
    if isinstance(error, ValidationError):
        return invalid(problems_of(error))
    if isinstance(error, RequestValidationError):
        return invalid(
            [
                (".".join(map(str, found["loc"][1:] or found["loc"])), str(found["msg"]))
                for found in error.errors()
            ]
        )
    if isinstance(error, HTTPException):
        return ProblemError(error.status_code, "http", str(error.detail), headers=error.headers)
    if isinstance(error, BlobMissingError):
        return ProblemError(404, "not_found", "These bytes are not in the store.")
    return ProblemError(
        503,
        "storage",
        "The database does not answer. What was taken before is kept; try again.",
        retry_after=5,
    )


def invalid(found: list[tuple[str, str]]) -> ProblemError:
    """Fields that are wrong, in one sentence and by name."""
    named = "; ".join(f"{field}: {message}" if field else message for field, message in found)
    return ProblemError(
        422, "invalid_params", f"{named}. Nothing was sent or charged.", errors=found
    )
