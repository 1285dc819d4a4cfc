"""The edge: every request is recorded, bent by its fault, answered.

Handlers return an `Answer` or raise a `Refusal`; nothing else of the emulator touches ASGI.
"""

import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import anyio
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from novelai.emulator.answer import JSON, Answer, refusal_answer, render_error
from novelai.emulator.errors import Refusal
from novelai.emulator.exchange import Exchange
from novelai.emulator.faults import Fault, Stall
from novelai.emulator.recorder import RecordedRequest
from novelai.emulator.streams import broken_frame, encode_frame
from novelai.emulator.world import World

Handler = Callable[[Exchange], Awaitable[Answer]]


class ConnectionDropped(ConnectionResetError):  # noqa: N818 - an event, not an error
    """A scripted fault closed the connection; in-process clients see this exception itself."""


class ClientGone(Exception):  # noqa: N818 - an event, not an error
    """The client went away while a fault kept it waiting."""


class Edge:
    """Wraps one handler as an ASGI application.

    Args:
        world: The state.
        handler: What answers.
    """

    def __init__(self, world: World, handler: Handler) -> None:
        self._world = world
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        request = Request(scope, receive)
        headers = dict(request.headers)
        path = request.url.path
        record = self._world.recorder.begin(scope["method"], path, headers, self._world.clock())
        fault = self._world.script.take(path) or Fault()
        exchange = Exchange(request=request, record=record, world=self._world)
        try:
            with contextlib.suppress(ClientGone):
                answer = await self._answer(exchange, fault)
                await _Delivery(scope, receive, send, record, fault).run(answer)
        finally:
            record.finished_at = self._world.clock()

    async def _answer(self, exchange: Exchange, fault: Fault) -> Answer | None:
        if fault.delay:
            await anyio.sleep(fault.delay)
        if fault.at == "before" and fault.stall is not None:
            # Watching for the client's end would swallow the body; it is kept here instead.
            await exchange.request.body()
            await _stall(fault, exchange.request.receive)
        if fault.prevents_run:
            return _replacement(fault)
        answer = await self._run(exchange, fault)
        if fault.at == "after" and fault.replaces_answer:
            async for _ in answer.frames or _nothing():
                continue
            return _replacement(fault)
        return answer

    async def _run(self, exchange: Exchange, fault: Fault) -> Answer:
        try:
            if fault.low_balance:
                raise Refusal(402, "Not enough Anlas. Required: 20, Available: 0")
            return await self._handler(exchange)
        except Refusal as refusal:
            return refusal_answer(refusal)


def _replacement(fault: Fault) -> Answer | None:
    """Return the answer a fault puts in place, or None to close the connection."""
    if fault.drop:
        return None
    status = fault.status or 200
    if fault.body is None:
        return render_error(status, "Internal Server Error" if status >= 500 else "error")
    body = fault.body.encode() if isinstance(fault.body, str) else fault.body
    guess = "text/html; charset=UTF-8" if body.lstrip().startswith(b"<") else JSON
    return Answer(status=status, body=body, content_type=fault.content_type or guess)


async def _nothing() -> AsyncIterator[bytes]:
    for nothing in ():
        yield nothing


async def _stall(fault: Fault, receive: Receive) -> None:
    """Wait as the fault says.

    Raises:
        ClientGone: The client went away meanwhile.
    """
    gone = False
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            nonlocal gone
            while (await receive())["type"] != "http.disconnect":
                continue
            gone = True
            group.cancel_scope.cancel()

        group.start_soon(watch)
        await _wait(fault.stall)
        group.cancel_scope.cancel()
    if gone:
        raise ClientGone


async def _wait(stall: Stall | None) -> None:
    if isinstance(stall, anyio.Event):
        await stall.wait()
    elif isinstance(stall, threading.Event):
        # Polled: a thread that waits for it could not be given up when the client leaves.
        while not stall.is_set():  # noqa: ASYNC110 - the event belongs to another thread
            await anyio.sleep(0.005)
    elif stall is not None:
        await anyio.sleep(stall)


class _Delivery:
    """Sends one answer, cutting it where the fault says."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, record: RecordedRequest, fault: Fault
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._record = record
        self._fault = fault
        self._left = fault.cut_after

    async def run(self, answer: Answer | None) -> None:
        """Send `answer`; None closes the connection instead."""
        if answer is None:
            await self._hang_up()
            return
        self._record.status = answer.status
        await self._send(self._start(answer))
        async for chunk in self._chunks(answer):
            if self._left is not None:
                chunk = chunk[: self._left]  # noqa: PLW2901 - the rest is never sent
                self._left -= len(chunk)
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            if self._left == 0:
                break
        if self._left is not None and not self._fault.clean_cut:
            await self._hang_up()
            return
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _start(self, answer: Answer) -> dict[str, Any]:
        headers = {"content-type": answer.content_type} | answer.headers
        # A clean cut with an honest length would be a broken one.
        if answer.known_length and answer.body is not None and not self._fault.clean_cut:
            headers["content-length"] = str(len(answer.body))
        headers |= {name.lower(): value for name, value in (self._fault.headers or {}).items()}
        return {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }

    async def _chunks(self, answer: Answer) -> AsyncIterator[bytes]:
        if answer.frames is None or answer.stream is None:
            if self._fault.at == "after":
                await _stall(self._fault, self._receive)
            yield answer.body or b""
            return
        first = True
        async for frame in answer.frames:
            yield frame
            if not first:
                continue
            first = False
            if self._fault.at == "after":
                await _stall(self._fault, self._receive)
            if self._fault.malformed_frame:
                yield broken_frame(answer.stream)
            if self._fault.error_event is not None:
                event = {"event_type": "error", "message": self._fault.error_event}
                yield encode_frame(event, answer.stream)
                return

    async def _hang_up(self) -> None:
        """Close the connection under the answer."""
        transport = cast("Any", self._scope.get("state") or {}).get("transport")
        if transport is None:
            raise ConnectionDropped("the emulator was told to close the connection")
        transport.close()
        while (await self._receive())["type"] != "http.disconnect":
            continue
