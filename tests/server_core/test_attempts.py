"""What an attempt asks, writes down and costs, and how its end is written down: exact values."""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Any

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
    entries,
    read,
    watch,
)
from tests.server_core.test_vibes import with_vibes

from novelai._responses import UNKNOWN_CHARGE
from novelai.emulator import Emulator, Fault
from novelai.errors import (
    AuthenticationError,
    ConnectionFailedError,
    InvalidRequestError,
    NovelAIError,
    RateLimitError,
    ServerError,
)
from novelai.server.images.filter import Filter
from novelai.server.model.artifact import EncodingKey
from novelai.server.model.budget import Price
from novelai.server.model.job import State
from novelai.server.model.key import Key
from novelai.server.model.tier import Tier
from novelai.server.services import Services
from novelai.server.storage.tables import accounts, jobs, vibes
from novelai.server.upstream.perform import ENCODING, Output
from novelai.server.worker.attempt import Attempt, PriceRoseError, TakenAwayError, spool
from novelai.server.worker.context import Timing
from novelai.server.worker.finish import finish_call, finish_failed, finish_refused, requeue
from novelai.server.worker.reaper import reap

pytestmark = pytest.mark.anyio

VIBE = EncodingKey(source="1" * 64, model="m", info_extracted=0.7)
PRODUCT = Output(position=0, data=b"picture", media_type="image/png", width=1, height=1)
PACING = 0.5
TIMING = Timing(lease=LEASE, settle=SETTLE, pacing=PACING, stale=600.0)
UNKNOWN = f"It broke.{UNKNOWN_CHARGE}"


class Half(random.Random):
    """Chance that is always one half: what is jittered is three quarters of it."""

    def random(self) -> float:
        return 0.5


@pytest.fixture
def url(sqlite_with_tables: str) -> str:
    """One database: the statements are the same on both, and meet in `test_meetings`."""
    return sqlite_with_tables


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def services(opening: Opening, clock: HandClock) -> AsyncGenerator[Services]:
    async with opening(work=False, clock=clock, timing=TIMING) as services:
        yield services


@pytest.fixture
async def key(services: Services) -> Key:
    return await person(services)


@pytest.fixture
async def attempt(services: Services, key: Key) -> Attempt:
    """An attempt at a paid job."""
    return Attempt(replace(services.context, rng=Half()), *await begun(services, key))


async def test_before_a_price_is_asked_nothing_is_due(attempt: Attempt) -> None:
    """A job that ends before its first call was priced has cost nothing and drawn nothing."""
    assert (attempt.price, attempt.allowance, attempt.lease.paying) == (0, 0, False)


def told(price: Price, tiers: list[Tier]) -> Callable[[Tier], Awaitable[Price]]:
    """A price whatever the tier, which is noted."""

    async def price_on(tier: Tier) -> Price:
        tiers.append(tier)
        return price

    return price_on


def asked(emulator: Emulator) -> int:
    """How often the balance was asked for, but for the first time."""
    return sum(one.path == "/user/subscription" for one in emulator.requests) - 1


# --- Before a call --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "balance_at", "times"),
    [
        (Price(anlas=0), 1000.0, 0),
        (Price(anlas=0), 400.0, 0),
        (Price(anlas=0), 399.75, 1),
        (Price(anlas=0), None, 1),
        (Price(anlas=0, allowance=1), 1000.0, 1),
        (Price(anlas=1), 1000.0, 1),
        (Price(anlas=None), 1000.0, 1),
    ],
)
async def test_when_the_balance_is_asked_for(
    attempt: Attempt,
    services: Services,
    emulator: Emulator,
    price: Price,
    balance_at: float | None,
    times: int,
) -> None:
    """Before a call that costs something, or by an old balance, the balance is asked for."""
    assert (attempt.price, attempt.sending.left) == (0, 0)  # nothing is under way yet
    attempt.account = replace(attempt.account, balance_at=balance_at, anlas=1)
    emulator.account(TOKENS[0]).fixed_anlas = 9_000
    emulator.account(TOKENS[0]).tier = 1
    tiers: list[Tier] = []
    await attempt.ready(told(price, tiers))
    assert asked(emulator) == times
    assert tiers == [Tier(is_opus=True), Tier(is_opus=False)][: times + 1]
    assert attempt.account.anlas == (9_000 if times else 1)
    now = await read(services, attempt.job)
    pays = price.anlas != 0
    assert (now.sent_at, now.price) == ((1000.0, price.anlas) if pays else (None, None))
    assert now.anlas_before == (9_000 if pays else None)
    assert (attempt.price, attempt.lease.paying) == (price.anlas, pays)
    assert (attempt.job.price, attempt.job.anlas_before) == (now.price, now.anlas_before)


