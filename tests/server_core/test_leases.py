"""Leases that are really lost, and clocks that are set, with the job in another process's hands."""

import threading
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.server_core.conftest import QUICK
from tests.server_core.helpers import TOKENS, HandClock, person, picture
from tests.server_core.meeting import two_rooms
from tests.server_core.scenes import (
    GENERATE,
    LEASE,
    Unheard,
    account_of,
    begun,
    change_all,
    entries,
    read,
    submitted,
    until,
    value,
    watch,
    watch_doubtful,
)

from novelai.emulator import Emulator, Fault
from novelai.server.images.filter import Filter
from novelai.server.jobs import transitions
from novelai.server.model.job import State
from novelai.server.services import Services
from novelai.server.storage.clock import Clock
from novelai.server.storage.tables import accounts, jobs
from novelai.server.worker.lease import Lease, claim
from novelai.server.worker.loop import ClockSkew
from novelai.server.worker.reaper import reap
from novelai.server.worker.reconciler import reconcile
from novelai.server.worker.run import run

pytestmark = pytest.mark.anyio

BEAT = 1 / 64
BEATING = replace(QUICK, beat=BEAT)
HOUR = 3600.0
Rooms = tuple[Services, Services]


class SetClock(HandClock):
    """A clock that somebody sets: what only goes forward goes on meanwhile.

    Attributes:
        ahead: by how many seconds it was set.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0
        self.local = lambda: self.time + self.ahead

    async def now(self, connection: AsyncConnection) -> float:
        del connection
        return self.local()


@pytest.fixture
def url(url_with_tables: str) -> str:
    return url_with_tables


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def make_services(
    url: str, upstream: str, tmp_path: Path, clock: SetClock
) -> AsyncGenerator[Rooms]:
    """Two processes on one database, whose workers beat quickly."""
    async with two_rooms(url, upstream, tmp_path, clock=clock, timing=BEATING) as both:
        yield both


@pytest.mark.parametrize("fate", ["doubted", "run again"])
async def test_a_call_that_outlives_its_lease(
    make_services: Rooms,
    url: str,
    clock: SetClock,
    emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    fate: str,
) -> None:
    """A lost lease ends no paid call: its picture is kept, and nobody's job is written over."""
    stalled = threading.Event()
    emulator.script(Fault(stall=stalled, at="after", path=GENERATE))
    caplog.set_level("INFO")
    one, other = make_services
    key = await person(one)
    job, account = await begun(one, key)
    mine = Unheard(url)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, replace(one.context, database=mine), job, account)
        await until(lambda: emulator.account(TOKENS[0]).anlas < 10_000)
        assert await reap(other.context) == 0
        mine.away = True
        await until(lambda: mine.refused)
        clock.time += LEASE
        assert await reap(other.context) == 1
        assert (await read(other, job)).state is State.UNCERTAIN
        await until(lambda: f"{job.id} is held no longer" in caplog.text)
        if fate == "run again":
            await other.jobs.resolve(key, job.id, charged=False)
            assert await claim(other.context) is not None
        theirs = await read(other, job)
        mine.away = False
        stalled.set()
    await mine.close()
    assert await read(other, job) == theirs
    assert await one.context.blobs.names("spool/") == [f"spool/{job.id}-1-0"]
    assert await entries(one) == [("reserve", job.cost_max)]
    assert emulator.account(TOKENS[0]).anlas == 10_000 - job.cost_max
    if fate == "doubted":
        await watch_doubtful(other, clock)
        assert await reconcile(other.context)
        done = await read(other, job)
        assert (done.state, done.cost) == (State.SUCCEEDED, job.cost_max)
        assert await entries(one) == [("reserve", job.cost_max), ("settle", 0)]
        assert len(await one.images.find(key, Filter())) == 1
        assert await one.context.blobs.names("spool/") == []


