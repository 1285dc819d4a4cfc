"""The driver of programs that wait."""

import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

import httpx2

from novelai._drivers.common import Driver
from novelai._http import (
    Trail,
    attach_request_id,
    drain,
    interruption_error,
    private,
    unreachable,
)
from novelai._limiter import Tell
from novelai._logs import log_wait
from novelai._retry import wait_reason
from novelai._slots import Owner, Slots, SyncSlot, check_open, check_owner, owner_here
from novelai._wire import Flow, Outcome, Reply, Request, Streaming, WaitReason, Work
from novelai.errors import NetworkError, NovelAIError

__all__ = ["SyncDriver"]

T = TypeVar("T")
E = TypeVar("E")


class SyncDriver(Driver[SyncSlot]):
    """Runs flows in the calling thread."""

    awaits: ClassVar[bool] = False

    def run(self, flow: Flow[T]) -> T:
        """Run a flow that starts no generation."""
        return self._drive(flow, self._exchange.request_id(), self._slots.find())

    def run_generation(self, flow: Flow[T]) -> T:
        """Wait for a turn, then run a flow and keep the turn until it is done."""
        slot = self._slots.find()
        request_id = self._exchange.request_id()
        with slot.lane.turn(self._tell_place(request_id)):
            return self._drive(flow, request_id, slot)

    def stream_generation(self, flow: Flow[Streaming[E]]) -> Generator[E]:
        """Wait for a turn, then give events as they come; the turn is kept to the end."""
        slot = self._slots.find()
        request_id = self._exchange.request_id()
        with slot.lane.turn(self._tell_place(request_id)):
            streaming = self._drive(flow, request_id, slot)
            _, response = self._send_once(streaming.request, request_id, slot, stream=True)
            assert response is not None
            owner = owner_here()
            try:
                with attach_request_id(request_id):
                    yield from self._events(response, streaming, request_id, owner)
            finally:
                if owner_here() == owner:
                    with suppress(Exception):  # nothing that came is worse for it
                        response.close()

    @property
    def http(self) -> httpx2.Client:
        """What sends."""
        return self._slots.find().http

    def send_through(self, slots: Slots[SyncSlot]) -> None:
        """Use other connections from now on; whose turn it is stays as it is."""
        slots.find().lane = self._slots.find().lane
        self._slots = slots

    def close(self) -> None:
        """Close the connections of this process."""
        slot = self._slots.close()
        if slot is not None:
            slot.close()

    def _drive(self, flow: Flow[T], request_id: str, slot: SyncSlot) -> T:
        answer: Any = None
        try:
            with attach_request_id(request_id):
                while True:
                    try:
                        wanted = flow.send(answer)
                    except StopIteration as done:  # of the flow alone, and of no function given
                        return done.value
                    if isinstance(wanted, Work):
                        answer = wanted.run()
                    else:
                        answer, _ = self._send_once(wanted, request_id, slot, stream=False)
        finally:
            flow.close()

    def _tell_place(self, request_id: str) -> Tell | None:
        if not self._tells:
            return None
        return lambda place: self._tell_wait("turn", None, place, request_id)

    def _tell_wait(
        self, reason: WaitReason, seconds: float | None, position: int | None, request_id: str
    ) -> None:
        log_wait(reason, seconds, position, request_id)
        if self.options.on_wait is not None:
            self.options.on_wait(reason, seconds, position)

    def _send_once(
        self, request: Request, request_id: str, slot: SyncSlot, *, stream: bool
    ) -> tuple[Reply, httpx2.Response | None]:
        attempts = self._attempts(request, request_id)
        if attempts.extends:
            attempts.extend()
        while True:
            attempts.begin()
            outcome, response = self._attempt(attempts.request, request_id, slot, stream=stream)
            pause = attempts.pause_after(outcome)
            if pause is None:
                return attempts.settle(outcome), response
            self._tell_wait(wait_reason(outcome), pause, None, request_id)
            time.sleep(pause)

    def _attempt(
        self, request: Request, request_id: str, slot: SyncSlot, *, stream: bool
    ) -> tuple[Outcome, httpx2.Response | None]:
        check_open(slot.http)
        trail = Trail()
        arguments = self._exchange.arguments(request, request_id, self.options, trail.record)
        message = private(slot.http.build_request(**arguments))
        try:
            response = slot.http.send(message, stream=stream)
            if stream and response.is_success:
                return self._exchange.reply(response, b"", request_id), response
            response.read()
        except NovelAIError:
            raise
        except Exception as error:  # noqa: BLE001 - a foreign transport raises what it likes
            return unreachable(error, trail, trusted=slot.trusted), None
        return self._exchange.reply(response, response.content, request_id), None

    def _events(
        self, response: httpx2.Response, streaming: Streaming[E], request_id: str, owner: Owner
    ) -> Generator[E]:
        decoder = streaming.decoder
        decoder.begin(request_id)
        broken: NovelAIError | None = None
        try:
            for data in self._pieces(response, streaming.request, request_id, owner):
                yield from decoder.feed(data)
        except NetworkError as error:
            broken = error
        # A connection that broke after the last picture took nothing away.
        rest, incomplete = drain(decoder.finish())
        yield from rest
        if incomplete is not None:
            raise broken or incomplete

    def _pieces(
        self, response: httpx2.Response, request: Request, request_id: str, owner: Owner
    ) -> Generator[bytes]:
        """Read a body; a failure, whatever its class, becomes a `NetworkError`."""
        with self._follow(request, request_id) as size, self._noting() as kept:
            try:
                for data in response.iter_bytes():
                    size.received += len(data)
                    kept.append(data)
                    yield data
                    check_owner(owner_here(), owner)
            except NovelAIError:
                raise
            except Exception as error:
                raise interruption_error(error, request_id, paid=request.paid) from error