@pytest.mark.parametrize(("spent", "anlas", "rose"), [
    (0, 0, None), (0, 10, None), (0, 11, 11), (2, 8, None), (2, 9, 11), (11, 0, 11),
    (2, None, None), (11, None, None),
])  # fmt: skip
async def test_a_price_that_rose(
    attempt: Attempt, services: Services, spent: int, anlas: int | None, rose: int | None
) -> None:
    """A call that would cost more than was set aside, with what was spent before, is not sent."""
    attempt.job = replace(attempt.job, cost_max=10, spent=spent)
    price_on = told(Price(anlas=anlas), [])
    if rose is None:
        await attempt.ready(price_on)
        assert attempt.price == anlas
        return
    with pytest.raises(PriceRoseError) as caught:
        await attempt.ready(price_on)
    assert (caught.value.anlas, caught.value.args) == (rose, (rose,))
    assert (await read(services, attempt.job)).sent_at is None
    assert not attempt.lease.paying


async def test_a_job_that_was_taken_away_is_not_sent(
    attempt: Attempt, services: Services, clock: HandClock
) -> None:
    """What is another process's by now is not sent."""
    await watch(services, clock)
    assert await reap(services.context) == 1
    with pytest.raises(TakenAwayError):
        await attempt.ready(told(Price(anlas=1), []))
    assert not attempt.lease.paying


async def test_an_intent_counts_until_the_lease_ends(
    attempt: Attempt, services: Services, clock: HandClock
) -> None:
    """A lease that has run out sends nothing, also while nobody took the job."""
    clock.time += LEASE
    with pytest.raises(TakenAwayError):
        await attempt.ready(told(Price(anlas=1), []))
    clock.time -= 0.0625
    await attempt.ready(told(Price(anlas=1), []))
    assert (await read(services, attempt.job)).sent_at == clock.time


# --- Vibes on the way -----------------------------------------------------------------------------


@pytest.mark.parametrize(("price", "cost"), [(2, 2), (0, 0), (None, 0)])
async def test_a_vibe_on_the_way(
    services: Services, key: Key, clock: HandClock, price: int | None, cost: int
) -> None:
    """A vibe that came is kept and counted, and nothing is under way any more."""
    attempt = Attempt(services.context, *await begun(services, key, with_vibes(41)))
    await attempt.ready(told(Price(anlas=2), []))
    product = Output(position=0, data=b"encoding", media_type=ENCODING)
    (made,) = await spool(services.context.blobs, attempt.job, [product], VIBE)
    attempt.price = price
    clock.time += 1.0
    await attempt.keep_encoding(made)
    job = attempt.job
    assert (job.spent, job.price, job.anlas_before) == (cost, None, None)
    assert (attempt.price, attempt.lease.paying) == (0, False)
    now = await read(services, job)
    assert (now.spent, now.price, now.anlas_before, now.sent_at) == (cost, None, None, None)
    async with services.context.database.read() as connection:
        kept = (await connection.execute(select(vibes.c.sha256, vibes.c.created_at))).one()
    assert tuple(kept) == (made.sha256, clock.time)
    assert await services.context.blobs.names("spool/") == []


