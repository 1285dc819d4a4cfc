"""The driver of programs on an event loop."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from copy import copy
from inspect import isawaitable
from typing import Any, ClassVar, TypeVar

import anyio
import anyio.to_thread
import httpx2

from novelai._drivers.common import Driver
from novelai._http import (
    LARGE,
    Exchange,
    Trail,
    attach_request_id,
    drain,
    interruption_error,
    private,
    unreachable,
)
from novelai._limiter import AsyncTell, Gone
from novelai._logs import log_wait
from novelai._options import Options
from novelai._retry import wait_reason
from novelai._slots import (
    AsyncSlot,
    Owner,
    Slots,
    check_open,
    check_owner,
    loop_here,
    owner_here,
    running_loop,
)
from novelai._transport import CUT, LENT, WHOLE
from novelai._wire import (
    Decoder,
    Flow,
    Outcome,
    Reply,
    Request,
    Streaming,
    WaitReason,
    Work,
)
from novelai.errors import NetworkError, NovelAIError

__all__ = ["AsyncDriver"]

T = TypeVar("T")
E = TypeVar("E")


class AsyncDriver(Driver[AsyncSlot]):
    """Runs flows on an event loop, asyncio's or trio's; computations go to threads."""

    awaits: ClassVar[bool] = True

    def __init__(self, slots: Slots[AsyncSlot], exchange: Exchange, options: Options) -> None:
        super().__init__(slots, exchange, options)
        self._gone: Gone | None = None

    def until(self, gone: Gone) -> "AsyncDriver":
        """Return the same driver for a caller who may go away while waiting for a turn."""
        driver = copy(self)
        driver._gone = gone  # noqa: SLF001 - of this very class
        return driver

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow that starts no generation."""
        return await self._drive(flow, self._exchange.request_id(), await self._slot())

    async def run_generation(self, flow: Flow[T]) -> T:
        """Wait for a turn, then run a flow and keep the turn until it is done."""
        slot = await self._slot()
        request_id = self._exchange.request_id()
        async with slot.lane.turn(self._gone, self._tell_place(request_id)):
            return await self._drive(flow, request_id, slot)

    async def stream_generation(self, flow: Flow[Streaming[E]]) -> AsyncGenerator[E]:
        """Wait for a turn, then give events as they come; the turn is kept to the end."""
        slot = await self._slot()
        request_id = self._exchange.request_id()
        async with slot.lane.turn(self._gone, self._tell_place(request_id)):
            streaming = await self._drive(flow, request_id, slot)
            _, response = await self._send_once(streaming.request, request_id, slot, stream=True)
            assert response is not None
            owner = owner_here(running_loop())
            try:
                with attach_request_id(request_id):
                    # Closed here and now: an abandoned generator is closed at an unknown time.
                    async with aclosing(
                        self._events(response, streaming, request_id, slot, owner)
                    ) as events:
                        async for event in events:
                            yield event
            finally:
                await _close(response, owner)

    @property
    def http(self) -> httpx2.AsyncClient:
        """What sends on this loop; outside of one, a client that nothing is sent with."""
        return self._slots.find(loop_here()).http

    def send_through(self, slots: Slots[AsyncSlot]) -> None:
        """Use other connections from now on; whose turn it is stays as it is."""
        loop = loop_here()
        if loop is not None:
            slots.find(loop).lane = self._slots.find(loop).lane
        self._slots = slots

    async def close(self) -> None:
        """Close the connections of this loop; those of others are closed on their loops."""
        slot = self._slots.close(running_loop())
        if slot is not None:
            await slot.close()

    async def _slot(self) -> AsyncSlot:
        slot = self._slots.find(running_loop())
        await slot.begin()
        return slot

    async def _drive(self, flow: Flow[T], request_id: str, slot: AsyncSlot) -> T:
        answer: Any = None
        try:
            with attach_request_id(request_id):
                while True:
                    try:
                        wanted = flow.send(answer)
                    except StopIteration as done:
                        return done.value
                    if isinstance(wanted, Work):
                        answer = await anyio.to_thread.run_sync(wanted.run, limiter=slot.threads)
                    else:
                        answer, _ = await self._send_once(wanted, request_id, slot, stream=False)
        finally:
            flow.close()

    def _tell_place(self, request_id: str) -> AsyncTell | None:
        if not self._tells:
            return None
        return lambda place: self._tell_wait("turn", None, place, request_id)

    async def _tell_wait(
        self, reason: WaitReason, seconds: float | None, position: int | None, request_id: str
    ) -> None:
        log_wait(reason, seconds, position, request_id)
        if self.options.on_wait is not None:
            told = self.options.on_wait(reason, seconds, position)
            if isawaitable(told):
                await told

    async def _send_once(
        self, request: Request, request_id: str, slot: AsyncSlot, *, stream: bool
    ) -> tuple[Reply, httpx2.Response | None]:
        attempts = self._attempts(request, request_id)
        if attempts.extends:
            await anyio.to_thread.run_sync(attempts.extend, limiter=slot.threads)
        while True:
            attempts.begin()
            outcome, response = await self._attempt(
                attempts.request, request_id, slot, stream=stream
            )
            pause = attempts.pause_after(outcome)
            if pause is None:
                return attempts.settle(outcome), response
            await self._tell_wait(wait_reason(outcome), pause, None, request_id)
            await anyio.sleep(pause)

    async def _attempt(
        self, request: Request, request_id: str, slot: AsyncSlot, *, stream: bool
    ) -> tuple[Outcome, httpx2.Response | None]:
        check_open(slot.http)
        trail = Trail()
        arguments = self._exchange.arguments(request, request_id, self.options, trail.record_async)
        message = private(slot.http.build_request(**arguments))
        message.extensions[WHOLE] = not stream
        message.extensions[LENT] = self._borrows(request, slot)
        message.extensions[CUT] = request.cut
        try:
            response = await slot.http.send(message, stream=stream)
            if stream and response.is_success:
                return self._exchange.reply(response, b"", request_id), response
            await response.aread()
        except NovelAIError:
            raise
        except Exception as error:  # noqa: BLE001 - a foreign transport raises what it likes
            return unreachable(error, trail, trusted=slot.trusted), None
        lent: memoryview | None = response.extensions.get(LENT)
        return self._exchange.reply(response, response.content, request_id, lent), None

    def _borrows(self, request: Request, slot: AsyncSlot) -> bool:
        """Return whether nobody but whoever asks will look into the answer."""
        return request.borrows and self._recording is None and not slot.http.event_hooks["response"]

    @asynccontextmanager
    async def forward(
        self, request: Request
    ) -> AsyncGenerator[tuple[int, Mapping[str, str], AsyncIterator[bytes]]]:
        """Yield an answer as it comes, whatever it says: for a server that passes it on.

        Nothing is repeated, and no turn is waited for.

        Yields:
            status, headers, and the body in pieces.

        Raises:
            NetworkError: no answer began, or it broke off.
        """
        slot = await self._slot()
        check_open(slot.http)
        trail = Trail()
        request_id = self._exchange.request_id()
        arguments = self._exchange.arguments(request, request_id, self.options, trail.record_async)
        owner = owner_here(running_loop())
        attempts = self._attempts(request, request_id)
        attempts.begin()
        try:
            response = await slot.http.send(
                private(slot.http.build_request(**arguments)), stream=True
            )
        except NovelAIError:
            raise
        except Exception as error:  # noqa: BLE001 - a foreign transport raises what it likes
            failure = unreachable(error, trail, trusted=slot.trusted)
            attempts.note(failure)
            attempts.settle(failure)
            return
        attempts.note(self._exchange.reply(response, b"", request_id))
        try:
            async with aclosing(self._pieces(response, request, request_id, owner)) as pieces:
                yield response.status_code, response.headers, pieces
        finally:
            await _close(response, owner)

    async def _events(
        self,
        response: httpx2.Response,
        streaming: Streaming[E],
        request_id: str,
        slot: AsyncSlot,
        owner: Owner,
    ) -> AsyncGenerator[E]:
        decoder = streaming.decoder
        decoder.begin(request_id)
        broken: NovelAIError | None = None
        try:
            async with aclosing(
                self._pieces(response, streaming.request, request_id, owner)
            ) as pieces:
                async for data in pieces:
                    events, failure = await self._feed(decoder, data, slot)
                    for event in events:
                        yield event
                    if failure is not None:
                        raise failure
        except NetworkError as error:
            broken = error
        # A connection that broke after the last picture took nothing away.
        rest, incomplete = drain(decoder.finish())
        for event in rest:
            yield event
        if incomplete is not None:
            raise broken or incomplete

    async def _pieces(
        self, response: httpx2.Response, request: Request, request_id: str, owner: Owner
    ) -> AsyncGenerator[bytes]:
        """Read a body; a failure, whatever its class, becomes a `NetworkError`."""
        with self._follow(request, request_id) as size, self._noting() as kept:
            try:
                lent: Any = response.extensions.get(LENT)
                async with aclosing(lent or response.aiter_bytes()) as pieces:
                    async for data in pieces:
                        size.received += len(data)
                        kept.append(data)
                        yield data
                        check_owner(owner_here(running_loop()), owner)
            except NovelAIError:
                raise
            except Exception as error:
                raise interruption_error(error, request_id, paid=request.paid) from error

    async def _feed(
        self, decoder: Decoder[E], data: bytes, slot: AsyncSlot
    ) -> tuple[list[E], NovelAIError | None]:
        if decoder.completing(data) < LARGE:
            return drain(decoder.feed(data))
        return await anyio.to_thread.run_sync(
            lambda: drain(decoder.feed(data)), limiter=slot.threads
        )


async def _close(response: httpx2.Response, owner: Owner) -> None:
    """Close a response where it was opened; elsewhere, or after its loop, it is let go."""
    # Nothing that came is worse for a failure here.
    with suppress(Exception):
        if owner_here(running_loop()) == owner:
            with anyio.CancelScope(shield=True):
                await response.aclose()
