"""Which job runs next, on which account, and what is written down when it does."""

from dataclasses import replace

import pytest
from sqlalchemy import update
from tests.server_core.helpers import (
    OPUS,
    TABLET,
    HandClock,
    beside,
    owner,
    queue_of,
    read,
    row_of,
    taken,
)

from novelai.server.accounts import repository as owned
from novelai.server.jobs import claims
from novelai.server.model.job import Job, State
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.storage.tables import accounts, jobs, keys, owners
from novelai.server.worker.lease import claim, intend

pytestmark = pytest.mark.anyio

PAID = {"size": (512, 512), "steps": 29}  # 6 Anlas on every account
LEASE = 20.0


async def account(services: Services, account_id: str, **values: object) -> None:
    async with services.context.database.write() as connection:
        await owned.change(connection, account_id, values)


async def job_row(services: Services, job: Job, **values: object) -> None:
    async with services.context.database.write() as connection:
        await connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))


async def key_row(services: Services, key: Key, **values: object) -> None:
    async with services.context.database.write() as connection:
        await connection.execute(update(keys).where(keys.c.id == key.id).values(**values))


async def begun(services: Services) -> Job:
    claimed = await claim(services.context)
    assert claimed is not None
    return claimed[0]


async def pairs(services: Services) -> list[tuple[str, str]]:
    """All that can be claimed at once: the job's id and the account's."""
    found: list[tuple[str, str]] = []
    while (claimed := await claim(services.context)) is not None:
        found.append((claimed[0].id, claimed[1].id))
    return found


async def test_an_owners_jobs_run_on_the_owners_accounts(still: Services) -> None:
    """Nobody's job runs on, and is paid by, somebody else's account."""
    a, b = await owner(still, "a", OPUS), await owner(still, "b", OPUS, TABLET)
    without = await owner(still, "c")
    async with still.context.database.write() as connection:
        await connection.execute(update(accounts).values(enabled=True))
    first = await taken(still, a)
    mine, other = await taken(still, b), await taken(still, b)
    await account(still, "a 0", last_used_at=5.0)
    await account(still, "b 1", last_used_at=9.0)
    await job_row(still, first, priority=-1)
    assert await pairs(still) == [(mine.id, "b 0"), (first.id, "a 0"), (other.id, "b 1")]
    for job in (first, mine, other):
        await job_row(still, job, state=State.CANCELLED)
    await account(still, "a 0", job_id=None)
    stray = await taken(still, a)
    await job_row(still, stray, owner_id=without.owner_id)
    assert await pairs(still) == []


async def test_an_account_without_work_stands_in_nobodys_way(still: Services) -> None:
    """The account that rested longest is passed over while its owner has no job that is ready."""
    idle, busy = await owner(still, "a", OPUS), await owner(still, "b", OPUS)
    await account(still, "b 0", last_used_at=5.0)
    job = await taken(still, busy)
    resting = await taken(still, idle)
    await job_row(still, resting, run_after=1_000_001.0)
    assert await pairs(still) == [(job.id, "b 0")]


async def test_the_account_that_rested_longest(still: Services) -> None:
    """Accounts take turns; among equals their names decide."""
    key = await owner(still, "a", OPUS, OPUS, OPUS)
    jobs = [await taken(still, key) for _ in range(4)]
    await account(still, "a 0", last_used_at=3.0)
    found = await pairs(still)
    assert found == [(jobs[0].id, "a 1"), (jobs[1].id, "a 2"), (jobs[2].id, "a 0")]


@pytest.mark.parametrize(
    ("values", "ready"),
    [
        ({"free_at": 0.0}, True),
        ({"enabled": False}, False),
        ({"job_id": "another"}, False),
        ({"free_at": 1_000_000.0}, True),
        ({"free_at": 1_000_000.1}, False),
        ({"health": "unreachable"}, True),
    ],
)
async def test_an_account_that_is_free(
    still: Services, values: dict[str, object], *, ready: bool
) -> None:
    """It is enabled, holds no job, and does not cool down any more."""
    await taken(still, await owner(still, "a", OPUS))
    await account(still, "a 0", **values)
    assert (await claim(still.context) is not None) is ready


