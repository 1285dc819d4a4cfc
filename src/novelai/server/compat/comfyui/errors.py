"""Errors as ComfyUI words them: ``{error: {type, message, details, extra_info}, node_errors}``."""

from starlette.responses import JSONResponse, Response

from novelai.server.model.problems import ProblemError

__all__ = ["render_error"]

INVALID = 422
REFUSED = 400


def render_error(problem: ProblemError) -> Response:
    """Return a failure as a response."""
    content = {
        "error": {
            "type": problem.code,
            "message": problem.detail,
            "details": "; ".join(field for field, _ in problem.errors),
            "extra_info": {"charged": problem.charged},
        },
        "node_errors": {},
    }
    status = REFUSED if problem.status == INVALID else problem.status
    return JSONResponse(content, status, problem.headers)
