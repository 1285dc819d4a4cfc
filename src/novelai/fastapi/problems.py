"""Errors as RFC 9457 problem documents with the right status."""

from typing import Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketState

from novelai.errors import (
    AuthenticationError,
    BudgetExceededError,
    CallerGoneError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    InsufficientAnlasError,
    InvalidParamsError,
    InvalidRequestError,
    MissingAPIKeyError,
    NotFoundError,
    NovelAIError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    SeriesError,
    TemplateError,
)
from novelai.types.base import Params

__all__ = ["FieldProblem", "Problem", "install_error_handlers", "problem_of"]

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5.0
GONE = 499
RARE = frozenset({"required", "available", "kind", "start", "end"})
CLOSE_CODES = {422: 1008, 429: 1013, 503: 1013}
"""Codes with which a WebSocket is closed, by status of HTTP."""
INTERNAL_ERROR = 1011

STATUS: tuple[tuple[type[NovelAIError], int, str], ...] = (
    (InvalidParamsError, 422, "Invalid parameters"),
    (SeriesError, 422, "Invalid series"),
    (TemplateError, 422, "Invalid template"),
    (InsufficientAnlasError, 402, "Not enough Anlas"),
    (BudgetExceededError, 402, "Budget spent"),
    (RateLimitError, 429, "Too many requests"),
    (ConflictError, 409, "Conflict"),
    (NotFoundError, 502, "NovelAI has changed"),
    (InvalidRequestError, 400, "Request refused"),
    # Not 401 or 403: it is this server's token that was refused, not its caller's.
    (AuthenticationError, 502, "NovelAI does not accept this server's token"),
    (PermissionDeniedError, 502, "NovelAI does not allow this to this server's account"),
    (MissingAPIKeyError, 500, "This server is not configured"),
    (ConfigurationError, 500, "This server is not configured"),
    (CallerGoneError, GONE, "Caller went away"),
    (ConnectionFailedError, 503, "NovelAI cannot be reached"),
    (RequestTimeoutError, 504, "NovelAI did not answer in time"),
    (NovelAIError, 502, "NovelAI failed"),
)


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(BaseModel):
    """An RFC 9457 problem document.

    Attributes:
        type: ``about:blank``; ``code`` tells the kinds apart.
        title: the kind of problem, the same words each time.
        status: the HTTP status.
        detail: what happened this time, and what to do.
        code: the kind of problem for programs, for example ``insufficient_anlas``.
        charged: whether it may have cost Anlas.
        request_id: the id the upstream request carried.
        errors: what is wrong with which field.
        required: Anlas the call would have cost, where NovelAI said so with a 402.
        available: Anlas the account has, likewise.
        kind: the kind of fault of a template or a series.
        start: where in the field's text the piece begins that is wrong.
        end: where it ends.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    charged: Literal["no", "yes", "unknown"] = "no"
    request_id: str | None = None
    errors: list[FieldProblem] = []
    required: int | None = None
    available: int | None = None
    kind: str | None = None
    start: int | None = None
    end: int | None = None

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it: without what is said of some kinds alone."""
        document = self.model_dump(mode="json")
        return {
            name: value for name, value in document.items() if name not in RARE or value is not None
        }


def problem_of(error: NovelAIError) -> Problem:
    """Return the problem document of an error."""
    status, title = next((status, title) for cls, status, title in STATUS if isinstance(error, cls))
    problems = error.problems if isinstance(error, InvalidParamsError) else []
    short = error if isinstance(error, InsufficientAnlasError) else None
    template = error if isinstance(error, TemplateError) else None
    if template is not None and template.field:
        problems = [(template.field, template.message)]
    return Problem(
        title=title,
        status=status,
        detail=error.message,
        code=error.code,
        charged=error.charged,
        request_id=error.request_id,
        errors=[FieldProblem(field=field, message=message) for field, message in problems],
        required=short and short.required,
        available=short and short.available,
        kind=error.kind if isinstance(error, TemplateError | SeriesError) else None,
        start=template and template.start,
        end=template and template.end,
    )


def install_error_handlers(app: Starlette, *, requests: bool = False) -> None:
    """Answer this package's errors with problem documents.

    Args:
        app: the FastAPI app.
        requests: also answer FastAPI's own request validation errors in this shape.

    A `pydantic.ValidationError` of this package's parameter models becomes 422 and names the
    field; any other one stays the bug that it is. A WebSocket is closed with the problem's title as
    the reason: with 1008 for wrong parameters, 1013 when it may be tried again, else 1011.
    """
    app.add_exception_handler(NovelAIError, _novelai_error)
    app.add_exception_handler(ValidationError, _params_error)
    if requests:
        app.add_exception_handler(RequestValidationError, _request_error)


async def _novelai_error(connection: HTTPConnection, error: Exception) -> Any:
    assert isinstance(error, NovelAIError)
    problem = problem_of(error)
    if isinstance(connection, WebSocket):
        return await _close(connection, problem)
    headers: dict[str, str] = {}
    if problem.status in (429, 503):
        headers["Retry-After"] = f"{error.retry_after or RETRY_SECONDS:.0f}"
    return _answer(problem, headers)


async def _params_error(connection: HTTPConnection, error: Exception) -> Any:
    assert isinstance(error, ValidationError)
    if error.title not in _params_titles(Params):
        raise error
    problem = _invalid(error.errors())
    if isinstance(connection, WebSocket):
        return await _close(connection, problem)
    return _answer(problem)


async def _request_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [{**one, "loc": one["loc"][1:] or one["loc"]} for one in error.errors()]
    return _answer(_invalid(found))


async def _close(socket: WebSocket, problem: Problem) -> None:
    """Close a socket that is still there."""
    if problem.status != GONE and socket.application_state is not WebSocketState.DISCONNECTED:
        await socket.close(CLOSE_CODES.get(problem.status, INTERNAL_ERROR), problem.title)


def _invalid(found: list[Any]) -> Problem:
    fields = [
        (".".join(str(part) for part in one["loc"]), str(one["msg"]).removeprefix("Value error, "))
        for one in found
    ]
    return problem_of(InvalidParamsError(fields))


def _answer(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(problem.document(), problem.status, headers, media_type=MEDIA_TYPE)


def _params_titles(cls: type[Params]) -> set[str]:
    found = {cls.__name__}
    for below in cls.__subclasses__():
        found |= _params_titles(below)
    return found
