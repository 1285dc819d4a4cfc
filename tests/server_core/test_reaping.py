"""What the reaper and the reconciler decide, with exact values."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.server_core.conftest import Opening
from tests.server_core.helpers import TOKENS, HandClock, person
from tests.server_core.scenes import (
    LEASE,
    SETTLE,
    account_of,
    begun,
    change_all,
    doubted,
    entries,
    read,
    watch,
    watch_doubtful,
)
from tests.server_core.test_vibes import MODEL, source, with_vibes

from novelai.emulator import Emulator, Fault
from novelai.server.images.filter import Filter
from novelai.server.jobs import claims
from novelai.server.model.artifact import EncodingKey
from novelai.server.model.job import Job, JobRequest, State
from novelai.server.model.params import EncodeVibeParams
from novelai.server.services import Services
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.tables import accounts, jobs, vibes
from novelai.server.upstream.perform import ENCODING, Output
from novelai.server.worker.attempt import spool
from novelai.server.worker.lease import intend
from novelai.server.worker.reaper import MANY, reap
from novelai.server.worker.reconciler import Finding, judge, reconcile

pytestmark = pytest.mark.anyio

VIBE = EncodingKey(source="1" * 64, model="m", info_extracted=0.7)
STOPPED = {"code": "WorkerLost", "detail": "The server stopped during the call."}


@pytest.fixture
def url(sqlite_with_tables: str) -> str:
    """One database: the statements are the same on both, and meet in `test_meetings`."""
    return sqlite_with_tables


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def services(opening: Opening, clock: HandClock) -> AsyncGenerator[Services]:
    async with opening(work=False, clock=clock) as services:
        yield services


# --- The reaper -----------------------------------------------------------------------------------


async def test_a_claim_holds_an_account_for_a_lease(services: Services, clock: HandClock) -> None:
    """What is claimed is held for the length of a lease from then."""
    key = await person(services)
    job, account = await begun(services, key)
    found = await account_of(services, key)
    assert (found.id, found.job_id, found.lease_until) == (account.id, job.id, clock.time + LEASE)
    assert await read(services, job) == job
    assert (job.state, job.fence, job.attempts, job.started_at) == (State.RUNNING, 1, 1, clock.time)


async def test_a_lease_is_watched_for_its_whole_length(
    services: Services, clock: HandClock
) -> None:
    """A job is taken back when its lease has stood for its whole length, and not before."""
    key = await person(services)
    job, _ = await begun(services, key)
    clock.time += 0.5
    assert await reap(services.context) == 0
    clock.time += LEASE - 0.25
    assert await reap(services.context) == 0  # it has run out, and was not watched for so long
    clock.time += 0.25
    assert await reap(services.context) == 1
    assert (await read(services, job)).state is State.QUEUED
    assert await reap(services.context) == 0


async def test_a_lease_runs_out_by_the_clock(services: Services, clock: HandClock) -> None:
    """A lease that the clock gives more time is not taken away, however long it was watched."""
    key = await person(services)
    await begun(services, key)
    await change_all(services, accounts, lease_until=1000.0 + 3 * LEASE)
    assert await reap(services.context) == 0
    for time, found in ((3 * LEASE - 0.25, 0), (3 * LEASE, 1)):
        clock.time = 1000.0 + time
        assert await reap(services.context) == found


async def test_own_jobs_are_not_taken_back(services: Services, clock: HandClock) -> None:
    """A process takes back no attempt that it makes itself, but others at the same job."""
    key = await person(services)
    job, _ = await begun(services, key)
    services.context.mine.add(job.run)
    await watch(services, clock)
    assert await reap(services.context) == 0
    assert await reap(services.context, everything=True) == 0
    services.context.mine.clear()
    services.context.mine.add((job.id, job.fence + 1))
    await watch(services, clock)
    assert await reap(services.context) == 1


async def test_at_the_start_of_the_only_process(services: Services) -> None:
    """The only process takes back at once whatever its predecessor left, and counts it."""
    key = await person(services, TOKENS[:2])
    both = [(await begun(services, key))[0] for _ in range(2)]
    assert await reap(services.context, everything=True) == 2
    for job in both:
        assert (await read(services, job)).state is State.QUEUED


async def test_a_job_without_an_account(services: Services) -> None:
    """A running job that no account belongs to waits again at once."""
    key = await person(services)
    job, _ = await begun(services, key)
    await change_all(services, accounts, job_id=None, lease_until=None)
    assert await reap(services.context) == 1
    assert (await read(services, job)).state is State.QUEUED


@pytest.mark.parametrize(
    ("started", "rests_until"),
    [
        (None, 1002.0 + SETTLE),
        (1000.0, 1002.0),
        (1001.9, 1001.9 + SETTLE),
        (5000.0, 1002.0 + SETTLE),
    ],
)
async def test_what_was_not_sent_waits_again(
    services: Services, clock: HandClock, started: float | None, rests_until: float
) -> None:
    """A job whose worker is gone waits again; its account rests as a free call may still take."""
    key = await person(services)
    job, _ = await begun(services, key)
    await change_all(services, jobs, started_at=started)
    await watch(services, clock)
    assert await reap(services.context) == 1
    now = await read(services, job)
    assert (now.state, now.run_after, now.rank, now.error) == (
        State.QUEUED, clock.time, job.rank, None,
    )  # fmt: skip
    account = await account_of(services, key)
    assert (account.job_id, account.lease_until, account.free_at) == (None, None, rests_until)
    assert await entries(services) == [("reserve", job.cost_max)]


async def test_what_was_sent_is_uncertain(services: Services, clock: HandClock) -> None:
    """A job that was sent is uncertain, and keeps its account until its call has surely ended."""
    key = await person(services)
    job, _ = await begun(services, key)
    assert await intend(services.context, job, anlas_before=10_000, price=7)
    await watch(services, clock)
    await change_all(services, jobs, attempts=MANY)
    assert await reap(services.context) == 1
    now = await read(services, job)
    assert (now.state, now.charged, now.error) == (State.UNCERTAIN, "unknown", STOPPED)
    account = await account_of(services, key)
    assert (account.job_id, account.lease_until) == (job.id, clock.time + SETTLE)


@pytest.mark.parametrize("attempts", [99, 100])
async def test_a_job_that_ends_its_workers(
    services: Services, clock: HandClock, attempts: int
) -> None:
    """After a hundred workers that stopped while it ran a job is given up, uncharged."""
    key = await person(services)
    job, _ = await begun(services, key)
    await change_all(services, jobs, attempts=attempts)
    await watch(services, clock)
    assert await reap(services.context) == 1
    now = await read(services, job)
    if attempts < 100:
        assert now.state is State.QUEUED
        return
    detail = "The server stopped 100 times while it ran."
    assert (now.state, now.error) == (State.FAILED, {"code": "WorkerLost", "detail": detail})
    assert (now.charged, now.cost, now.finished_at) == ("no", 0, clock.time)
    account = await account_of(services, key)
    assert (account.job_id, account.free_at) == (None, clock.time)
    assert await entries(services) == [("reserve", job.cost_max), ("release", -job.cost_max)]


# --- The judge ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "price", "finding"),
    [
        (10, 10, 5, Finding("not_charged")),
        (10, 10, None, Finding("not_charged")),
        (10, 10, 0, Finding("not_charged")),
        (0, 0, 5, Finding("not_charged")),
        (10, 5, 5, Finding("charged", 5)),
        (5, 0, 5, Finding("charged", 5)),
        (10, 3, None, Finding("charged", 7)),
        (10, 9, None, Finding("charged", 1)),
        (10, 4, 5, Finding("unclear")),
        (10, 6, 5, Finding("unclear")),
        (10, 15, 5, Finding("unclear")),  # topped up
        (10, 15, -5, Finding("charged", -5)),  # no price is so
        (10, 11, None, Finding("unclear")),  # topped up, and nobody knows the price
        (None, 10, 5, Finding("unclear")),
        (10, None, 5, Finding("unclear")),
        (None, None, None, Finding("unclear")),
    ],
)
def test_what_a_balance_tells(
    before: int | None, now: int | None, price: int | None, finding: Finding
) -> None:
    """Only a balance that stayed, or fell by the price, tells; without a price any fall does."""
    assert judge(before, now, price) == finding


# --- The reconciler -------------------------------------------------------------------------------


async def look_into(services: Services, clock: HandClock, job: Job) -> Job:
    """The job behind a look of the reconciler."""
    await watch_doubtful(services, clock)
    assert await reconcile(services.context)
    return await read(services, job)


async def test_an_account_is_watched_until_its_call_has_ended(
    services: Services, clock: HandClock
) -> None:
    """A doubtful account is looked into when it has stood for as long as a call may take."""
    key = await person(services)
    job = await doubted(services, key)
    assert not await reconcile(services.context)
    clock.time += SETTLE - 0.0625
    assert not await reconcile(services.context)
    clock.time += 0.0625
    assert await reconcile(services.context)
    assert (await read(services, job)).state is State.QUEUED
    assert not await reconcile(services.context)


async def test_an_account_is_not_looked_into_before_it_is_due(
    services: Services, clock: HandClock
) -> None:
    """However long it was watched, an account is kept until its time by the clock has come."""
    key = await person(services)
    await doubted(services, key)
    await change_all(services, accounts, lease_until=1001.0)
    for time, found in ((1000.0, False), (1000.9, False), (1001.0, True)):
        clock.time = time
        assert await reconcile(services.context) is found


async def test_one_that_is_not_due_holds_up_no_other(services: Services, clock: HandClock) -> None:
    """A doubtful account that is not due yet does not hide another one that is."""
    key = await person(services, TOKENS[:2])
    first = await doubted(services, key)
    assert not await reconcile(services.context)
    clock.time += SETTLE
    await change_all(services, accounts, free_at=0.0)
    second = await doubted(services, key)
    async with services.context.database.write() as connection:
        mine = accounts.c.job_id == second.id
        await connection.execute(accounts.update().where(mine).values(lease_until=1.0))
    assert await reconcile(services.context)  # the second one comes first, and was not watched yet
    assert (await read(services, first)).state is State.QUEUED
    assert (await read(services, second)).state is State.UNCERTAIN


async def test_a_job_that_was_not_charged(services: Services, clock: HandClock) -> None:
    """A job that was not charged waits again, behind the others, and says that it cost nothing."""
    key = await person(services)
    job = await doubted(services, key)
    now = await look_into(services, clock, job)
    assert (now.state, now.charged, now.cost) == (State.QUEUED, "no", None)
    assert (now.run_after, now.rank) == (clock.time, clock.time)
    assert now.error == {"code": "Server", "detail": "It broke.", "charged": "no"}
    account = await account_of(services, key)
    assert (account.job_id, account.free_at) == (None, clock.time)
    assert await entries(services) == [("reserve", job.cost_max)]


@pytest.mark.parametrize(("failures", "state"), [(3, State.QUEUED), (4, State.FAILED)])
async def test_a_job_that_breaks_novelai_is_given_up(
    services: Services, clock: HandClock, failures: int, state: State
) -> None:
    """A paid job that was not charged is tried three times more, and then given up, uncharged."""
    key = await person(services)
    job = await doubted(services, key, failures=failures)
    now = await look_into(services, clock, job)
    assert (now.state, now.charged) == (state, "no")
    assert now.error == {"code": "Server", "detail": "It broke.", "charged": "no"}
    account = await account_of(services, key)
    assert (account.job_id, account.free_at) == (None, clock.time)
    if state is State.FAILED:
        assert (now.cost, now.finished_at) == (0, clock.time)
        assert await entries(services) == [("reserve", job.cost_max), ("release", -job.cost_max)]


@pytest.mark.parametrize("price", [7, None])
async def test_a_job_that_was_charged(
    services: Services, clock: HandClock, emulator: Emulator, price: int | None
) -> None:
    """A job that was charged, and whose picture is lost, failed and costs what is missing."""
    key = await person(services)
    job = await doubted(services, key, price=price)
    emulator.account(TOKENS[0]).charge(7)
    now = await look_into(services, clock, job)
    assert (now.state, now.charged, now.cost, now.finished_at) == (
        State.FAILED, "yes", 7, clock.time,
    )  # fmt: skip
    lost = "It was charged, and its picture did not arrive."
    assert now.error == {"code": "Lost", "detail": lost}
    account = await account_of(services, key)
    assert (account.job_id, account.free_at, account.anlas) == (None, clock.time, 9_993)
    assert await entries(services) == [("reserve", job.cost_max), ("settle", 7 - job.cost_max)]


@pytest.mark.parametrize("before", [None, 9_000, 10_003])
async def test_a_balance_that_tells_nothing(
    services: Services, clock: HandClock, before: int | None
) -> None:
    """Where the balance tells nothing the owner decides; the account is free for others."""
    key = await person(services)
    job = await doubted(services, key, before=before)
    now = await look_into(services, clock, job)
    assert now == job
    account = await account_of(services, key)
    assert (account.job_id, account.lease_until, account.free_at) == (None, None, clock.time)
    assert await entries(services) == [("reserve", job.cost_max)]
    assert not await reconcile(services.context)


async def test_a_balance_that_cannot_be_asked_for(
    services: Services, clock: HandClock, emulator: Emulator
) -> None:
    """An account whose balance is not known is kept, and asked again until it is given up."""
    key = await person(services)
    job = await doubted(services, key)
    emulator.script(Fault(status=503, times=99))
    give_up = services.context.timing.give_up
    await watch_doubtful(services, clock)
    assert await reconcile(services.context)
    account = await account_of(services, key)
    assert (account.job_id, account.lease_until) == (job.id, clock.time + SETTLE)
    assert not await reconcile(services.context)  # for as long it is asked no more
    clock.time = 1000.0 + give_up - 0.0625
    assert await reconcile(services.context)
    assert (await account_of(services, key)).job_id == job.id
    assert not await reconcile(services.context)
    clock.time = 1000.0 + give_up + SETTLE
    assert await reconcile(services.context)
    assert await read(services, job) == job
    account = await account_of(services, key)
    assert (account.job_id, account.free_at) == (None, clock.time)


async def test_a_balance_is_given_up_in_time(
    services: Services, clock: HandClock, emulator: Emulator
) -> None:
    """It is given up when that much time has passed since the call was sent."""
    key = await person(services)
    await doubted(services, key)
    emulator.script(Fault(status=503, times=99))
    assert not await reconcile(services.context)
    clock.time = 1000.0 + services.context.timing.give_up
    assert await reconcile(services.context)
    assert (await account_of(services, key)).job_id is None


async def test_a_job_that_was_never_sent_is_kept(
    services: Services, clock: HandClock, emulator: Emulator
) -> None:
    """An uncertain job without a time of sending is kept while the balance is not known."""
    key = await person(services)
    job = await doubted(services, key)
    await change_all(services, jobs, sent_at=None)
    emulator.script(Fault(status=503, times=99))
    assert not await reconcile(services.context)
    clock.time = 1000.0 + services.context.timing.give_up
    assert await reconcile(services.context)
    assert (await account_of(services, key)).job_id == job.id


async def test_a_spooled_picture_is_found(
    services: Services, clock: HandClock, emulator: Emulator
) -> None:
    """A picture that was spooled is the job's, and costs its price; no balance is asked for."""
    key = await person(services)
    job = await doubted(services, key)
    product = Output(position=0, data=b"picture", media_type="image/png", width=1, height=1)
    await spool(services.context.blobs, job, [product])
    emulator.script(Fault(status=503, times=99))
    asked = len(emulator.requests)
    now = await look_into(services, clock, job)
    assert (now.state, now.charged, now.cost, now.finished_at) == (
        State.SUCCEEDED, "yes", 7, clock.time,
    )  # fmt: skip
    assert len(emulator.requests) == asked
    account = await account_of(services, key)
    assert (account.job_id, account.free_at) == (None, clock.time)
    assert await entries(services) == [("reserve", job.cost_max), ("settle", 7 - job.cost_max)]
    assert len(await services.images.find(key, Filter())) == 1
    assert await services.context.blobs.names("spool/") == []