@pytest.mark.parametrize(
    ("values", "ready"),
    [
        ({"run_after": 0.0}, True),
        ({"run_after": 1_000_000.0}, True),
        ({"run_after": 1_000_000.1}, False),
        *(({"state": state}, False) for state in State if state is not State.QUEUED),
    ],
)
async def test_a_job_that_is_ready(
    still: Services, values: dict[str, object], *, ready: bool
) -> None:
    """It is queued, and its pause is over."""
    job = await taken(still, await owner(still, "a", OPUS))
    await job_row(still, job, **values)
    assert (await claim(still.context) is not None) is ready


async def test_an_owner_whose_queue_rests(still: Services) -> None:
    """Nothing of hers begins, and others go on."""
    a, b = await owner(still, "a", OPUS), await owner(still, "b", OPUS)
    mine, other = await taken(still, a), await taken(still, b)
    await still.queue.pause(a, paused=True)
    assert await pairs(still) == [(other.id, "b 0")]
    await still.queue.pause(a, paused=False)
    assert await pairs(still) == [(mine.id, "a 0")]


async def test_a_job_that_rests_does_not_hold_up_others(still: Services) -> None:
    """An account goes to the next job that is ready, also of an owner whose first one is not."""
    key = await owner(still, "a", OPUS)
    resting, ready = await taken(still, key), await taken(still, key)
    await job_row(still, resting, run_after=1_000_001.0, priority=5)
    assert await pairs(still) == [(ready.id, "a 0")]


async def test_which_job_goes_first(still: Services, clock: HandClock) -> None:
    """The highest priority, then the key furthest behind, then the lowest rank, then the oldest."""
    a = await owner(still, "a", *[OPUS] * 6)
    b = await beside(still, a)
    late, early, twin, other, urgent = [
        await taken(still, key) for key in (a, a, a, b, a)
    ]  # fmt: skip
    await job_row(still, late, rank=9.0)
    for job in (early, twin):
        await job_row(still, job, rank=1.0)
    await job_row(still, urgent, priority=1, rank=99.0)
    await key_row(still, a, vtime=50.0)
    await key_row(still, b, vtime=51.5)
    assert [job_id for job_id, _ in await pairs(still)] == [
        urgent.id, early.id, other.id, twin.id, late.id,
    ]  # fmt: skip


async def test_what_a_claim_writes(still: Services, clock: HandClock) -> None:
    """The job runs on the account, the account is held for a lease, and what was is forgotten."""
    key = await owner(still, "a", OPUS)
    job = await taken(still, key, **PAID)
    await job_row(
        still, job, fence=4, attempts=2, sent_at=1.0, anlas_before=1, price=1, encoding="v", spent=2
    )
    clock.time += 7
    before = await read(still, job)
    claimed = await claim(still.context)
    assert claimed is not None
    expected = replace(
        before, state=State.RUNNING, account_id="a 0", fence=5, attempts=3,
        started_at=1_000_007.0, sent_at=None, anlas_before=None, price=None, encoding=None,
    )  # fmt: skip
    assert claimed[0] == expected == await read(still, job)
    held = await row_of(still, accounts, "a 0")
    assert (held["job_id"], held["lease_until"], held["last_used_at"]) == (
        job.id, 1_000_007.0 + LEASE, 1_000_007.0,
    )  # fmt: skip
    assert (claimed[1].id, claimed[1].last_used_at) == ("a 0", 1_000_007.0)


