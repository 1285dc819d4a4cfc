"""A service that is a Python object: a transport for both clients that answers as it is told."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

import anyio
import anyio.lowlevel
import httpx2

from novelai import AsyncNovelAI, NovelAI, RetryPolicy

KEY = "pst-" + "k" * 64
QUICK = RetryPolicy(base_delay=0.001, max_delay=0.002, max_wait=0.02)
COLOURS = ["sync", "asyncio", "trio"]

Answer = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


class Pieces(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that comes in pieces, and may break before its end."""

    def __init__(self, *pieces: bytes, then: Exception | None = None) -> None:
        self._pieces = pieces
        self._then = then
        self.closed = False
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.given += 1
            yield piece
        if self._then is not None:
            raise self._then

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            await anyio.lowlevel.checkpoint()
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


class Service(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers each request with the next of its answers, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self._mutex = threading.Lock()
        self.requests: list[httpx2.Request] = []
        self.closed = False

    @property
    def calls(self) -> int:
        return len(self.requests)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        with self._mutex:
            self.requests.append(request)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx2.Response) else answer(request)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        return self.answer(request)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        await anyio.lowlevel.checkpoint()
        return self.answer(request)

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def reply(status=200, content=b"", **headers):
    """Return an answer maker: a response can be read once, a service may give it often."""

    def make(_request: httpx2.Request) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.Response(status, headers=named, content=content)

    return make


def unopened(failure=httpx2.ConnectError):
    """Fail as httpx2's own transports do where no connection opens: they tell of the attempt."""

    def make(request: httpx2.Request) -> httpx2.Response:
        told = request.extensions["trace"]("connection.connect_tcp.started", {})
        if told is not None:  # on an event loop; it waits for nothing
            with suppress(StopIteration):
                told.send(None)
        raise failure("no")

    return make


def streamed(*pieces, then=None, status=200):
    return lambda _request: httpx2.Response(status, stream=Pieces(*pieces, then=then))


def use(colour, service, action, key=KEY, **options):
    """Open a client of a colour on the service, and do something with it."""
    options = {"retry": QUICK, "transport": service, **options}
    if colour == "sync":
        with NovelAI(key, **options) as client:
            return action(client)

    async def main():
        async with AsyncNovelAI(key, **options) as client:
            return await action(client)

    return anyio.run(main, backend=colour)


def gather(stream, into):
    """Put all events of either colour's stream into a list, also those before a failure."""
    if hasattr(stream, "__aiter__"):
        return _gather(stream, into)
    with stream:
        into.extend(stream)
    return into


async def _gather(stream, into):
    async with stream:
        async for event in stream:
            into.append(event)
    return into
