"""Calls side by side on an event loop: a new one begins when one has ended."""

import sys
from asyncio import AbstractEventLoop, Task
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextvars import copy_context
from typing import Any, Generic, TypeVar

import anyio

from novelai._slots import library_loop

__all__ = ["Window"]

E = TypeVar("E")
R = TypeVar("R")


class Window(Generic[E, R]):
    """Does something with each of many things, so many at once.

    Its tasks are nobody's children: they go on while the results are looked at.

    Args:
        do: what.
        width: how many at once.
    """

    def __init__(self, do: Callable[[E], Awaitable[R]], width: int) -> None:
        self._do = do
        self._width = width
        self._under_way: dict[anyio.CancelScope, Task[None] | None] = {}
        self._results: deque[R] = deque()
        self._failure: Exception | None = None
        self._changed = anyio.Event()

    async def each(self, entries: Iterator[E]) -> AsyncGenerator[R]:
        """Give results as they come; behind a failure nothing new begins, and it is raised last.

        However this is left, what is under way comes to its end: it may be paid for. Only where the
        caller is cancelled it is cancelled, too.
        """
        try:
            while True:
                self._fill(entries)
                while self._results:
                    yield self._results.popleft()
                    self._fill(entries)
                if not self._under_way:
                    break
                self._changed = anyio.Event()
                try:
                    await self._changed.wait()
                except anyio.get_cancelled_exc_class():
                    for scope in self._under_way:
                        scope.cancel()
                    raise
        finally:
            with anyio.CancelScope(shield=True):
                while self._under_way:
                    self._changed = anyio.Event()
                    await self._changed.wait()
        if self._failure is not None:
            raise self._failure

    def _fill(self, entries: Iterator[E]) -> None:
        while self._failure is None and len(self._under_way) < self._width:
            entry = next(entries, None)
            if entry is None:
                return
            scope = anyio.CancelScope()
            self._under_way[scope] = None
            task = _spawn(self._run, entry, scope)
            if task is not None:
                self._under_way[scope] = task
                # Cancelled before it began, it runs nothing of its own.
                task.add_done_callback(lambda _, scope=scope: self._end(scope))

    async def _run(self, entry: E, scope: anyio.CancelScope) -> None:
        try:
            with scope:
                self._results.append(await self._do(entry))
        except Exception as error:  # noqa: BLE001 - it is raised where the results are taken
            self._failure = self._failure or error
        finally:
            self._end(scope)

    def _end(self, scope: anyio.CancelScope) -> None:
        self._under_way.pop(scope, None)
        self._changed.set()


def _spawn(run: Callable[..., Any], *arguments: object) -> Task[None] | None:
    """Begin a task that belongs to the loop; asyncio's has to be kept."""
    loop = library_loop()
    if isinstance(loop, AbstractEventLoop):
        return loop.create_task(run(*arguments))
    trio: Any = sys.modules["trio"]
    trio.lowlevel.spawn_system_task(run, *arguments, context=copy_context())
    return None