async def test_clocks_of_keys(still: Services) -> None:
    """A turn is charged once, by price and share; the owner's clock follows who is served."""
    a = await owner(still, "a", *[OPUS] * 3)
    half = await beside(still, a, weight=2.0)

    async def clocks() -> list[float]:
        of_keys = [(await row_of(still, keys, key.id))["vtime"] for key in (a, half)]
        return [*of_keys, (await row_of(still, owners, a.owner_id))["vtime"]]

    paid, dear = await taken(still, a, **PAID), await taken(still, half, **PAID)
    await key_row(still, a, vtime=3.0)
    await key_row(still, half, vtime=4.0)
    assert (await begun(still)).id == paid.id
    assert await clocks() == [10.0, 4.0, 3.0]
    assert (await begun(still)).id == dear.id
    assert await clocks() == [10.0, 7.5, 4.0]
    again = await taken(still, half)
    await job_row(still, again, attempts=1)
    await key_row(still, half, vtime=7.5)
    await begun(still)
    assert await clocks() == [10.0, 7.5, 4.0]  # it has paid for its turn


async def test_an_owners_clock_never_goes_back(still: Services) -> None:
    """It follows the key that is served only where that one is further."""
    a, b = await owner(still, "a", OPUS), await owner(still, "b", OPUS)
    await taken(still, a)
    async with still.context.database.write() as connection:
        await connection.execute(update(owners).values(vtime=9.0))
    await key_row(still, a, vtime=4.0)
    await begun(still)
    assert (await row_of(still, owners, a.owner_id))["vtime"] == 9.0
    assert (await row_of(still, keys, a.id))["vtime"] == 5.0
    assert (await row_of(still, keys, b.id))["vtime"] == 0.0


async def test_who_waits_already_keeps_its_turn(still: Services) -> None:
    """A key's clock is set when it begins to wait, and not by what it orders meanwhile."""
    key = await owner(still, "a", OPUS)
    async with still.context.database.write() as connection:
        await connection.execute(update(owners).values(vtime=9.0))
    await taken(still, key)
    assert (await row_of(still, keys, key.id))["vtime"] == 9.0
    await key_row(still, key, vtime=2.0)
    await taken(still, key, "a dog")
    assert (await row_of(still, keys, key.id))["vtime"] == 2.0


async def test_an_owners_clock_is_its_own(still: Services) -> None:
    """Who is served moves no other owner's clock."""
    a, b = await owner(still, "a", OPUS), await owner(still, "b", OPUS)
    await taken(still, a)
    await key_row(still, a, vtime=4.0)
    await begun(still)
    assert (await row_of(still, owners, a.owner_id))["vtime"] == 4.0
    assert (await row_of(still, owners, b.owner_id))["vtime"] == 0.0


async def test_what_an_intent_writes(still: Services, clock: HandClock) -> None:
    """When it is about to leave, the balance before, and what it costs on its account."""
    await taken(still, await owner(still, "a", OPUS), **PAID)
    job = await begun(still)
    clock.time += 1
    assert await intend(still.context, job, anlas_before=77, price=6)
    written = await read(still, job)
    assert (written.sent_at, written.anlas_before, written.price) == (1_000_001.0, 77, 6)


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ({"fence": 2}, 0.0),
        ({"state": State.UNCERTAIN}, 0.0),
        ({"account_id": "a 1"}, 0.0),
        ({}, LEASE),
    ],
)
async def test_an_intent_of_who_holds_nothing(
    still: Services, clock: HandClock, values: dict[str, object], seconds: float
) -> None:
    """No paid call leaves once the fence, the account or the lease is lost."""
    key = await owner(still, "a", OPUS, OPUS)
    await taken(still, key, **PAID)
    job = await begun(still)
    if values:
        await job_row(still, job, **values)
    clock.time += seconds
    assert not await intend(still.context, job, anlas_before=77, price=6)
    written = await read(still, job)
    assert (written.sent_at, written.anlas_before, written.price) == (None, None, None)
    clock.time -= seconds + 0.1
    if not values:
        assert await intend(still.context, job, anlas_before=77, price=6)


