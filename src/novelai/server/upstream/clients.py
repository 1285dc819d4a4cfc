"""Clients for the worker: they neither wait nor retry, so that the queue decides."""

from collections.abc import Callable
from contextvars import ContextVar

import httpx2

from novelai._retry import RetryPolicy
from novelai.async_client import AsyncNovelAI
from novelai.errors import ConnectionFailedError
from novelai.server.accounts.clients import Connect
from novelai.server.telemetry.calls import Watch, WatchedTransport

__all__ = ["SENDING", "Sending", "no_waiting"]


class Sending:
    """What leaves for one call of a job.

    Args:
        allowed: asked at the last moment: whether the account is still this process's.

    Attributes:
        left: how many requests that may cost something have left.
    """

    def __init__(self, allowed: Callable[[], bool]) -> None:
        self._allowed = allowed
        self.left = 0

    def pass_one(self) -> None:
        """Let a request pass.

        Raises:
            ConnectionFailedError: the account may be another process's by now.
        """
        if not self._allowed():
            raise ConnectionFailedError(
                "The account was given to another process. Nothing was sent, nothing was charged."
            )
        self.left += 1


SENDING: ContextVar[Sending | None] = ContextVar("SENDING", default=None)
"""Of the job that the current task runs."""


class _Guarded(httpx2.AsyncHTTPTransport):
    """Asks right before a request leaves: a process may have been frozen since its intent."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        sending = SENDING.get()
        if sending is not None and request.method == "POST":
            sending.pass_one()
        return await super().handle_async_request(request)


def no_waiting(
    base_url: str | None = None, *, timeout: float = 120.0, watch: Watch | None = None
) -> Connect:
    """Make clients of accounts.

    Args:
        base_url: where NovelAI is, if not at its own address.
        timeout: seconds to wait for the next bytes of an answer.
        watch: is told of each call.
    """

    def connect(token: str, proxy: str | None) -> AsyncNovelAI:
        transport = _Guarded(proxy=proxy, retries=0)
        return AsyncNovelAI(
            token,
            base_url=base_url,
            timeout=timeout,
            retry=RetryPolicy(max_attempts=1, max_wait=0.0),
            transport=transport if watch is None else WatchedTransport(transport, watch),
        )

    return connect
