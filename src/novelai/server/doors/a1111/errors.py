"""Errors as A1111 words them: ``{error, detail, body, errors}``."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from novelai.server.doors.failures import FAILURES, problem_in
from novelai.server.problems import ProblemError

__all__ = ["A1111Route", "a1111_error"]

UNPROCESSABLE = 422

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class A1111Route(APIRoute):
    """A route whose failures are worded for A1111's clients."""

    def get_route_handler(self) -> Handler:
        """The handler, and what it answers when something goes wrong."""
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except FAILURES as error:
                return a1111_error(problem_in(error))

        return answered


def a1111_error(problem: ProblemError) -> Response:
    """A failure as a response.

    ``detail`` is a sentence; where fields are wrong it is the list that FastAPI answers, as
    A1111 is made of that. ``code`` and ``charged`` are additions.
    """
    detail: Any = problem.detail
    if problem.status == UNPROCESSABLE:
        detail = [
            {"loc": ["body", *field.split(".")], "msg": message, "type": "value_error"}
            for field, message in problem.errors
        ] or [{"loc": ["body"], "msg": problem.detail, "type": "value_error"}]
    content = {
        "error": "HTTPException",
        "detail": detail,
        "body": "",
        "errors": problem.detail,
        "code": problem.code,
        "charged": problem.charged,
    }
    return JSONResponse(content, problem.status, problem.headers)
