"""A generation at work in its own thread.

Not a task of the event loop: a client that goes away, or a loop that closes, must not stop a
generation. It runs to its end, is charged, and only then frees the account.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
from anyio.lowlevel import current_token

Work = Callable[["Job"], None]


class Job:
    """Runs `work` in a thread and passes on what it emits.

    Args:
        work: Called with the job; calls `emit` for every item, and may raise.
        cleanup: Called when the work has ended, however it ended, before anyone learns of it.
    """

    def __init__(self, work: Work, cleanup: Callable[[], None]) -> None:
        self._work = work
        self._cleanup = cleanup
        self._guard = threading.Lock()
        self._items: list[Any] = []
        self._finished = False
        self._error: BaseException | None = None
        self._wake: list[Callable[[], None]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="emulated generation", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work(self)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self._error = error
        finally:
            self._cleanup()
            with self._guard:
                self._finished = True
                waiting, self._wake = self._wake, []
            for wake in waiting:
                wake()

    def emit(self, item: Any) -> None:
        """Pass an item on to the listener; called by the work."""
        with self._guard:
            self._items.append(item)
            waiting, self._wake = self._wake, []
        for wake in waiting:
            wake()

    def pause(self, seconds: float) -> None:
        """Wait between steps; ends at once when the emulator is shut down."""
        if seconds > 0:
            self._stop.wait(seconds)

    def stop(self) -> None:
        """Let the rest run without pauses."""
        self._stop.set()

    async def items(self) -> AsyncIterator[Any]:
        """Everything the work emits, from the first item, as it comes.

        Raises:
            BaseException: What the work raised, after its last item.
        """
        seen = 0
        while True:
            arrived = anyio.Event()
            with self._guard:
                fresh, finished = self._items[seen:], self._finished
                if not fresh and not finished:
                    self._wake.append(_waker(arrived))
            for item in fresh:
                yield item
            seen += len(fresh)
            if not fresh:
                if finished:
                    break
                await arrived.wait()
        if self._error is not None:
            raise self._error

    async def result(self) -> Any:
        """Return the last item, once the work has ended.

        Raises:
            BaseException: What the work raised.
        """
        last = None
        async for item in self.items():
            last = item
        return last


def _waker(event: anyio.Event) -> Callable[[], None]:
    """Get a function for other threads that sets `event` in this loop, without waiting for it."""
    loop: Any = current_token().native_token

    def wake() -> None:
        try:
            if isinstance(loop, asyncio.AbstractEventLoop):
                loop.call_soon_threadsafe(event.set)
            else:
                loop.run_sync_soon(event.set)
        except RuntimeError:
            # The loop is gone, and its listener with it. Trio's own error derives from this too.
            return

    return wake
