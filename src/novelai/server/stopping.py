"""The moment at which the server begins to stop: long answers end themselves then."""

import math
import time
from collections.abc import Callable

import anyio

__all__ = ["Stopping"]


class Stopping:
    """Told once; whoever streams waits for it. Calls under way get some time to end.

    Args:
        grace: seconds for them.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self, grace: float = 30.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._event = anyio.Event()
        self._grace = grace
        self._monotonic = monotonic
        self._until = math.inf

    def begin(self, *, grace: float | None = None) -> None:
        """Stop. Called on the event loop; a second call can only shorten the time.

        Args:
            grace: seconds that calls under way still get.
        """
        seconds = self._grace if grace is None else grace
        self._until = min(self._until, self._monotonic() + seconds)
        self._event.set()

    @property
    def begun(self) -> bool:
        """Return whether it stops."""
        return self._event.is_set()

    @property
    def left(self) -> float:
        """Seconds that calls under way still have; infinite before it stops."""
        return max(self._until - self._monotonic(), 0.0)

    async def wait(self) -> None:
        """Return when the server stops."""
        await self._event.wait()
