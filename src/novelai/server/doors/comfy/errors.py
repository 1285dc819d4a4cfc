"""Errors as ComfyUI words them: ``{error: {type, message, details, extra_info}, node_errors}``."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from novelai.server.doors.a1111.probes import ProbeRoute
from novelai.server.doors.failures import FAILURES, problem_in

__all__ = ["ComfyPageRoute", "ComfyRoute"]

INVALID = 422
REFUSED = 400


class ComfyRoute(APIRoute):
    """A route whose failures are worded for ComfyUI's clients."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, and what it answers when something goes wrong."""
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except FAILURES as error:
                problem = problem_in(error)
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

        return answered


class ComfyPageRoute(ComfyRoute, ProbeRoute):
    """The same on a path that is one of the page's, too."""
