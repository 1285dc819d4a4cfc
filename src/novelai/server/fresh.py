"""A finding that is not asked for again while it is fresh, so that asking often costs little."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio

__all__ = ["Fresh"]

T = TypeVar("T")


class Fresh(Generic[T]):
    """Keeps what was found for some seconds; of several who ask at once one looks.

    Args:
        seconds: for which a finding is fresh.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = anyio.Lock()
        self._kept: tuple[float, T] | None = None

    async def get(self, look: Callable[[], Awaitable[T]]) -> T:
        """Return what was found a moment ago, or look."""
        async with self._lock:
            if self._kept is None or self._monotonic() > self._kept[0]:
                found = await look()
                self._kept = self._monotonic() + self._seconds, found
            return self._kept[1]