async def test_an_intent_without_the_account(still: Services) -> None:
    """Nor once the account holds another job, or none."""
    await taken(still, await owner(still, "a", OPUS), **PAID)
    job = await begun(still)
    for held in (None, "another"):
        await account(still, "a 0", job_id=held)
        assert not await intend(still.context, job, anlas_before=77, price=6)


async def test_an_intent_of_one_job(still: Services) -> None:
    """It is written to this job alone."""
    key = await owner(still, "a", OPUS, OPUS)
    for _ in range(2):
        await taken(still, key, **PAID)
    first, second = await begun(still), await begun(still)
    assert await intend(still.context, first, anlas_before=77, price=6)
    assert (await read(still, second)).sent_at is None


async def encodes(services: Services, job: Job, vibe: str = "v") -> bool:
    async with services.context.database.write() as connection:
        return await claims.begin_encoding(connection, job, vibe)


async def test_a_vibe_is_encoded_by_one_job_at_a_time(still: Services) -> None:
    """While a job of the owner encodes it no other does; other vibes and owners do not matter."""
    a, b = await owner(still, "a", OPUS, OPUS), await owner(still, "b", OPUS)
    for key in (a, a, b):
        await taken(still, key)
    first, second, other = [await begun(still) for _ in range(3)]
    assert {first.owner_id, second.owner_id, other.owner_id} == {a.owner_id, b.owner_id}
    first, second = [one for one in (first, second, other) if one.owner_id == a.owner_id]
    (other,) = [job for job in await everything(still) if job.owner_id == b.owner_id]
    assert await encodes(still, first)
    assert (await read(still, first)).encoding == "v"
    assert await encodes(still, first)  # it is its own
    assert not await encodes(still, second)
    assert (await read(still, second)).encoding is None
    assert await encodes(still, other)
    assert await encodes(still, second, "w")


async def everything(services: Services) -> list[Job]:
    async with services.context.database.read() as connection:
        return [job for job, _ in await claims.running(connection)]


async def test_a_vibe_of_a_job_that_is_gone(still: Services) -> None:
    """An uncertain job encodes as long as it holds its account; a stale attempt writes nothing."""
    key = await owner(still, "a", OPUS, OPUS)
    for _ in range(2):
        await taken(still, key)
    first, second = await begun(still), await begun(still)
    assert await encodes(still, first)
    await job_row(still, first, state=State.UNCERTAIN)
    assert not await encodes(still, second)
    await account(still, first.account_id or "", job_id=None)
    await job_row(still, second, fence=second.fence + 1)
    await encodes(still, second)
    assert (await read(still, second)).encoding is None
    assert (await read(still, first)).encoding == "v"


async def test_what_runs(still: Services) -> None:
    """Each running job with the end of its lease; one that no account holds has none."""
    key = await owner(still, "a", OPUS, OPUS, OPUS)
    for _ in range(4):
        await taken(still, key)
    held, left, doubted = [await begun(still) for _ in range(3)]
    await account(still, left.account_id or "", job_id=None)
    await job_row(still, doubted, state=State.UNCERTAIN)
    async with still.context.database.read() as connection:
        found = {job.id: (job, until) for job, until in await claims.running(connection)}
    assert found == {held.id: (held, 1_000_000.0 + LEASE), left.id: (left, None)}


async def test_positions_are_the_order_of_claims(still: Services) -> None:
    """The queue is told in the order in which claims take it, across priorities and keys."""
    a = await owner(still, "a", *[OPUS] * 8)
    b = await beside(still, a, weight=0.5)
    jobs = [await taken(still, key, priority=p) for p in (0, 1) for key in (a, b, a, b)]
    for job in jobs[::3]:
        await job_row(still, job, attempts=1)
    async with still.context.database.read() as connection:
        told = [job.id for job in await queue_of(connection, a.owner_id)]
    assert [job_id for job_id, _ in await pairs(still)] == told
