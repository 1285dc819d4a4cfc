"""Errors as bots of this dialect read them: ``{error: sentence}``."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from novelai.server.doors.failures import FAILURES, problem_in

__all__ = ["BotRoute"]


class BotRoute(APIRoute):
    """A route whose failures are worded for bots."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, and what it answers when something goes wrong."""
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except FAILURES as error:
                problem = problem_in(error)
                content = {
                    "success": False,
                    "error": problem.detail,
                    "message": problem.detail,
                    "code": problem.code,
                    "charged": problem.charged,
                }
                return JSONResponse(content, problem.status, problem.headers)

        return answered
