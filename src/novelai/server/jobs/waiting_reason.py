"""Why jobs of an owner wait for something else than their turn, in a sentence."""

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.job import State
from novelai.server.storage.tables import accounts, jobs

__all__ = ["read_waiting_reason"]

NO_ACCOUNT = "No account of its owner is enabled: it waits until one is."
DOUBT = (
    "Each account waits until it is clear what became of another job, a minute or so: NovelAI's "
    "answer to {} was lost, and the balance has to tell whether it was charged."
)


async def read_waiting_reason(connection: AsyncConnection, owner_id: str) -> str | None:
    """Return what keeps all queued jobs of an owner from beginning; ``None``: only their turn."""
    rows = await connection.execute(
        select(jobs.c.id)
        .select_from(
            accounts.outerjoin(
                jobs, and_(jobs.c.id == accounts.c.job_id, jobs.c.state == State.UNCERTAIN)
            )
        )
        .where(accounts.c.owner_id == owner_id, accounts.c.enabled)
    )
    doubtful = [row[0] for row in rows]
    if not doubtful:
        return NO_ACCOUNT
    return None if None in doubtful else DOUBT.format(doubtful[0])
