"""The client for plain ``def`` routes, which FastAPI runs in threads."""

import asyncio
import concurrent.futures
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import suppress
from copy import copy
from typing import Annotated, Any, NoReturn, Self, TypeVar

import anyio
import anyio.from_thread
from anyio.lowlevel import EventLoopToken, current_token
from fastapi import Depends

from novelai._drivers import AsyncDriver, Recording, SyncDriver
from novelai._options import Options
from novelai._slots import loop_here
from novelai._wire import Flow, Streaming
from novelai.async_client import AsyncNovelAI
from novelai.client import NovelAI
from novelai.errors import ConfigurationError, ConnectionLostError
from novelai.fastapi.dependency import NovelAIClient

__all__ = ["NovelAISyncClient", "novelai_sync_client"]

T = TypeVar("T")
E = TypeVar("E")

ON_THE_LOOP = (
    "NovelAISyncClient waits, so it is for plain `def` routes; in `async def` it would stop the "
    "whole app. Use NovelAIClient there. Nothing was sent, nothing was charged."
)
ENDED = "The app of this client has ended. Nothing was sent, nothing was charged."
STOPPED = (
    "The app was stopped before the answer was complete. Whether it was charged is unknown; check "
    "the balance before sending it again."
)
OF_THE_APP = "The connections are the app's: this client has none of its own."


class ThreadDriver(SyncDriver):
    """Runs flows on the app's event loop for threads that wait: on its connections, in its turns.

    Args:
        driver: runs them.
        token: names the event loop.
    """

    def __init__(self, driver: AsyncDriver, token: EventLoopToken) -> None:
        # Nothing of what it is made from: connections and turns are those of the other driver.
        self._driver = driver
        self._token = token
        self.options = driver.options

    def copy_with(self, options: Options) -> Self:
        """Return a driver over the same connections and turns with these options."""
        other = super().copy_with(options)
        other._driver = self._driver.copy_with(options)  # noqa: SLF001 - of this very class
        return other

    def record(self, recording: Recording | None) -> Self:
        """Return a driver that notes the answers it gets; or does so no more."""
        other = copy(self)
        other._driver = self._driver.record(recording)  # noqa: SLF001 - as above
        return other

    def run(self, flow: Flow[T]) -> T:
        """Run a flow that starts no generation."""
        return self._wait(lambda: self._driver.run(flow))

    def run_generation(self, flow: Flow[T]) -> T:
        """Wait for a turn, then run a flow and keep the turn until it is done."""
        return self._wait(lambda: self._driver.run_generation(flow))

    def stream_generation(self, flow: Flow[Streaming[E]]) -> Generator[E]:
        """Wait for a turn, then give events as they come; the turn is kept to the end."""
        events = self._driver.stream_generation(flow)
        try:
            while (found := self._wait(lambda: _next(events))) is not None:
                yield found[0]
        finally:
            # Left alone, or dropped on the loop itself, it is closed by the loop.
            with suppress(ConfigurationError, ConnectionLostError):
                self._wait(events.aclose)

    @property
    def http(self) -> NoReturn:  # pyright: ignore[reportIncompatibleMethodOverride]
        """There is none of its own."""
        raise ConfigurationError(OF_THE_APP)

    def close(self) -> None:
        """Leave everything open: the app closes it."""

    def _wait(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if loop_here() is not None:
            raise ConfigurationError(ON_THE_LOOP)
        try:
            return anyio.from_thread.run(call, token=self._token)
        except anyio.RunFinishedError:
            raise ConfigurationError(ENDED) from None
        except (asyncio.CancelledError, concurrent.futures.CancelledError):
            raise ConnectionLostError(STOPPED, charged="unknown") from None


class AppNovelAI(NovelAI):
    """The client of an app for its threads; it is the app's own, and closed with it.

    Args:
        client: the app's.
    """

    def __init__(self, client: AsyncNovelAI) -> None:
        # Configuration, connections, turns and encoded vibes are those of the app's client.
        self._closes = False
        self._config = client._config  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        driver = client._driver  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        context = client._context  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._bind(ThreadDriver(driver, current_token()), context)

    def _send_through(self, http: Any) -> NoReturn:  # noqa: ARG002
        """Refuse: the connections are the app's."""
        raise ConfigurationError(OF_THE_APP)


async def novelai_sync_client(novelai: NovelAIClient) -> NovelAI:
    """Return the app's client for a plain ``def`` route, which FastAPI runs in a thread.

    It is `novelai_client` in another form: the same account and connections, and the same turns, so
    that threads and ``async def`` routes wait in one line. Each caller who waits keeps one of the
    threads in which FastAPI runs such routes, 40 by default.

    Raises:
        ConfigurationError: it is used in ``async def`` code, or after the app has ended.
    """
    return AppNovelAI(novelai)


NovelAISyncClient = Annotated[NovelAI, Depends(novelai_sync_client)]
"""Annotate a parameter of a plain ``def`` route with this to get the app's client."""


async def _next(events: AsyncGenerator[E]) -> tuple[E] | None:
    """Return the next event, or nothing at the end."""
    async for event in events:
        return (event,)
    return None
