"""Two processes that meet exactly at a lock or a fence: one of them wins, and the other sees it."""

import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from tests.server_core import scenes
from tests.server_core.helpers import PAID, TOKENS, HandClock, person, picture
from tests.server_core.meeting import Met, elsewhere, meet, two_rooms
from tests.server_core.orders import source
from tests.server_core.scenes import (
    LEASE,
    SETTLE,
    begun,
    change_all,
    held_by,
    read,
    submitted,
    used,
    value,
    watch,
    watch_doubtful,
)

from novelai.server.accounts import repository as owned
from novelai.server.accounts.service import AccountBusyError
from novelai.server.images.sweep import expire_uploads
from novelai.server.jobs import claims, repository, transitions
from novelai.server.model.artifact import Artifact, EncodingKey
from novelai.server.model.job import Job, JobRefusedError, State
from novelai.server.model.key import Key, Limits
from novelai.server.services import Services
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import ADVISORY_LOCK, is_current, migrate
from novelai.server.storage.tables import accounts, deliveries, jobs
from novelai.server.webhooks import repository as webhooks
from novelai.server.worker.lease import claim, intend
from novelai.server.worker.reaper import reap
from novelai.server.worker.reconciler import reconcile

pytestmark = pytest.mark.anyio

Rooms = tuple[Services, Services]
PICTURE = Artifact(
    position=0, sha256="0" * 64, media_type="image/png", size=1, width=1, height=1, seed=1
)
VIBE = EncodingKey(source="1" * 64, model="m", info_extracted=0.7)
ENCODING = Artifact(
    position=0, sha256="2" * 64, media_type="x/y", size=1, width=0, height=0, seed=None, vibe=VIBE
)
NUMBERS = itertools.count()
DAY = 86_400.0


@pytest.fixture
def url(url_with_tables: str) -> str:
    return url_with_tables


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def make_services(
    url: str, upstream: str, tmp_path: Path, clock: HandClock
) -> AsyncGenerator[Rooms]:
    """Two processes on one database; time passes for both when it is told to."""
    async with two_rooms(url, upstream, tmp_path, clock=clock) as both:
        yield both


async def doubted(services: Services, key: Key, *, before: int | None = 10_000) -> Job:
    """A job that may have run, at its full price."""
    job = await scenes.doubted(services, key, before=before)
    await change_all(services, jobs, price=job.cost_max)
    return await read(services, job)


def on(services: Services) -> Database:
    """Where they meet."""
    return services.context.database


# --- Claims ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["FROM accounts, owners", "FROM jobs JOIN keys"])
async def test_two_claims_of_two_jobs(make_services: Rooms, at: str) -> None:
    """Two claims at once take two accounts and two jobs, and on Postgres neither waits."""
    one, other = make_services
    key = await person(one, TOKENS[:2])
    waiting = await submitted(one, key, picture(), picture())
    met = await meet(lambda: claim(one.context), lambda: claim(other.context), on=on(one), at=at)
    both = [found for found in (met.first, met.second) if found is not None]
    assert {job.id for job, _ in both} == {job.id for job in waiting}
    assert len({account.id for _, account in both}) == 2
    assert met.waited is on(one).is_sqlite


@pytest.mark.parametrize(("at", "tokens", "count"), [
    ("FROM accounts, owners", 1, 2),
    ("FROM jobs JOIN keys", 2, 1),
])  # fmt: skip
async def test_two_claims_of_one(make_services: Rooms, at: str, tokens: int, count: int) -> None:
    """Of two claims at once of one account, or one job, the second finds nothing to do."""
    one, other = make_services
    key = await person(one, TOKENS[:tokens])
    await submitted(one, key, *(picture() for _ in range(count)))
    met = await meet(lambda: claim(one.context), lambda: claim(other.context), on=on(one), at=at)
    assert met.first is not None
    assert met.second is None
    assert met.waited is on(one).is_sqlite
    assert await value(one, select(func.count()).where(jobs.c.state == State.RUNNING)) == 1


