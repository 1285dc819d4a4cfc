"""Small ASGI middlewares around every answer.

Each answer has a name, is counted, and noted if it refuses; HEAD gets it without its body. The
address that the server printed when it started opens a session at this machine.

With the name goes what no answer may lack: that no browser guesses what it is, and, unless it says
for itself how long it may be kept, that it is not kept. Programs often hide the reason of a
refusal. Whatever refuses says so here; when the answer is out, code and sentence are written down,
without prompt and secret, and kept for whose key it is.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qs

import anyio
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.server.http.dependencies import identity_in, services_of, settings_of
from novelai.server.http.error_handlers import REFUSED, RENDER, REQUEST_NAME, Refusal
from novelai.server.http.session_cookie import set_session
from novelai.server.keys.refusals import Refused, discreet
from novelai.server.model.problems import ProblemError
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.telemetry.logs import REQUEST_ID
from novelai.server.telemetry.redaction import redact

__all__ = [
    "DRAWING",
    "HeadAsGet",
    "PrintedAddress",
    "RefusalLog",
    "RequestId",
    "RequestMeter",
    "printed_path",
]

log = logging.getLogger("novelai.server.refusals")

HEADER = "X-Request-Id"
ANSWERS = ("http.response.start", "websocket.accept")
SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

OWN = ("/api/", "/generate")
NOVELAI = (
    "NovelAI refused it or failed. What it said is in the answer, and with the job in the queue."
)
UNAUTHENTICATED = 401
BROKEN = 500


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


class RefusalLog:
    """ASGI middleware that writes down what was refused behind it.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and write down what became of it when it was refused."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = scope[REFUSED] = Refusal()  # an object, which copies of the scope share
        await self._app(scope, receive, send)
        if refusal.problem is not None:
            await _write_down(scope, refusal, refusal.problem)


async def _write_down(scope: Scope, refusal: Refusal, problem: ProblemError) -> None:
    request = redact(f"{scope.get('method', 'socket')} {_path(scope)}")
    status, sentence = refusal.status, NOVELAI if refusal.quotes else discreet(problem.detail)
    level, word = (logging.WARNING, "Failed") if status >= BROKEN else (logging.INFO, "Refused")
    log.log(level, "%s %s: %d %s: %s", word, request, status, problem.code, sentence)
    identity = identity_in(scope)
    whose = refusal.key_id or (None if identity is None else identity.key.id)
    services: Services | None = scope.get("state", {}).get("services")
    if whose is None or services is None or status == UNAUTHENTICATED:
        return
    refused = Refused(
        key_id=whose, request=request, status=status, code=problem.code, sentence=sentence
    )
    try:
        await services.refusals.keep(refused)
    except (SQLAlchemyError, StorageUnavailableError):
        log.debug("It could not be kept: the database does not answer.")


def _path(scope: Scope) -> str:
    """Return the route as it was declared; what was asked for only where no text of people is."""
    template: object = getattr(scope.get("route"), "path", None)
    if isinstance(template, str) and template:
        return template
    path: str = scope["path"]
    return path if RENDER in scope or path.startswith(OWN) else "elsewhere"


DRAWING = frozenset(
    {"/generate", "/nai2api/generate", "/ai/generate-voice", "/native/ai/generate-voice"}
)
"""Addresses where GET makes something: who asks for no body is not to pay for it."""


class HeadAsGet:
    """ASGI middleware right around the routes: HEAD is answered wherever GET is (RFC 9110, 9.1).

    Args:
        app: the routes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer without its body."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] in DRAWING:
            await self._app(scope, receive, send)
            return
        # What is written of a request outside says HEAD; a stream would go on for nobody.
        with anyio.CancelScope() as enough:

            async def send_head(message: Message) -> None:
                if message["type"] != "http.response.body":
                    await send(message)
                elif message.get("more_body"):
                    enough.cancel()

            inner = {**scope, "method": "GET"}
            try:
                await self._app(inner, receive, send_head)
            finally:
                scope["route"] = inner.get("route")  # by which it is counted and noted outside
        await send({"type": "http.response.body", "body": b""})


PATH = "/"
TOKEN = "token"  # noqa: S105 - the name of a parameter


def printed_path(settings: Settings) -> str:
    """Return what is printed behind the server's address: with a token, where one counts."""
    if settings.needs_keys:
        return PATH
    return f"{PATH}?{TOKEN}={settings.proof}"


class PrintedAddress:
    """ASGI middleware that turns the token of the printed address into a session.

    Who is at the machine of the server needs no key. Others of the machine look just the same, and
    so does who comes through a proxy that hides itself: to administer, the browser shows the token.
    The address without it follows at once: what stays in the history of a browser opens nothing.

    Args:
        app: what answers everything else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the printed address, and pass on what is another."""
        shown = _token(scope)
        if shown is None:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        services = services_of(connection)
        answer = RedirectResponse(PATH, 303, {"Cache-Control": "no-store"})
        if settings_of(connection).is_local_token(shown):
            begun = await services.sessions.begin(await services.keys.local())
            set_session(answer, connection, begun)
        await answer(scope, receive, send)


def _token(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != PATH:
        return None
    found = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN)
    return None if found is None else found[0]
