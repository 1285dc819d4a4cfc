"""A name for each request, in its answer and its log lines; and counting of answers.

With the name goes what no answer may lack: that no browser guesses what it is, and, unless it says
for itself how long it may be kept, that it is not kept.
"""

import re
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.server.http.error_handlers import REQUEST_NAME
from novelai.server.telemetry.logs import REQUEST_ID

__all__ = ["RequestId", "RequestMeter"]

HEADER = "X-Request-Id"
ANSWERS = ("http.response.start", "websocket.accept")
SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class RequestId:
    """ASGI middleware: takes the name that a proxy gave, when it is a sane one, or makes one.

    Args:
        app: what answers.
        draw: makes a name.
    """

    def __init__(
        self, app: ASGIApp, *, draw: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self._app = app
        self._draw = draw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and name the answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        name = given if SANE.fullmatch(given) else self._draw()
        scope[REQUEST_NAME] = name

        async def send_with_name(message: Message) -> None:
            if message["type"] in ANSWERS:
                headers = MutableHeaders(scope=message)
                headers[HEADER] = name
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        token = REQUEST_ID.set(name)
        try:
            await self._app(scope, receive, send_with_name)
        finally:
            REQUEST_ID.reset(token)


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
