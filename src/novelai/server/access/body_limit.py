"""No request body grows over the limit: its bytes are counted as they come."""

from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novelai.server.problems import ProblemError, problem_answer

__all__ = ["BodyLimit"]


class BodyLimit:
    """ASGI middleware that answers 413, whether a length was announced or not.

    Args:
        app: what is protected.
        limit: bytes.
    """

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = problem_answer(
            ProblemError(
                413, "too_large", f"A request may have at most {self._limit:,} bytes. Not taken."
            )
        )
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isascii() and announced.isdecimal() and int(announced) > self._limit:
            await answer(scope, receive, send)
            return
        received = 0
        answered = False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                # Whoever reads the body may take this for a broken one: what it answers then is
                # replaced below.
                raise _TooLargeError
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            if received <= self._limit or answered:
                await send(message)
            answered = answered or received <= self._limit

        with suppress(_TooLargeError):
            await self._app(scope, counted, watched)
        if received > self._limit and not answered:
            await answer(scope, receive, send)


class _TooLargeError(Exception):
    pass
