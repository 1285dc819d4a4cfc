"""One claimed job to its end, and the loop around it: each way it can go, with exact values."""

import threading
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import replace

import anyio
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from tests.server_core.conftest import QUICK, Opening
from tests.server_core.helpers import TOKENS, HandClock, person, picture
from tests.server_core.orders import source
from tests.server_core.scenes import (
    GENERATE,
    SETTLE,
    Unheard,
    account_of,
    begun,
    change_all,
    doubted,
    read,
    submitted,
    until,
    value,
)
from tests.server_core.test_vibes import ENCODE, MODEL, with_vibes
from tests.server_core.test_vibes import source as red

from novelai.emulator import Emulator, Fault
from novelai.server.accounts import repository as owned
from novelai.server.images.filter import Filter
from novelai.server.jobs.previews import Previews
from novelai.server.model.artifact import encoding_key
from novelai.server.model.job import JobRequest, State
from novelai.server.model.key import Key
from novelai.server.model.params import EncodeVibeParams
from novelai.server.services import Services
from novelai.server.storage.tables import accounts, jobs
from novelai.server.worker.attempt import retry_forever
from novelai.server.worker.loop import Worker
from novelai.server.worker.run import run
from novelai.types.tools import UpscaleParams

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
async def key(services: Services) -> Key:
    return await person(services)


def asked(emulator: Emulator, path: str) -> int:
    return sum(one.path == path for one in emulator.requests)


# --- One job --------------------------------------------------------------------------------------


async def test_an_intent_is_written_down_before_a_request_leaves(
    services: Services, key: Key, clock: HandClock, emulator: Emulator
) -> None:
    """While a paid request is on its way, it is written down what the balance was and its price."""
    stalled = threading.Event()
    emulator.script(Fault(stall=stalled, path=GENERATE))
    job, account = await begun(services, key)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, services.context, job, account)
        await until(lambda: asked(emulator, GENERATE))
        now = await read(services, job)
        assert (now.sent_at, now.anlas_before, now.price) == (clock.time, 10_000, job.cost_max)
        assert services.context.mine == {(job.id, 1)}
        stalled.set()
    assert services.context.mine == set()
    done = await read(services, job)
    assert (done.state, done.cost) == (State.SUCCEEDED, job.cost_max)


async def test_a_process_that_was_frozen_behind_its_intent(
    services: Services, key: Key, url: str, emulator: Emulator
) -> None:
    """A process that stood still for longer than its lease sends nothing any more."""
    monotonic, mine = HandClock(), Unheard(url)
    context = replace(services.context, database=mine, monotonic=lambda: monotonic.time)
    job, account = await begun(services, key)

    def stand_still() -> None:
        monotonic.time += QUICK.lease

    mine.meanwhile = stand_still
    await run(context, job, account)
    await mine.close()
    now = await read(services, job)
    assert (now.state, now.charged, now.failures) == (State.QUEUED, "no", 0)
    assert (now.error or {})["code"] == "ConnectionFailed"
    assert asked(emulator, GENERATE) == 0


async def test_a_free_call_needs_no_intent(
    services: Services, key: Key, emulator: Emulator
) -> None:
    """A call that costs nothing is not written down before."""
    stalled = threading.Event()
    emulator.script(Fault(stall=stalled, path=GENERATE))
    job, account = await begun(services, key, picture())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, services.context, job, account)
        await until(lambda: asked(emulator, GENERATE))
        assert (await read(services, job)).sent_at is None
        stalled.set()
    assert (await read(services, job)).cost == 0


@pytest.mark.parametrize("why", ["gone", "nonsense"])
async def test_a_job_that_cannot_be_read(services: Services, key: Key, why: str) -> None:
    """A job whose picture is gone, or whose parameters are none, fails uncharged and unsent."""
    job, account = await begun(services, key, JobRequest(params=UpscaleParams(image=source(1))))
    if why == "nonsense":
        job = replace(job, params={"image": 7})
    else:
        for name in await services.context.blobs.names("pictures/"):
            await services.context.blobs.delete(name)
    await run(services.context, job, account)
    now = await read(services, job)
    assert (now.state, now.charged, (now.error or {})["code"]) == (State.FAILED, "no", "Unreadable")


