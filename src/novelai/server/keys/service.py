"""Making, changing and revoking keys."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.events.bus import Bus
from novelai.server.keys import ledger, repository
from novelai.server.keys.ledger import Usage
from novelai.server.model.key import Key, Limits
from novelai.server.model.secret import KEY_PREFIX, PATH_OPTION, PATH_PREFIX, hash_of
from novelai.server.storage.clock import Clock, new_id
from novelai.server.storage.engine import Database

__all__ = ["LOCAL", "KeyService", "LastAdminError"]

LOCAL = "local"
"""The owner and the key of the person at this machine."""

PREFIX = 12
"""Characters of a secret that are kept, to know it again."""

MANY = 1_000_000


class LastAdminError(Exception):
    """Without this key nobody could manage the owner's keys any more."""


class KeyService:
    """Keys and their owners.

    Args:
        database: where they are.
        clock: what time it is.
        bus: who is told that a key changes.
        draw: gives a random text of that many bytes.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        draw: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._draw = draw

    async def local(self) -> Key:
        """Return the key without a secret of the person at this machine.

        No limits. Made when missing.
        """
        async with self._database.read() as connection:
            found = await repository.by_id(connection, LOCAL)
        if found is not None:
            return found
        async with self._database.write() as connection:
            found = await repository.by_id(connection, LOCAL)
            if found is not None:
                return found
            now = await self._clock.now(connection)
            if not await repository.owner_exists(connection, LOCAL):
                await repository.insert_owner(connection, LOCAL, "This machine", now)
            limits = Limits(
                scopes=("generate", "read", "admin"),
                free_only=False,
                max_queued=MANY,
                max_series=MANY,
                rate_minute=MANY,
            )
            return await repository.insert(
                connection,
                _columns(
                    LOCAL, LOCAL, "This machine", "", secret_hash=None, limits=limits, now=now
                ),
            )

    async def create_owner(self, name: str) -> str:
        """Add an owner and return its id."""
        owner_id = new_id("owner")
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            await repository.insert_owner(connection, owner_id, name, now)
        return owner_id

    async def owner_named(self, name: str) -> str:
        """Return the id of the owner with this name; added when there is none."""
        async with self._database.write() as connection:
            found = await repository.owner_by_name(connection, name)
            if found is not None:
                return found
            owner_id = new_id("owner")
            now = await self._clock.now(connection)
            await repository.insert_owner(connection, owner_id, name, now)
        return owner_id

    async def everybody(self) -> Sequence[tuple[Key, str]]:
        """All keys with a secret, oldest first, each with its owner's name."""
        async with self._database.read() as connection:
            names = await repository.owner_names(connection)
            found = await repository.with_secret(connection)
        return [(key, names[key.owner_id]) for key in found]

    async def create(
        self, owner_id: str, name: str, limits: Limits | None = None
    ) -> tuple[Key, str]:
        """Add a key.

        Returns:
            the key, and its secret, which is shown this once and stored only as a hash.
        """
        secret = f"{KEY_PREFIX}{self._draw(32)}"
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            values = _columns(
                new_id("key"), owner_id, name, secret[:PREFIX],
                secret_hash=hash_of(secret), limits=limits or Limits(), now=now,
            )  # fmt: skip
            return await repository.insert(connection, values), secret

    async def read_usage(self, key: Key) -> Usage:
        """Add up what a key has reserved and spent."""
        async with self._database.read() as connection:
            return await ledger.spending(connection, key.id, await self._clock.now(connection))

    async def list(self, owner_id: str) -> list[Key]:
        """Return an owner's keys, the revoked ones too, oldest first."""
        async with self._database.read() as connection:
            return await repository.of_owner(connection, owner_id)

    async def limit(self, owner_id: str, key_id: str, limits: Limits) -> Key | None:
        """Give a key other limits; ``None`` if the owner has no such key."""
        return await self._change(owner_id, key_id, lambda _key, _now: _limit_columns(limits))

    async def change(
        self,
        owner_id: str,
        key_id: str,
        apply: Callable[[Limits], Limits],
        *,
        keep_admin: Sequence[str] | None = None,
    ) -> Key | None:
        """Change some of a key's limits.

        Args:
            owner_id: whose key it must be.
            key_id: which.
            apply: gives the new limits for the old ones.
            keep_admin: as for `revoke`.

        Returns:
            the key, or ``None`` if the owner has no such key.

        Raises:
            LastAdminError: no valid administrator's key would be left.
        """
        return await self._change(
            owner_id,
            key_id,
            lambda key, _now: _limit_columns(apply(key.limits)),
            keep_admin=keep_admin,
        )

    async def revoke(
        self, owner_id: str, key_id: str, *, keep_admin: Sequence[str] | None = None
    ) -> Key | None:
        """End a key for good; ``None`` if the owner has no such key. Its queued jobs still run.

        Args:
            owner_id: whose key it must be.
            key_id: which.
            keep_admin: refuse when no valid administrator's key would be left besides these,
                which cannot be used to call; ``None`` does not ask.

        Raises:
            LastAdminError: no valid administrator's key would be left.
        """
        return await self._change(
            owner_id, key_id, lambda _key, now: {"revoked_at": now}, keep_admin=keep_admin
        )

    async def choose(self, key_id: str, choices: Mapping[str, Any]) -> Key | None:
        """Keep what a client of this key chose, beside what it chose before.

        Args:
            key_id: which key; ``None`` is returned when there is none.
            choices: by name; ``None`` takes one back.
        """
        async with self._database.write() as connection:
            key = await repository.by_id(connection, key_id, lock=True)
            if key is None:
                return None
            chosen = {**key.options, **choices}
            options = {name: value for name, value in chosen.items() if value is not None}
            await repository.change(connection, key_id, {"options": options})
            if PATH_OPTION in choices:
                self._announce(connection, key)
            return await repository.by_id(connection, key_id)

    async def open_path(self, owner_id: str, key_id: str) -> str | None:
        """Let a key be shown as a part of addresses, for clients that can send no header.

        Returns:
            a secret of its own, which is shown this once and replaces an earlier one; ``None``
            if the owner has no such key.
        """
        secret = f"{PATH_PREFIX}{key_id}.{self._draw(32)}"
        changed = await self._is_chosen_by(owner_id, key_id, {PATH_OPTION: hash_of(secret)})
        return secret if changed else None

    async def close_path(self, owner_id: str, key_id: str) -> bool:
        """Let a key not be shown in addresses any more; tells whether the owner has such a key."""
        return await self._is_chosen_by(owner_id, key_id, {PATH_OPTION: None})

    def _announce(self, connection: AsyncConnection, key: Key) -> None:
        """Tell open answers that they must look up what the key still may."""
        self._bus.announce(connection, key.owner_id, "key", {"key": key.id})

    async def _is_chosen_by(self, owner_id: str, key_id: str, choices: Mapping[str, Any]) -> bool:
        async with self._database.read() as connection:
            key = await repository.by_id(connection, key_id)
        if key is None or key.owner_id != owner_id:
            return False
        return await self.choose(key_id, choices) is not None

    async def _change(
        self,
        owner_id: str,
        key_id: str,
        change: Callable[[Key, float], dict[str, object]],
        *,
        keep_admin: Sequence[str] | None = None,
    ) -> Key | None:
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            key = await repository.by_id(connection, key_id)
            if key is None or key.owner_id != owner_id:
                return None
            await repository.change(connection, key_id, change(key, now))
            if keep_admin is not None and _manages(key, now):
                left = await repository.of_owner(connection, owner_id)
                if not any(_manages(one, now) and one.id not in keep_admin for one in left):
                    raise LastAdminError  # nothing is written then
            self._announce(connection, key)
            return await repository.by_id(connection, key_id)


def _manages(key: Key, now: float) -> bool:
    return key.valid(now) and "admin" in key.limits.scopes


def _limit_columns(limits: Limits) -> dict[str, object]:
    values: dict[str, object] = asdict(limits)
    models = limits.models
    return values | {
        "scopes": list(limits.scopes),
        "models": None if models is None else list(models),
    }


def _columns(
    key_id: str,
    owner_id: str,
    name: str,
    prefix: str,
    *,
    secret_hash: str | None,
    limits: Limits,
    now: float,
) -> dict[str, object]:
    return {
        "id": key_id,
        "owner_id": owner_id,
        "name": name,
        "prefix": prefix,
        "secret_hash": secret_hash,
        "vtime": 0.0,
        "created_at": now,
        "options": {},
        **_limit_columns(limits),
    }