async def test_a_claim_meets_a_cancellation(make_services: Rooms) -> None:
    """A job that is being claimed is not cancelled any more; whoever tried sees that it runs."""
    one, other = make_services
    key = await person(one)
    (job,) = await submitted(one, key, picture(**PAID))
    met = await meet(
        lambda: claim(one.context),
        lambda: other.jobs.cancel(key, job.id),
        on=on(one),
        at="FROM jobs JOIN keys",
    )
    assert met.waited
    assert met.second is not None
    assert met.second.state is State.RUNNING
    assert await used(one) == job.cost_max


async def test_a_cancellation_meets_a_claim(make_services: Rooms) -> None:
    """A job that is being cancelled is not claimed any more, and its reservation is given back."""
    one, other = make_services
    key = await person(one)
    (job,) = await submitted(one, key, picture(**PAID))
    met = await meet(
        lambda: one.jobs.cancel(key, job.id),
        lambda: claim(other.context),
        on=on(one),
        at="UPDATE jobs",
    )
    assert met.second is None
    assert met.waited is on(one).is_sqlite
    assert (await read(one, job)).state is State.CANCELLED
    assert await used(one) == 0


async def test_a_claim_meets_a_removal(make_services: Rooms) -> None:
    """An account that is being claimed is not removed under its job."""
    one, other = make_services
    key = await person(one)
    await submitted(one, key, picture())
    (account,) = await one.accounts.list(key.owner_id)

    async def remove() -> object:
        try:
            return await other.accounts.remove(key.owner_id, account.id)
        except AccountBusyError:
            return "busy"

    met = await meet(lambda: claim(one.context), remove, on=on(one), at="FROM accounts, owners")
    assert (met.second, met.waited) == ("busy", True)


# --- What a worker that lost its job still tries --------------------------------------------------


async def intends(services: Services, job: Job) -> bool:
    return await intend(services.context, job, anlas_before=7, price=7)


async def succeeds(services: Services, job: Job) -> bool:
    async with services.context.database.write() as connection:
        return await transitions.succeed(
            connection,
            services.context.bus,
            job,
            [PICTURE],
            now=1.0,
            free_at=1.0,
            cost=7,
            allowance=0,
        )


async def fails(services: Services, job: Job) -> bool:
    async with services.context.database.write() as connection:
        return await transitions.fail(
            connection, services.context.bus, job, {}, now=1.0, free_at=1.0, cost=7
        )


async def hands_back(services: Services, job: Job) -> bool:
    async with services.context.database.write() as connection:
        return await transitions.requeue(
            connection, services.context.bus, job, run_after=1.0, free_at=1.0
        )


async def doubts(services: Services, job: Job) -> bool:
    async with services.context.database.write() as connection:
        return await transitions.doubt(connection, services.context.bus, job, {}, look_at=1.0)


async def encodes(services: Services, job: Job) -> bool:
    async with services.context.database.write() as connection:
        return await transitions.keep_encoding(
            connection, services.context.bus, job, ENCODING, cost=7, now=1.0
        )


async def beats(services: Services, job: Job) -> bool:
    async with services.context.database.write() as connection:
        return await owned.beat(connection, job, 9e9)


async def begins(services: Services, job: Job) -> bool:
    async with services.context.database.write() as connection:
        await claims.begin_encoding(connection, job, VIBE.name)
        return (await read(services, job)).encoding == VIBE.name


LATE: dict[str, tuple[Callable[[Services, Job], Awaitable[bool]], str]] = {
    "intends": (intends, "UPDATE jobs"),
    "succeeds": (succeeds, "UPDATE jobs"),
    "fails": (fails, "UPDATE jobs"),
    "hands back": (hands_back, "UPDATE jobs"),
    "doubts": (doubts, "UPDATE jobs"),
    "encodes": (encodes, "UPDATE jobs"),
    "beats": (beats, "UPDATE accounts"),
    "begins to encode": (begins, "FROM owners"),
}


