"""The accounts of owners: adding them, their balance, their clients."""

import hashlib
from collections.abc import Callable

from novelai.async_client import AsyncNovelAI
from novelai.errors import AuthenticationError, NovelAIError
from novelai.server.accounts import repository
from novelai.server.accounts.account import Account
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.storage.ids import new_id
from novelai.server.storage.secrets import Vault
from novelai.types.subscription import Subscription

__all__ = ["AccountService", "Connect"]

Connect = Callable[[str, str | None], AsyncNovelAI]
"""Makes a client from a token and a proxy."""

UNKNOWN_BALANCE = {
    "anlas": None,
    "tier": None,
    "usage_percent": None,
    "usage_negative": False,
    "balance_at": None,
}


class AccountService:
    """Accounts and their clients.

    Args:
        database: where they are.
        clock: what time it is.
        vault: seals tokens.
        connect: makes clients; they must not wait and not retry, the queue does.
    """

    def __init__(self, database: Database, clock: Clock, vault: Vault, connect: Connect) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._connect = connect
        self._clients: dict[str, tuple[bytes, AsyncNovelAI]] = {}

    async def add(
        self, owner_id: str, token: str, *, label: str = "", proxy: str | None = None
    ) -> Account:
        """Leave an account here; the same token again gives the account that is there.

        Raises:
            ValueError: the account is another owner's.
        """
        return await self.keep(new_id("acct"), owner_id, token, label=label, proxy=proxy)

    async def keep(
        self,
        account_id: str,
        owner_id: str,
        token: str,
        *,
        label: str = "",
        proxy: str | None = None,
    ) -> Account:
        """See to it that an account with this id has this token, in the place of an older one.

        When the token is here already, under any id, the account that has it is left as it is.

        Raises:
            ValueError: the account is another owner's.
        """
        token = token.strip()
        token_hash = hashlib.sha256(token.encode()).hexdigest()
        async with self._database.write() as connection:
            found = await repository.by_token_hash(connection, token_hash)
            if found is not None:
                if found.owner_id != owner_id:
                    raise ValueError("This account belongs to somebody else here.")
                return found
            if await repository.by_id(connection, account_id) is not None:
                sealed = self._vault.seal(token, account_id)
                fresh = {"token": sealed, "token_hash": token_hash, "enabled": True, "health": "ok"}
                await repository.change(connection, account_id, fresh | UNKNOWN_BALANCE)
                changed = await repository.by_id(connection, account_id)
                assert changed is not None
                return changed
            now = await self._clock.now(connection)
            return await repository.insert(
                connection,
                {
                    "id": account_id,
                    "owner_id": owner_id,
                    "label": label or "NovelAI",
                    "token": self._vault.seal(token, account_id),
                    "token_hash": token_hash,
                    "proxy": proxy,
                    "enabled": True,
                    "health": "ok",
                    "free_at": 0.0,
                    "last_used_at": 0.0,
                    "usage_negative": False,
                    "created_at": now,
                },
            )

    async def list(self, owner_id: str) -> list[Account]:
        """An owner's accounts, oldest first."""
        async with self._database.read() as connection:
            return await repository.of_owner(connection, owner_id)

    async def enable(self, owner_id: str, account_id: str, *, enabled: bool) -> Account | None:
        """Let jobs run on an account, or not; ``None`` if the owner has no such account."""
        async with self._database.write() as connection:
            account = await repository.by_id(connection, account_id)
            if account is None or account.owner_id != owner_id:
                return None
            await repository.change(connection, account_id, {"enabled": enabled, "health": "ok"})
            return await repository.by_id(connection, account_id)

    async def remove(self, owner_id: str, account_id: str) -> bool:
        """Forget an account and its token; ``False`` if a job holds it, or it is not there."""
        async with self._database.write() as connection:
            account = await repository.by_id(connection, account_id)
            if account is None or account.owner_id != owner_id:
                return False
            return await repository.remove(connection, account_id)

    def client(self, account: Account) -> AsyncNovelAI:
        """The client of an account, kept for its connections and its encoded vibes."""
        kept = self._clients.get(account.id)
        if kept is not None and kept[0] == account.token:
            return kept[1]
        client = self._connect(self._vault.open(account.token, account.id), account.proxy)
        self._clients[account.id] = (account.token, client)
        return client

    async def refresh(self, account: Account) -> Account:
        """Ask NovelAI for the balance. Costs nothing.

        Raises:
            NovelAIError: it could not be asked.
        """
        try:
            subscription = await self.client(account).user.get_subscription()
        except NovelAIError as error:
            refused = isinstance(error, AuthenticationError)
            await self._note(account.id, {"health": "refused" if refused else "unreachable"})
            raise
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            await repository.change(connection, account.id, _balance(subscription, now))
            found = await repository.by_id(connection, account.id)
        return found or account

    async def any(self) -> bool:
        """Whether somebody left an account here."""
        async with self._database.read() as connection:
            return bool(await repository.everyone(connection))

    async def check(self) -> None:
        """See that the vault opens what is stored.

        Raises:
            SecretKeyError: it has not the key that sealed a token.
        """
        async with self._database.read() as connection:
            for account in await repository.everyone(connection):
                self._vault.open(account.token, account.id)

    async def rotate(self) -> int:
        """Seal all tokens with the vault's first key; gives how many were changed."""
        changed = 0
        async with self._database.write() as connection:
            for account in await repository.everyone(connection):
                if not self._vault.is_current(account.token):
                    token = self._vault.open(account.token, account.id)
                    sealed = self._vault.seal(token, account.id)
                    await repository.change(connection, account.id, {"token": sealed})
                    changed += 1
        return changed

    async def close(self) -> None:
        """Close all clients."""
        for _, client in self._clients.values():
            await client.close()
        self._clients.clear()

    async def _note(self, account_id: str, values: dict[str, object]) -> None:
        async with self._database.write() as connection:
            await repository.change(connection, account_id, values)


def _balance(subscription: Subscription, now: float) -> dict[str, object]:
    usage = subscription.usage
    return {
        "anlas": subscription.anlas,
        "tier": subscription.tier if subscription.active else 0,
        "usage_percent": None if usage is None else usage.percent,
        "usage_negative": usage is not None and usage.is_negative,
        "balance_at": now,
        "health": "ok",
    }
