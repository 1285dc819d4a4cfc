"""HTTP clients of another make: requests go through them, and answers come back as httpx2's.

Programs for novelai-sdk put an `httpx` client of theirs in place of the one they find: one with a
proxy, or one that answers by itself in tests.
"""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing
from typing import Any

import httpx2

from novelai._http import private
from novelai.errors import ConfigurationError

__all__ = ["as_async_client", "as_client"]

DECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers of a body that is told no more once the foreign client has decoded it."""


def as_client(http: Any) -> httpx2.Client:
    """Return an httpx2 client that sends through another: itself if it is one.

    Raises:
        ConfigurationError: it is no HTTP client for programs that wait.
    """
    if isinstance(http, httpx2.Client):
        return http
    _check_foreign(http, "close")
    return httpx2.Client(transport=ForeignTransport(http))


def as_async_client(http: Any) -> httpx2.AsyncClient:
    """Return the same for programs on an event loop.

    Raises:
        ConfigurationError: it is no HTTP client for programs on an event loop.
    """
    if isinstance(http, httpx2.AsyncClient):
        return http
    _check_foreign(http, "aclose")
    return httpx2.AsyncClient(transport=AsyncForeignTransport(http))


class ForeignTransport(httpx2.BaseTransport):
    """Sends through a client that is like httpx's."""

    def __init__(self, http: Any) -> None:
        self._http = http

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        answer = self._http.send(_translate(self._http, request, request.read()), stream=True)
        return _answer(answer, ForeignStream(answer))

    def close(self) -> None:
        """Close the client."""
        self._http.close()


class AsyncForeignTransport(httpx2.AsyncBaseTransport):
    """Sends through an async client that is like httpx's."""

    def __init__(self, http: Any) -> None:
        self._http = http

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        message = _translate(self._http, request, await request.aread())
        answer = await self._http.send(message, stream=True)
        return _answer(answer, AsyncForeignStream(answer))

    async def aclose(self) -> None:
        """Close the client."""
        await self._http.aclose()


class ForeignStream(httpx2.SyncByteStream):
    """A body as it comes, decoded."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def __iter__(self) -> Generator[bytes]:
        yield from self._answer.iter_bytes()

    def close(self) -> None:
        """Let go of the connection."""
        self._answer.close()


class AsyncForeignStream(httpx2.AsyncByteStream):
    """A body as it comes, decoded."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        async with aclosing(self._answer.aiter_bytes()) as pieces:
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._answer.aclose()


def _check_foreign(http: Any, closing: str) -> None:
    if not all(hasattr(http, name) for name in ("build_request", "send", closing)):
        raise ConfigurationError(
            f"http_client: a {type(http).__name__} cannot send requests here: give an httpx2 or "
            "httpx client, the async one to AsyncNovelAI."
        )


def _translate(http: Any, request: httpx2.Request, content: bytes) -> Any:
    address = str(httpx2.URL(request.url))
    extensions: Mapping[str, Any] = request.extensions
    return private(
        http.build_request(
            request.method,
            address,
            headers=request.headers.multi_items(),
            content=content,
            extensions=dict(extensions),
        )
    )


def _answer(answer: Any, stream: ForeignStream | AsyncForeignStream) -> httpx2.Response:
    headers = [
        (name, value) for name, value in answer.headers.multi_items() if name.lower() not in DECODED
    ]
    return httpx2.Response(answer.status_code, headers=headers, stream=stream)
