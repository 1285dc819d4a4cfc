"""Counts requests by the template of their route."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["RequestMeter"]


class RequestMeter:
    """ASGI middleware: tells the meter of the running server of each answer.

    Args:
        app: what answers.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(self, app: ASGIApp, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count it."""
        services = scope.get("state", {}).get("services")
        if scope["type"] != "http" or services is None:
            await self._app(scope, receive, send)
            return
        begun, status = self._monotonic(), 500

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            seconds = self._monotonic() - begun
            services.meter.answer(scope["method"], _template(scope), status, seconds)


def _template(scope: Scope) -> str:
    """Return the route's path as it was declared; never the path that was asked for."""
    template = getattr(scope.get("route"), "path", None)
    return template if isinstance(template, str) and template else "none"
