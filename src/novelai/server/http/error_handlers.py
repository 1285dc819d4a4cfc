"""Whatever goes wrong, as one kind of value, answered in the words of who asked.

Our own clients read problem documents. For the API of another program the request's scope holds
what renders a failure for its clients, so it makes no difference where a request was refused.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Scope
from starlette.websockets import WebSocketClose

from novelai.errors import InvalidParamsError, NovelAIError
from novelai.fastapi.problems import (
    RARE,
    RETRY_SECONDS,
    FieldProblem,
    Problem,
    install_error_handlers,
    problem_of,
)
from novelai.server.model.job import (
    IdempotencyConflictError,
    JobRefusedError,
    RefusalCode,
)
from novelai.server.model.problems import TITLES, ProblemError
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.storage.errors import StorageUnavailableError
from novelai.types.base import problems_of

__all__ = [
    "FAILURES",
    "POLICY_VIOLATION",
    "REFUSED",
    "RENDER",
    "REQUEST_NAME",
    "Refusal",
    "answer_to",
    "install_failures",
    "invalid",
    "problem_in",
    "render_error",
    "tell_refusal",
]

RENDER = "novelai_render_error"
"""Where in a request's scope stands what turns a failure into a response, if it is not ours."""

REQUEST_NAME = "novelai_request_id"
"""Where in a request's scope its name stands."""

REFUSED = "novelai_refused"
"""Where in a request's scope stands its `Refusal`, which whoever refuses it fills in."""

POLICY_VIOLATION = 1008

STORAGE = "storage"
"""The code of what database or store could not do."""

log = logging.getLogger(__name__)

BROKEN = (
    "The server failed. If this asked for a picture, look into the gallery before asking again: "
    "it may have been charged."
)

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

CODES: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed"}
"""What the framework itself refuses, by status; any other is ``http``."""

DATA_EXCEPTION = "22"
"""How Postgres's codes begin for values that it does not take."""

OWN = (
    ProblemError,
    JobRefusedError,
    IdempotencyConflictError,
    BlobMissingError,
    SQLAlchemyError,
    StorageUnavailableError,
    HTTPException,
)
FAILURES = (*OWN, NovelAIError, RequestValidationError, ValidationError)
"""What is foreseen; anything else is a bug."""


@dataclass(slots=True)
class Refusal:
    """Why a request was refused, if it was.

    Attributes:
        problem: why.
        status: of the answer; an API of another program may have another one than the problem's.
        key_id: whose, where that is not who calls: of a link.
        quotes: its sentence has words of NovelAI in it, which may repeat what it was sent.
    """

    problem: ProblemError | None = None
    status: int = 0
    key_id: str | None = None
    quotes: bool = False


def tell_refusal(
    scope: Scope, error: Exception, *, status: int | None = None, key_id: str | None = None
) -> None:
    """Say that a request is refused, for the log and for the owner of the key.

    Whoever answers with `render_error` need not; it does.

    Args:
        scope: of the request.
        error: one of `FAILURES`.
        status: of the answer; by default the problem's.
        key_id: whose it was; by default the caller's.
    """
    refusal: Refusal | None = scope.get(REFUSED)
    if refusal is not None:
        refusal.problem = problem_in(error)
        refusal.status = status or refusal.problem.status
        refusal.key_id = key_id or refusal.key_id
        # Jobs that failed have the codes of NovelAI's errors, which begin with a capital.
        refusal.quotes = refusal.problem.code[:1].isupper() or (
            isinstance(error, NovelAIError) and not isinstance(error, InvalidParamsError)
        )


def install_failures(app: Starlette) -> None:
    """Answer every failure of the server, bugs too, in the words of who asked."""
    install_error_handlers(app, requests=True)
    for failure in (NovelAIError, RequestValidationError, ValidationError):
        app.add_exception_handler(failure, _in_words_of_who_asked(app.exception_handlers[failure]))
    for failure in OWN:
        app.add_exception_handler(failure, _answer)
    app.add_exception_handler(Exception, _answer_bug)


def answer_to(scope: Scope, error: Exception) -> ASGIApp:
    """Return an app that answers for one of `FAILURES`, or refuses a socket before it opens.

    The socket's client reads 403.
    """
    if scope["type"] == "websocket":
        tell_refusal(scope, error)
        return WebSocketClose(code=POLICY_VIOLATION, reason=problem_in(error).code)
    return render_error(scope, error)


