"""Errors as ComfyUI words them: ``{error: {type, message, details, extra_info}, node_errors}``."""

from starlette.responses import JSONResponse, Response

from novelai.server.compat.route import SharedRoute, WordedRoute
from novelai.server.model.problems import ProblemError

__all__ = ["ComfyPageRoute", "ComfyRoute"]

INVALID = 422
REFUSED = 400


class ComfyRoute(WordedRoute):
    """A route whose failures are worded for ComfyUI's clients."""

    @staticmethod
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


class ComfyPageRoute(ComfyRoute, SharedRoute):
    """The same on a path that is one of the page's, too."""