async def test_a_vibe_of_a_job_that_was_taken_away(
    services: Services, key: Key, clock: HandClock
) -> None:
    """A vibe that came for another process's job by now stays in the spool, for that one."""
    attempt = Attempt(services.context, *await begun(services, key, with_vibes(42)))
    await attempt.ready(told(Price(anlas=2), []))
    product = Output(position=0, data=b"encoding", media_type=ENCODING)
    (made,) = await spool(services.context.blobs, attempt.job, [product], VIBE)
    await watch(services, clock)
    assert await reap(services.context) == 1
    with pytest.raises(TakenAwayError):
        await attempt.keep_encoding(made)
    assert len(await services.context.blobs.names("spool/")) == 1
    assert attempt.lease.paying


# --- A call that brought something ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "before", "after", "cost"),
    [
        (7, 10_000, 9_000, 7),
        (0, None, 9_000, 0),
        (None, 10_000, 9_991, 9),
        (None, 10_000, 10_000, 0),
        (None, 9_000, 10_000, 0),  # topped up meanwhile
        (None, None, 10_000, 0),
        (None, 10_000, None, 0),  # the balance cannot be asked for
    ],
)
async def test_what_a_call_cost(
    attempt: Attempt,
    services: Services,
    key: Key,
    clock: HandClock,
    emulator: Emulator,
    price: int | None,
    before: int | None,
    after: int | None,
    cost: int,
) -> None:
    """A call costs its price, or what is missing from the balance where none is known."""
    attempt.price = price
    attempt.job = replace(attempt.job, anlas_before=before)
    services.context.broken[attempt.account.id] = "another"
    if after is None:
        emulator.script(Fault(status=503, times=9))
    else:
        emulator.account(TOKENS[0]).fixed_anlas = after
    clock.time += 1.0
    await finish_call(attempt, [PRODUCT])
    now = await read(services, attempt.job)
    reserved = attempt.job.cost_max
    assert (now.state, now.cost, now.price, now.error) == (State.SUCCEEDED, cost, cost, None)
    assert (now.charged, now.finished_at) == ("yes" if cost else "no", clock.time)
    assert await entries(services) == [("reserve", reserved), ("settle", cost - reserved)]
    account = await account_of(services, key)
    assert (account.job_id, account.free_at) == (None, clock.time + PACING)
    (image,) = await services.images.find(key, Filter())
    assert (await services.images.data(image), image.created_at) == (b"picture", clock.time)
    assert services.context.broken == {}
    assert await services.context.blobs.names("spool/") == []


async def test_a_picture_in_front_of_a_failure(attempt: Attempt, services: Services) -> None:
    """A picture that came before its call broke off is the job's, beside what went wrong."""
    attempt.price = 7
    attempt.job = replace(attempt.job, spent=2)
    error = ServerError("It broke.", status=500, request_id="abc", charged="unknown")
    await finish_call(attempt, [PRODUCT], error=error, vibe=None)
    now = await read(services, attempt.job)
    assert (now.state, now.cost) == (State.SUCCEEDED, 9)
    assert now.error == {
        "code": "Server", "detail": "It broke.", "status": 500, "request_id": "abc",
        "charged": "unknown",
    }  # fmt: skip


async def test_a_picture_of_a_job_that_was_taken_away(
    attempt: Attempt, services: Services, key: Key, clock: HandClock
) -> None:
    """What came for another process's job by now waits in the spool, and changes nothing."""
    await watch(services, clock)
    assert await reap(services.context) == 1
    theirs = await read(services, attempt.job)
    await finish_call(attempt, [PRODUCT], vibe=VIBE)
    assert await read(services, attempt.job) == theirs
    assert len(await services.context.blobs.names("spool/")) == 1
    assert await services.images.find(key, Filter()) == []


# --- A call that failed ---------------------------------------------------------------------------

