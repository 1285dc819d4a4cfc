"""What is read when it is asked for: how many there are now."""

from sqlalchemy import case, func, select

from novelai.server.model.states import ENDED
from novelai.server.services import EngineRoom
from novelai.server.storage.tables import accounts, deliveries, jobs

__all__ = ["text"]


async def text(room: EngineRoom) -> bytes:
    """All metrics, with what the database says now."""
    async with room.parts.database.read() as connection:
        unfinished = (
            select(jobs.c.state, func.count())
            .where(jobs.c.state.not_in(ENDED))
            .group_by(jobs.c.state)
        )
        held = [(row[0], row[1]) for row in await connection.execute(unfinished)]
        health = case((accounts.c.enabled, accounts.c.health), else_="disabled")
        by_health = select(health, func.count()).group_by(health)
        found = [(row[0], row[1]) for row in await connection.execute(by_health)]
        waiting = select(func.count()).where(deliveries.c.due_at.is_not(None))
        number = (await connection.execute(waiting)).scalar_one()
    return room.meter.text(
        held=held,
        accounts=found,
        told=room.parts.bus.told,
        listeners=room.feed.listeners,
        deliveries=number,
    )
