"""A caller who waits for an answer: seeing them leave, and sending them bytes."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from starlette.types import Receive

from novelai.fastapi.streaming import send_body, until_gone

__all__ = ["CallerLeftError", "send_body", "until_gone", "while_there"]

T = TypeVar("T")


class CallerLeftError(Exception):
    """Nobody waits for the answer any more."""


async def while_there(receive: Receive, work: Callable[[], Awaitable[T]]) -> T:
    """Return the result of the work, unless the caller goes away before.

    Args:
        receive: of a request whose body was read.
        work: is cancelled when the caller goes; a job that was submitted goes on.

    Raises:
        CallerLeftError: the caller went away.
    """
    results: list[T] = []
    failures: list[Exception] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(until_gone, receive, tasks.cancel_scope)
        try:
            results.append(await work())
        except Exception as error:  # noqa: BLE001 - raised again below, not as a group
            failures.append(error)
        tasks.cancel_scope.cancel()
    if failures:
        raise failures[0]
    if not results:
        raise CallerLeftError
    return results[0]
