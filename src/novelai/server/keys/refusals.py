"""What a key's holder was refused lately: programs often show no more than a bare status.

The same refusal again is counted, not kept twice, and of each key only the latest few are kept. It
is in the database, so that it does not matter which process refused it, or whether that still runs.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.key import Key
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.storage.tables import keys, refusals
from novelai.server.telemetry.redaction import redact

__all__ = ["MOST", "RefusalService", "Refused", "discreet"]

MOST = 50
"""Refusals that are kept of a key."""

LONGEST = 400
LONGEST_CODE = 100
LONGEST_REQUEST = 200

QUOTED = re.compile(r"(?P<open>['\"“])(?P<text>[^'\"“”]{41,})(?P<close>['\"”])")
"""A value of the caller's that is repeated; what is a name is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that was refused.

    Attributes:
        key_id: whose.
        request: method and path, without a query.
        status: of HTTP.
        code: for programs.
        sentence: for people; see `discreet`.
        times: how often.
        at: the last time, unix seconds.
    """

    key_id: str
    request: str
    status: int
    code: str
    sentence: str
    times: int = 1
    at: float = 0.0


def discreet(sentence: str) -> str:
    """Return a sentence as it may be kept and logged: no secret, no long text of the caller's."""
    shortened = QUOTED.sub(r"\g<open>…\g<close>", redact(sentence))
    return shortened if len(shortened) <= LONGEST else f"{shortened[:LONGEST]}…"


class RefusalService:
    """Keeps what keys were refused.

    Args:
        database: where it is.
        clock: what time it is.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, refused: Refused) -> None:
        """Keep a refusal, and forget the oldest of this key's."""
        values: dict[str, Any] = {
            "key_id": refused.key_id,
            "request": refused.request[:LONGEST_REQUEST],
            "status": refused.status,
            "code": refused.code[:LONGEST_CODE],
            "sentence": refused.sentence,
        }
        text = "\n".join(str(value) for value in values.values())
        values["digest"] = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]
        async with self._database.write() as connection:
            values |= {"times": 1, "at": await self._clock.now(connection)}
            await connection.execute(_upsert(connection, values))
            kept = _newest(refused.key_id).limit(MOST)
            await connection.execute(
                delete(refusals).where(
                    refusals.c.key_id == refused.key_id, refusals.c.digest.not_in(kept)
                )
            )

    async def list(self, key: Key, *, of: str | None = None) -> Sequence[Refused] | None:
        """Return what was refused lately, the latest first.

        An administrator sees that of all keys of the owner, any other key its own.

        Args:
            key: of the caller.
            of: of this key alone.

        Returns:
            ``None`` if the caller may not see that key.
        """
        is_admin = "admin" in key.limits.scopes
        if of is not None and of != key.id and not is_admin:
            return None
        query = select(refusals).join(keys, keys.c.id == refusals.c.key_id)
        query = query.where(keys.c.owner_id == key.owner_id)
        only = of if is_admin else key.id
        if only is not None:
            query = query.where(refusals.c.key_id == only)
        async with self._database.read() as connection:
            if only is not None and not await _owns(connection, key.owner_id, only):
                return None
            rows = await connection.execute(query.order_by(refusals.c.at.desc()))
        return [
            Refused(
                key_id=row.key_id,
                request=row.request,
                status=row.status,
                code=row.code,
                sentence=row.sentence,
                times=row.times,
                at=row.at,
            )
            for row in rows
        ]


def _newest(key_id: str) -> Any:
    query = select(refusals.c.digest).where(refusals.c.key_id == key_id)
    return query.order_by(refusals.c.at.desc(), refusals.c.digest)


async def _owns(connection: AsyncConnection, owner_id: str, key_id: str) -> bool:
    query = select(keys.c.id).where(keys.c.id == key_id, keys.c.owner_id == owner_id)
    return (await connection.execute(query)).one_or_none() is not None


def _upsert(connection: AsyncConnection, values: dict[str, Any]) -> Any:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(refusals).values(values)
    return statement.on_conflict_do_update(
        index_elements=("key_id", "digest"),
        set_={"times": refusals.c.times + 1, "at": statement.excluded.at},
    )
