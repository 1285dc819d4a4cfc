"""The only I/O of the SDK: they do what flows ask for, in two colours."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import aclosing, asynccontextmanager
from copy import copy
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import httpx2

from novelai._exchange import (
    LARGE,
    Exchange,
    drain,
    identified,
    interrupted,
    private,
    reply,
    unreachable,
)
from novelai._lanes import AsyncLane, Gone, SyncLane
from novelai._retry import RetryPolicy
from novelai._settle import settle
from novelai._wire import Decoder, Flow, Outcome, Reply, Request, Streaming, Work
from novelai.errors import NovelAIError

__all__ = ["AsyncDriver", "SyncDriver"]

T = TypeVar("T")
E = TypeVar("E")

DECODING_THREADS = 4
"""Enough to keep the event loop free; more would only hold more pictures in memory at once."""


class SyncDriver:
    """Runs flows in the calling thread."""

    def __init__(
        self, http: httpx2.Client, exchange: Exchange, retry: RetryPolicy, concurrency: int
    ) -> None:
        self._http = http
        self._exchange = exchange
        self._retry = retry
        self._lane = SyncLane(concurrency)

    def run(self, flow: Flow[T]) -> T:
        """Run a flow that starts no generation."""
        return self._drive(flow, self._exchange.request_id())

    def run_generation(self, flow: Flow[T]) -> T:
        """Wait for a turn, then run a flow and keep the turn until it is done."""
        with self._lane.turn():
            return self._drive(flow, self._exchange.request_id())

    def stream_generation(self, flow: Flow[Streaming[E]]) -> Generator[E]:
        """Wait for a turn, then give events as they come; the turn is kept to the end."""
        with self._lane.turn():
            request_id = self._exchange.request_id()
            streaming = self._drive(flow, request_id)
            _, response = self._exchanged(streaming.request, request_id, stream=True)
            assert response is not None
            try:
                with identified(request_id):
                    yield from self._events(response, streaming, request_id)
            finally:
                response.close()

    def _drive(self, flow: Flow[T], request_id: str) -> T:
        answer: Any = None
        try:
            with identified(request_id):
                while True:
                    wanted = flow.send(answer)
                    if isinstance(wanted, Work):
                        answer = wanted.run()
                    else:
                        answer, _ = self._exchanged(wanted, request_id, stream=False)
        except StopIteration as done:
            return done.value
        finally:
            flow.close()

    def _exchanged(
        self, request: Request, request_id: str, *, stream: bool
    ) -> tuple[Reply, httpx2.Response | None]:
        waited = 0.0
        attempt = 1
        while True:
            outcome, response = self._attempt(request, request_id, stream=stream)
            pause = self._retry.delay(
                attempt, request, outcome, waited=waited, chance=self._exchange.chance()
            )
            if pause is None:
                return settle(outcome, request, request_id, waited=waited), response
            time.sleep(pause)
            waited += pause
            attempt += 1

    def _attempt(
        self, request: Request, request_id: str, *, stream: bool
    ) -> tuple[Outcome, httpx2.Response | None]:
        try:
            arguments = self._exchange.arguments(request, request_id)
            message = private(self._http.build_request(**arguments))
            response = self._http.send(message, stream=stream)
            if stream and response.is_success:
                return Reply(response.status_code, response.headers, b""), response
            response.read()
        except httpx2.RequestError as error:
            return unreachable(error), None
        return reply(response), None

    def _events(
        self, response: httpx2.Response, streaming: Streaming[E], request_id: str
    ) -> Generator[E]:
        decoder = streaming.decoder
        broken: NovelAIError | None = None
        try:
            for data in response.iter_bytes():
                yield from decoder.feed(data)
        except httpx2.RequestError as error:
            broken = interrupted(error, request_id, paid=streaming.request.paid)
        # A connection that broke after the last picture took nothing away.
        rest, incomplete = drain(decoder.finish())
        yield from rest
        if incomplete is not None:
            raise broken or incomplete


class AsyncDriver:
    """Runs flows on an event loop, asyncio's or trio's; computations go to threads."""

    def __init__(
        self, http: httpx2.AsyncClient, exchange: Exchange, retry: RetryPolicy, concurrency: int
    ) -> None:
        self._http = http
        self._exchange = exchange
        self._retry = retry
        self._lane = AsyncLane(concurrency)
        self._threads = anyio.CapacityLimiter(DECODING_THREADS)
        self._gone: Gone | None = None

    def until(self, gone: Gone) -> "AsyncDriver":
        """The same driver for a caller who may go away while waiting for a turn."""
        driver = copy(self)
        driver._gone = gone  # noqa: SLF001 - of this very class
        return driver

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow that starts no generation."""
        return await self._drive(flow, self._exchange.request_id())

    async def run_generation(self, flow: Flow[T]) -> T:
        """Wait for a turn, then run a flow and keep the turn until it is done."""
        async with self._lane.turn(self._gone):
            return await self._drive(flow, self._exchange.request_id())

    async def stream_generation(self, flow: Flow[Streaming[E]]) -> AsyncGenerator[E]:
        """Wait for a turn, then give events as they come; the turn is kept to the end."""
        async with self._lane.turn(self._gone):
            request_id = self._exchange.request_id()
            streaming = await self._drive(flow, request_id)
            _, response = await self._exchanged(streaming.request, request_id, stream=True)
            assert response is not None
            try:
                with identified(request_id):
                    # Closed here and now: an abandoned generator is closed at an unknown time.
                    async with aclosing(self._events(response, streaming, request_id)) as events:
                        async for event in events:
                            yield event
            finally:
                with anyio.CancelScope(shield=True):
                    await response.aclose()

    async def _drive(self, flow: Flow[T], request_id: str) -> T:
        answer: Any = None
        try:
            with identified(request_id):
                while True:
                    wanted = flow.send(answer)
                    if isinstance(wanted, Work):
                        answer = await anyio.to_thread.run_sync(wanted.run, limiter=self._threads)
                    else:
                        answer, _ = await self._exchanged(wanted, request_id, stream=False)
        except StopIteration as done:
            return done.value
        finally:
            flow.close()

    async def _exchanged(
        self, request: Request, request_id: str, *, stream: bool
    ) -> tuple[Reply, httpx2.Response | None]:
        waited = 0.0
        attempt = 1
        while True:
            outcome, response = await self._attempt(request, request_id, stream=stream)
            pause = self._retry.delay(
                attempt, request, outcome, waited=waited, chance=self._exchange.chance()
            )
            if pause is None:
                return settle(outcome, request, request_id, waited=waited), response
            await anyio.sleep(pause)
            waited += pause
            attempt += 1

    async def _attempt(
        self, request: Request, request_id: str, *, stream: bool
    ) -> tuple[Outcome, httpx2.Response | None]:
        try:
            arguments = self._exchange.arguments(request, request_id)
            message = private(self._http.build_request(**arguments))
            response = await self._http.send(message, stream=stream)
            if stream and response.is_success:
                return Reply(response.status_code, response.headers, b""), response
            await response.aread()
        except httpx2.RequestError as error:
            return unreachable(error), None
        return reply(response), None

    @asynccontextmanager
    async def passed_on(
        self, request: Request
    ) -> AsyncGenerator[tuple[int, Mapping[str, str], AsyncIterator[bytes]]]:
        """An answer as it comes, whatever it says: for a server that passes it on.

        Nothing is repeated, and no turn is waited for.

        Yields:
            status, headers, and the body in pieces.

        Raises:
            NetworkError: no answer began, or it broke off.
        """
        request_id = self._exchange.request_id()
        message = private(self._http.build_request(**self._exchange.arguments(request, request_id)))
        try:
            response = await self._http.send(message, stream=True)
            try:
                yield response.status_code, response.headers, response.aiter_bytes()
            finally:
                with anyio.CancelScope(shield=True):
                    await response.aclose()
        except httpx2.RequestError as error:
            settle(unreachable(error), request, request_id)

    async def _events(
        self, response: httpx2.Response, streaming: Streaming[E], request_id: str
    ) -> AsyncGenerator[E]:
        decoder = streaming.decoder
        broken: NovelAIError | None = None
        try:
            async with aclosing(response.aiter_bytes()) as pieces:
                async for data in pieces:
                    events, failure = await self._fed(decoder, data)
                    for event in events:
                        yield event
                    if failure is not None:
                        raise failure
        except httpx2.RequestError as error:
            broken = interrupted(error, request_id, paid=streaming.request.paid)
        # A connection that broke after the last picture took nothing away.
        rest, incomplete = drain(decoder.finish())
        for event in rest:
            yield event
        if incomplete is not None:
            raise broken or incomplete

    async def _fed(self, decoder: Decoder[E], data: bytes) -> tuple[list[E], NovelAIError | None]:
        if decoder.completing(data) < LARGE:
            return drain(decoder.feed(data))
        return await anyio.to_thread.run_sync(
            lambda: drain(decoder.feed(data)), limiter=self._threads
        )
