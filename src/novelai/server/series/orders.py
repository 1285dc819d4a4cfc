"""Planning and ordering series: all jobs at once, reserved at once, in one transaction."""

from collections.abc import Mapping, Sequence
from random import Random, SystemRandom
from statistics import median
from typing import Any

import anyio.to_thread
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.errors import (
    InvalidParamsError,
    SeriesError,
    TemplateError,
)
from novelai.server.events.bus import Bus
from novelai.server.jobs import admission, repository, series_course, series_rows
from novelai.server.jobs.views import ORDINARY
from novelai.server.keys import ledger
from novelai.server.keys import repository as keys
from novelai.server.model.job import (
    HELD,
    SERIES_LANE,
    IdempotencyConflictError,
    Job,
    JobRefusedError,
    body_hash,
    order_columns,
)
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError
from novelai.server.model.series import Series
from novelai.server.series.limits import Expense, check_accepted, check_count, check_sum
from novelai.server.series.plan_schemas import PlanProblem, PlanView
from novelai.server.series.plan_views import NOTHING_TO_DRAW, plan_view, problems_of_plan
from novelai.server.series.planning import Planner, SeriesPlan
from novelai.server.series.schemas import SeriesIn
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.clock import Clock, new_id
from novelai.server.storage.engine import Database
from novelai.templates.rolls import ROLL_SEEDS

__all__ = ["SeriesOrders", "add_jobs"]

LAST = 20
"""Pictures by whose time is told how long others take."""


