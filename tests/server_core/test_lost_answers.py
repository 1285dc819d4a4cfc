"""Transactions that are committed while their answers are lost: what was written is believed."""

import threading
from collections.abc import AsyncGenerator
from dataclasses import replace

import anyio
import pytest
from sqlalchemy.exc import OperationalError
from tests.server_core.conftest import QUICK, Opening
from tests.server_core.helpers import PAID, TOKENS, HandClock, person, picture
from tests.server_core.scenes import (
    GENERATE,
    Unheard,
    begun,
    entries,
    read,
    submitted,
    until,
    watch,
    watch_doubtful,
)
from tests.server_core.test_vibes import ENCODE, with_vibes

from novelai.emulator import Emulator, Fault
from novelai.server.images.filter import Filter
from novelai.server.model.job import Job, State
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.worker.context import WorkerContext
from novelai.server.worker.lease import claim
from novelai.server.worker.reaper import reap
from novelai.server.worker.reconciler import reconcile
from novelai.server.worker.run import run

pytestmark = pytest.mark.anyio


@pytest.fixture
def url(url_with_tables: str) -> str:
    return url_with_tables


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def services(opening: Opening, clock: HandClock) -> AsyncGenerator[Services]:
    async with opening(work=False, clock=clock) as services:
        yield services


@pytest.fixture
async def mine(url: str) -> AsyncGenerator[Unheard]:
    """A worker's database, which can lose an answer."""
    database = Unheard(url)
    yield database
    await database.close()


@pytest.fixture
def context(services: Services, mine: Unheard) -> WorkerContext:
    """A worker that has it; nothing beats meanwhile."""
    return replace(services.context, database=mine, timing=replace(QUICK, beat=60.0))


def asked(emulator: Emulator, path: str = GENERATE) -> int:
    return sum(one.path == path for one in emulator.requests)


async def test_of_a_claim(
    services: Services, mine: Unheard, context: WorkerContext, clock: HandClock, emulator: Emulator
) -> None:
    """A job that was claimed without its worker hearing of it is taken back, and run once."""
    key = await person(services)
    (job,) = await submitted(services, key, picture(**PAID))
    mine.deaf = 1
    with pytest.raises(OperationalError):
        await claim(context)
    assert (await read(services, job)).state is State.RUNNING
    await watch(services, clock)
    assert await reap(services.context) == 1
    await is_run(services, context, key, job)
    assert (await read(services, job)).attempts == 2
    assert asked(emulator) == 1


async def is_run(
    services: Services, context: WorkerContext, key: Key, job: Job, *, cost: int = 0
) -> None:
    """The job runs to its end, and is paid once."""
    await run(context, *(await claim(context) or ()))
    done = await read(services, job)
    cost = cost or job.cost_max
    assert (done.state, done.cost) == (State.SUCCEEDED, cost)
    assert await entries(services) == [("reserve", job.cost_max), ("settle", cost - job.cost_max)]
    assert len(await services.images.find(key, Filter())) == 1


async def test_of_an_intent(
    services: Services, mine: Unheard, context: WorkerContext, clock: HandClock, emulator: Emulator
) -> None:
    """An intent whose answer is lost sends nothing, and its job is looked into before it runs."""
    key = await person(services)
    job, account = await begun(services, key)
    mine.deaf = 1
    with pytest.raises(ExceptionGroup) as caught:
        await run(context, job, account)
    assert caught.group_contains(OperationalError)
    now = await read(services, job)
    assert (now.state, now.sent_at, now.anlas_before) == (State.RUNNING, clock.time, 10_000)
    await watch(services, clock)
    assert await reap(services.context) == 1
    assert (await read(services, job)).state is State.UNCERTAIN
    await watch_doubtful(services, clock)
    assert await reconcile(services.context)
    assert asked(emulator) == 0
    await is_run(services, context, key, job)
    assert asked(emulator) == 1


async def test_of_an_end(
    services: Services, mine: Unheard, context: WorkerContext, emulator: Emulator
) -> None:
    """An end that is written down twice counts once."""
    stalled = threading.Event()
    emulator.script(Fault(stall=stalled, at="after", path=GENERATE))
    key = await person(services)
    job, account = await begun(services, key)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, context, job, account)
        await until(lambda: emulator.account(TOKENS[0]).anlas < 10_000)
        mine.deaf = 1
        stalled.set()
    done = await read(services, job)
    assert (done.state, done.cost, mine.deaf) == (State.SUCCEEDED, job.cost_max, 0)
    assert await entries(services) == [("reserve", job.cost_max), ("settle", 0)]
    assert len(await services.images.find(key, Filter())) == 1


async def test_of_a_vibe(
    services: Services, mine: Unheard, context: WorkerContext, clock: HandClock, emulator: Emulator
) -> None:
    """A vibe that was kept without its worker hearing of it is paid for once."""
    stalled = threading.Event()
    emulator.script(Fault(stall=stalled, path=ENCODE))
    key = await person(services)
    job, account = await begun(services, key, with_vibes(21))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, context, job, account)
        await until(lambda: asked(emulator, ENCODE))
        mine.deaf = 1
        stalled.set()
    now = await read(services, job)
    assert (now.state, now.spent, now.sent_at, mine.deaf) == (State.RUNNING, 2, None, 0)
    await watch(services, clock)
    assert await reap(services.context) == 1
    await is_run(services, context, key, job, cost=2)
    assert (asked(emulator, ENCODE), asked(emulator)) == (1, 1)
    assert emulator.account(TOKENS[0]).anlas == 10_000 - 2
