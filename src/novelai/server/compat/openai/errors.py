"""What is refused, as OpenAI's clients read it."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from novelai.server.model.problems import ProblemError

__all__ = ["error_document", "error_of", "refusal", "render_error"]

TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    429: "rate_limit_error",
}
CODES: Mapping[str, str] = {
    "unauthenticated": "invalid_api_key",
    "invalid_params": "invalid_value",
    "too_fast": "rate_limit_exceeded",
}
NAMES: Mapping[str, str] = {
    "transparent_background": "background",
    "image_format": "output_format",
    "i2i.image": "image",
    "inpaint.image": "image",
    "inpaint.mask": "mask",
    "i2i.strength": "strength",
    "inpaint.strength": "strength",
    "i2i.noise": "noise",
    "text": "input",
}
"""What this door calls the fields of a generation, and of speech."""

USELESS = frozenset({402, 403, 409})


def refusal(field: str, message: str, *, code: str = "invalid_params") -> ProblemError:
    """Return a request that cannot be understood; nothing was spent."""
    sentence = f"{field} {message}. Nothing was sent or charged."
    return ProblemError(400, code, sentence, errors=[(field, message)])


def error_document(
    problem: Mapping[str, Any], *, job_id: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Return the status and body of a problem document in OpenAI's shape."""
    status = int(problem.get("status") or 500)
    status = 400 if status == 422 else status
    code = str(problem.get("code") or "error")
    found = problem.get("errors") or ()
    param = found[0]["field"] if found else None
    kind = TYPES.get(status) or ("server_error" if status >= 500 else "invalid_request_error")
    error: dict[str, Any] = {
        "message": str(problem.get("detail") or problem.get("title") or "It failed."),
        "type": kind,
        "param": NAMES.get(param, param) if isinstance(param, str) and param else None,
        "code": CODES.get(code, code),
        "charged": problem.get("charged", "no"),
    }
    if job_id is not None:
        error["job_id"] = job_id
    return status, {"error": error}


def error_of(error: ProblemError) -> dict[str, Any]:
    """Return the body of a refusal that comes when a stream has begun."""
    return _status_and_body(error)[1]


def render_error(error: ProblemError) -> Response:
    """Return a refusal as a response.

    A client that repeats by itself is told not to where it was charged, or may have been; nor
    where the same would be refused again.
    """
    status, document = _status_and_body(error)
    useless = error.charged != "no" or error.status in USELESS
    headers = {"X-Should-Retry": "false"} if useless else {}
    return JSONResponse(document, status, {**error.headers, **headers})


def _status_and_body(error: ProblemError) -> tuple[int, dict[str, Any]]:
    found = [{"field": field, "message": message} for field, message in error.errors]
    problem = {"status": error.status, "detail": error.detail, "code": error.code}
    return error_document(
        problem | {"charged": error.charged, "errors": found},
        job_id=Headers(error.headers).get("x-job-id"),
    )