class SeriesOrders:
    """Plans and takes series.

    Args:
        database: where they are.
        blobs: where their pictures go.
        clock: what time it is.
        bus: who is told.
        planner: says which jobs an order becomes.
        rng: draws roll seeds.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Clock,
        bus: Bus,
        *,
        planner: Planner,
        rng: Random | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._bus = bus
        self._planner = planner
        self._rng = rng or SystemRandom()

    async def plan(self, key: Key, order: SeriesIn) -> PlanView:
        """Tell all about a series. Nothing is sent, kept or charged.

        What stops it is among ``problems``.

        Raises:
            ProblemError: 422; a picture cannot be read.
        """
        roll_seed = self._roll_seed(order)
        try:
            planned = await self._planner.plan(key, order, roll_seed)
        except (SeriesError, TemplateError, InvalidParamsError) as error:
            return PlanView(roll_seed=roll_seed, problems=[*problems_of_plan(error)])
        async with self._database.read() as connection:
            now = await self._clock.now(connection)
            refused = await self._refusal(connection, key, planned, now)
            seconds = await repository.recent_seconds(connection, key.owner_id, LAST)
        shown = await anyio.to_thread.run_sync(plan_view, planned)
        each = median(seconds) if seconds else ORDINARY
        shown.seconds = each * len(planned.drawings) / max(len(planned.accounts), 1)
        if refused is not None:
            shown.problems.append(refused)
        return shown

    async def order(
        self, key: Key, order: SeriesIn, idempotency_key: str | None, *, door: str = "api"
    ) -> Series:
        """Take a series: reserve what it may cost, and queue all of it.

        Args:
            key: of the caller.
            order: what is wanted.
            idempotency_key: the same again with the same order is the same series.
            door: through which surface it came.

        Raises:
            SeriesError: it cannot be planned so.
            TemplateError: a text cannot be expanded.
            InvalidParamsError: no cell can be drawn.
            JobRefusedError: the key may not.
            ProblemError: nobody accepted the price; it rose; the key may not; or a picture cannot
                be read.
            IdempotencyConflictError: that key was used for something else.
        """
        name = body_hash("series", order.document())
        earlier = await self._earlier(key, idempotency_key, name)
        if earlier is not None:
            return earlier
        planned = await self._planner.plan(key, order, self._roll_seed(order))
        if not planned.drawings:
            raise ProblemError(
                422,
                "nothing_to_draw",
                f"{NOTHING_TO_DRAW} Nothing was sent or charged.",
                errors=[("limit", "leaves no cell")],
            )
        for data in planned.handed_in.values():
            await self._blobs.put_handed_in(data)
        values = _series_columns(key, order, planned, name) | {
            "idempotency_key": idempotency_key,
            "door": door,
        }
        async with self._database.write() as connection:
            return await self._take(connection, key.id, order, planned, values)

    def _roll_seed(self, order: SeriesIn) -> int:
        return self._rng.randrange(ROLL_SEEDS) if order.roll_seed is None else order.roll_seed

    async def _earlier(self, key: Key, given: str | None, name: str) -> Series | None:
        if given is None:
            return None
        async with self._database.look() as connection:
            return await _earlier(connection, key.id, given, name)

    async def _refusal(
        self, connection: AsyncConnection, key: Key, planned: SeriesPlan, now: float
    ) -> PlanProblem | None:
        """Return why a key may not order this, as far as it can be told before."""
        try:
            await check_count(connection, key, len(planned.drawings))
            await check_sum(connection, key, _expenses(planned), now)
        except JobRefusedError as error:
            return PlanProblem(code=error.code, message=error.sentence)
        except ProblemError as error:
            return PlanProblem(code=error.code, message=error.detail)
        return None

    async def _take(
        self,
        connection: AsyncConnection,
        key_id: str,
        order: SeriesIn,
        planned: SeriesPlan,
        values: Mapping[str, Any],
    ) -> Series:
        now = await self._clock.now(connection)
        # One order of a key at a time: what it has used cannot change before it is written.
        key = await keys.by_id(connection, key_id, lock=True)
        if key is None or not key.valid(now):
            raise JobRefusedError("revoked", "This key is revoked or has expired.")
        if values["idempotency_key"] is not None:
            earlier = await _earlier(
                connection, key_id, values["idempotency_key"], values["body_hash"]
            )
            if earlier is not None:
                return earlier
        load = await admission.check_order(
            connection, key, now, accounts=len(planned.accounts), single=False
        )
        await check_count(connection, key, len(planned.drawings))
        await check_sum(connection, key, _expenses(planned), now)
        check_accepted(planned.price, order.accept_anlas)
        if not load.in_line:
            await keys.join_queue(connection, key)
        series = await series_rows.insert(
            connection, {**values, "created_at": now, "counted_from": now}
        )
        await add_jobs(connection, self._bus, series, _job_columns(series, order, planned), now)
        series_course.announce(connection, self._bus, series)
        return series


async def add_jobs(
    connection: AsyncConnection,
    bus: Bus,
    series: Series,
    columns: Sequence[Mapping[str, Any]],
    now: float,
) -> None:
    """Add jobs to a series, each with its reservation.

    Args:
        connection: of the transaction, in which the key is locked.
        bus: who counts them.
        series: which.
        columns: of the jobs, in the order in which they run.
        now: unix seconds.
    """
    values: list[dict[str, Any]] = [
        {
            **one,
            "id": new_id("job"),
            "series_id": series.id,
            "lane": SERIES_LANE,
            "dedupe_key": f"{series.id}/{_place(one)}/{one['take']}",
            "place": 0,
            "door": series.door,
            "run_after": 0.0 if series.hold is None else HELD,
            "rank": now,
            "created_at": now,
        }
        for one in columns
    ]
    # Without a roll the column stays NULL, which a JSON column would not make of None.
    for rolled in (False, True):
        group = [one for one in values if ("roll" in one) is rolled]
        await series_rows.insert_jobs(connection, group)
    await ledger.reserve_all(connection, values)
    blank: dict[str, Any] = dict.fromkeys(Job.__slots__)
    for one in values:
        bus.count_change_after(connection, Job(**(blank | one)))


async def _earlier(
    connection: AsyncConnection, key_id: str, given: str, name: str
) -> Series | None:
    found = await series_rows.by_idempotency_key(connection, key_id, given)
    if found is not None and found.body_hash != name:
        raise IdempotencyConflictError(given)
    return found


def _place(columns: Mapping[str, Any]) -> str:
    """Return what names the place of a job in its series."""
    cell = columns["cell"]
    return f"vibe {columns['body_hash'][:16]}" if cell is None else str(cell)


def _expenses(planned: SeriesPlan) -> list[Expense]:
    return [Expense(one.params.model, one.price) for one in (*planned.encodings, *planned.drawings)]


def _series_columns(key: Key, order: SeriesIn, planned: SeriesPlan, name: str) -> dict[str, Any]:
    return {
        "id": new_id("ser"),
        "owner_id": key.owner_id,
        "key_id": key.id,
        "kind": "series",
        "name": order.name,
        "document": planned.document,
        "layout": planned.layout.document,
        "body_hash": name,
        "cells": planned.layout.cells,
        "pictures": planned.pictures,
        "anlas_max": planned.price.anlas or 0,
        "allowance": planned.price.allowance,
        "on_failure": order.on_failure,
        "webhook": order.webhook,
    }


def _job_columns(series: Series, order: SeriesIn, planned: SeriesPlan) -> list[dict[str, Any]]:
    whose = {"owner_id": series.owner_id, "key_id": series.key_id}
    encodings = [
        order_columns(**whose, params=one.params, packed=one.packed, price=one.price)
        | {"cell": None}
        for one in planned.encodings
    ]
    drawings = [
        order_columns(**whose, params=one.params, packed=one.packed, price=one.price)
        | {"cell": one.cell, "roll": one.roll}
        for one in planned.drawings
    ]
    return [
        {**one, "take": 0, "priority": order.priority, "collection_id": order.collection}
        for one in (*encodings, *drawings)
    ]