async def test_a_job_that_waits_for_a_vibe(services: Services, key: Key, clock: HandClock) -> None:
    """A job whose vibe another one encodes waits five seconds more, and lets its account go."""
    await services.accounts.refresh(await services.accounts.add(key.owner_id, TOKENS[1]))
    (mine, account), (other, _) = [
        await begun(services, key, with_vibes(51, prompt=prompt)) for prompt in ("a cat", "a dog")
    ]
    name = (await encoding_key(red(51), MODEL, 0.7)).name
    async with services.context.database.write() as connection:
        theirs = jobs.c.id == other.id
        await connection.execute(jobs.update().where(theirs).values(encoding=name))
    context = replace(services.context, timing=replace(services.context.timing, encoding=0.0))
    await run(context, mine, account)
    now = await read(services, mine)
    assert (now.state, now.run_after, now.error) == (State.QUEUED, clock.time + 5.0, None)
    found = [one for one in await services.accounts.list(key.owner_id) if one.id == account.id]
    assert [(one.job_id, one.free_at) for one in found] == [(None, clock.time)]


@pytest.mark.parametrize("paid", [False, True])
async def test_a_call_that_takes_too_long(
    services: Services, key: Key, emulator: Emulator, *, paid: bool
) -> None:
    """A call that takes longer than any may is ended; one that costs something is looked into."""
    emulator.script(Fault(stall=threading.Event(), at="after", path=GENERATE))
    job, account = await begun(services, key, None if paid else picture())
    context = replace(services.context, timing=replace(services.context.timing, call=0.25))
    await run(context, job, account)
    now = await read(services, job)
    assert now.state is (State.UNCERTAIN if paid else State.QUEUED)
    assert (now.error or {})["detail"] == "No complete answer within 0.25 seconds."
    assert (now.error or {})["charged"] == ("unknown" if paid else "no")
    assert now.failures == 1


async def test_a_vibe_that_this_client_knows(
    services: Services, key: Key, emulator: Emulator
) -> None:
    """An encoding that the account's client still has is not paid for again."""
    order = JobRequest(params=EncodeVibeParams(image=source(2), model=MODEL))
    job, account = await begun(services, key, order)
    await run(services.context, job, account)
    assert (await read(services, job)).cost == 2
    (vibe,) = await services.vibes.list(key)
    await services.vibes.delete(key, vibe.id)
    again, account = await begun(services, key, order)
    await run(services.context, again, account)
    now = await read(services, again)
    assert (now.state, now.cost, asked(emulator, ENCODE)) == (State.SUCCEEDED, 0, 1)


@pytest.mark.parametrize(("order", "path", "sent", "state"), [
    ("paid", GENERATE, True, State.RUNNING),
    ("free", GENERATE, True, State.QUEUED),
    ("free", GENERATE, False, State.QUEUED),
])  # fmt: skip
async def test_a_process_that_stops(
    services: Services,
    key: Key,
    clock: HandClock,
    emulator: Emulator,
    *,
    order: str,
    path: str,
    sent: bool,
    state: State,
) -> None:
    """A process that stops hands back what costs nothing; what may cost something is left as it is.

    The account of a call that has left rests until it has ended.
    """
    gate = path if sent else "/user/subscription"
    emulator.script(Fault(stall=threading.Event(), path=gate))
    job, account = await begun(services, key, picture() if order == "free" else None)
    if not sent:
        account = replace(account, balance_at=None)
    before = asked(emulator, gate)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, services.context, job, account)
        await until(lambda: asked(emulator, gate) > before)
        tasks.cancel_scope.cancel()
    now = await read(services, job)
    assert now.state is state
    found = await account_of(services, key)
    if state is State.RUNNING:
        assert (found.job_id, now.sent_at) == (job.id, clock.time)
    else:
        assert (now.run_after, found.job_id) == (clock.time, None)
        assert found.free_at == clock.time + (SETTLE if sent else 0.0)


async def test_previews_end_with_their_job(services: Services, key: Key) -> None:
    """When a job has ended there is no picture in the making any more."""
    job, account = await begun(services, key, picture(steps=8))
    await run(services.context, job, account)
    assert await services.context.previews.get(job.id) is None
    assert services.context.bus.told["preview"] or not services.context.database.is_sqlite