@pytest.mark.parametrize("late", LATE)
async def test_a_worker_whose_job_another_one_runs(
    make_services: Rooms, clock: HandClock, late: str
) -> None:
    """What a worker writes of a job that was taken over right before changes nothing."""
    one, other = make_services
    key = await person(one)
    job, _ = await begun(one, key)
    await watch(other, clock)
    act, at = LATE[late]

    async def take_over() -> Job:
        assert await reap(other.context) == 1
        clock.time += SETTLE
        found = await claim(other.context)
        assert found is not None
        return await read(other, found[0])

    met = await meet(lambda: act(one, job), take_over, on=on(one), at=at, before=True)
    assert met.first is False
    assert not met.waited
    theirs = await read(one, job)
    assert theirs == met.second
    assert (theirs.fence, theirs.state, theirs.sent_at) == (2, State.RUNNING, None)
    assert await held_by(one) == job.id
    assert await value(one, select(accounts.c.lease_until)) == clock.time + LEASE
    assert await used(one) == job.cost_max


@pytest.mark.parametrize("late", [name for name in LATE if name != "begins to encode"])
async def test_a_worker_whose_job_is_doubted(
    make_services: Rooms, clock: HandClock, late: str
) -> None:
    """What a worker writes of a job that is looked into already changes nothing."""
    one, other = make_services
    key = await person(one)
    job, _ = await begun(one, key)
    assert await intend(one.context, job, anlas_before=10_000, price=job.cost_max)
    await watch(other, clock)
    act, at = LATE[late]

    async def doubt() -> Job:
        assert await reap(other.context) == 1
        return await read(other, job)

    met = await meet(lambda: act(one, job), doubt, on=on(one), at=at, before=True)
    assert met.first is False
    theirs = await read(one, job)
    assert theirs == met.second
    assert (theirs.state, theirs.price) == (State.UNCERTAIN, job.cost_max)
    assert await value(one, select(accounts.c.lease_until)) == clock.time + SETTLE
    assert await used(one) == job.cost_max


# --- The reaper -----------------------------------------------------------------------------------


async def test_the_reaper_meets_the_end(make_services: Rooms, clock: HandClock) -> None:
    """A job that is being ended is not taken back: the reaper waits, and sees that it has ended."""
    one, other = make_services
    key = await person(one)
    job, _ = await begun(one, key)
    assert await intends(one, job)
    await watch(other, clock)
    met = await meet(
        lambda: succeeds(one, job), lambda: reap(other.context), on=on(one), at="UPDATE jobs"
    )
    assert met == Met(True, 0, True)
    done = await read(one, job)
    assert (done.state, done.cost, await used(one)) == (State.SUCCEEDED, 7, 7)
    assert await held_by(one) is None


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("at", ["UPDATE accounts", "UPDATE jobs"])
async def test_the_end_meets_the_reaper(
    make_services: Rooms, clock: HandClock, at: str, *, sent: bool
) -> None:
    """A job that is being taken back is not ended by its worker, which sees that it lost it."""
    one, other = make_services
    key = await person(one)
    job, _ = await begun(one, key)
    assert not sent or await intends(one, job)
    await watch(other, clock)
    met = await meet(lambda: reap(other.context), lambda: succeeds(one, job), on=on(one), at=at)
    assert met == Met(1, False, True)
    state = State.UNCERTAIN if sent else State.QUEUED
    assert (await read(one, job)).state is state
    assert await used(one) == job.cost_max


async def test_the_reaper_meets_an_intent(make_services: Rooms, clock: HandClock) -> None:
    """A job whose intent is just written down is not queued again: its request may have left."""
    one, other = make_services
    key = await person(one)
    job, _ = await begun(one, key)
    assert await reap(other.context) == 0

    async def intend_in_time() -> bool:
        clock.time += LEASE - 0.001
        return await intends(one, job)

    async def reap_later() -> int:
        clock.time += 0.001
        return await reap(other.context)

    met = await meet(intend_in_time, reap_later, on=on(one), at="UPDATE jobs")
    assert met == Met(True, 1, True)
    assert (await read(one, job)).state is State.UNCERTAIN


