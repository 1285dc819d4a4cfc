"""Addresses that are a screen of the page, and an API of another program, too."""

from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

__all__ = ["SharedRoute", "wants_page"]


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
