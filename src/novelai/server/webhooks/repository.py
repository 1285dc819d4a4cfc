"""All SQL on deliveries, and on the secrets that sign them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.storage.tables import deliveries, keys
from novelai.server.webhooks.delivery import Delivery, delivery_from

__all__ = ["anything_due", "change", "claim", "insert", "of_job", "secret", "secrets", "set_secret"]


async def insert(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Add a delivery."""
    await connection.execute(deliveries.insert().values(values))


async def of_job(connection: AsyncConnection, job_id: str) -> list[Delivery]:
    """List the deliveries of a job, oldest first."""
    query = select(deliveries).where(deliveries.c.job_id == job_id).order_by(deliveries.c.id)
    return [delivery_from(row) for row in await connection.execute(query)]


async def anything_due(connection: AsyncConnection, now: float) -> bool:
    """Return whether something is to be sent. Locks nothing."""
    query = select(exists().where(deliveries.c.due_at <= now))
    return bool((await connection.execute(query)).scalar())


async def claim(connection: AsyncConnection, now: float, until: float) -> Delivery | None:
    """Take the delivery that is due longest; nobody else takes it before ``until``."""
    due = (
        select(deliveries.c.id)
        .where(deliveries.c.due_at <= now)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = (await connection.execute(due)).scalar_one_or_none()
    if found is None:
        return None
    taken = await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == found)
        .values(due_at=until, attempts=deliveries.c.attempts + 1)
        .returning(deliveries)
    )
    return delivery_from(taken.one())


async def change(
    connection: AsyncConnection, delivery: Delivery, values: Mapping[str, Any]
) -> bool:
    """Write down how a try ended, unless a later one was begun since."""
    changed = await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.attempts == delivery.attempts)
        .values(**values)
    )
    return changed.rowcount == 1


async def secret(connection: AsyncConnection, key_id: str, *, lock: bool = False) -> bytes | None:
    """Return a key's sealed secret.

    Raises:
        LookupError: there is no such key.
    """
    query = select(keys.c.webhook_secret).where(keys.c.id == key_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise LookupError(key_id)
    return row.webhook_secret


async def secrets(connection: AsyncConnection) -> dict[str, bytes]:
    """All sealed secrets by key."""
    query = select(keys.c.id, keys.c.webhook_secret).where(keys.c.webhook_secret.is_not(None))
    return {row.id: row.webhook_secret for row in await connection.execute(query)}


async def set_secret(connection: AsyncConnection, key_id: str, sealed: bytes) -> None:
    """Give a key another sealed secret."""
    await connection.execute(update(keys).where(keys.c.id == key_id).values(webhook_secret=sealed))