async def test_a_free_call_whose_lease_is_lost(
    make_services: Rooms, url: str, clock: SetClock, emulator: Emulator
) -> None:
    """A call that costs nothing ends with its lease; its job waits, as the reaper decided."""
    emulator.script(Fault(stall=threading.Event(), path=GENERATE))
    one, other = make_services
    key = await person(one)
    job, account = await begun(one, key, picture())
    mine = Unheard(url)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run, replace(one.context, database=mine), job, account)
            await until(lambda: len(emulator.requests) > 1)
            mine.away = True
            await watch(other, clock)
            assert await reap(other.context) == 1
            mine.away = False
    await mine.close()
    now = await read(other, job)
    assert (now.state, now.fence, now.sent_at) == (State.QUEUED, 1, None)
    found = await account_of(one, key)
    assert (found.job_id, found.free_at) == (None, clock.time)
    assert await one.context.blobs.names("spool/") == []


async def renewed(services: Services, clock: SetClock) -> None:
    """Wait until the worker of the only running job has beaten by the clock as it is."""
    with anyio.fail_after(30):
        while await value(services, select(accounts.c.lease_until)) != clock.local() + LEASE:  # noqa: ASYNC110 - nobody would set an event
            await anyio.sleep(BEAT)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_clock_that_is_set(
    make_services: Rooms, clock: SetClock, emulator: Emulator, jump: float
) -> None:
    """A clock that jumps frees no account under another process's paid call."""
    stalled = threading.Event()
    emulator.script(Fault(stall=stalled, at="after", path=GENERATE))
    one, other = make_services
    key = await person(one)
    job, account = await begun(one, key)
    jumps = ClockSkew(other.context)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, one.context, job, account)
        await until(lambda: emulator.account(TOKENS[0]).anlas < 10_000)
        assert await reap(other.context) == 0
        clock.ahead = jump
        await jumps.follow()
        assert await reap(other.context) == 0
        for _ in range(4):
            clock.time += 0.75 * LEASE
            await renewed(one, clock)
            assert await reap(other.context) == 0
        stalled.set()
    done = await read(other, job)
    assert (done.state, done.cost) == (State.SUCCEEDED, job.cost_max)
    assert emulator.account(TOKENS[0]).anlas == 10_000 - job.cost_max


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_clock_that_is_set_after_a_crash(
    make_services: Rooms, clock: SetClock, jump: float
) -> None:
    """The job of a dead worker is taken back a lease later, neither before nor an hour later.

    But on Postgres, where its clock is everybody's: one that is set back has to catch up first.
    """
    one, other = make_services
    key = await person(one)
    await begun(one, key)
    jumps = ClockSkew(other.context)
    assert await reap(other.context) == 0
    clock.ahead = jump
    await jumps.follow()
    assert await reap(other.context) == 0
    clock.time += LEASE - 0.25
    assert await reap(other.context) == 0
    clock.time += 0.25
    if jump < 0 and not one.context.database.is_sqlite:
        assert await reap(other.context) == 0
        clock.time += HOUR
    assert await reap(other.context) == 1


async def test_what_was_planned_moves_with_the_clock(make_services: Rooms, clock: SetClock) -> None:
    """On SQLite what was planned by a clock moves by what it was set; a correction moves nothing.

    On Postgres nothing is moved.
    """
    one, _ = make_services
    key = await person(one, TOKENS[:2])
    running, _ = await begun(one, key)
    (waiting,) = await submitted(one, key, picture())
    jumps = ClockSkew(one.context)
    await change_all(one, accounts, free_at=5000.0)
    await change_all(one, jobs, run_after=6000.0)

    async def planned() -> tuple[float, ...]:
        first, second = await account_of(one, key), await account_of(one, key, 1)
        assert second.lease_until is None
        assert first.lease_until is not None
        later = [(await read(one, job)).run_after for job in (waiting, running)]
        return first.free_at, second.free_at, first.lease_until, *later

    before = await planned()
    assert before == (5000.0, 5000.0, 1002.0, 6000.0, 6000.0)
    for ahead, moved in ((0.5, 0.0), (1.0, 0.0), (2.0, 1.0), (2.0, 1.0), (-10.0, -11.0)):
        clock.ahead = ahead
        clock.time += 100.0  # that time passes is no jump
        await jumps.follow()
        by = moved if one.context.database.is_sqlite else 0.0
        assert await planned() == (*(one + by for one in before[:4]), before[4])