async def test_an_intent_meets_the_reaper(make_services: Rooms, clock: HandClock) -> None:
    """A job that is being taken back is not sent: its worker waits, and sees that it lost it."""
    one, other = make_services
    key = await person(one)
    job, _ = await begun(one, key)
    await watch(other, clock)

    async def intend_by_a_slow_clock() -> bool:
        clock.time -= 0.001
        return await intends(one, job)

    met = await meet(
        lambda: reap(other.context), intend_by_a_slow_clock, on=on(one), at="UPDATE accounts"
    )
    assert met == Met(1, False, True)
    assert (await read(one, job)).sent_at is None


async def test_the_reaper_meets_a_beat(make_services: Rooms, clock: HandClock) -> None:
    """A lease that is just being renewed is not taken away."""
    one, other = make_services
    key = await person(one)
    job, _ = await begun(one, key)
    await watch(other, clock)
    met = await meet(
        lambda: beats(one, job), lambda: reap(other.context), on=on(one), at="UPDATE accounts"
    )
    assert met == Met(True, 0, True)
    assert (await read(one, job)).state is State.RUNNING
    assert await held_by(one) == job.id


@pytest.mark.parametrize("held", [False, True])
async def test_two_reapers_meet(make_services: Rooms, clock: HandClock, *, held: bool) -> None:
    """Two reapers at once take a job back once, also one that no account belongs to."""
    one, other = make_services
    key = await person(one)
    job, _ = await begun(one, key)
    assert await intends(one, job)
    assert [await reap(services.context) for services in make_services] == [0, 0]
    clock.time += LEASE
    if not held:
        await change_all(one, accounts, job_id=None, lease_until=None)
    met = await meet(
        lambda: reap(one.context), lambda: reap(other.context), on=on(one), at="UPDATE jobs"
    )
    assert met == Met(1, 0, True)
    assert (await read(one, job)).state is State.UNCERTAIN


# --- The reconciler -------------------------------------------------------------------------------


async def test_two_reconcilers_meet(make_services: Rooms, clock: HandClock) -> None:
    """One of two looks into a doubtful account, and it alone asks for the balance."""
    one, other = make_services
    key = await person(one)
    job = await doubted(one, key)
    for services in make_services:
        await watch_doubtful(services, clock)
    (before,) = await one.accounts.list(key.owner_id)
    met = await meet(
        lambda: reconcile(one.context),
        lambda: reconcile(other.context),
        on=on(one),
        at="UPDATE accounts SET lease_until",
    )
    assert met == Met(True, False, True)
    (after,) = await one.accounts.list(key.owner_id)
    assert (before.balance_at, after.balance_at) == (1000.0, clock.time)
    assert (await read(one, job)).state is State.QUEUED


async def test_the_reconciler_meets_the_owner(make_services: Rooms, clock: HandClock) -> None:
    """An owner who decides at the same moment waits; no account is freed under a running job."""
    one, other = make_services
    key = await person(one)
    job = await doubted(one, key, before=None)  # the balance tells nothing
    await watch_doubtful(one, clock)

    async def decide() -> Job | None:
        found = await other.jobs.resolve(key, job.id, charged=False)
        await claim(other.context)
        return found

    met = await meet(
        lambda: reconcile(one.context),
        decide,
        on=on(one),
        at="UPDATE accounts SET job_id",
        before=True,
    )
    assert met.waited
    assert met.first
    now = await read(one, job)
    assert (now.state, now.fence) == (State.RUNNING, 2)
    assert await held_by(one) == job.id


async def test_the_owner_meets_the_reconciler(make_services: Rooms, clock: HandClock) -> None:
    """What an owner just decided of an uncertain job is not decided again."""
    one, other = make_services
    key = await person(one)
    job = await doubted(one, key, before=10_000 + 7)
    await watch_doubtful(other, clock)
    met = await meet(
        lambda: one.jobs.resolve(key, job.id, charged=True),
        lambda: reconcile(other.context),
        on=on(one),
        at="UPDATE jobs",
    )
    assert met.waited
    assert met.second is not on(one).is_sqlite  # it waits before it finds the account there
    found = await read(one, job)
    assert (found.state, found.cost, await used(one)) == (State.FAILED, job.cost_max, job.cost_max)


