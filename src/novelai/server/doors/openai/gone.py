"""Waiting for something while somebody waits for the answer."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from starlette.requests import Request

__all__ = ["CallerLeftError", "while_there"]

T = TypeVar("T")


class CallerLeftError(Exception):
    """Nobody waits for the answer any more."""


async def while_there(request: Request, work: Callable[[], Awaitable[T]]) -> T:
    """What the work gives, unless the caller goes away before.

    Args:
        request: whose body was read.
        work: is cancelled when the caller goes; a job that was submitted goes on.

    Raises:
        CallerLeftError: the caller went away.
    """
    results: list[T] = []
    failures: list[Exception] = []

    async def worked() -> None:
        try:
            results.append(await work())
        except Exception as error:  # noqa: BLE001 - raised again below, not as a group
            failures.append(error)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worked)
        while (await request.receive())["type"] != "http.disconnect":
            pass
        tasks.cancel_scope.cancel()
    if failures:
        raise failures[0]
    if not results:
        raise CallerLeftError
    return results[0]
