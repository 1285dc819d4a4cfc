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
from novelai.server.model.job import Job
from novelai.server.model.key import Key
from novelai.server.model.states import State
from novelai.server.services import EngineRoom
from novelai.server.worker.claim import claim
from novelai.server.worker.parts import Parts
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
async def room(opening: Opening, clock: HandClock) -> AsyncGenerator[EngineRoom]:
    async with opening(work=False, clock=clock) as room:
        yield room


@pytest.fixture
async def mine(url: str) -> AsyncGenerator[Unheard]:
    """A worker's database, which can lose an answer."""
    database = Unheard(url)
    yield database
    await database.close()


@pytest.fixture
def parts(room: EngineRoom, mine: Unheard) -> Parts:
    """A worker that has it; nothing beats meanwhile."""
    return replace(room.parts, database=mine, timing=replace(QUICK, beat=60.0))


def asked(emulator: Emulator, path: str = GENERATE) -> int:
    return sum(one.path == path for one in emulator.requests)


async def test_of_a_claim(
    room: EngineRoom, mine: Unheard, parts: Parts, clock: HandClock, emulator: Emulator
) -> None:
    """A job that was claimed without its worker hearing of it is taken back, and run once."""
    key = await person(room)
    (job,) = await submitted(room, key, picture(**PAID))
    mine.deaf = 1
    with pytest.raises(OperationalError):
        await claim(parts)
    assert (await read(room, job)).state is State.RUNNING
    await watch(room, clock)
    assert await reap(room.parts) == 1
    await is_run(room, parts, key, job)
    assert (await read(room, job)).attempts == 2
    assert asked(emulator) == 1


async def is_run(room: EngineRoom, parts: Parts, key: Key, job: Job, *, cost: int = 0) -> None:
    """The job runs to its end, and is paid once."""
    await run(parts, *(await claim(parts) or ()))
    done = await read(room, job)
    cost = cost or job.cost_max
    assert (done.state, done.cost) == (State.SUCCEEDED, cost)
    assert await entries(room) == [("reserve", job.cost_max), ("settle", cost - job.cost_max)]
    assert len(await room.images.find(key, Filter())) == 1


async def test_of_an_intent(
    room: EngineRoom, mine: Unheard, parts: Parts, clock: HandClock, emulator: Emulator
) -> None:
    """An intent whose answer is lost sends nothing, and its job is looked into before it runs."""
    key = await person(room)
    job, account = await begun(room, key)
    mine.deaf = 1
    with pytest.raises(ExceptionGroup) as caught:
        await run(parts, job, account)
    assert caught.group_contains(OperationalError)
    now = await read(room, job)
    assert (now.state, now.sent_at, now.anlas_before) == (State.RUNNING, clock.time, 10_000)
    await watch(room, clock)
    assert await reap(room.parts) == 1
    assert (await read(room, job)).state is State.UNCERTAIN
    await watch_doubtful(room, clock)
    assert await reconcile(room.parts)
    assert asked(emulator) == 0
    await is_run(room, parts, key, job)
    assert asked(emulator) == 1


async def test_of_an_end(room: EngineRoom, mine: Unheard, parts: Parts, emulator: Emulator) -> None:
    """An end that is written down twice counts once."""
    stalled = threading.Event()
    emulator.script(Fault(stall=stalled, at="after", path=GENERATE))
    key = await person(room)
    job, account = await begun(room, key)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, parts, job, account)
        await until(lambda: emulator.account(TOKENS[0]).anlas < 10_000)
        mine.deaf = 1
        stalled.set()
    done = await read(room, job)
    assert (done.state, done.cost, mine.deaf) == (State.SUCCEEDED, job.cost_max, 0)
    assert await entries(room) == [("reserve", job.cost_max), ("settle", 0)]
    assert len(await room.images.find(key, Filter())) == 1


async def test_of_a_vibe(
    room: EngineRoom, mine: Unheard, parts: Parts, clock: HandClock, emulator: Emulator
) -> None:
    """A vibe that was kept without its worker hearing of it is paid for once."""
    stalled = threading.Event()
    emulator.script(Fault(stall=stalled, path=ENCODE))
    key = await person(room)
    job, account = await begun(room, key, with_vibes(21))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, parts, job, account)
        await until(lambda: asked(emulator, ENCODE))
        mine.deaf = 1
        stalled.set()
    now = await read(room, job)
    assert (now.state, now.spent, now.sent_at, mine.deaf) == (State.RUNNING, 2, None, 0)
    await watch(room, clock)
    assert await reap(room.parts) == 1
    await is_run(room, parts, key, job, cost=2)
    assert (asked(emulator, ENCODE), asked(emulator)) == (1, 1)
    assert emulator.account(TOKENS[0]).anlas == 10_000 - 2