# --- Vibes ----------------------------------------------------------------------------------------


async def two_running(one: Services, other: Services) -> tuple[Key, Job, Job]:
    key = await person(one, TOKENS[:2])
    return key, (await begun(one, key))[0], (await begun(other, key))[0]


async def begin_encoding(services: Services, job: Job) -> bool:
    async with services.context.database.write() as connection:
        return await claims.begin_encoding(connection, job, VIBE.name)


async def test_two_jobs_begin_the_same_vibe(make_services: Rooms) -> None:
    """Of two jobs that begin the same vibe at once one encodes it, and the other waits for it."""
    one, other = make_services
    _, mine, theirs = await two_running(one, other)
    met = await meet(
        lambda: begin_encoding(one, mine),
        lambda: begin_encoding(other, theirs),
        on=on(one),
        at="FROM jobs JOIN accounts",
    )
    assert met == Met(True, False, True)
    assert [(await read(one, job)).encoding for job in (mine, theirs)] == [VIBE.name, None]


async def test_a_vibe_that_is_begun_keeps_no_order_waiting(make_services: Rooms) -> None:
    """While a job begins a vibe its owner's orders are taken; on SQLite they follow it."""
    one, other = make_services
    key, mine, _ = await two_running(one, other)
    met = await meet(
        lambda: begin_encoding(one, mine),
        lambda: submitted(other, key, picture()),
        on=on(one),
        at="FROM owners",
    )
    assert met.waited is on(one).is_sqlite
    assert (met.first, len(met.second)) == (True, 1)


# --- Orders ---------------------------------------------------------------------------------------


async def refusal_of(services: Services, key: Key, **fields: object) -> str:
    try:
        await submitted(services, key, picture(**fields))
    except JobRefusedError as refused:
        return refused.code
    return "taken"


@pytest.mark.parametrize("kind", ["budget", "too_many_queued", "too_fast"])
async def test_two_orders_for_one_place(make_services: Rooms, kind: str) -> None:
    """Of two orders at once, for which a key's limit leaves one place, one is taken."""
    one, other = make_services
    local = await person(one)
    price = (await one.jobs.quote(local, picture(**PAID).params)).anlas
    limits = {
        "budget": Limits(free_only=False, budget_day=price),
        "too_many_queued": Limits(free_only=False, max_queued=1),
        "too_fast": Limits(free_only=False, rate_minute=1),
    }
    key, _ = await one.keys.create(local.owner_id, "k", limits[kind])
    met = await meet(
        lambda: refusal_of(one, key, **PAID),
        lambda: refusal_of(other, key, **PAID),
        on=on(one),
        at="INSERT INTO jobs",
    )
    assert met == Met("taken", kind, True)
    assert await used(one) == price


@pytest.mark.parametrize("fields", [{"dedupe_key": "x"}, {"seed": 1}])
async def test_the_same_order_twice_at_once(make_services: Rooms, fields: dict[str, Any]) -> None:
    """The same order twice at once, by its idempotency key or its seed, is one job."""
    one, other = make_services
    key = await person(one)
    met = await meet(
        lambda: one.jobs.submit(key, picture(**fields)),
        lambda: other.jobs.submit(key, picture(**fields)),
        on=on(one),
        at="INSERT INTO jobs",
    )
    assert (met.first.created, met.second.created, met.waited) == (True, False, True)
    assert met.first.job.id == met.second.job.id
    assert await value(one, select(func.count()).select_from(jobs)) == 1


async def test_an_order_keeps_no_end_waiting(make_services: Rooms) -> None:
    """While an order of a key is taken, another job of the key comes to its end, but on SQLite."""
    one, other = make_services
    key = await person(one)
    job, _ = await begun(other, key)
    met = await meet(
        lambda: submitted(one, key, picture()),
        lambda: succeeds(other, job),
        on=on(one),
        at="FROM keys",
    )
    assert met.second is True
    assert met.waited is on(one).is_sqlite