async def test_a_preview_that_cannot_be_told_of(
    services: Services, key: Key, url: str, emulator: Emulator
) -> None:
    """A call goes on while nobody can be told of its previews: it ends with its picture."""
    mine = Unheard(url)
    mine.gate = anyio.Event()
    context = replace(
        services.context, previews=Previews(mine, services.context.blobs, services.context.bus)
    )
    job, account = await begun(services, key)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, context, job, account)
        await until_state(services, job.id, State.SUCCEEDED)
        mine.gate.set()
    assert mine.asked == (0 if mine.is_sqlite else 1)
    assert await context.previews.get(job.id) is None
    assert emulator.account(TOKENS[0]).anlas == 10_000 - job.cost_max
    await mine.close()


async def test_pictures_have_the_seeds_they_were_made_with(services: Services, key: Key) -> None:
    """Each picture of a job is one seed further, and behind the last seed comes the first."""
    job, account = await begun(services, key, picture(seed=2**32 - 1, n_samples=2))
    await run(services.context, job, account)
    done = await read(services, job)
    found = [
        (one["position"], one["seed"], one["width"], one["height"]) for one in done.result or ()
    ]
    assert found == [(0, 2**32 - 1, 512, 512), (1, 0, 512, 512)]
    assert len(await services.images.find(key, Filter())) == 2


# --- Patience -------------------------------------------------------------------------------------


async def test_patience_ends_with_success() -> None:
    """What the database or the disk refuses is done again until it succeeds."""
    troubles: list[Exception] = [
        OperationalError("x", {}, Exception()),
        OSError("No space left."),
    ]

    async def action() -> str:
        if troubles:
            raise troubles.pop()
        return "done"

    assert await retry_forever("it", action) == "done"


@pytest.mark.parametrize("trouble", [IntegrityError("x", {}, Exception()), ValueError("x")])
async def test_patience_is_for_what_waiting_mends(trouble: Exception) -> None:
    """What waiting does not mend is not done again."""
    times = 0

    async def action() -> None:
        nonlocal times
        times += 1
        raise trouble

    with pytest.raises(type(trouble)):
        await retry_forever("it", action)
    assert times == 1


async def test_patience_is_not_cancelled_within() -> None:
    """Half of an end is not written: a cancellation comes between two tries."""
    begun, go, ended = anyio.Event(), anyio.Event(), anyio.Event()

    async def action() -> None:
        begun.set()
        await go.wait()
        ended.set()
        raise OSError

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(retry_forever, "it", action)
        await begun.wait()
        tasks.cancel_scope.cancel()
        go.set()
    assert ended.is_set()


# --- The loop -------------------------------------------------------------------------------------


async def working(services: Services, stack: AsyncExitStack, *, alone: bool = False) -> Worker:
    """A worker that works until the block ends."""
    timing = replace(QUICK, poll=0.01, sweep=0.01)
    worker = Worker(replace(services.context, timing=timing), alone=alone)
    tasks = await stack.enter_async_context(anyio.create_task_group())
    tasks.start_soon(worker.run)
    stack.callback(worker.stop)
    return worker


async def until_state(services: Services, job_id: str, state: State) -> None:
    query = select(jobs.c.state).where(jobs.c.id == job_id)
    with anyio.fail_after(30):
        while await value(services, query) != state:  # noqa: ASYNC110 - nobody would set an event
            await anyio.sleep(0.01)


@pytest.mark.parametrize("alone", [False, True])
async def test_what_a_crash_left_at_the_start(
    services: Services, key: Key, clock: HandClock, *, alone: bool
) -> None:
    """The only process takes back at its start what a crash left; one of several watches first."""
    job, _ = await begun(services, key, picture())
    clock.time += 1.0
    async with AsyncExitStack() as stack:
        await working(services, stack, alone=alone)
        if not alone:
            await until_taken_back(services, clock, job.id)
        await until_state(services, job.id, State.SUCCEEDED)
    assert (await read(services, job)).attempts == 2


async def until_taken_back(services: Services, clock: HandClock, job_id: str) -> None:
    """Let time pass until the job of a dead worker is taken back."""
    query = select(jobs.c.fence).where(jobs.c.id == job_id)
    with anyio.fail_after(30):
        while await value(services, query) == 1:
            clock.time += QUICK.lease
            await anyio.sleep(0.02)


