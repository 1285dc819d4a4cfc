"""Drivers that keep to a budget."""

from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing, suppress
from typing import Any, TypeVar

from novelai._drivers import AsyncDriver, SyncDriver
from novelai._metering import Meter
from novelai._operations.user import get_subscription
from novelai._wire import Flow, Streaming
from novelai.budget import Budget
from novelai.errors import NovelAIError

__all__ = ["MeteredAsyncDriver", "MeteredSyncDriver"]

T = TypeVar("T")
E = TypeVar("E")


class MeteredSyncDriver(SyncDriver):
    """Runs flows in the calling thread, and counts what they cost."""

    def __init__(self, *arguments: Any, budget: Budget) -> None:
        super().__init__(*arguments)
        self._meter = Meter(budget)

    def run_generation(self, flow: Flow[T]) -> T:
        """Wait for a turn, then run a flow and keep the turn until it is done."""
        with self._meter.tab() as tab:
            made = super().run_generation(tab.watch(flow))
        if tab.before is not None:
            with suppress(NovelAIError):  # what was made is worth more than its price
                tab.tell_balance(self.record(None).run(get_subscription()).anlas)
        return tab.write(made)

    def stream_generation(self, flow: Flow[Streaming[E]]) -> Generator[E]:
        """Wait for a turn, then give events as they come; the turn is kept to the end."""
        with (
            self._meter.tab() as tab,
            closing(super().stream_generation(tab.watch(flow))) as events,
        ):
            for event in events:
                yield tab.write(event)
        if tab.before is not None:
            with suppress(NovelAIError):
                tab.tell_balance(self.record(None).run(get_subscription()).anlas)


class MeteredAsyncDriver(AsyncDriver):
    """Runs flows on an event loop, and counts what they cost."""

    def __init__(self, *arguments: Any, budget: Budget) -> None:
        super().__init__(*arguments)
        self._meter = Meter(budget)

    async def run_generation(self, flow: Flow[T]) -> T:
        """Wait for a turn, then run a flow and keep the turn until it is done."""
        with self._meter.tab() as tab:
            made = await super().run_generation(tab.watch(flow))
        if tab.before is not None:
            with suppress(NovelAIError):  # what was made is worth more than its price
                tab.tell_balance((await self.record(None).run(get_subscription())).anlas)
        return tab.write(made)

    async def stream_generation(self, flow: Flow[Streaming[E]]) -> AsyncGenerator[E]:
        """Wait for a turn, then give events as they come; the turn is kept to the end."""
        with self._meter.tab() as tab:
            async with aclosing(super().stream_generation(tab.watch(flow))) as events:
                async for event in events:
                    yield tab.write(event)
        if tab.before is not None:
            with suppress(NovelAIError):
                tab.tell_balance((await self.record(None).run(get_subscription())).anlas)