BROKE = ServerError(UNKNOWN, status=500, charged="unknown")
GATEWAY = ServerError(UNKNOWN, status=502, charged="unknown")
LOCKED = RateLimitError("Too many requests.", status=429)
UNREACHABLE = ConnectionFailedError("No connection.")
WRONG = InvalidRequestError("A wrong size.", status=400)


@pytest.mark.parametrize(
    ("error", "price", "failures", "state", "waits", "rests"),
    [
        (BROKE, 0, 1, State.QUEUED, 0.75, PACING),
        (BROKE, 7, 1, State.UNCERTAIN, None, None),
        (BROKE, None, 1, State.UNCERTAIN, None, None),  # it may cost something
        (GATEWAY, 0, 1, State.QUEUED, 0.75, 0.75),
        (GATEWAY, 7, 1, State.UNCERTAIN, None, None),
        (LOCKED, 7, 0, State.QUEUED, 0.0, 0.75),
        (UNREACHABLE, 7, 0, State.QUEUED, 0.75, PACING),
        (WRONG, 7, 1, State.FAILED, None, PACING),
        (WRONG, 0, 1, State.FAILED, None, PACING),
    ],
)
async def test_how_a_failure_is_written_down(
    attempt: Attempt,
    services: Services,
    key: Key,
    clock: HandClock,
    error: NovelAIError,
    price: int | None,
    failures: int,
    state: State,
    waits: float | None,
    rests: float | None,
) -> None:
    """A failed call waits, is given up, or is looked into; an unknown price is no free call."""
    attempt.price = price
    clock.time += 1.0
    await finish_failed(attempt, error)
    now = await read(services, attempt.job)
    assert (now.state, now.attempts) == (state, 1)
    account = await account_of(services, key)
    assert now.error is not None
    unknown = error.charged == "unknown" and price != 0
    assert now.error["detail"] == (error.message if unknown else error.message.split(" Whether")[0])
    assert now.error["charged"] == ("unknown" if unknown else "no")
    assert (now.error["code"], now.error["status"]) == (
        type(error).__name__.removesuffix("Error"), error.status,
    )  # fmt: skip
    reserved = ("reserve", attempt.job.cost_max)
    if rests is None:
        assert (now.charged, now.failures) == ("unknown", failures)
        assert (account.job_id, account.lease_until) == (now.id, clock.time + TIMING.first_look)
        return
    assert (account.job_id, account.free_at) == (None, clock.time + rests)
    if state is State.FAILED:
        assert (now.cost, now.charged, now.finished_at) == (0, "no", clock.time)
        assert await entries(services) == [reserved, ("release", -attempt.job.cost_max)]
    else:
        assert (now.failures, now.run_after) == (failures, clock.time + (waits or 0.0))
        assert (now.rank, now.charged) == (attempt.job.rank, "no")
        assert await entries(services) == [reserved]


@pytest.mark.parametrize(
    ("before", "error", "rests"),
    [
        (None, BROKE, PACING),
        ("itself", BROKE, PACING),
        ("another", BROKE, 0.75),
        ("another", GATEWAY, 0.75),
    ],
)
async def test_which_job_broke_last(
    attempt: Attempt,
    services: Services,
    key: Key,
    before: str | None,
    error: NovelAIError,
    rests: float,
) -> None:
    """An account rests when two jobs break there one after the other; a gateway does not count."""
    broken = services.context.broken
    mine = attempt.job.id
    if before is not None:
        broken[attempt.account.id] = mine if before == "itself" else before
    attempt.price = 0
    await finish_failed(attempt, error)
    assert (await account_of(services, key)).free_at == 1000.0 + rests
    assert broken == {attempt.account.id: "another" if error is GATEWAY else mine}


@pytest.mark.parametrize(("attempts", "failures", "state"), [
    (7, 0, State.QUEUED), (8, 0, State.FAILED), (1, 7, State.QUEUED),
])  # fmt: skip
async def test_what_counts_as_a_try(
    attempt: Attempt, services: Services, attempts: int, failures: int, state: State
) -> None:
    """That a call could not be begun counts among attempts, not among failures."""
    attempt.job = replace(attempt.job, attempts=attempts, failures=failures)
    await finish_failed(attempt, UNREACHABLE)
    now = await read(services, attempt.job)
    assert now.state is state
    assert now.failures == (failures if state is State.QUEUED else 0)


