"""What a webhook is told, written in the transaction in which a job comes to its end.

So it is told if and only if the job ended, whatever crashes in between.
"""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.storage.clock import new_id
from novelai.server.storage.tables import images, jobs
from novelai.server.webhooks import repository

__all__ = ["promise"]


async def promise(connection: AsyncConnection, job_id: str) -> None:
    """See to it that the webhook of a job, if it has one, is told of its present state."""
    columns = jobs.c
    found = await connection.execute(
        select(
            columns.id, columns.key_id, columns.state, columns.cost, columns.charged,
            columns.error, columns.webhook, columns.created_at, columns.sent_at,
            columns.finished_at,
        ).where(columns.id == job_id)
    )  # fmt: skip
    job = found.one()
    made = await connection.execute(
        select(images.c.id).where(images.c.job_id == job_id).order_by(images.c.position)
    )
    at = job.finished_at or job.sent_at or job.created_at
    body: dict[str, Any] = {
        "id": new_id("whd"),
        "event": f"job.{job.state}",
        "at": at,
        "job": {
            "id": job.id,
            "state": job.state,
            "cost": job.cost,
            "charged": job.charged,
            "images": [{"id": image_id} for image_id in made.scalars()],
            "error": job.error,
        },
    }
    await repository.insert(
        connection,
        {
            "id": body["id"],
            "job_id": job.id,
            "key_id": job.key_id,
            "url": job.webhook,
            "body": json.dumps(body),
            "attempts": 0,
            "due_at": 0.0,
            "created_at": at,
        },
    )
