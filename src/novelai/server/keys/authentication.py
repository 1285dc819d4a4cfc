"""Whose key it is that somebody shows."""

import hmac

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.keys import repository
from novelai.server.keys.wrong_keys import WrongKeys
from novelai.server.model.key import Key, without_administration
from novelai.server.model.secret import PATH_OPTION, PATH_PREFIX, hash_of
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database

__all__ = ["Authentication"]

USED_EVERY = 60.0
"""Seconds after which it is written down again that a key is used."""


class Authentication:
    """Finds keys that are valid.

    Args:
        database: where they are.
        clock: what time it is.
        wrong: slows down who shows wrong keys.
    """

    def __init__(self, database: Database, clock: Clock, wrong: WrongKeys) -> None:
        self._database = database
        self._clock = clock
        self.wrong = wrong

    async def key_of(self, secret: str, *, paths: bool = False) -> Key | None:
        """Return the key with this secret, unless it was revoked or has expired.

        Args:
            secret: of the key.
            paths: take the one it has for paths, too. With that it is never an administrator's:
                addresses get around.
        """
        async with self._database.look() as connection:
            if paths and secret.startswith(PATH_PREFIX):
                key = await _by_path(connection, secret)
            else:
                key = await repository.by_hash(connection, hash_of(secret))
            now = await self._clock.now(connection)
        if key is None or not key.valid(now):
            return None
        if key.last_used_at is None or now - key.last_used_at > USED_EVERY:
            async with self._database.write() as connection:
                await repository.change(connection, key.id, {"last_used_at": now})
        return key

    async def valid(self, key_id: str) -> Key | None:
        """Return a key by its id, unless it was revoked or has expired: for what it signed."""
        async with self._database.look() as connection:
            key = await repository.by_id(connection, key_id)
            now = await self._clock.now(connection)
        return key if key is not None and key.valid(now) else None

    async def possible(self) -> bool:
        """Return whether there is a key that opens the server to somebody who shows it."""
        async with self._database.look() as connection:
            now = await self._clock.now(connection)
            found = await repository.with_secret(connection)
        return any(key.valid(now) for key in found)


async def _by_path(connection: AsyncConnection, secret: str) -> Key | None:
    key_id = secret.removeprefix(PATH_PREFIX).partition(".")[0]
    key = await repository.by_id(connection, key_id)
    stored = "" if key is None else str(key.options.get(PATH_OPTION) or "")
    if key is None or not hmac.compare_digest(stored, hash_of(secret)):
        return None
    return without_administration(key)
