"""Whose turn it is: callers wait in the order they came, and one that gives up frees its place."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

__all__ = ["SyncLane"]


class SyncLane:
    """A first-come, first-served semaphore for threads.

    `threading.Semaphore` wakes waiters in no promised order. The async counterpart is
    `anyio.Semaphore`, which is fair.
    """

    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: deque[Event] = deque()
        self._mutex = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._mutex:
            if self._free:
                self._free -= 1
                return
            ticket = Event()
            self._waiting.append(ticket)
        try:
            ticket.wait()
        except BaseException:
            with self._mutex:
                handed_over = ticket.is_set()
                if not handed_over:
                    self._waiting.remove(ticket)
            if handed_over:
                self._leave()
            raise

    def _leave(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
