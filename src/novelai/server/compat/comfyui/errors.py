"""Errors as ComfyUI words them: ``{error: {type, message, details, extra_info}, node_errors}``."""

from typing import Any

from starlette.responses import JSONResponse, Response

from novelai.server.compat.comfyui.refusals import WorkflowError
from novelai.server.model.problems import ProblemError

__all__ = ["render_error"]

INVALID = 422
REFUSED = 400


def render_error(problem: ProblemError) -> Response:
    """Return a failure as a response."""
    details = "; ".join(field for field, _ in problem.errors)
    extra: dict[str, Any] = {"charged": problem.charged}
    nodes: dict[str, Any] = {}
    if isinstance(problem, WorkflowError):
        details, nodes = problem.details, problem.nodes
        extra |= problem.extra
    error = {
        "type": problem.code,
        "message": problem.detail,
        "details": details,
        "extra_info": extra,
    }
    status = REFUSED if problem.status == INVALID else problem.status
    return JSONResponse({"error": error, "node_errors": nodes}, status, problem.headers)
