"""Errors as A1111 words them: ``{error, detail, body, errors}``."""

from typing import Any

from starlette.responses import JSONResponse, Response

from novelai.server.model.problems import ProblemError

__all__ = ["render_error"]


def render_error(problem: ProblemError) -> Response:
    """Return a failure as a response.

    ``detail`` is a sentence; where fields are wrong it is the list that FastAPI answers, as
    A1111 is made of that. ``errors`` is always the sentence; ``code`` and ``charged`` are
    additions.
    """
    detail: Any = problem.detail
    if problem.errors:
        detail = [
            {"loc": ["body", *field.split(".")], "msg": message, "type": "value_error"}
            for field, message in problem.errors
        ]
    content = {
        "error": "HTTPException",
        "detail": detail,
        "body": "",
        "errors": problem.detail,
        "code": problem.code,
        "charged": problem.charged,
    }
    return JSONResponse(content, problem.status, problem.headers)
