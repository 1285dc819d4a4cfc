"""Routes whose failures are told in the words of a dialect, some at addresses of the page."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from novelai.server.http.error_handlers import FAILURES, problem_in
from novelai.server.model.problems import ProblemError, problem_answer

__all__ = ["SharedRoute", "WordedRoute", "wants_page"]


def wants_page(headers: Headers) -> bool:
    """Tell a browser from a program, at an address that both ask for: it names ``text/html``."""
    return "text/html" in headers.get("accept", "").lower()


class SharedRoute(APIRoute):
    """A route for programs at an address of the page, which a browser gets there."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave to the page what a browser asks for."""
        match, child = super().matches(scope)
        if match is not Match.NONE and wants_page(Headers(scope=scope)):
            return Match.NONE, {}
        return match, child


class WordedRoute(APIRoute):
    """A route that catches what is foreseen to go wrong; a dialect's own says how it is worded."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, and what it answers when something goes wrong."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except FAILURES as error:
                return self.render_error(self.to_problem(error))

        return handle

    @staticmethod
    def to_problem(error: Exception) -> ProblemError:
        """Turn a failure into the problem that is told."""
        return problem_in(error)

    @staticmethod
    def render_error(problem: ProblemError) -> Response:
        """Return a failure as a response."""
        return problem_answer(problem)
