"""Whose turn it is: callers wait in the order they came, and one that gives up frees its place."""

import os
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from threading import Event, Lock

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

from novelai.errors import CallerGoneError

__all__ = ["AsyncLane", "AsyncTell", "Gone", "SyncLane", "Tell"]

Gone = Callable[[], Awaitable[None]]
"""Returns when the caller went away."""

Tell = Callable[[int], None]
"""Is told the place of a caller who waits, 1 for the next, at first and whenever it changes."""

AsyncTell = Callable[[int], Awaitable[None]]
"""The same on an event loop."""


class _Task:
    """A task that waits.

    Attributes:
        event: its turn came, or its place changed.
        called: its turn came.
        listens: it wants to know its place.
    """

    __slots__ = ("called", "event", "listens")

    def __init__(self, *, listens: bool) -> None:
        self.event = anyio.Event()
        self.called = False
        self.listens = listens


class AsyncLane:
    """A first-come, first-served semaphore for tasks, that notices callers who went away."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: deque[_Task] = deque()

    @asynccontextmanager
    async def turn(
        self, gone: Gone | None = None, tell: AsyncTell | None = None
    ) -> AsyncGenerator[None]:
        """Wait for a turn and hold it.

        Args:
            gone: watched while waiting, and only then: what has begun is not given up.
            tell: is told the place while waiting; when it fails, the place is given up.

        Raises:
            CallerGoneError: the caller went away first.
        """
        await checkpoint_if_cancelled()
        if self._free:
            self._free -= 1
        elif gone is None:
            await self._wait(tell)
        else:
            await self._wait_unless(gone, tell)
        try:
            yield
        finally:
            self._leave()

    async def _wait(self, tell: AsyncTell | None) -> None:
        me = _Task(listens=tell is not None)
        self._waiting.append(me)
        told = 0
        try:
            while not me.called:
                if tell is not None and (place := self._waiting.index(me) + 1) != told:
                    told = place
                    await tell(place)
                    continue
                me.event = anyio.Event()
                await me.event.wait()
        except BaseException:
            if me.called:
                self._leave()
            else:
                self._waiting.remove(me)
                self._tell_places()
            raise

    async def _wait_unless(self, gone: Gone, tell: AsyncTell | None) -> None:
        entered = False
        failure: Exception | None = None
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_cancel_after, gone, tasks.cancel_scope)
                try:
                    await self._wait(tell)
                    entered = True
                except Exception as error:  # noqa: BLE001 - of `tell`; the group would wrap it
                    failure = error
                tasks.cancel_scope.cancel()
        except BaseException:
            # Cancelled while the watcher was ending: the turn was given, and is not used.
            if entered:
                self._leave()
            raise
        if failure is not None:
            raise failure
        if not entered:
            raise CallerGoneError("The caller went away while waiting for its turn.")

    def _leave(self) -> None:
        if self._waiting:
            following = self._waiting.popleft()
            following.called = True
            following.event.set()
            self._tell_places()
        else:
            self._free += 1

    def _tell_places(self) -> None:
        for task in self._waiting:
            if task.listens:
                task.event.set()


async def _cancel_after(gone: Gone, scope: anyio.CancelScope) -> None:
    await gone()
    scope.cancel()


class _Thread:
    """A thread that waits; attributes as for a task."""

    __slots__ = ("called", "event", "listens")

    def __init__(self, *, listens: bool) -> None:
        self.event = Event()
        self.called = False
        self.listens = listens


class SyncLane:
    """A first-come, first-served semaphore for threads.

    `threading.Semaphore` wakes waiters in no promised order.
    """

    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: deque[_Thread] = deque()
        self._mutex = Lock()
        self._process = os.getpid()

    @contextmanager
    def turn(self, tell: Tell | None = None) -> Generator[None]:
        """Wait for a turn and hold it.

        Args:
            tell: is told the place while waiting; when it fails, the place is given up.
        """
        self._enter(tell)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, tell: Tell | None = None) -> None:
        with self._mutex:
            if self._free:
                self._free -= 1
                return
            me = _Thread(listens=tell is not None)
            self._waiting.append(me)
        try:
            if tell is None:
                me.event.wait()
            else:
                self._listen(me, tell)
        except BaseException:
            with self._mutex:
                called = me.called
                if not called:
                    self._waiting.remove(me)
                    self._tell_places()
            if called:
                self._leave()
            raise

    def _listen(self, me: _Thread, tell: Tell) -> None:
        told = 0
        while True:
            with self._mutex:
                if me.called:
                    return
                me.event.clear()
                place = self._waiting.index(me) + 1
            if place != told:
                told = place
                tell(place)
            me.event.wait()

    def _leave(self) -> None:
        if os.getpid() != self._process:
            return  # in a forked child nobody waits, and the mutex may be locked for ever
        with self._mutex:
            if self._waiting:
                following = self._waiting.popleft()
                following.called = True
                following.event.set()
                self._tell_places()
            else:
                self._free += 1

    def _tell_places(self) -> None:
        for thread in self._waiting:
            if thread.listens:
                thread.event.set()
