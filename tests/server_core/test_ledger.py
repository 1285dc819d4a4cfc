"""What the ledger holds of each job, and what is added up from it."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select
from tests.server_core.helpers import OPUS, HandClock, beside, entries, owner, picture, taken

from novelai.server.keys import ledger
from novelai.server.keys.ledger import Usage, UsageRow
from novelai.server.model.job import Job
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.storage.tables import ledger as table
from novelai.types.generation import GenerateImageParams

pytestmark = pytest.mark.anyio

DAY = 86_400.0
PAID = {"size": (512, 512), "steps": 29}
V45, V5 = "nai-diffusion-4-5-full", "nai-diffusion-5-full"
FREE_V5 = {"model": V5, "size": (512, 512), "steps": 28}


async def usage(services: Services, key: Key, by: Any, **limits: Any) -> list[UsageRow]:
    return await services.usage.rows(key, by=by, **{"since": None, "until": None, **limits})


def row(group: str, *figures: int) -> UsageRow:
    names = ("jobs", "images", "anlas", "allowance")
    return UsageRow(group=group, **dict(zip(names, figures, strict=True)))


async def test_each_entry(still: Services) -> None:
    """What is set aside, changed, given back and settled, to the last Anlas and picture."""
    key = await owner(still, "a", OPUS)
    job = await taken(still, key, model=V5, size=(512, 512), steps=28, n_samples=2)
    assert (job.cost_max, job.allowance) == (8, 1)
    async with still.context.database.write() as connection:
        await ledger.rereserve(connection, job, model=V5, cost_max=8, allowance=1)  # as it was
        await ledger.rereserve(connection, job, model=V5, cost_max=11, allowance=1)
        await ledger.rereserve(connection, job, model=V5, cost_max=8, allowance=0)
        await ledger.rereserve(connection, job, model=V45, cost_max=5, allowance=2)
        await ledger.settle(connection, job, cost=3, allowance=2, images=4)
    assert await entries(still, job) == [
        ("reserve", 8, 1, 0, V5),
        ("change", 3, 0, 0, V5),
        ("change", 0, -1, 0, V5),
        ("leave", -8, -1, 0, V5),
        ("enter", 5, 2, 0, V45),
        ("settle", -5, 1, 4, V5),
    ]
    other = await taken(still, key, **FREE_V5)
    async with still.context.database.write() as connection:
        await ledger.release(connection, other)
    assert await entries(still, other) == [("reserve", 0, 1, 0, V5), ("release", 0, -1, 0, V5)]


async def test_all_of_a_job_counts_when_it_was_submitted(still: Services, clock: HandClock) -> None:
    """Each entry is its key's and of the job's own time, whenever it is written."""
    key = await owner(still, "a", OPUS)
    job = await taken(still, key, **PAID)
    submitted, clock.time = clock.time, clock.time + 2 * DAY
    await still.jobs.cancel(key, job.id)
    async with still.context.database.read() as connection:
        columns = (table.c.key_id, table.c.job_id, table.c.at, table.c.anlas)
        rows = (await connection.execute(select(*columns).order_by(table.c.seq))).all()
    mine = (key.id, job.id, submitted)
    assert [tuple(one) for one in rows] == [(*mine, 6), (*mine, -6)]


async def test_what_a_key_used(still: Services, clock: HandClock) -> None:
    """Each window holds what was submitted within it, of this key, and without a job if asked."""
    local = await owner(still, "a", OPUS)
    key = await beside(still, local)
    jobs: list[Job] = []
    for days in (23.0, 6.0, 1.0):  # 30, 7 and 1 days before the end
        jobs.append(await taken(still, key, **PAID))
        await taken(still, key, **FREE_V5)
        clock.time += days * DAY
    await taken(still, local, **PAID)
    last = await taken(still, key, **PAID)

    async def spent(now: float, without: Job | None = None) -> Usage:
        async with still.context.database.read() as connection:
            return await ledger.spending(connection, key.id, now, without=without)

    end = clock.time
    before = await spent(end - 0.5)
    assert before == Usage(windows={"day": 12, "week": 18, "month": 24}, allowance=3)
    at = await spent(end)
    assert at == Usage(windows={"day": 6, "week": 12, "month": 18}, allowance=2)
    assert (await spent(end, last)).windows == {"day": 0, "week": 6, "month": 12}
    assert (await spent(end, jobs[1])).windows == {"day": 6, "week": 12, "month": 12}
    assert (await spent(end + 30 * DAY)) == Usage()
    assert await still.keys.read_usage(key) == at


async def test_usage_by_key(still: Services) -> None:
    """An administrator sees all keys of the owner, another key itself, and nobody others'."""
    local, stranger = await owner(still, "a", OPUS), await owner(still, "b", OPUS)
    key = await beside(still, local)
    await taken(still, local, **PAID)
    await taken(still, key, **FREE_V5)
    await taken(still, key, **PAID, n_samples=2)
    await taken(still, stranger, **PAID)
    mine = row(key.id, 2, 0, 12, 1)
    by_id = sorted([mine, row(local.id, 1, 0, 6, 0)], key=lambda one: one.group)
    assert await usage(still, local, "key") == by_id
    assert await usage(still, key, "key") == [mine]
    assert await still.usage.names(key) == {key.id: "beside", local.id: "a"}


