"""One connection, as asyncio drives it: bytes come into a buffer that all connections share."""

import asyncio
import select
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import h11
import httpx2

from novelai._transport.cycle import Cycle

__all__ = ["Connection", "Tell", "Timeouts"]

Timeouts: TypeAlias = dict[str, float | None]
"""Seconds to ``connect``, and between two signs of life while a side may ``read`` or ``write``."""

Tell: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[None]]
"""Is told of each step."""

MUCH = 1024 * 1024
"""Bytes of a body that may wait for their reader before the service has to wait, too."""

PIECE_COST = 128
"""What a piece takes beside its bytes: a body in tiny chunks shall not fill the memory."""


class Connection(asyncio.BufferedProtocol):
    """Sends one request after another and hands out their answers.

    Whatever ends badly, also by cancellation, is to be followed by `abort`.

    Args:
        loop: the event loop that it lives on.
        buffer: where bytes arrive; they are taken out before the loop does anything else, so one
            serves all connections of the loop.

    Attributes:
        closed: done once the loop has let go of it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, buffer: memoryview) -> None:
        self.closed: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._buffer = buffer
        self._cycle: Cycle | None = None
        self._failure: Exception | None = None
        self._held = 0
        self._may_write = True
        self._may_read = True
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._seconds = 0.0
        self._gathers = False
        self._late: type[Exception] = httpx2.ReadTimeout

    # Called by the loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what writes."""
        self._transport: Any = transport  # uvloop's is no `asyncio.Transport`

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Return where the next bytes may be put."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take the bytes that came."""
        cycle = self._cycle
        if cycle is None:
            self._fail(httpx2.RemoteProtocolError("The service spoke before it was asked."))
            return
        pieces = len(cycle.pieces)
        try:
            cycle.receive(self._buffer[:nbytes])
        except h11.RemoteProtocolError as error:
            self._fail(httpx2.RemoteProtocolError(str(error)), error)
            return
        if self._gathers and not cycle.is_complete:
            self._deadline = self._loop.time() + self._seconds
            return
        self._held += nbytes + PIECE_COST * (len(cycle.pieces) - pieces)
        if self._held > MUCH and self._may_read and not cycle.is_complete:
            self._may_read = False
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Take note that the service will say no more."""
        try:
            if self._cycle is not None:
                self._cycle.receive_end()
        except h11.RemoteProtocolError as error:
            self._fail(httpx2.RemoteProtocolError(str(error)), error)
        else:
            self._fail(httpx2.ReadError("The service closed the connection."))

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection is gone."""
        self._fail(httpx2.ReadError("The connection broke."), exc)
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        """Wait with the request."""
        self._may_write = False

    def resume_writing(self) -> None:
        """Go on with the request."""
        self._may_write = True
        self._wake()

    # Called by the transport.

    @property
    def is_stranded(self) -> bool:
        """Its loop has ended: what is left of it is for the collector."""
        return self._loop.is_closed()

    @property
    def is_usable(self) -> bool:
        """Nothing has come, not even the end, since the last answer."""
        return self._failure is None and not _is_readable(self._transport)

    async def request(
        self, request: httpx2.Request, timeouts: Timeouts, tell: Tell
    ) -> h11.Response:
        """Send a request; return the head of its answer.

        Raises:
            httpx2.TransportError: there is none.
        """
        self._cycle = cycle = Cycle()
        self._held = 0
        self._gathers = False
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
            await self._send(head, request, cycle, timeouts["write"])
        except h11.LocalProtocolError as error:  # found in the body: the head may have left
            raise httpx2.LocalProtocolError(str(error)) from error
        while cycle.answer is None:
            await self._wait(timeouts["read"], httpx2.ReadTimeout)
        return cycle.answer

    async def read(self, timeout: float | None) -> bytes | None:  # noqa: ASYNC109 - httpx2's word
        """Return the next piece of the body, or ``None`` at its end.

        Raises:
            httpx2.TransportError: it breaks off here.
        """
        cycle = self._cycle
        assert cycle is not None
        while not cycle.pieces:
            if cycle.is_complete:
                return None
            self._resume_reading()
            await self._wait(timeout, httpx2.ReadTimeout)
        return cycle.pieces.popleft()

    async def read_whole(self, timeout: float | None) -> bytes:  # noqa: ASYNC109 - as above
        """Return the whole body; only its end wakes whoever waits.

        Raises:
            httpx2.TransportError: it breaks off.
        """
        cycle = self._cycle
        assert cycle is not None
        self._gathers = True
        whole = cycle.gather()
        self._resume_reading()
        while not cycle.is_complete:
            await self._wait(timeout, httpx2.ReadTimeout)
        return whole.getvalue()

    def finish(self) -> bool:
        """Let go of the answer; return whether another request may follow."""
        cycle, self._cycle = self._cycle, None
        self._gathers = False
        self._stop_timer()
        if self._failure is not None or cycle is None or not cycle.is_reusable:
            self.abort()
            return False
        return True

    def abort(self) -> None:
        """Close the connection without waiting for anything."""
        self._fail(httpx2.ReadError("The connection was closed."))

    async def _send(
        self, parts: list[bytes], request: httpx2.Request, cycle: Cycle, seconds: float | None
    ) -> None:
        assert isinstance(request.stream, AsyncIterable)
        body = aiter(request.stream)
        try:
            async for data in body:
                await self._write(parts + cycle.add(data), cycle, seconds)
                parts = []
                if not self._is_heard(cycle):
                    return
        finally:
            if isinstance(body, AsyncGenerator):
                await body.aclose()
        await self._write(parts + cycle.end(), cycle, seconds)

    async def _write(self, parts: Sequence[bytes], cycle: Cycle, seconds: float | None) -> None:
        if parts and self._is_heard(cycle):
            self._transport.write(b"".join(parts))
        while not self._may_write and self._is_heard(cycle):
            await self._wait(seconds, httpx2.WriteTimeout)

    def _is_heard(self, cycle: Cycle) -> bool:
        """The service is there, and has not answered what it has heard so far."""
        return self._failure is None and cycle.answer is None

    def _resume_reading(self) -> None:
        self._held = 0
        if not self._may_read:
            self._may_read = True
            self._transport.resume_reading()

    async def _wait(self, seconds: float | None, late: type[Exception]) -> None:
        """Wait until something happens.

        Raises:
            httpx2.TransportError: that was the end of the connection, or nothing happened in time.
        """
        if self._failure is not None:
            raise self._failure
        self._waiter = self._loop.create_future()
        if seconds is not None:
            self._late = late
            self._seconds = seconds
            self._deadline = self._loop.time() + seconds
            # A timer for each wait would cost more than reading: one that is early looks again.
            if self._timer is None or self._timer.when() > self._deadline:
                self._set_timer()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _set_timer(self) -> None:
        self._stop_timer()
        self._timer = self._loop.call_at(self._deadline, self._look_at_the_clock)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_at_the_clock(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() < self._deadline:
            self._set_timer()
        else:
            self._fail(self._late("Nothing happened in time."))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, failure: Exception, cause: Exception | None = None) -> None:
        if self._failure is not None:
            return
        failure.__cause__ = cause
        self._failure = failure
        self._stop_timer()
        with suppress(RuntimeError):  # the loop may be closed; its sockets are the collector's
            self._transport.abort()
            self._wake()


def _is_readable(transport: asyncio.BaseTransport) -> bool:
    """Return whether there is something to read, which the loop may not have noticed yet."""
    number: int = transport.get_extra_info("socket").fileno()
    if number < 0:
        return True
    if sys.platform == "win32":  # it has no `poll`; elsewhere `select` ends at 1024 files
        return bool(select.select([number], [], [], 0)[0])
    polled = select.poll()
    polled.register(number, select.POLLIN)
    return bool(polled.poll(0))
