"""Whose turn it is: callers wait in the order they came, and one that gives up frees its place."""

import os
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from threading import Event, Lock

import anyio

from novelai.errors import CallerGoneError

__all__ = ["AsyncLane", "Gone", "SyncLane"]

Gone = Callable[[], Awaitable[None]]
"""Returns when the caller went away."""


class AsyncLane:
    """A first-come, first-served semaphore for tasks, that notices callers who went away."""

    def __init__(self, width: int) -> None:
        self._semaphore = anyio.Semaphore(width)

    @asynccontextmanager
    async def turn(self, gone: Gone | None = None) -> AsyncGenerator[None]:
        """Wait for a turn and hold it.

        Args:
            gone: watched while waiting, and only then: what has begun is not given up.

        Raises:
            CallerGoneError: the caller went away first.
        """
        if gone is None:
            await self._semaphore.acquire()
        else:
            await self._enter_unless(gone)
        try:
            yield
        finally:
            self._semaphore.release()

    async def _enter_unless(self, gone: Gone) -> None:
        try:
            self._semaphore.acquire_nowait()
        except anyio.WouldBlock:
            pass
        else:
            return
        entered = False
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_cancel_after, gone, tasks.cancel_scope)
                await self._semaphore.acquire()
                entered = True
                tasks.cancel_scope.cancel()
        except BaseException:
            # Cancelled while the watcher was ending: the turn was given, and is not used.
            if entered:
                self._semaphore.release()
            raise
        if not entered:
            raise CallerGoneError("The caller went away while waiting for its turn.")


async def _cancel_after(gone: Gone, scope: anyio.CancelScope) -> None:
    await gone()
    scope.cancel()


class SyncLane:
    """A first-come, first-served semaphore for threads.

    `threading.Semaphore` wakes waiters in no promised order.
    """

    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: deque[Event] = deque()
        self._mutex = Lock()
        self._process = os.getpid()

    @contextmanager
    def turn(self) -> Generator[None]:
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
            my_turn = Event()
            self._waiting.append(my_turn)
        try:
            my_turn.wait()
        except BaseException:
            with self._mutex:
                handed_over = my_turn.is_set()
                if not handed_over:
                    self._waiting.remove(my_turn)
            if handed_over:
                self._leave()
            raise

    def _leave(self) -> None:
        if os.getpid() != self._process:
            return  # in a forked child nobody waits, and the mutex may be locked for ever
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