async def test_a_job_counts_once(still: Services) -> None:
    """However many entries a job has, changed while it waited and settled, it is one job."""
    key = await owner(still, "a", OPUS)
    job = await taken(still, key, **PAID)
    changed = await still.queue.change(key, job.id, params=picture(**PAID, n_samples=2).params)
    assert changed is not None
    async with still.context.database.write() as connection:
        await ledger.settle(connection, changed, cost=5, allowance=0, images=1)
    assert await usage(still, key, "key") == [row(key.id, 1, 1, 5, 0)]


async def test_usage_by_model(still: Services) -> None:
    """What uses no model has a group of its own; a changed job counts where it is now."""
    key = await owner(still, "a", OPUS)
    for _ in range(2):
        await taken(still, key, **FREE_V5)
    job = await taken(still, key, **PAID)
    assert await usage(still, key, "model") == [row(V45, 1, 0, 6, 0), row(V5, 2, 0, 0, 2)]
    fields = {"model": V5, "size": (512, 512), "steps": 29}
    order = picture(**fields).params
    assert isinstance(order, GenerateImageParams)
    changed = await still.queue.change(key, job.id, params=order)
    assert changed is not None
    assert await usage(still, key, "model") == [row(V45, 0, 0, 0, 0), row(V5, 3, 0, 9, 2)]
    assert await usage(still, key, "key") == [row(key.id, 3, 0, 9, 2)]
    await still.jobs.cancel(key, job.id)
    assert await usage(still, key, "model") == [row(V45, 0, 0, 0, 0), row(V5, 2, 0, 0, 2)]


async def test_usage_without_a_model(still: Services) -> None:
    """A tool has no model: its group has no name."""
    key = await owner(still, "a", OPUS)
    job = await taken(still, key, **PAID)
    async with still.context.database.write() as connection:
        await connection.execute(table.update().values(model=None))
        await ledger.settle(connection, job, cost=4, allowance=0, images=2)
    assert [one.group for one in await usage(still, key, "model")] == ["", V45]
    assert Counter(one.images for one in await usage(still, key, "model")) == {0: 1, 2: 1}


async def test_usage_by_day(still: Services, clock: HandClock) -> None:
    """A day is one in UTC, and begins at midnight."""
    key = await owner(still, "a", OPUS)
    for seconds in (-1.0, 0.0, DAY - 1.0, DAY):
        clock.time = 20 * DAY + seconds
        await taken(still, key, **PAID)
    assert await usage(still, key, "day") == [
        row("1970-01-20", 1, 0, 6, 0),
        row("1970-01-21", 2, 0, 12, 0),
        row("1970-01-22", 1, 0, 6, 0),
    ]


async def test_usage_of_a_time(still: Services, clock: HandClock) -> None:
    """From a moment on, that one too; until a moment, that one not."""
    key = await owner(still, "a", OPUS)
    begun = clock.time
    for _ in range(3):
        await taken(still, key, **PAID)
        clock.time += 10

    async def jobs(**limits: float) -> int:
        return sum(one.jobs for one in await usage(still, key, "key", **limits))

    assert await jobs() == 3
    assert [await jobs(since=begun + n) for n in (0, 1, 10, 20, 21)] == [3, 2, 2, 1, 0]
    assert [await jobs(until=begun + n) for n in (0, 1, 10, 20, 21)] == [0, 1, 1, 2, 3]
    assert await jobs(since=begun + 10, until=begun + 20) == 1


async def test_what_was_cancelled_does_not_count(still: Services) -> None:
    """Neither as a job, nor as Anlas, nor as a free V5 picture."""
    key = await owner(still, "a", OPUS)
    kept, gone = await taken(still, key, **FREE_V5), await taken(still, key, **PAID)
    await still.jobs.cancel(key, gone.id)
    assert await usage(still, key, "key") == [row(key.id, 1, 0, 0, 1)]
    await still.jobs.cancel(key, kept.id)
    assert await usage(still, key, "key") == [row(key.id, 0, 0, 0, 0)]
