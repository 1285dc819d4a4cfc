"""A picture of a series that cannot be drawn for what it may cost: the series waits for its owner.

Nothing was sent, or NovelAI refused it before it ran. So the picture waits again with the others.
"""

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.errors import InvalidParamsError
from novelai.server.jobs import series_course, series_rows, transitions
from novelai.server.model.job import Job
from novelai.server.series.again import quote_waiting
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.worker.attempt import retry_forever
from novelai.server.worker.context import WorkerContext

__all__ = ["halt", "halt_for_price", "reason_to_halt"]

log = logging.getLogger(__name__)

LATER = 10.0
"""Seconds until a picture is tried again whose vibe is being encoded."""

UNKNOWN = "It would cost more than was set aside for it."

REASONS: Mapping[str, str] = {
    "InsufficientAnlas": "The account has too few Anlas for what comes next.",
    "Authentication": "NovelAI does not accept the account's token any more.",
}
"""By the code of what NovelAI said."""


def reason_to_halt(job: Job, note: Mapping[str, Any]) -> str | None:
    """Return why a series waits for its owner, if what NovelAI said holds for all of it.

    Args:
        job: that was refused.
        note: what went wrong.
    """
    if job.series_id is None or note["charged"] != "no":
        return None
    required, available = note.get("required"), note.get("available")
    if note["code"] == "InsufficientAnlas" and required is not None:
        return f"The next picture costs {required} Anlas, and the account has {available}."
    return REASONS.get(note["code"])


async def halt(
    connection: AsyncConnection,
    context: WorkerContext,
    job: Job,
    reason: str,
    *,
    now: float,
    free_at: float,
    note: Mapping[str, Any] | None = None,
    resume_anlas: int | None = None,
) -> None:
    """Let a job wait again, and its series halt.

    Args:
        connection: of the transaction.
        context: the worker's.
        job: that was not done.
        reason: why, in a sentence.
        now: unix seconds.
        free_at: when its account is free again.
        note: what went wrong, as it is kept with the job.
        resume_anlas: what all that waits costs now.
    """
    bus = context.bus
    if not await transitions.requeue(
        connection, bus, job, run_after=now, free_at=free_at, error=note
    ):
        return
    series = await series_rows.by_id(connection, job.series_id or "", lock=True)
    if series is not None:
        await series_course.halt(
            connection, bus, series, reason, now=now, resume_anlas=resume_anlas
        )


async def halt_for_price(context: WorkerContext, job: Job) -> None:
    """Let a job wait again that costs more than was set aside, and its series halt.

    Where its vibe is being encoded by another job of the series, it waits for that alone.
    """
    assert job.series_id is not None
    async with context.database.look() as connection:
        series = await series_rows.by_id(connection, job.series_id)
        preparing = await series_rows.any_unfinished(connection, job.series_id, preparing=True)
    reason, asked = UNKNOWN, None
    if series is not None and not preparing:
        try:
            waiting = await quote_waiting(context.database, context.blobs, series, also=[job])
            reason, asked = waiting.sentence, waiting.price.anlas
        except (BlobMissingError, InvalidParamsError) as error:
            log.warning("%s: its price is not known: %s", job.series_id, type(error).__name__)

    async def write() -> None:
        async with context.database.write() as connection:
            now = await context.clock.now(connection)
            if preparing:
                later = now + LATER
                await transitions.requeue(
                    connection, context.bus, job, run_after=later, free_at=now
                )
            else:
                await halt(
                    connection, context, job, reason, now=now, free_at=now, resume_anlas=asked
                )

    await retry_forever(f"the end of {job.id}", write)