async def test_a_spooled_picture_of_unknown_price(services: Services, clock: HandClock) -> None:
    """A picture that was spooled and whose price is not known costs nothing that is known."""
    key = await person(services)
    job = await doubted(services, key, price=None)
    await spool(
        services.context.blobs, job, [Output(position=0, data=b"x", media_type="image/png")]
    )
    now = await look_into(services, clock, job)
    assert (now.state, now.cost) == (State.SUCCEEDED, 0)


async def test_the_spool_of_another_attempt(services: Services, clock: HandClock) -> None:
    """What another attempt, or an earlier call, spooled is not taken for this call's."""
    key = await person(services)
    job = await doubted(services, key)
    for other in (replace(job, fence=job.fence + 1), replace(job, spent=2)):
        await spool(services.context.blobs, other, [Output(position=0, data=b"x", media_type="y")])
    now = await look_into(services, clock, job)
    assert now.state is State.QUEUED
    assert len(await services.context.blobs.names("spool/")) == 2


@pytest.mark.parametrize("kept", [b"", b"pictur", b"pictures"])
async def test_a_spooled_list_without_its_bytes(
    services: Services, clock: HandClock, kept: bytes
) -> None:
    """A list of pictures whose bytes are missing, or not whole, is not believed."""
    key = await person(services)
    job = await doubted(services, key)
    blobs = services.context.blobs
    product = Output(position=0, data=b"picture", media_type="image/png")
    (made,) = await spool(blobs, job, [product])
    await blobs.delete_image(made.sha256)
    if kept:
        await blobs.put(f"pictures/{made.sha256[:2]}/{made.sha256}", kept)
    assert (await look_into(services, clock, job)).state is State.QUEUED


