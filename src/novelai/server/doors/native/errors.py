"""Refusals and failures in NovelAI's own shape: ``{"statusCode": 429, "message": "…"}``."""

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from novelai.errors import InvalidParamsError, NovelAIError
from novelai.server.doors.native.known_pictures import UnknownKeysError
from novelai.server.jobs.order import IdempotencyConflictError, OrderRefusedError
from novelai.server.problems import DATA_EXCEPTION, ProblemError, refusal_of
from novelai.server.storage.blobs import BlobMissingError

__all__ = ["NativeRoute", "error_answer", "unknown_keys_answer", "wire_error"]

UNPROCESSABLE = 422

FORESEEN: Mapping[type[Exception], ProblemError] = {
    IdempotencyConflictError: ProblemError(
        409,
        "idempotency_conflict",
        "This Idempotency-Key was used for another body. Use a new one.",
    ),
    BlobMissingError: ProblemError(404, "not_found", "These bytes are not in the store any more."),
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class NativeRoute(APIRoute):
    """A route that speaks of failures as NovelAI does."""

    def get_route_handler(self) -> Handler:
        """The handler, with its failures caught."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                response = await handle(request)
            except (
                ProblemError,
                OrderRefusedError,
                IdempotencyConflictError,
                BlobMissingError,
                NovelAIError,
                RequestValidationError,
                ValidationError,
                HTTPException,
                SQLAlchemyError,
            ) as error:
                response = error_answer(wire_error(error))
            return response

        return handled


def wire_error(error: Exception) -> ProblemError:
    """Any failure that is foreseen, as status and sentence."""
    if isinstance(error, OrderRefusedError):
        error = refusal_of(error)
    if isinstance(error, ProblemError):
        return _as_there(error)
    if isinstance(error, InvalidParamsError):
        return ProblemError(400, "invalid_params", f"Validation error: {error.message}")
    if isinstance(error, NovelAIError):
        return ProblemError(error.status or 502, "novelai", error.message, charged=error.charged)
    if isinstance(error, HTTPException):
        return ProblemError(error.status_code, "http", str(error.detail))
    if isinstance(error, SQLAlchemyError):
        return _of_storage(error)
    return FORESEEN.get(
        type(error),
        ProblemError(400, "invalid_params", "Validation error: the request cannot be read"),
    )


def error_body(error: ProblemError) -> bytes:
    """Compact JSON and a newline, as the service writes it."""
    document = {"statusCode": error.status, "message": error.detail}
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace") + b"\n"


def error_answer(error: ProblemError) -> Response:
    """A failure as a response."""
    return Response(error_body(error), error.status, error.headers, media_type="application/json")


def unknown_keys_answer(error: UnknownKeysError) -> Response:
    """Tell a client which pictures to send along."""
    document = {
        "statusCode": 400,
        "message": str(error),
        "details": {"invalidKeys": error.keys},
    }
    text = json.dumps(document, separators=(",", ":"))
    return Response(f"{text}\n", 400, media_type="application/json")


def _as_there(error: ProblemError) -> ProblemError:
    """The same with the status and the words that NovelAI's clients look for."""
    status, detail = error.status, error.detail
    if status == UNPROCESSABLE:
        status, detail = 400, f"Validation error: {detail}"
    elif status == 402:
        detail = f"Not enough Anlas. {detail}"
    elif status == 401:
        detail = f"Unauthorized. {detail}"
    found = ProblemError(status, error.code, detail, charged=error.charged)
    found.headers = error.headers
    return found


def _of_storage(error: SQLAlchemyError) -> ProblemError:
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if state.startswith(DATA_EXCEPTION):
        said = "Validation error: a value holds characters that cannot be kept, such as U+0000"
        return ProblemError(400, "invalid_params", said)
    said = "The database does not answer. What was taken before is kept; try again."
    return ProblemError(503, "storage", said, retry_after=5)
