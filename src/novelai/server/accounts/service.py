"""The book of accounts: adding, changing and removing them, and what they have left."""

import hashlib
from collections.abc import Mapping, Sequence

from novelai.async_client import AsyncNovelAI
from novelai.errors import AuthenticationError, ConfigurationError, NovelAIError
from novelai.server.accounts import repository
from novelai.server.accounts.clients import Clients, Connect
from novelai.server.events.bus import Bus
from novelai.server.keys.repository import owner_names
from novelai.server.model.account import Account
from novelai.server.storage.clock import Clock, new_id
from novelai.server.storage.engine import Database
from novelai.server.storage.secrets import Vault
from novelai.types.subscription import Subscription

__all__ = ["UNKNOWN", "AccountBusyError", "AccountService", "TokenRefusedError", "balance_of"]


class TokenRefusedError(ValueError):
    """NovelAI does not take a token, or it has a form that none has."""


class AccountBusyError(Exception):
    """A job holds the account."""


class AccountService:
    """The accounts of owners.

    Args:
        database: where they are.
        clock: what time it is.
        vault: seals tokens.
        connect: makes clients; they must not wait and not retry, the queue does.
        bus: who is told when an account changes.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        connect: Connect,
        bus: Bus | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._clients = Clients(vault, connect)
        self._bus = bus

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
            held = await repository.by_id(connection, account_id)
            if held is not None:
                if held.owner_id != owner_id:
                    raise ValueError("This account belongs to somebody else here.")
                sealed = self._vault.seal(token, account_id)
                fresh = {"token": sealed, "token_hash": token_hash, "enabled": True, "health": "ok"}
                await repository.change(connection, account_id, {**fresh, **UNKNOWN})
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

    async def register(
        self, owner_id: str, token: str, *, label: str = "", proxy: str | None = None
    ) -> Account:
        """Leave an account here whose token works: its balance is asked for once.

        When NovelAI cannot be reached the account is kept, and ``unreachable``.

        Raises:
            TokenRefusedError: NovelAI does not take the token; it is not kept.
            ValueError: the account is another owner's.
        """
        balance: dict[str, object] = {"health": "unreachable"}
        try:
            async with self._clients.once(token.strip(), proxy) as client:
                subscription = await client.user.get_subscription()
        except (AuthenticationError, ConfigurationError) as error:
            raise TokenRefusedError(error.message) from None
        except NovelAIError:
            pass
        else:
            async with self._database.read() as connection:
                balance = balance_of(subscription, await self._clock.now(connection))
        account = await self.add(owner_id, token, label=label, proxy=proxy)
        return await self._change(account.id, balance) or account

    async def read(self, owner_id: str, account_id: str) -> Account | None:
        """Return an account, if it is the owner's."""
        async with self._database.read() as connection:
            account = await repository.by_id(connection, account_id)
        return account if account is not None and account.owner_id == owner_id else None

    async def stale(self, older_than: float) -> list[Account]:
        """Everybody's enabled accounts that do nothing and whose balance is so many seconds old."""
        async with self._database.read() as connection:
            now = await self._clock.now(connection)
            found = await repository.everyone(connection)
        return [
            account
            for account in found
            if account.enabled
            and account.job_id is None
            and (account.balance_at is None or account.balance_at < now - older_than)
        ]

    async def list(self, owner_id: str) -> list[Account]:
        """Return an owner's accounts, oldest first."""
        async with self._database.read() as connection:
            return await repository.of_owner(connection, owner_id)

    async def change(
        self, owner_id: str, account_id: str, values: Mapping[str, object]
    ) -> Account | None:
        """Change what people set: ``label``, ``enabled``, ``proxy``.

        Returns:
            the account, or ``None`` if the owner has none such.
        """
        if await self.read(owner_id, account_id) is None:
            return None
        fresh = {"health": "ok"} if values.get("enabled") else {}
        return await self._change(account_id, {**values, **fresh})

    async def enable(self, owner_id: str, account_id: str, *, enabled: bool) -> Account | None:
        """Let jobs run on an account, or not; ``None`` if the owner has no such account."""
        return await self.change(owner_id, account_id, {"enabled": enabled})

    async def remove(self, owner_id: str, account_id: str) -> bool:
        """Forget an account and its token; ``False`` if the owner has no such account.

        Raises:
            AccountBusyError: a job holds it.
        """
        async with self._database.write() as connection:
            account = await repository.by_id(connection, account_id)
            if account is None or account.owner_id != owner_id:
                return False
            if not await repository.remove(connection, account_id):
                raise AccountBusyError
        await self._clients.forget(account_id)
        return True

    def client(self, account: Account) -> AsyncNovelAI:
        """Return the client of an account; see `Clients`."""
        return self._clients.of(account)

    async def refresh(self, account: Account) -> Account:
        """Ask NovelAI for the balance. Costs nothing.

        Raises:
            NovelAIError: it could not be asked.
        """
        try:
            subscription = await self.client(account).user.get_subscription()
        except NovelAIError as error:
            refused = isinstance(error, AuthenticationError)
            await self._change(account.id, {"health": "refused" if refused else "unreachable"})
            raise
        async with self._database.read() as connection:
            now = await self._clock.now(connection)
        return await self._change(account.id, balance_of(subscription, now)) or account

    async def any(self) -> bool:
        """Return whether somebody left an account here."""
        async with self._database.read() as connection:
            return bool(await repository.everyone(connection))

    async def everybody(self) -> Sequence[tuple[Account, str]]:
        """All accounts, oldest first, each with its owner's name."""
        async with self._database.read() as connection:
            names = await owner_names(connection)
            found = await repository.everyone(connection)
        return [(account, names[account.owner_id]) for account in found]

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
        await self._clients.close()

    async def _change(self, account_id: str, values: Mapping[str, object]) -> Account | None:
        """Change an account, and tell of it when that can be seen."""
        async with self._database.write() as connection:
            before = await repository.by_id(connection, account_id)
            if before is None or not values:
                return before
            await repository.change(connection, account_id, values)
            after = await repository.by_id(connection, account_id)
            if self._bus is not None and any(
                getattr(before, name) != value
                for name, value in values.items()
                if name != "balance_at"
            ):
                data = {"account": account_id}
                self._bus.announce(connection, before.owner_id, "account", data)
        return after


UNKNOWN: Mapping[str, object] = {
    "anlas": None,
    "tier": None,
    "usage_percent": None,
    "usage_negative": False,
    "usage_seconds": None,
    "usage_purchased": None,
    "balance_at": None,
}


def balance_of(subscription: Subscription, now: float) -> dict[str, object]:
    """Return the columns that a subscription fills; who could ask has a token that works."""
    usage = subscription.usage
    return {
        "anlas": subscription.anlas,
        "tier": subscription.tier if subscription.active else 0,
        "usage_percent": None if usage is None else usage.percent,
        "usage_negative": usage is not None and usage.is_negative,
        "usage_seconds": None if usage is None else usage.time_until_next_percent,
        "usage_purchased": None if usage is None else usage.purchased_percent,
        "balance_at": now,
        "health": "ok",
    }