# --- The lease itself -----------------------------------------------------------------------------


async def lease_of(
    services: Services, url: str, key: Any, monotonic: HandClock
) -> tuple[Lease, Unheard]:
    """The lease of a job that was just claimed, by a clock and over a database of its own."""
    job, _ = await begun(services, key)
    mine = Unheard(url)
    context = replace(services.context, database=mine, monotonic=lambda: monotonic.time)
    return Lease(context, job), mine


async def test_how_long_a_lease_is_held(make_services: Rooms, url: str) -> None:
    """A lease is held until its length has passed since it was taken."""
    monotonic = HandClock()
    lease, mine = await lease_of(make_services[0], url, await person(make_services[0]), monotonic)
    assert lease.is_held()
    assert not lease.paying
    monotonic.time += LEASE - 0.25
    assert lease.is_held()
    monotonic.time += 0.25
    assert not lease.is_held()
    await mine.close()


async def test_a_beat_counts_from_its_beginning(
    make_services: Rooms, url: str, clock: SetClock
) -> None:
    """A renewed lease is held from when it was asked for: the answer may have taken long."""
    monotonic = HandClock()
    lease, mine = await lease_of(make_services[0], url, await person(make_services[0]), monotonic)
    monotonic.time = clock.time = 1001.0
    ended = anyio.Event()

    def take_long() -> None:
        monotonic.time = 1002.5
        ended.set()

    mine.meanwhile = take_long
    with anyio.CancelScope() as call:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lease.keep, call)
            await ended.wait()
            mine.meanwhile = lambda: None
            await until(lease.is_held)
            tasks.cancel_scope.cancel()
    await mine.close()
    assert await value(make_services[0], select(accounts.c.lease_until)) == 1001.0 + LEASE


@pytest.mark.parametrize("paying", [False, True])
async def test_a_lease_that_was_taken_away(make_services: Rooms, url: str, *, paying: bool) -> None:
    """Whoever sees that its job was taken away sends nothing more, and ends what costs nothing."""
    one = make_services[0]
    lease, mine = await lease_of(one, url, await person(one), HandClock())
    lease.paying = paying
    (job,) = await one.jobs.list(await one.keys.local())
    async with one.context.database.write() as connection:
        assert await transitions.requeue(
            connection, one.context.bus, job, run_after=0.0, free_at=0.0
        )
    call = anyio.CancelScope()
    with anyio.fail_after(30):
        await lease.keep(call)
    assert not lease.is_held()
    assert call.cancel_called is not paying
    await mine.close()


async def test_a_lease_that_cannot_be_renewed(make_services: Rooms, url: str) -> None:
    """A silent database is asked again as long as the next beat comes in time, and no longer."""
    monotonic = HandClock()
    lease, mine = await lease_of(make_services[0], url, await person(make_services[0]), monotonic)
    mine.away = True
    call = anyio.CancelScope()
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lease.keep, call)
            for time in (1000.0, 1000.0 + LEASE - 2 * BEAT):
                monotonic.time = time
                asked = mine.refused
                await until(lambda asked=asked: mine.refused >= asked + 3)
                assert lease.is_held()
                assert not call.cancel_called
            monotonic.time = 1000.0 + LEASE - BEAT
    assert call.cancel_called
    monotonic.time = 1000.0
    assert not lease.is_held()
    await mine.close()


# --- The clock ------------------------------------------------------------------------------------


async def test_the_databases_clock(make_services: Rooms) -> None:
    """On Postgres its clock counts, asked for every ten seconds; on SQLite this machine's."""
    one, _ = make_services
    monotonic = HandClock()
    clock = Clock(lambda: 77.0, lambda: monotonic.time)
    async with one.context.database.read() as connection:
        first = await clock.now(connection)
        if one.context.database.is_sqlite:
            assert first == 77.0
            return
        assert first > 1_700_000_000
        monotonic.time += 10.0
        assert await clock.now(connection) == first + 10.0
        monotonic.time += 0.25
        assert await clock.now(connection) < first + 10.0
