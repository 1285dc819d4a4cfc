"""The clients of accounts: made when they are needed, kept while their account stays the same."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from novelai.async_client import AsyncNovelAI
from novelai.server.model.account import Account
from novelai.server.storage.secrets import Vault

__all__ = ["Clients", "Connect"]

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