@pytest.mark.parametrize("left", [False, True])
async def test_a_token_that_is_refused(
    services: Services, key: Key, clock: HandClock, *, left: bool
) -> None:
    """A refused token ends its account; its job goes to another one, or fails without one."""
    if left:
        await services.accounts.add(key.owner_id, TOKENS[1])
    stranger = await services.keys.create_owner("stranger")
    await services.accounts.add(stranger, TOKENS[2])
    attempt = Attempt(replace(services.context, rng=Half()), *await begun(services, key))
    mine = [account.id for account in await services.accounts.list(key.owner_id)].index(
        attempt.account.id
    )
    await finish_failed(attempt, AuthenticationError("No.", status=401))
    now = await read(services, attempt.job)
    assert now.state is (State.QUEUED if left else State.FAILED)
    assert (now.error or {})["code"] == "Authentication"
    account = await account_of(services, key, mine)
    assert (account.enabled, account.health) == (False, "refused")
    assert (account.job_id, account.free_at) == (None, clock.time + PACING)
    others = [one.enabled for one in await services.accounts.list(stranger)]
    assert others == [True]
    if left:
        assert now.run_after == clock.time
        assert (await account_of(services, key, 1 - mine)).enabled


# --- A call that was not sent ---------------------------------------------------------------------


async def test_what_is_refused(attempt: Attempt, services: Services, key: Key) -> None:
    """A job that cannot be read ends uncharged, and its account is free at once."""
    await finish_refused(attempt)
    now = await read(services, attempt.job)
    detail = "What was handed in cannot be read any more."
    assert (now.state, now.cost, now.charged) == (State.FAILED, 0, "no")
    assert now.error == {"code": "Unreadable", "detail": detail}
    account = await account_of(services, key)
    assert (account.job_id, account.free_at) == (None, 1000.0)


async def test_a_price_that_rose_is_told(attempt: Attempt, services: Services) -> None:
    """A job that would cost too much says what it would cost and what was set aside."""
    await finish_refused(attempt, PriceRoseError(99))
    now = await read(services, attempt.job)
    assert now.error == {
        "code": "PriceRose",
        "detail": (
            f"It would cost 99 Anlas on this account now, and {attempt.job.cost_max} were set "
            "aside. It was not sent; submit it again to accept the price."
        ),
    }


@pytest.mark.parametrize(("options", "waits", "rests"), [
    ({}, 0.0, 0.0), ({"pause": 5.0}, 5.0, 0.0), ({"under_way": True}, 0.0, SETTLE),
])  # fmt: skip
async def test_what_is_handed_back(
    attempt: Attempt,
    services: Services,
    key: Key,
    clock: HandClock,
    options: dict[str, Any],
    waits: float,
    rests: float,
) -> None:
    """A job that is handed back waits; an account whose call was left rests until it has ended."""
    clock.time += 1.0
    await requeue(attempt, **options)
    now = await read(services, attempt.job)
    assert (now.state, now.run_after, now.error) == (State.QUEUED, clock.time + waits, None)
    account = await account_of(services, key)
    assert (account.job_id, account.free_at) == (None, clock.time + rests)


async def test_an_account_that_was_lost_is_not_switched_off(
    attempt: Attempt, services: Services, key: Key
) -> None:
    """Accounts of other jobs stay as they are when a token is refused for a job without one."""
    await change_all(services, jobs, account_id=None)
    await change_all(services, accounts, job_id=None)
    attempt.job = replace(attempt.job, account_id=None)
    await finish_failed(attempt, AuthenticationError("No.", status=401))
    assert (await account_of(services, key)).enabled
    assert (await read(services, attempt.job)).state is State.QUEUED
