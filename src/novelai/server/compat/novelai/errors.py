"""Refusals and failures in NovelAI's own shape: ``{"statusCode": 429, "message": "…"}``."""

import json

from starlette.responses import Response
from starlette.types import Scope

from novelai.errors import InvalidParamsError, NovelAIError
from novelai.server.compat.novelai.image_cache import UnknownKeysError
from novelai.server.http.error_handlers import problem_in, tell_refusal
from novelai.server.model.problems import ProblemError

__all__ = ["answer_error", "error_body", "render_error", "unknown_keys_answer", "wire_error"]

UNPROCESSABLE = 422


def wire_error(error: Exception) -> ProblemError:
    """Any failure that is foreseen, as status and sentence; NovelAI's own keep their status."""
    problem = problem_in(error)
    if isinstance(error, NovelAIError) and not isinstance(error, InvalidParamsError):
        status = error.status or 502
        found = ProblemError(status, "novelai", error.message, charged=error.charged)
        found.headers = problem.headers
        return found
    return _as_there(problem)


def error_body(error: ProblemError) -> bytes:
    """Compact JSON and a newline, as the service writes it."""
    document = {"statusCode": error.status, "message": error.detail}
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace") + b"\n"


def render_error(error: ProblemError) -> Response:
    """Return a failure as a response."""
    return Response(error_body(error), error.status, error.headers, media_type="application/json")


def answer_error(scope: Scope, error: Exception) -> Response:
    """Return any failure that is foreseen as a response, and tell the request of it."""
    answer = render_error(wire_error(error))
    tell_refusal(scope, error, status=answer.status_code)
    return answer


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
    """Return the same with the status and the words that NovelAI's clients look for."""
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