async def changed(services: Services, key: Key, job: Job, **fields: object) -> Job | str:
    try:
        found = await services.queue.change(key, job.id, params=picture(**fields).params)
    except JobRefusedError as refused:
        return refused.code
    assert found is not None
    return found


async def test_an_order_meets_a_change(make_services: Rooms) -> None:
    """A job that becomes a dearer one waits for an order of its key, and may not overspend."""
    one, other = make_services
    local = await person(one)
    price = (await one.jobs.quote(local, picture(**PAID).params)).anlas
    limits = Limits(free_only=False, budget_day=price)
    key, _ = await one.keys.create(local.owner_id, "k", limits)
    (job,) = await submitted(one, key, picture())
    met = await meet(
        lambda: refusal_of(one, key, **PAID),
        lambda: changed(other, key, job, **PAID),
        on=on(one),
        at="INSERT INTO jobs",
    )
    assert met == Met("taken", "budget", True)
    assert await used(one) == price


@pytest.mark.parametrize("follower", ["change", "cancel", "cancel all"])
async def test_a_change_meets(make_services: Rooms, follower: str) -> None:
    """What follows a change of a job counts what was set aside by it, to the last Anlas."""
    one, other = make_services
    key = await person(one)
    (job,) = await submitted(one, key, picture(**PAID))
    dear = (await one.jobs.quote(key, picture(size=(1024, 1024), steps=50).params)).anlas
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "change": lambda: changed(other, key, job, size=(1024, 1024), steps=50),
        "cancel": lambda: other.jobs.cancel(key, job.id),
        "cancel all": lambda: other.queue.cancel_all(key),
    }
    met = await meet(lambda: changed(one, key, job), acts[follower], on=on(one), at="UPDATE jobs")
    assert met.waited
    now = await read(one, job)
    expected = (State.QUEUED, dear, dear) if follower == "change" else (State.CANCELLED, 0, 0)
    assert (now.state, now.cost_max, await used(one)) == expected


async def test_two_choices_of_a_key(make_services: Rooms) -> None:
    """Two clients of a key that choose something at once keep both choices."""
    one, other = make_services
    key = await person(one)
    met = await meet(
        lambda: one.keys.choose(key.id, {"model": "a"}),
        lambda: other.keys.choose(key.id, {"sampler": "b"}),
        on=on(one),
        at="FROM keys",
    )
    assert met.waited
    assert met.second is not None
    assert met.second.options == {"model": "a", "sampler": "b"}


# --- Webhooks -------------------------------------------------------------------------------------


async def promised(services: Services, key: Key, count: int) -> None:
    """Deliveries that are due."""
    for job in await submitted(services, key, *(picture() for _ in range(count))):
        values = {
            "id": f"whd_{next(NUMBERS):03}", "job_id": job.id, "key_id": key.id, "url": "u",
            "body": "{}", "attempts": 0, "due_at": 0.0, "created_at": 0.0,
        }  # fmt: skip
        async with services.context.database.write() as connection:
            await webhooks.insert(connection, values)


async def take(services: Services) -> str | None:
    async with services.context.database.write() as connection:
        now = await services.context.clock.now(connection)
        found = await webhooks.claim(connection, now, now + 60.0)
    return None if found is None else found.id


@pytest.mark.parametrize("count", [1, 2])
async def test_two_couriers_meet(make_services: Rooms, count: int) -> None:
    """Two couriers at once take two deliveries; of a single one, one takes it."""
    one, other = make_services
    key = await person(one)
    await promised(one, key, count)
    met = await meet(lambda: take(one), lambda: take(other), on=on(one), at="FROM deliveries")
    assert met.first is not None
    assert met.first != met.second
    assert (met.second is None) is (count == 1)
    assert met.waited is on(one).is_sqlite
    assert await value(one, select(func.sum(deliveries.c.attempts))) == count