async def test_a_sweep_looks_into_all_that_is_due(
    services: Services, key: Key, clock: HandClock
) -> None:
    """A worker that sweeps looks into one doubtful account after the other, without a pause."""
    await services.accounts.add(key.owner_id, TOKENS[1])
    both = [await doubted(services, key, picture(f"cat {n}"), before=None) for n in range(2)]
    await services.queue.pause(key, paused=True)
    async with AsyncExitStack() as stack:
        await working(services, stack)
        with anyio.fail_after(30):
            held = select(accounts.c.id).where(accounts.c.job_id.is_not(None))
            while await value(services, held) is not None:
                clock.time += SETTLE
                await anyio.sleep(0.02)
    assert [(await read(services, job)).state for job in both] == [State.UNCERTAIN] * 2


async def test_a_sweep_follows_the_clock(services: Services, key: Key, clock: HandClock) -> None:
    """A worker on SQLite moves what was planned when its clock is set, and nothing on Postgres."""
    await change_all(services, accounts, free_at=9_000.0)
    worker = Worker(replace(services.context, timing=replace(QUICK, sweep=0.01)), alone=False)
    clock.local = lambda: clock.time - 100.0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        if services.context.database.is_sqlite:
            with anyio.fail_after(30):
                while (await account_of(services, key)).free_at == 9_000.0:  # noqa: ASYNC110 - as above
                    await anyio.sleep(0.01)
        worker.stop()
    assert (await account_of(services, key)).free_at == (
        8_900.0 if services.context.database.is_sqlite else 9_000.0
    )


async def test_one_job_that_breaks_off_stops_no_other(
    services: Services, key: Key, caplog: pytest.LogCaptureFixture
) -> None:
    """A job that breaks off for a reason of ours is logged without its texts; the next one runs."""
    (bad,) = await submitted(services, key, picture("secret words"))
    await change_all(services, jobs, kind="no such kind")
    async with AsyncExitStack() as stack:
        await working(services, stack)
        await until(lambda: f"{bad.id} broke off" in caplog.text)
        await services.accounts.add(key.owner_id, TOKENS[1])
        (good,) = await submitted(services, key, picture())
        await until_state(services, good.id, State.SUCCEEDED)
    assert "secret words" not in caplog.text


async def test_a_stopped_worker_takes_nothing_new(
    services: Services, key: Key, emulator: Emulator
) -> None:
    """A worker that is stopped brings to its end what runs, and begins nothing more."""
    stalled = threading.Event()
    emulator.script(Fault(stall=stalled, path=GENERATE))
    first, second = await submitted(services, key, picture(), picture("a dog"))
    worker = Worker(services.context, alone=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        await until(lambda: asked(emulator, GENERATE))
        worker.stop()
        stalled.set()
    assert (await read(services, first)).state is State.SUCCEEDED
    assert (await read(services, second)).state is State.QUEUED


async def test_when_the_next_one_is_ready(services: Services, key: Key, clock: HandClock) -> None:
    """A worker wakes when the first cooling account, or waiting job, is ready."""
    await submitted(services, key, picture())

    async def due() -> float | None:
        async with services.context.database.read() as connection:
            return await owned.next_due(connection, clock.time)

    assert await due() is None
    await change_all(services, accounts, free_at=1007.0)
    assert await due() == 1007.0
    await change_all(services, jobs, run_after=1003.0)
    assert await due() == 1003.0
    clock.time = 1003.0
    assert await due() == 1007.0
    await change_all(services, accounts, enabled=False)
    assert await due() is None


async def test_a_silent_database_does_not_end_the_worker(
    services: Services, key: Key, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker goes on when its database is back."""
    mine = Unheard(url)
    mine.away = True
    context = replace(services.context, database=mine, timing=replace(QUICK, poll=0.01))
    worker = Worker(context, alone=False)
    (job,) = await submitted(services, key, picture())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run)
        await until(lambda: "the worker goes on after DatabaseUnavailableError" in caplog.text)
        mine.away = False
        await until_state(services, job.id, State.SUCCEEDED)
        worker.stop()
    await mine.close()
