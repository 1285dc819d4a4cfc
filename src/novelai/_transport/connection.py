"""One connection: a socket, what an event loop tells of it, and who waits for that."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import suppress
from io import BytesIO
from math import inf
from typing import Any, TypeAlias

import h11
import httpx2

from novelai._transport.cycle import Cycle
from novelai._transport.memory import Memory
from novelai._transport.patience import Patience
from novelai._transport.tls import Tls
from novelai._wire import Cut

__all__ = ["Connection", "Tell", "Timeouts"]

Timeouts: TypeAlias = dict[str, float | None]
"""Seconds to ``connect``, and between two signs of life while a side may ``read`` or ``write``."""

Tell: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[None]]
"""Is told of each step."""

READS = 4
"""How often a socket is read before others have their turn."""

MUCH = 1024 * 1024
"""Bytes of a body that may wait for their reader before the service has to wait, too."""


class Connection:
    """Sends one request after another and hands out their answers.

    asyncio's transports would do the first half of this. They hand over what they read once for
    each look around the loop, and leave a socket behind where a loop ends in the middle.

    Whatever ends badly, also by cancellation, is to be followed by `abort`.

    Args:
        loop: the event loop that it lives on.
        opened: a socket that is connected. It is closed with the connection.
        memory: what it shares with the loop's others.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, opened: socket.socket, memory: Memory
    ) -> None:
        self._loop = loop
        self._socket = opened
        self._number = opened.fileno()
        self._memory = memory
        self._patience = Patience(loop)
        self._tls: Tls | None = None
        self._cycle: Cycle | None = None
        self._room: BytesIO | None = None
        self._failure: Exception | None = None
        self._unsent = bytearray()
        self._may_read = False
        self._awaits_room = False
        self._wanted = 0.0
        self._resume_reading()

    # What the loop calls.

    def _read(self) -> None:
        """Take what came."""
        try:
            for _ in range(READS):
                count = self._socket.recv_into(self._memory.came)
                self._take(self._memory.came[:count])
                if not count or not self._may_read or not self._wants_more(self._cycle):
                    return
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self._fail(httpx2.ReadError("The connection broke."), error)

    def _write(self) -> None:
        """Send what is to be sent, as far as the system takes it."""
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
                self._patience.prolong()
        except (BlockingIOError, InterruptedError):
            self._awaits_room = True
            self._loop.add_writer(self._number, self._write)
            return
        except OSError as error:
            self._read()  # an answer may have come before: that is what counts
            if self._cycle is None or self._cycle.answer is None:
                self._fail(httpx2.WriteError("The connection broke."), error)
            self._unsent.clear()
        if self._awaits_room and self._failure is None:
            self._awaits_room = False
            self._loop.remove_writer(self._number)
            self._patience.wake()

    def _take(self, data: memoryview) -> None:
        if not data:
            self._end()
        elif self._tls is None:
            self._receive(data)
        elif self._tls.is_agreed:
            self._open(self._tls, data)
        else:
            self._agree(self._tls, data)

    def _agree(self, tls: Tls, data: memoryview | bytes) -> None:
        failure = None
        try:
            tls.shake_hands(data)
        except ssl.SSLError as error:
            failure = error
        self._send(tls.leaving())
        if failure is not None:
            self._fail(httpx2.ConnectError(str(failure)), failure)
        elif tls.is_agreed:
            self._open(tls, memoryview(b""))  # what came with the last of the handshake
            self._patience.wake()

    def _open(self, tls: Tls, data: memoryview) -> None:
        try:
            for said in tls.open(data, self._memory.said):
                self._receive(said)
        except ssl.SSLError as error:
            self._fail(httpx2.ReadError("The connection was damaged."), error)
        self._send(tls.leaving())
        if tls.has_ended:
            self._end()

    def _receive(self, data: memoryview) -> None:
        """Take bytes of an answer."""
        cycle = self._cycle
        if self._failure is not None:
            return
        if cycle is None:
            self._fail(httpx2.RemoteProtocolError("The service spoke before it was asked."))
            return
        begins = cycle.answer is None
        try:
            cycle.receive(data)
        except h11.RemoteProtocolError as error:
            self._fail(httpx2.RemoteProtocolError(str(error)), error)
            return
        if self._wants_more(cycle) and not begins and not cycle.is_complete:
            self._patience.prolong()
            return
        if cycle.held > MUCH and not cycle.is_complete:
            self._pause_reading()
        self._patience.wake()

    def _end(self) -> None:
        """Take note that the service will say no more."""
        try:
            if self._cycle is not None and self._failure is None:
                self._cycle.receive_end()
        except h11.RemoteProtocolError as error:
            self._fail(httpx2.RemoteProtocolError(str(error)), error)
        else:
            self._fail(httpx2.ReadError("The service closed the connection."))

    # What the transport calls.

    @property
    def is_stranded(self) -> bool:
        """Its loop has ended."""
        return self._loop.is_closed()

    @property
    def is_usable(self) -> bool:
        """Nothing has come, not even the end, since the last answer."""
        if self._failure is not None:
            return False
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            pass
        return False

    async def secure(self, tls: Tls) -> None:
        """Agree on TLS.

        Raises:
            httpx2.TransportError: there is no agreement.
        """
        self._tls = tls
        self._agree(tls, b"")
        while not tls.is_agreed:
            await self._wait(None, httpx2.ConnectTimeout)

    async def request(
        self,
        request: httpx2.Request,
        timeouts: Timeouts,
        tell: Tell,
        *,
        borrows: bool = False,
        gathers: bool = False,
    ) -> h11.Response:
        """Send a request; return the head of its answer.

        Args:
            request: what is sent.
            timeouts: how long to wait.
            tell: is told of each step.
            borrows: the body may be lent.
            gathers: all of it is wanted at once.

        Raises:
            httpx2.TransportError: there is none.
        """
        self._room = self._memory.take() if borrows else None
        self._cycle = cycle = Cycle(self._room)
        self._wanted = inf if gathers else 0
        if self._failure is not None:  # between opening and asking
            raise self._failure
        await tell("http11.send_request_headers.started", {"request": request})
        try:
            head = cycle.begin(
                request.method.encode("ascii"), request.url.raw_path, request.headers.raw
            )
        except h11.LocalProtocolError as error:
            await tell("http11.send_request_headers.failed", {"exception": error})
            raise httpx2.LocalProtocolError(str(error)) from error
        try:
            await self._say(head, request, cycle, timeouts["write"])
        except h11.LocalProtocolError as error:  # found in the body: the head may have left
            raise httpx2.LocalProtocolError(str(error)) from error
        while cycle.answer is None:
            await self._wait(timeouts["read"], httpx2.ReadTimeout)
        return cycle.answer

    async def read(self, timeout: float | None) -> bytes:  # noqa: ASYNC109 - httpx2's word
        """Return what came of the body, once something did; nothing at its end.

        Raises:
            httpx2.TransportError: it breaks off here.
        """
        cycle = self._cycle
        assert cycle is not None
        self._room = None
        self._wanted = 0
        self._resume_reading()
        while not cycle.held and not cycle.is_complete:
            await self._wait(timeout, httpx2.ReadTimeout)
        return cycle.take()

    async def read_whole(self, timeout: float | None) -> bytes:  # noqa: ASYNC109 - as above
        """Return the whole body; only its end wakes whoever waits.

        Raises:
            httpx2.TransportError: it breaks off.
        """
        self._room = None
        cycle, _ = await self._gather(timeout, _wants_all)
        return cycle.take()

    async def lend_whole(self, timeout: float | None) -> memoryview:  # noqa: ASYNC109 - as above
        """Return the whole body in the room that the request was given.

        Raises:
            httpx2.TransportError: it breaks off.
        """
        await self._gather(timeout, _wants_all)
        room, self._room = self._room, None
        assert room is not None
        return self._memory.lend(room)

    async def lend_piece(self, timeout: float | None, cut: Cut) -> memoryview:  # noqa: ASYNC109 - as above
        """Return as much of the body as can be used, and all that is left at its end.

        Raises:
            httpx2.TransportError: it breaks off here.
        """
        cycle, length = await self._gather(timeout, cut)
        self._wanted = 0
        room, self._room = self._room, self._memory.take()
        assert room is not None
        cycle.move(self._room, length)
        return self._memory.lend(room)[:length]

    def finish(self) -> bool:
        """Let go of the answer; return whether another request may follow."""
        cycle, self._cycle = self._cycle, None
        room, self._room = self._room, None
        self._wanted = 0
        self._patience.stop()
        said_all = cycle is not None and cycle.is_reusable and not self._unsent
        if room is not None and said_all:
            self._memory.keep(room)
        if self._failure is not None or not said_all:
            self.abort()
            return False
        return True

    def abort(self) -> None:
        """Close the connection without waiting for anything."""
        self._fail(httpx2.ReadError("The connection was closed."))

    async def _gather(self, seconds: float | None, cut: Cut) -> tuple[Cycle, int]:
        """Return how many bytes of the body can be used once any can, or all came."""
        cycle = self._cycle
        assert cycle is not None
        self._wanted = 1
        while not cycle.is_complete:
            if cycle.held >= self._wanted:
                length, self._wanted = cycle.look(cut)
                if length:
                    return cycle, length
            self._resume_reading()
            await self._wait(seconds, httpx2.ReadTimeout)
        return cycle, cycle.held

    async def _say(
        self, parts: list[bytes], request: httpx2.Request, cycle: Cycle, seconds: float | None
    ) -> None:
        assert isinstance(request.stream, AsyncIterable)
        body = aiter(request.stream)
        try:
            async for data in body:
                await self._send_all(parts + cycle.add(data), cycle, seconds)
                parts = []
                if not self._is_heard(cycle):
                    return
        finally:
            if isinstance(body, AsyncGenerator):
                await body.aclose()
        await self._send_all(parts + cycle.end(), cycle, seconds)

    async def _send_all(self, parts: list[bytes], cycle: Cycle, seconds: float | None) -> None:
        if parts and self._is_heard(cycle):
            data = b"".join(parts)
            self._send(data if self._tls is None else self._tls.seal(data))
        while self._unsent and self._is_heard(cycle):
            await self._wait(seconds, httpx2.WriteTimeout)

    def _wants_more(self, cycle: Cycle | None) -> bool:
        """Return whether nobody has a use yet for what came."""
        return cycle is not None and cycle.held < self._wanted

    def _is_heard(self, cycle: Cycle) -> bool:
        """The service is there, and has not answered what it has heard so far."""
        return self._failure is None and cycle.answer is None

    def _send(self, data: bytes) -> None:
        if data and self._failure is None:
            waits = bool(self._unsent)
            self._unsent += data
            if not waits:
                self._write()

    def _pause_reading(self) -> None:
        if self._may_read:
            self._may_read = False
            self._loop.remove_reader(self._number)

    def _resume_reading(self) -> None:
        if not self._may_read and self._failure is None:
            self._may_read = True
            self._loop.add_reader(self._number, self._read)

    async def _wait(self, seconds: float | None, late: type[Exception]) -> None:
        """Wait until something happens.

        Raises:
            httpx2.TransportError: that was the end of the connection, or nothing happened in time.
        """
        if self._failure is not None:
            raise self._failure
        try:
            await self._patience.wait(seconds)
        except TimeoutError as error:
            failure = late("Nothing happened in time.")
            self._fail(failure)
            raise failure from error

    def _fail(self, failure: Exception, cause: Exception | None = None) -> None:
        if self._failure is not None:
            return
        failure.__cause__ = cause
        self._failure = failure
        self._patience.stop()
        with suppress(RuntimeError):  # the loop may be closed: it looks at no socket any more
            self._loop.remove_reader(self._number)
            self._loop.remove_writer(self._number)
            self._patience.wake()
        self._may_read = False
        self._socket.close()

    def __del__(self) -> None:
        self._socket.close()


def _wants_all(_: memoryview) -> tuple[int, float]:
    return 0, inf
