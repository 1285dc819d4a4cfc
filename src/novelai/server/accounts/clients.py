"""The clients of accounts, and how they are made.

They are made when they are needed, and kept while their account stays the same.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

import httpx2

from novelai._retry import RetryPolicy
from novelai._transport import IS_TRIED
from novelai._transport.direct import DirectTransport
from novelai.async_client import AsyncNovelAI
from novelai.errors import ConnectionFailedError
from novelai.server.model.account import Account
from novelai.server.storage.secrets import Vault
from novelai.server.telemetry.metrics import Watch, WatchedTransport

__all__ = ["SENDING", "Clients", "Connect", "Sending", "no_waiting"]

Connect = Callable[[str, str | None], AsyncNovelAI]
"""Makes a client from a token and a proxy."""


class Clients:
    """The clients of a process.

    Args:
        vault: opens tokens.
        connect: makes clients; they must not wait and not retry, the queue does.
    """

    def __init__(self, vault: Vault, connect: Connect) -> None:
        self._vault = vault
        self._connect = connect
        self._kept: dict[str, tuple[tuple[bytes, str | None], AsyncNovelAI]] = {}
        self._replaced: list[AsyncNovelAI] = []

    def of(self, account: Account) -> AsyncNovelAI:
        """Return the client of an account, kept for its connections and its encoded vibes."""
        kept = self._kept.get(account.id)
        if kept is not None:
            if kept[0] == (account.token, account.proxy):
                return kept[1]
            self._replaced.append(kept[1])  # a call may still use it
        client = self._connect(self._vault.open(account.token, account.id), account.proxy)
        self._kept[account.id] = ((account.token, account.proxy), client)
        return client

    @asynccontextmanager
    async def once(self, token: str, proxy: str | None) -> AsyncGenerator[AsyncNovelAI]:
        """Yield a client for the length of a block, of a token that belongs to no account yet."""
        client = self._connect(token, proxy)
        try:
            yield client
        finally:
            await client.close()

    async def forget(self, account_id: str) -> None:
        """Close the client of an account that is removed."""
        kept = self._kept.pop(account_id, None)
        if kept is not None:
            await kept[1].close()

    async def close(self) -> None:
        """Close all clients."""
        for client in (*self._replaced, *(client for _, client in self._kept.values())):
            await client.close()
        self._kept.clear()
        self._replaced.clear()


class Sending:
    """What leaves for one call of a job.

    Args:
        allowed: asked at the last moment: whether the account is still this process's.

    Attributes:
        left: how many requests that may cost something have left.
    """

    def __init__(self, allowed: Callable[[], bool]) -> None:
        self._allowed = allowed
        self.left: int = 0

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


class _Guarded(httpx2.AsyncBaseTransport):
    """Asks right before a request leaves: a process may have been frozen since its intent."""

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        sending = SENDING.get()
        if sending is not None and request.method == "POST":
            sending.pass_one()
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


def _open_transport(proxy: str | None) -> httpx2.AsyncBaseTransport:
    if proxy is None and IS_TRIED:
        return DirectTransport(httpx2.create_ssl_context())
    return httpx2.AsyncHTTPTransport(proxy=proxy)


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
        transport = _Guarded(_open_transport(proxy))
        return AsyncNovelAI(
            token,
            base_url=base_url,
            timeout=timeout,
            retry=RetryPolicy(max_attempts=1, max_wait=0.0),
            transport=transport if watch is None else WatchedTransport(transport, watch),
        )

    return connect