async def test_a_spooled_vibe_of_a_picture(services: Services, clock: HandClock) -> None:
    """A vibe that was spooled on the way of a picture is kept and counted; the picture waits."""
    key = await person(services)
    job = await doubted(services, key, with_vibes(31), price=2)
    product = Output(position=0, data=b"encoding", media_type=ENCODING)
    (made,) = await spool(services.context.blobs, job, [product], VIBE)
    now = await look_into(services, clock, job)
    assert (now.state, now.spent, now.charged, now.cost) == (State.QUEUED, 2, "yes", None)
    assert (now.run_after, now.sent_at, now.rank) == (clock.time, None, job.rank)
    account = await account_of(services, key)
    assert (account.job_id, account.free_at) == (None, clock.time)
    async with services.context.database.read() as connection:
        kept = (await connection.execute(select(vibes.c.sha256, vibes.c.created_at))).one()
    assert tuple(kept) == (made.sha256, clock.time)
    assert await entries(services) == [("reserve", job.cost_max)]
    assert await services.context.blobs.names("spool/") == []


async def test_a_spooled_vibe_that_was_asked_for(services: Services, clock: HandClock) -> None:
    """A job that is there to encode a vibe ends with it, and is not begun again."""
    key = await person(services)
    order = JobRequest(params=EncodeVibeParams(image=source(31), model=MODEL))
    job = await doubted(services, key, order, price=2)
    product = Output(position=0, data=b"encoding", media_type=ENCODING)
    await spool(services.context.blobs, job, [product], VIBE)
    now = await look_into(services, clock, job)
    assert (now.state, now.charged, now.cost) == (State.SUCCEEDED, "yes", 2)
    assert await entries(services) == [("reserve", job.cost_max), ("settle", 2 - job.cost_max)]


