"""What is refused, as OpenAI's clients read it."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from novelai.server.model.problems import ProblemError

__all__ = ["error_of", "refusal", "render_error"]

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
    status = 400 if error.status == 422 else error.status
    kind = TYPES.get(status) or ("server_error" if status >= 500 else "invalid_request_error")
    param = error.errors[0][0] if error.errors else ""
    told: dict[str, Any] = {
        "message": error.detail,
        "type": kind,
        "param": NAMES.get(param, param) or None,
        "code": CODES.get(error.code, error.code),
        "charged": error.charged,
    }
    job_id = Headers(error.headers).get("x-job-id")
    return status, {"error": told if job_id is None else {**told, "job_id": job_id}}
