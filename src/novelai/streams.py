"""A generation that is watched while it runs."""

from collections.abc import AsyncGenerator, Generator
from types import TracebackType
from typing import Generic, Self, TypeVar

__all__ = ["AsyncEventStream", "EventStream"]

E = TypeVar("E")


class EventStream(Generic[E]):
    """Events as they come. Iterate it; use it as a context manager to be sure it is closed.

    Nothing is sent before the first event is asked for. Closing early ends the connection and
    gives the turn to the next caller; the service still finishes, and charges for, what it began.
    """

    def __init__(self, events: Generator[E]) -> None:
        self._events = events

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> E:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the stream."""
        self._events.close()


class AsyncEventStream(Generic[E]):
    """Events as they come. Iterate it; use it as a context manager to be sure it is closed.

    Nothing is sent before the first event is asked for. Closing early ends the connection and
    gives the turn to the next caller; the service still finishes, and charges for, what it began.
    """

    def __init__(self, events: AsyncGenerator[E]) -> None:
        self._events = events

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        return await anext(self._events)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the stream."""
        await self._events.aclose()
