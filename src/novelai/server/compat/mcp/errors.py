"""What the server refuses before a message is read, as an error of JSON-RPC."""

from starlette.responses import JSONResponse, Response

from novelai.server.model.problems import ProblemError

__all__ = ["render_error"]

INVALID_REQUEST = -32600
INTERNAL_ERROR = -32603


def render_error(problem: ProblemError) -> Response:
    """Return a refusal as a response; ``id`` is null, as the message was not read."""
    error = {
        "code": INTERNAL_ERROR if problem.status >= 500 else INVALID_REQUEST,
        "message": problem.detail,
        "data": {"code": problem.code, "charged": problem.charged},
    }
    content = {"jsonrpc": "2.0", "id": None, "error": error}
    return JSONResponse(content, problem.status, problem.headers)
