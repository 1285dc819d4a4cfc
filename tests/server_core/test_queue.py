"""The order in which jobs run, changes of it, and what the ledger tells of them."""

import pytest
from hypothesis import given
from hypothesis.strategies import builds, floats, integers, lists, sampled_from
from sqlalchemy import func, select
from tests.server_core.conftest import Opening
from tests.server_core.helpers import PAID, person, picture

from novelai.server.http.job_results import wait_for_end
from novelai.server.jobs import repository
from novelai.server.jobs.repository import Waiting, in_turn
from novelai.server.keys import ledger
from novelai.server.model.job import Job, State
from novelai.server.model.problems import ProblemError
from novelai.server.services import Services
from novelai.server.stopping import Stopping
from novelai.server.storage.tables import ledger as entries
from novelai.server.worker.lease import claim

pytestmark = pytest.mark.anyio


async def run_down(services: Services) -> list[str]:
    """The ids of all jobs in the order in which they are claimed, each ended at once."""
    order: list[str] = []
    while (claimed := await claim(services.context)) is not None:
        job, _ = claimed
        order.append(job.id)
        async with services.context.database.write() as connection:
            await repository.update_state(connection, job, State.SUCCEEDED, {"finished_at": 1.0})
            await connection.exec_driver_sql("UPDATE accounts SET job_id = NULL, free_at = 0")
    return order


async def test_the_queue_is_told_in_the_order_it_runs(opening: Opening) -> None:
    """The list of the queue, and every position in it, is the order in which jobs run."""
    async with opening(work=False) as services:
        local = await person(services)
        key_ids = [local] + [(await services.keys.create(local.owner_id, n))[0] for n in "ab"]
        jobs: list[Job] = []
        for key, count in zip(key_ids, (4, 3, 1), strict=True):
            for number in range(count):
                order = picture(priority=number == 2)
                jobs.append((await services.jobs.submit(key, order)).job)
        async with services.context.database.read() as connection:
            told = [job.id for job in await repository.queue_of(connection, local.owner_id)]
            places = [await repository.ahead_of(connection, job) for job in jobs]
        assert [told[place] for place in places] == [job.id for job in jobs]
        assert await run_down(services) == told


async def test_a_job_can_be_moved(opening: Opening) -> None:
    """A rank between two neighbours puts a job between them, as often as somebody likes."""
    async with opening(work=False) as services:
        key = await person(services)
        jobs = [(await services.jobs.submit(key, picture())).job for _ in range(4)]
        async with services.context.database.write() as connection:
            for _ in range(60):  # more often than a float can be halved
                await repository.spread_ranks(connection, key.id)
                line = await repository.lock_queue_of_key(connection, key.id)
                rank = (line[0].rank + line[1].rank) / 2
                assert await repository.rewrite(connection, line[3], {"rank": rank})
            line = await repository.lock_queue_of_key(connection, key.id)
        assert {job.id for job in line} == {job.id for job in jobs}
        later = (await services.jobs.submit(key, picture())).job
        async with services.context.database.read() as connection:
            assert await repository.ahead_of(connection, later) == 4


async def test_only_a_queued_job_is_rewritten(opening: Opening) -> None:
    """A queued job can become another, and its reservation with it; a running one cannot."""
    async with opening(work=False) as services:
        key = await person(services)
        job = (await services.jobs.submit(key, picture(**PAID))).job
        async with services.context.database.write() as connection:
            for cost in (50, 7):
                await ledger.rereserve(connection, job, model=job.model, cost_max=cost, allowance=0)
                changed = await repository.rewrite(connection, job, {"cost_max": cost})
                assert changed is not None
                job = changed
            assert (await ledger.spending(connection, key.id, job.created_at)).windows == {
                "day": 7, "week": 7, "month": 7,
            }  # fmt: skip
        assert await claim(services.context) is not None
        async with services.context.database.write() as connection:
            assert await repository.rewrite(connection, job, {"cost_max": 1}) is None
        submitted = (await services.jobs.submit(key, picture(**PAID))).job
        await services.jobs.cancel(key, submitted.id)
        async with services.context.database.read() as connection:
            total = select(func.sum(entries.c.anlas))
            assert (await connection.execute(total)).scalar_one() == 7


async def test_who_waits_when_the_server_stops(opening: Opening) -> None:
    """Who waits for a job that is not begun when the server stops is told that it cost nothing."""
    stopping = Stopping()
    async with opening(work=False, stopping=stopping) as services:
        key = await person(services)
        job = (await services.jobs.submit(key, picture(**PAID))).job
        stopping.begin()
        with pytest.raises(ProblemError, match="The job waits") as caught:
            await wait_for_end(services, key, job)
        assert caught.value.charged == "no"
        assert await claim(services.context) is not None
        with pytest.raises(ProblemError, match="The job goes on") as caught:
            await wait_for_end(services, key, job, 0.0)
        assert caught.value.charged == "unknown"


async def test_usage(services: Services) -> None:
    """What keys used is told by day, key and model."""
    local = await person(services)
    other, _ = await services.keys.create(local.owner_id, "other")
    paid = (await services.jobs.submit(local, picture(**PAID))).job
    free = (await services.jobs.submit(other, picture(n_samples=1))).job
    for key, job in ((local, paid), (other, free)):
        await services.jobs.wait(key, job.id, 20)
    await services.queue.pause(local, paused=True)
    taken_back = (await services.jobs.submit(local, picture(seed=7, **PAID))).job
    assert taken_back.cost_max > 0
    cancelled = await services.jobs.cancel(local, taken_back.id)
    assert cancelled is not None
    assert cancelled.state is State.CANCELLED
    async with services.context.database.write() as connection:

        async def rows(by: str, **limits: object) -> list[ledger.UsageRow]:
            wanted = {"key_id": None, "since": None, "until": None} | limits
            return await ledger.usage(connection, owner_id=local.owner_id, by=by, **wanted)

        by_key = {row.group: (row.jobs, row.images, row.anlas) for row in await rows("key")}
        assert by_key == {local.id: (1, 1, paid.cost_max), other.id: (1, 1, 0)}
        (day,) = await rows("day", key_id=other.id)
        assert (len(day.group), day.group[4], day.jobs) == (10, "-", 1)
        (model,) = await rows("model")
        assert (model.group, model.images, model.anlas) == (paid.model, 2, paid.cost_max)
        assert await rows("day", until=1.0) == []
        ended = await repository.list_recent(connection, local.owner_id, None, 10)
        assert {job.id for job in ended} == {paid.id, free.id, taken_back.id}
        only = await repository.list_recent(connection, local.owner_id, other.id, 10)
        assert [job.id for job in only] == [free.id]


WAITING = builds(
    Waiting,
    id=integers().map(str),
    key_id=sampled_from("abc"),
    priority=integers(0, 1),
    rank=floats(0, 9),
    seq=integers(),
    attempts=integers(0, 1),
    cost_max=integers(0, 9),
    vtime=sampled_from([0.0, 1.0]),
    weight=sampled_from([1.0, 2.0]),
)


@given(lists(WAITING, max_size=12))
def test_turns_lose_nobody(waiting: list[Waiting]) -> None:
    """Every waiting job has its turn once, and a higher priority comes first."""
    ordered = in_turn(waiting)
    assert sorted(map(id, ordered)) == sorted(map(id, waiting))
    priorities = [one.priority for one in ordered]
    assert priorities == sorted(priorities, reverse=True)
