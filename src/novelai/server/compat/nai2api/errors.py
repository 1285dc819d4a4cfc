"""Errors as bots of this API read them: ``{error: sentence}``."""

from starlette.responses import JSONResponse, Response

from novelai.server.model.problems import ProblemError

__all__ = ["render_error"]


def render_error(problem: ProblemError) -> Response:
    """Return a failure as a response."""
    content = {
        "success": False,
        "error": problem.detail,
        "message": problem.detail,
        "code": problem.code,
        "charged": problem.charged,
    }
    return JSONResponse(content, problem.status, problem.headers)
