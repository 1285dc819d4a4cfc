"""Waits for signs of life, and not for ever."""

import asyncio

__all__ = ["Patience"]


class Patience:
    """Lets one task at a time wait until something happens.

    Args:
        loop: the event loop that it lives on.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._seconds = 0.0
        self._deadline = 0.0

    async def wait(self, seconds: float | None) -> None:
        """Wait until something happens, for so many seconds behind the last sign of life.

        Raises:
            TimeoutError: nothing happened.
        """
        self._waiter = self._loop.create_future()
        if seconds is None:
            self.stop()
        else:
            self._seconds = seconds
            self.prolong()
            # A timer for each wait would cost more than reading: one that is early looks again.
            if self._timer is None or self._timer.when() > self._deadline:
                self._set_timer()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def prolong(self) -> None:
        """Take note of a sign of life that is not worth waking anybody."""
        self._deadline = self._loop.time() + self._seconds

    def wake(self) -> None:
        """Wake the task that waits, if one does."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def stop(self) -> None:
        """Look at the clock no more, until somebody waits again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        self.stop()
        self._timer = self._loop.call_at(self._deadline, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._deadline:
            self._set_timer()
        else:
            self._waiter.set_exception(TimeoutError())