def render_error(scope: Scope, error: Exception) -> Response:
    """Return one of `FAILURES` as a response."""
    problem = problem_in(error)
    if problem.code == STORAGE:
        _note_storage(scope, problem)
    render: Callable[[Exception], Response] | None = scope.get(RENDER)
    answer = _problem_document(problem) if render is None else render(error)
    tell_refusal(scope, error, status=answer.status_code)
    return answer


def _note_storage(scope: Scope, problem: ProblemError) -> None:
    """Write one line for whoever runs the server, and count: nobody else can mend it."""
    log.error("a request was refused: %s", problem.detail)
    services = scope.get("state", {}).get("services")
    if services is not None:
        services.meter.storage_failed()


def _problem_document(error: ProblemError) -> Response:
    problem = Problem(
        title=TITLES.get(error.status, "Error"),
        status=error.status,
        detail=error.detail,
        code=error.code,
        charged=error.charged,
        errors=[FieldProblem(field=field, message=message) for field, message in error.errors],
    )
    return JSONResponse(
        problem.document() | error.members,
        error.status,
        error.headers,
        media_type="application/problem+json",
    )


def problem_in(error: Exception) -> ProblemError:  # noqa: PLR0911 - one for each kind
    """Turn one of `FAILURES` into the problem that is told."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, JobRefusedError):
        return _refusal(error)
    if isinstance(error, IdempotencyConflictError):
        return ProblemError(
            409,
            "idempotency_conflict",
            "This Idempotency-Key was used for another job. Use a new one for a new job.",
        )
    if isinstance(error, NovelAIError):
        told = problem_of(error)
        fields = [(one.field, one.message) for one in told.errors]
        rare = told.model_dump(include={*RARE}, exclude_none=True)
        problem = ProblemError(
            told.status,
            told.code,
            told.detail,
            charged=told.charged,
            errors=fields,
            members=rare,
        )
        if told.status in (429, 503):
            problem.headers["Retry-After"] = f"{error.retry_after or RETRY_SECONDS:.0f}"
        return problem
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
        code = CODES.get(error.status_code, "http")
        return ProblemError(error.status_code, code, str(error.detail), headers=error.headers)
    if isinstance(error, BlobMissingError):
        return ProblemError(404, "not_found", "These bytes are not in the store.")
    return _of_storage(error)


def _refusal(error: JobRefusedError) -> ProblemError:
    """Return a job that was not taken, as an answer."""
    return ProblemError(
        REFUSALS[error.code],
        error.code,
        f"{error.sentence} Nothing was sent or charged.",
        retry_after=error.retry_after,
        members=error.sums,
    )


def invalid(found: list[tuple[str, str]]) -> ProblemError:
    """Fields that are wrong, in one sentence and by name."""
    named = "; ".join(f"{field}: {message}" if field else message for field, message in found)
    return ProblemError(
        422, "invalid_params", f"{named}. Nothing was sent or charged.", errors=found
    )


async def _answer(request: Request, error: Exception) -> Any:
    # Also called with a socket that was not opened yet; anything that answers may be given.
    return answer_to(request.scope, error)


def _in_words_of_who_asked(own: Any) -> Callable[[Request, Exception], Awaitable[Any]]:
    """Return a handler that answers as ``own`` does, but for the clients of other programs."""

    async def answer(request: Request, error: Exception) -> Any:
        ours = await own(request, error)  # raises what is a bug
        if RENDER in request.scope:
            return render_error(request.scope, error)
        tell_refusal(request.scope, error)
        return ours

    return answer


async def _answer_bug(request: Request, _error: Exception) -> Response:
    # What it was is logged where the error goes on to.
    name = request.scope.get(REQUEST_NAME)
    headers = {} if name is None else {"X-Request-Id": name}
    broken = ProblemError(500, "server_error", BROKEN, charged="unknown", headers=headers)
    return render_error(request.scope, broken)


def _of_storage(error: Exception) -> ProblemError:
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if state.startswith(DATA_EXCEPTION):
        return ProblemError(
            422,
            "invalid_params",
            "A value holds characters that the database does not keep, such as U+0000. "
            "Nothing was sent or charged.",
        )
    if isinstance(error, StorageUnavailableError):
        sentence = error.sentence
    elif getattr(getattr(error, "orig", None), "sqlite_errorname", "") == "SQLITE_FULL":
        sentence = "The disk of the database is full."
    else:
        sentence = "The database does not answer."
    return ProblemError(
        503,
        STORAGE,
        f"{sentence} Nothing was sent or charged for this request; what was taken before is kept. "
        "Try again.",
        retry_after=5,
    )
