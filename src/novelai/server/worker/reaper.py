"""Jobs whose worker is gone: what surely did not run waits again, the rest is uncertain."""

import logging

from novelai.server.jobs import claims, endings
from novelai.server.worker.parts import Parts

__all__ = ["reap"]

log = logging.getLogger(__name__)


async def reap(parts: Parts, *, everything: bool = False) -> int:
    """Take back running jobs whose lease has run out.

    Args:
        parts: the worker's.
        everything: all running jobs, whatever their lease says: for the start of the only process.

    Returns:
        how many there were.
    """
    async with parts.database.write() as connection:
        now = await parts.clock.now(connection)
        found = await claims.expired(connection, float("inf") if everything else now)
        for job in found:
            log.warning("%s was left by its worker", job.id)
            if job.sent_at is None or job.price == 0:
                # A free call may still be under way; NovelAI refuses a second one until it ends.
                await endings.requeue(connection, parts.bus, job, run_after=now, free_at=now)
            else:
                note = {"code": "WorkerLost", "detail": "The server stopped during the call."}
                look_at = job.sent_at + parts.timing.settle
                await endings.doubt(connection, parts.bus, job, note, look_at=look_at)
    return len(found)
