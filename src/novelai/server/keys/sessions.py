"""Browsers that are logged in: a cookie with a random name, and what it stands for in a table."""

import secrets
from collections.abc import Callable

from sqlalchemy import delete, select

from novelai.server.events.bus import Bus
from novelai.server.keys import repository as keys
from novelai.server.model.key import Key
from novelai.server.model.secret import hash_of
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.storage.tables import sessions

__all__ = ["COOKIE", "LIFETIME", "SessionService"]

COOKIE = "novelai_session"
LIFETIME = 30 * 86_400.0


class SessionService:
    """Sessions of browsers.

    Args:
        database: where they are.
        clock: what time it is.
        bus: who is told that a session ends.
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

    async def begin(self, key: Key) -> str:
        """Return a new session of a key.

        Gives the cookie's value, which is stored only as a hash.
        """
        token = self._draw(32)
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            await connection.execute(
                sessions.insert().values(
                    token_hash=hash_of(token),
                    key_id=key.id,
                    created_at=now,
                    expires_at=now + LIFETIME,
                )
            )
        return token

    async def key(self, token: str) -> Key | None:
        """Find the key of a session, unless it or the session has ended."""
        async with self._database.read() as connection:
            now = await self._clock.now(connection)
            found = await connection.execute(
                select(sessions.c.key_id).where(
                    sessions.c.token_hash == hash_of(token), sessions.c.expires_at > now
                )
            )
            key_id = found.scalar_one_or_none()
            key = None if key_id is None else await keys.by_id(connection, key_id)
        return key if key is not None and key.valid(now) else None

    async def end(self, token: str) -> None:
        """Log out."""
        async with self._database.write() as connection:
            ended = await connection.execute(
                delete(sessions)
                .where(sessions.c.token_hash == hash_of(token))
                .returning(sessions.c.key_id)
            )
            key_id = ended.scalar_one_or_none()
            key = None if key_id is None else await keys.by_id(connection, key_id)
            if key is not None:
                self._bus.announce(connection, key.owner_id, "key", {"key": key.id})