async def test_a_courier_that_is_late(make_services: Rooms, clock: HandClock) -> None:
    """How an old try ended is not written over a newer try that another courier began."""
    one, other = make_services
    key = await person(one)
    await promised(one, key, 1)
    async with on(one).write() as connection:
        late = await webhooks.claim(connection, clock.time, clock.time + 60.0)
    assert late is not None

    async def note() -> bool:
        async with on(one).write() as connection:
            return await webhooks.change(connection, late, {"due_at": None, "delivered_at": 1.0})

    async def try_again() -> str | None:
        clock.time += 60.0
        return await take(other)

    met = await meet(note, try_again, on=on(one), at="UPDATE deliveries", before=True)
    assert met == Met(False, late.id, False)
    assert await value(one, select(deliveries.c.due_at)) == clock.time + 60.0


async def test_two_ask_for_a_webhooks_secret(make_services: Rooms) -> None:
    """Two who ask at once for what signs a key's webhooks are given the same."""
    one, other = make_services
    key = await person(one)
    met = await meet(
        lambda: one.webhooks.secret(key.id),
        lambda: other.webhooks.secret(key.id),
        on=on(one),
        at="UPDATE keys",
    )
    assert met.first == met.second
    assert met.waited


# --- What is forgotten for its age ---------------------------------------------------------------


async def test_what_is_used_again_is_not_forgotten(make_services: Rooms, clock: HandClock) -> None:
    """A picture that was handed in long ago, and is just being used again, stays."""
    one, other = make_services
    key = await person(one)
    upload = await one.uploads.add(key, source(1))
    clock.time += 10 * DAY
    met = await meet(
        lambda: one.uploads.read(key, upload.sha256),
        lambda: expire_uploads(on(other), other.context.blobs, clock, older_than=7 * DAY),
        on=on(one),
        at="UPDATE uploads",
    )
    assert (met.first, met.second, met.waited) == ((source(1), "image/png"), 0, True)
    assert await one.context.blobs.image(upload.sha256) == source(1)
    clock.time += 8 * DAY
    assert await expire_uploads(on(one), one.context.blobs, clock, older_than=7 * DAY) == 1
    assert await one.uploads.read(key, upload.sha256) is None


# --- The schema -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_tables_are_made_one_process_at_a_time(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """While a process makes the tables of an empty database, another one waits to look."""
    address = f"sqlite:///{tmp_path / 'empty.db'}"
    if kind == "postgres":
        address = request.getfixturevalue("postgres_url")
    one, other = Database(address), Database(elsewhere(address, tmp_path))
    lock = "1" if one.is_sqlite else f"pg_advisory_xact_lock({ADVISORY_LOCK})"

    async def hold() -> None:
        async with one.write() as connection:
            await connection.execute(text(f"SELECT {lock}"))

    met = await meet(hold, lambda: migrate(other, now=0.0), on=one, at=f"SELECT {lock}")
    assert met.waited
    assert await is_current(one)
    for database in (one, other):
        await database.close()


async def test_nothing_is_told_before_it_is_written(make_services: Rooms) -> None:
    """Whoever hears of a job can read it: nothing is told before the commit, nor after none."""
    one, other = make_services
    key = await person(one)
    context = one.context
    told = context.bus.told["job"]

    class BrokenOffError(Exception):
        pass

    async def break_off() -> str:
        try:
            async with context.database.write() as connection:
                (job,) = await repository.newest(connection, key.owner_id)
                transitions.announce(connection, context.bus, job, State.RUNNING)
                await connection.execute(update(jobs).values(priority=9))
                raise BrokenOffError
        except BrokenOffError:
            return "broken off"

    async def look() -> int:
        return context.bus.told["job"] - told

    met = await meet(
        lambda: submitted(one, key, picture()), look, on=on(one), at="INSERT INTO ledger"
    )
    assert met.second == 0
    heard = context.bus.listen(key.owner_id, after=f"{context.bus.epoch}-0")
    while (event := await anext(heard)).name != "job":
        pass
    assert event.data["job"] == met.first[0].id
    assert await break_off() == "broken off"
    assert context.bus.told["job"] - told == 1
    async with on(other).read() as connection:
        assert (await connection.execute(text("SELECT priority FROM jobs"))).scalar_one() == 0
