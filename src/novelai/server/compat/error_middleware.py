"""In front of the doors: what the server refuses is told in the words of who asked.

Whatever is refused before a door hears of it (no key, too large a body, a foreign site, a path that
is not there), and what a door raises without wording it, is a problem document. On its way out of a
dialect's addresses it becomes what that dialect's clients read.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.server.model.problems import ProblemError

__all__ = ["Dialect", "DialectFront", "below", "words_of"]

PROBLEM = "application/problem+json"
OF_A_BODY = (b"content-type", b"content-length")

BROKEN = (
    "The server failed. If this asked for a picture, look into the gallery before asking again: "
    "it may have been charged."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a family of clients is answered.

    Attributes:
        covers: whether a request is surely of this dialect.
        worded: a refusal as its clients read it.
    """

    covers: Callable[[Scope], bool]
    worded: Callable[[ProblemError], Response]


def below(*paths: str) -> Callable[[Scope], bool]:
    """Covers these paths and all below them."""

    def covers(scope: Scope) -> bool:
        asked: str = scope["path"]
        return any(asked == path or asked.startswith(f"{path}/") for path in paths)

    return covers


def words_of(
    dialects: Sequence[Dialect], scope: Scope
) -> Callable[[ProblemError], Response] | None:
    """Return how a refusal of a request is worded, where a dialect has words of its own."""
    dialect = _dialect_of(scope, dialects)
    return None if dialect is None else dialect.worded


def _dialect_of(scope: Scope, dialects: Sequence[Dialect]) -> Dialect | None:
    if scope["type"] != "http":
        return None
    return next((one for one in dialects if one.covers(scope)), None)


class DialectFront:
    """ASGI middleware around the whole server; it touches only problem documents.

    Args:
        app: the server.
        dialects: the first that covers a request words its refusal.
    """

    def __init__(self, app: ASGIApp, *, dialects: Sequence[Dialect]) -> None:
        self._app = app
        self._dialects = tuple(dialects)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back."""
        dialect = _dialect_of(scope, self._dialects)
        if dialect is None:
            await self._app(scope, receive, send)
            return
        answer = _Answer(dialect, send)
        try:
            await self._app(scope, receive, answer)
        except Exception:
            if not answer.begun:
                broken = ProblemError(500, "server_error", BROKEN, charged="unknown")
                await dialect.worded(broken)(scope, receive, send)
            raise  # a bug: it is logged further out


class _Answer:
    """Sends on; a problem document is held back until it is whole, and then worded."""

    def __init__(self, dialect: Dialect, send: Send) -> None:
        self.begun = False
        self._dialect = dialect
        self._send = send
        self._held: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if Headers(raw=message["headers"]).get("content-type", "").startswith(PROBLEM):
                self._held = message
                return
        elif self._held is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            start, self._held = self._held, None
            worded = self._dialect.worded(_problem_in(start, self._body))
            self.begun = True
            await self._send(_start_of(worded, start))
            message = {"type": "http.response.body", "body": bytes(worded.body)}
        self.begun = True
        await self._send(message)


def _problem_in(start: Message, body: bytes) -> ProblemError:
    document: dict[str, Any] = json.loads(body or b"{}")
    problem = ProblemError(
        int(document.get("status") or start["status"]),
        str(document.get("code") or "error"),
        str(document.get("detail") or document.get("title") or "It failed."),
        charged=document.get("charged", "no"),
        errors=[(one["field"], one["message"]) for one in document.get("errors") or ()],
    )
    told = Headers(raw=start["headers"])
    problem.headers = {name: told[name] for name in told if name.encode() not in OF_A_BODY}
    return problem


def _start_of(worded: Response, start: Message) -> Message:
    """Return the beginning of the answer, with every header of the one that was held back."""
    kept = [(name, value) for name, value in start["headers"] if name.lower() not in OF_A_BODY]
    there = {name.lower() for name, _ in kept}
    added = [(name, value) for name, value in worded.raw_headers if name not in there]
    return {"type": start["type"], "status": worded.status_code, "headers": kept + added}
