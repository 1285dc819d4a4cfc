"""What a webhook is told, written in the transaction in which a job or a series comes to its end.

So it is told if and only if the job ended, whatever crashes in between.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.model.series import CellState, states_of_outcome
from novelai.server.storage.clock import new_id
from novelai.server.storage.tables import images, jobs, series
from novelai.server.webhooks import repository

__all__ = ["promise", "promise_series"]

COUNTED: tuple[CellState, ...] = ("done", "failed", "cancelled", "skipped")


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
    await _insert(connection, body, job.key_id, job.id, job.webhook)


async def promise_series(connection: AsyncConnection, series_id: str, job_id: str) -> None:
    """See to it that the webhook of a series, which has one, is told how it ended.

    Args:
        connection: of the transaction in which it ended.
        series_id: which.
        job_id: one of its jobs, with which the message is forgotten.
    """
    columns = series.c
    found = await connection.execute(
        select(
            columns.id, columns.key_id, columns.cells, columns.pictures, columns.anlas,
            columns.outcome, columns.cancelled_at, columns.webhook, columns.finished_at,
        ).where(columns.id == series_id)
    )  # fmt: skip
    one = found.one()
    counts = Counter(states_of_outcome(one.outcome))
    state = "done" if one.cancelled_at is None else "cancelled"
    body: dict[str, Any] = {
        "id": new_id("whd"),
        "event": f"series.{state}",
        "at": one.finished_at,
        "series": {
            "id": one.id,
            "state": state,
            "cells": one.cells,
            "pictures": one.pictures,
            "anlas": one.anlas,
            **{name: counts[name] for name in COUNTED},
        },
    }
    await _insert(connection, body, one.key_id, job_id, one.webhook)


async def _insert(
    connection: AsyncConnection, body: Mapping[str, Any], key_id: str, job_id: str, url: str
) -> None:
    await repository.insert(
        connection,
        {
            "id": body["id"],
            "job_id": job_id,
            "key_id": key_id,
            "url": url,
            "body": json.dumps(body),
            "attempts": 0,
            "due_at": 0.0,
            "created_at": body["at"],
        },
    )
