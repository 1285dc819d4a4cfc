"""Measures calls of NovelAI at their connection: from the request to the end of the answer."""

import time
from collections.abc import AsyncIterator, Callable

import httpx2
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from novelai.server.telemetry.spans import tracer

__all__ = ["Watch", "WatchedTransport"]

Watch = Callable[[str, str, float], None]
"""Is told the path of a call, how it ended and the seconds it took."""


class WatchedTransport(httpx2.AsyncBaseTransport):
    """A transport that tells of its calls.

    Args:
        inner: makes them.
        watch: is told.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        watch: Watch,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._watch = watch
        self._monotonic = monotonic

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Make a call."""
        path, begun = request.url.path, self._monotonic()
        span = tracer.start_span(
            "novelai.upstream",
            kind=SpanKind.CLIENT,
            attributes={"http.request.method": request.method, "url.path": path},
        )

        def end(outcome: str) -> None:
            self._watch(path, outcome, self._monotonic() - begun)
            _end(span, outcome)

        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            end("unreachable" if isinstance(error, httpx2.TransportError) else "cancelled")
            raise
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Stream(response.stream, str(response.status_code), end)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


class _Stream(httpx2.AsyncByteStream):
    """The bytes of an answer; tells once how they ended."""

    def __init__(
        self, inner: httpx2.AsyncByteStream, status: str, end: Callable[[str], None]
    ) -> None:
        self._inner = inner
        self._outcome = status
        self._end: Callable[[str], None] | None = end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._inner:
                yield part
        except httpx2.TransportError:
            self._outcome = "cut"
            raise

    async def aclose(self) -> None:
        end, self._end = self._end, None
        try:
            await self._inner.aclose()
        finally:
            if end is not None:
                end(self._outcome)


def _end(span: Span, outcome: str) -> None:
    if outcome.isdecimal():
        span.set_attribute("http.response.status_code", int(outcome))
    if not outcome.startswith("2"):
        span.set_status(Status(StatusCode.ERROR, outcome))
    span.end()
