"""The transport: keeps connections, and speaks httpx2's language."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias
from weakref import WeakSet

import h11
import httpx2

from novelai._transport import CUT, LENT, WHOLE
from novelai._transport.connection import Connection, Tell, Timeouts
from novelai._transport.dialing import dial
from novelai._transport.memory import Memory
from novelai._transport.tls import Tls
from novelai._wire import Cut

__all__ = ["DirectTransport"]

Origin: TypeAlias = tuple[str, str, int]
"""Scheme, host and port."""

PORTS = {"http": 80, "https": 443}

MAX_CONNECTIONS = 100
MAX_IDLE = 20
IDLE_SECONDS = 5.0
"""As httpx2 has them."""


class DirectTransport(httpx2.AsyncBaseTransport):
    """Sends requests in HTTP/1.1 straight to the service; for one event loop, asyncio's kind.

    It tells of the steps that evidence rests on (request extension ``trace``) by httpcore2's
    names: an attempt to connect, and the start of a head. What is said of a head is said before
    its first byte is written, so a request of which that was not said never left.

    Args:
        context: TLS settings; HTTP/1.1 is the only protocol that is offered.
        max_connections: requests in flight at once; others wait.
        idle_seconds: for how long a connection is kept for the next request.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        max_connections: int = MAX_CONNECTIONS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        context.set_alpn_protocols(["http/1.1"])
        self._context = context
        self._free = asyncio.Semaphore(max_connections)
        self._idle_seconds = idle_seconds
        self._memory = Memory()
        self._open: WeakSet[Connection] = WeakSet()
        self._idle: list[tuple[float, Origin, Connection]] = []
        self._timer: asyncio.TimerHandle | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; return the answer as soon as its head came.

        Raises:
            httpx2.TransportError: there is none.
        """
        timeouts: Timeouts = {"connect": None, "read": None, "write": None, "pool": None}
        timeouts |= request.extensions.get("timeout", {})
        tell: Tell = request.extensions.get("trace") or _tell_nobody
        origin = _origin(request.url)
        await self._wait_for_place(timeouts["pool"])
        connection = None
        try:
            connection = self._take(origin)
            if connection is None:
                name = request.extensions.get("sni_hostname") or origin[1]
                connection = await self._connect(origin, name, timeouts["connect"], tell)
            head = await connection.request(
                request,
                timeouts,
                tell,
                borrows=bool(request.extensions.get(LENT)),
                gathers=bool(request.extensions.get(WHOLE)),
            )
            body = _Body(self, origin, connection, timeouts["read"])
            stream, lent = await _deliver(body, head, request.extensions)
        except BaseException:
            if connection is not None:
                self._let_go(connection)
            with suppress(RuntimeError):  # the loop may be closed: nobody waits any more
                self._free.release()
            raise
        return httpx2.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=stream,
            extensions={
                "http_version": b"HTTP/" + head.http_version,
                "reason_phrase": head.reason,
                **lent,
            },
        )

    async def aclose(self) -> None:
        """Close all connections, also those in use."""
        if self._timer is not None:
            self._timer.cancel()
        self._idle.clear()
        self._memory.give_back()
        for connection in list(self._open):
            self._let_go(connection)

    def give_back(self, origin: Origin, connection: Connection) -> None:
        """Take a connection whose answer is read, or is not wanted any more."""
        if connection.is_stranded:
            self._let_go(connection)
            return
        self._free.release()
        if connection.finish() and len(self._idle) < MAX_IDLE:
            self._idle.append((time.monotonic() + self._idle_seconds, origin, connection))
            if self._timer is None:
                self._close_expired()
        else:
            self._let_go(connection)

    def _let_go(self, connection: Connection) -> None:
        connection.abort()
        self._open.discard(connection)

    def _close_expired(self) -> None:
        while self._idle and self._idle[0][0] <= time.monotonic():
            self._let_go(self._idle.pop(0)[2])
        self._timer = None
        if self._idle:
            seconds = self._idle[0][0] - time.monotonic()
            self._timer = asyncio.get_running_loop().call_later(seconds, self._close_expired)
        else:
            self._memory.give_back()

    async def _wait_for_place(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds if self._free.locked() else None):
                await self._free.acquire()
        except TimeoutError as error:
            raise httpx2.PoolTimeout("All connections are in use.") from error

    def _take(self, origin: Origin) -> Connection | None:
        """Return a connection that nothing has happened to since its last answer."""
        for place in reversed(range(len(self._idle))):
            expires, kept, connection = self._idle[place]
            if kept == origin:
                del self._idle[place]
                if expires > time.monotonic() and connection.is_usable:
                    return connection
                self._let_go(connection)
        return None

    async def _connect(
        self, origin: Origin, name: str, seconds: float | None, tell: Tell
    ) -> Connection:
        scheme, host, port = origin
        loop = asyncio.get_running_loop()
        await tell("connection.connect_tcp.started", {"host": host, "port": port})
        connection = None
        try:
            with _failures_to_connect():
                async with asyncio.timeout(seconds):
                    opened = await dial(loop, host, port)
                    connection = Connection(loop, opened, self._memory)
                    self._open.add(connection)
                    if scheme == "https":
                        await connection.secure(Tls(self._context, name))
        except BaseException:
            if connection is not None:
                self._let_go(connection)
            raise
        return connection


class _Body(httpx2.AsyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(
        self,
        transport: DirectTransport,
        origin: Origin,
        connection: Connection,
        seconds: float | None,
    ) -> None:
        self._transport = transport
        self._origin = origin
        self._connection: Connection | None = connection
        self._seconds = seconds

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        try:
            while self._connection is not None:
                piece = await self._connection.read(self._seconds)
                if not piece:
                    return
                yield piece
        finally:
            self._end()

    async def gather(self) -> bytes:
        """Return the body once all of it came."""
        assert self._connection is not None
        whole = await self._connection.read_whole(self._seconds)
        self._end()
        return whole

    async def lend(self) -> memoryview:
        """Do the same in memory that is used again."""
        assert self._connection is not None
        whole = await self._connection.lend_whole(self._seconds)
        self._end()
        return whole

    async def lend_pieces(self, cut: Cut) -> AsyncGenerator[memoryview]:
        """Give the body as it comes, in memory that is used again."""
        try:
            while self._connection is not None:
                piece = await self._connection.lend_piece(self._seconds, cut)
                if not piece:
                    return
                yield piece
                with suppress(BufferError):  # somebody still looks into it: it is not used again
                    piece.release()
        finally:
            self._end()

    async def aclose(self) -> None:
        """Let go of the connection."""
        self._end()

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._transport.give_back(self._origin, connection)


async def _deliver(
    body: _Body, head: h11.Response, asked: Mapping[str, Any]
) -> tuple[httpx2.AsyncByteStream, dict[str, Any]]:
    """Return the stream of a response and its extensions, in the way that the request asks for."""
    # A refusal is short, and is kept; what is packed is httpx2's to unpack.
    is_plain = all(name != b"content-encoding" for name, _ in head.headers)
    if asked.get(LENT) and head.status_code == 200 and is_plain:
        if asked.get(CUT):
            return body, {LENT: body.lend_pieces(asked[CUT])}
        return httpx2.ByteStream(b""), {LENT: await body.lend()}
    if asked.get(WHOLE):
        return httpx2.ByteStream(await body.gather()), {}
    return body, {}


async def _tell_nobody(event: str, info: dict[str, Any]) -> None:
    """Stand in for somebody who wants to know."""


def _origin(url: httpx2.URL) -> Origin:
    if url.scheme not in PORTS:
        raise httpx2.UnsupportedProtocol(f"{url.scheme or 'No protocol'} is not spoken here.")
    return url.scheme, url.raw_host.decode("ascii"), url.port or PORTS[url.scheme]


@contextmanager
def _failures_to_connect() -> Generator[None]:
    try:
        yield
    except TimeoutError as error:
        raise httpx2.ConnectTimeout("No connection in time.") from error
    except (OSError, UnicodeError, httpx2.ReadError) as error:
        raise httpx2.ConnectError(str(error)) from error
