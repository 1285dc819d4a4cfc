"""No request body grows over its limit, and a stranger's is hardly read at all.

Until it is known who calls, `UNKNOWN` bytes are read: enough to log in, and to be refused in the
words of who asked. What says that it is longer is refused before its first byte.
"""

import time
from collections.abc import Callable

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.server.http.credentials import shows_key_in_body, token_in
from novelai.server.http.dependencies import identify
from novelai.server.http.error_handlers import answer_to
from novelai.server.model.problems import ProblemError

__all__ = ["MOST_VALUES", "PATIENCE", "UNKNOWN", "BodyLimit"]

UNKNOWN = 65_536
"""Bytes that are read of a body before it is known who sends it."""

PATIENCE = 20.0
"""Seconds that the body of a stranger may take."""

MOST_VALUES = 250_000
"""Lists, objects and members of a JSON body at most: to read it takes a fraction of a second."""

DIGITS = 100
"""Of a length: Python refuses to read a number of thousands."""

OF_A_VALUE = (b",", b"[", b"{")


class BodyLimit:
    """ASGI middleware that refuses long bodies, whether a length was announced or not.

    Args:
        app: what is protected.
        limit: bytes for callers who are known.
        patience: seconds for the body of a stranger.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit: int,
        patience: float = PATIENCE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._limit = limit
        self._patience = patience
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(scope, receive, self._limit, self._monotonic() + self._patience)
        answered = False

        async def receive_counted(message: Message) -> None:
            nonlocal answered
            # Whoever reads the body may take what was cut off for a broken one: what is answered
            # then is replaced below.
            if body.problem is None or answered:
                answered = True
                await send(message)

        try:
            await body.check_announced()
            await self._app(scope, lambda: body.receive(self._monotonic()), receive_counted)
        except Exception:
            if body.problem is None:
                raise
        if body.problem is not None and not answered:
            await answer_to(scope, body.problem)(scope, receive, send)


class _Body:
    """The body of a request, as far as it was read."""

    def __init__(self, scope: Scope, receive: Receive, limit: int, until: float) -> None:
        self.problem: ProblemError | None = None
        self._scope = scope
        self._receive = receive
        self._limit = limit
        self._until = until
        self._head = bytearray()
        self._received = 0
        self._values = 0
        self._known = False
        self._is_json = False
        self._is_whole = False

    async def check_announced(self) -> None:
        """Refuse a length that is too much.

        Raises:
            _CutOffError: `problem` says why.
        """
        announced = Headers(scope=self._scope).get("content-length", "")
        length = int(announced[:DIGITS]) if announced.isdecimal() else 0
        if length > UNKNOWN and not shows_key_in_body(self._scope):
            await self._ask_who()
        if length > self._limit:
            raise self._cut_off(self._too_large())

    async def receive(self, now: float) -> Message:
        """Return the next message.

        Raises:
            _CutOffError: the body is refused; `problem` says why.
        """
        if self._is_whole:
            return await self._receive()
        if self._received >= UNKNOWN:
            await self._ask_who()
        message = await self._next(now)
        self._count(message.get("body", b""))
        self._is_whole = not message.get("more_body")
        return message

    async def _next(self, now: float) -> Message:
        if self._known:
            return await self._receive()
        with anyio.move_on_after(max(self._until - now, 0)):
            return await self._receive()
        await self._ask_who()
        return await self._receive()

    def _count(self, data: bytes) -> None:
        if not self._received:
            self._is_json = data.lstrip()[:1] in (b"{", b"[")
        self._received += len(data)
        self._head += data[: UNKNOWN - len(self._head)]
        if self._is_json:
            self._values += sum(map(data.count, OF_A_VALUE))
        if self._received > self._limit:
            raise self._cut_off(self._too_large())
        if self._values > MOST_VALUES:
            sentence = f"JSON may have at most {MOST_VALUES:,} values. Not taken."
            raise self._cut_off(ProblemError(413, "too_large", sentence))

    async def _ask_who(self) -> None:
        """Go on only if it is known who calls."""
        if self._known:
            return
        try:
            await identify(self._scope, also=token_in(self._scope, bytes(self._head)))
        except ProblemError as problem:
            raise self._cut_off(problem) from None
        self._known = True
        self._head.clear()

    def _too_large(self) -> ProblemError:
        sentence = f"A request may have at most {self._limit:,} bytes. Not taken."
        return ProblemError(413, "too_large", sentence)

    def _cut_off(self, problem: ProblemError) -> "_CutOffError":
        self.problem = problem
        return _CutOffError()


class _CutOffError(Exception):
    pass
