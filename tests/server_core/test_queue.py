"""The order in which jobs run, changes of it, and what the ledger tells of them."""

import pytest
from hypothesis import given
from hypothesis.strategies import (
    builds,
    fixed_dictionaries,
    floats,
    integers,
    lists,
    sampled_from,
    sets,
    tuples,
)
from sqlalchemy import func, select
from tests.server_core.conftest import Opening
from tests.server_core.helpers import PAID, person, picture, queue_of

from novelai.server.http.job_results import wait_for_end
from novelai.server.jobs import repository
from novelai.server.jobs.line import Line, Waiting
from novelai.server.jobs.queries import FIRST
from novelai.server.keys import ledger
from novelai.server.model.job import Job, State
from novelai.server.model.key import Limits
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
            told = [job.id for job in await queue_of(connection, local.owner_id)]
        views = await services.queries.views(jobs)
        assert [told[view.position or 0] for view in views] == [job.id for job in jobs]
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
        assert (await services.queries.view(later)).position == 4


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


async def test_a_long_queue_is_told_in_pages(opening: Opening) -> None:
    """The state tells the first and how many wait; the others follow, each once, in their order."""
    async with opening(work=False) as services:
        key = await person(services)
        other, _ = await services.keys.create(key.owner_id, "other", Limits(rate_minute=1_000))
        for number in range(FIRST + 8):
            await services.jobs.submit(other if number % 9 == 0 else key, picture(f"{number}"))
        queries = services.queries
        async with services.context.database.read() as connection:
            line = [job.id for job in await queue_of(connection, key.owner_id)]
        state = await queries.snapshot(key)
        assert [one.id for one in state.queue] == line[:FIRST]
        assert [one.position for one in state.queue] == list(range(FIRST))
        assert state.waiting == len(line)
        page = await queries.page(key, after=state.queue[-1].id)
        assert [one.id for one in page.queue] == line[FIRST:]
        assert (page.waiting, page.next) == (len(line), None)
        first = await queries.page(key, after="nobody")
        assert (first.queue, first.next) == (list(state.queue), line[FIRST - 1])
        own = await queries.page(other)
        assert (len(own.queue), own.waiting, own.next) == (8, 8, None)
        assert {one.id for one in own.queue} <= set(line)
        await services.jobs.cancel(key, line[0])
        await services.queue.move(key, line[5], line[3])
        async with services.context.database.read() as connection:
            line = [job.id for job in await queue_of(connection, key.owner_id)]
        assert [one.id for one in (await queries.snapshot(key)).queue] == line[:FIRST]
        assert await run_down(services) == line


WAITING = builds(
    Waiting,
    id=integers().map(str),
    key_id=sampled_from("abc"),
    priority=integers(0, 1),
    rank=floats(0, 9),
    seq=integers(),
    lane=integers(0, 1),
    attempts=integers(0, 1),
    cost_max=integers(0, 9),
)
LINES = lists(WAITING, max_size=12, unique_by=(lambda one: one.id, lambda one: one.seq))
CLOCK = tuples(sampled_from([0.0, 1.0]), sampled_from([1.0, 2.0]))
CLOCKS = fixed_dictionaries(dict.fromkeys("abc", CLOCK))


def served(waiting: list[Waiting], clocks: dict[str, tuple[float, float]]) -> list[str]:
    """Ids as they are claimed: priority, clock, lane, rank, age; each puts its clock on."""
    left, order = list(waiting), list[str]()
    at = {key: clock for key, (clock, _) in clocks.items()}
    while left:
        first = min(
            left, key=lambda one: (-one.priority, at[one.key_id], one.lane, one.rank, one.seq)
        )
        left.remove(first)
        order.append(first.id)
        if first.attempts == 0:
            at[first.key_id] += (1 + first.cost_max) / clocks[first.key_id][1]
    return order


@given(LINES, CLOCKS, sets(integers(0, 11)))
def test_places_are_the_order_of_turns(
    waiting: list[Waiting], clocks: dict[str, tuple[float, float]], gone: set[int]
) -> None:
    """The order of a line and each place in it are as jobs are claimed, also when some left it."""
    line = Line(waiting)
    for at in gone & set(range(len(waiting))):
        line.remove(waiting[at].id)
    left = [one for at, one in enumerate(waiting) if at not in gone]
    order = list(line.order(clocks))
    assert order == served(left, clocks)
    assert [line.place(job_id, clocks) for job_id in order] == list(range(len(order)))
    for key in "abc":
        mine = {one.id for one in left if one.key_id == key}
        assert list(line.order(clocks, key)) == [one for one in order if one in mine]
        assert line.count(key) == len(mine)


@given(LINES, CLOCKS)
def test_a_line_that_grew_is_the_same(
    waiting: list[Waiting], clocks: dict[str, tuple[float, float]]
) -> None:
    """In whatever order jobs came, and how often one was told of, their turns are the same."""
    line = Line()
    for one in (*reversed(waiting), *waiting[:3]):
        line.add(one)
    assert list(line.order(clocks)) == list(Line(waiting).order(clocks))
    assert len(line) == line.count() == len(waiting)
    assert line.place("nobody", clocks) is None