async def test_a_job_that_nobody_doubts_any_more(
    services: Services, clock: HandClock, tmp_path: Path
) -> None:
    """What was decided while the balance was asked for stays decided."""
    key = await person(services)
    job = await doubted(services, key)
    context = services.context

    class Resolving(Blobs):
        async def get(self, path: str) -> bytes:
            await services.jobs.resolve(key, job.id, charged=True)
            return await super().get(path)

    store = Resolving.local(tmp_path / "blobs")
    await watch_doubtful(services, clock)
    assert await reconcile(replace(context, blobs=store))
    now = await read(services, job)
    assert (now.state, now.cost) == (State.FAILED, 7)
    assert await entries(services) == [("reserve", job.cost_max), ("settle", 7 - job.cost_max)]


async def test_who_encodes_what(services: Services) -> None:
    """A vibe that another owner's, or no held job, encodes is not waited for."""
    key = await person(services, TOKENS[:2])
    (mine, _), (theirs, _) = await begun(services, key), await begun(services, key)
    async with services.context.database.write() as connection:
        assert await claims.begin_encoding(connection, mine, "a")
        assert await claims.begin_encoding(connection, mine, "a")  # its own is none of others
        assert not await claims.begin_encoding(connection, theirs, "a")
        assert await claims.begin_encoding(connection, theirs, "b")
    assert [(await read(services, job)).encoding for job in (mine, theirs)] == ["a", "b"]
