"""Which orders are taken, which are refused and why, and which were there before."""

from dataclasses import replace

import pytest
from sqlalchemy import update
from tests.server_core.helpers import OPUS, HandClock, beside, entries, owner, picture, read, taken

from novelai.server.model.job import (
    IdempotencyConflictError,
    Job,
    JobRefusedError,
    JobRequest,
    State,
)
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.storage.tables import jobs
from novelai.types.generation import GenerateImageParams

pytestmark = pytest.mark.anyio

PAID = {"size": (512, 512), "steps": 29}  # 6 Anlas on every account
OLD = {"model": "nai-diffusion-2", "sampler": "k_dpmpp_2m"}  # its price is unknown
MODEL = "nai-diffusion-4-5-full"


async def refusal(services: Services, key: Key, order: JobRequest | None = None) -> JobRefusedError:
    with pytest.raises(JobRefusedError) as caught:
        await services.jobs.submit(key, order or picture())
    return caught.value


async def told(services: Services, key: Key, **fields: object) -> str:
    """The code of a refusal, or ``taken``."""
    try:
        await services.jobs.submit(key, picture(**fields))
    except JobRefusedError as error:
        return error.code
    return "taken"


async def put(services: Services, job: Job, state: State) -> None:
    async with services.context.database.write() as connection:
        await connection.execute(update(jobs).where(jobs.c.id == job.id).values(state=state))


async def test_who_may_generate(still: Services) -> None:
    """A key that only looks submits nothing."""
    local = await owner(still, "a", OPUS)
    looks = await beside(still, local, scopes=("read", "admin"))
    assert await told(still, looks) == "scope"
    assert await told(still, await beside(still, local, scopes=("generate",))) == "taken"


async def test_how_many_wait(still: Services) -> None:
    """Just so many jobs of a key wait; what runs, has ended, or is another key's does not count."""
    local = await owner(still, "a", OPUS)
    key, other = [await beside(still, local, max_queued=2) for _ in range(2)]
    jobs = [await taken(still, key) for _ in range(2)]
    error = await refusal(still, key)
    assert (error.code, error.retry_after) == ("too_many_queued", 60.0)
    assert error.sentence == "2 jobs of this key are waiting already."
    assert await told(still, other) == "taken"
    await put(still, jobs[0], State.RUNNING)
    assert await told(still, key) == "taken"
    assert await told(still, key) == "too_many_queued"
    assert await told(still, await beside(still, local, max_queued=0)) == "too_many_queued"


async def test_how_fast(still: Services, clock: HandClock) -> None:
    """Just so many jobs of a key within any minute, whatever became of them."""
    local = await owner(still, "a", OPUS)
    key, other = [await beside(still, local, rate_minute=2) for _ in range(2)]
    first = await taken(still, key)
    await still.jobs.cancel(key, first.id)
    clock.time += 30
    await taken(still, key)
    clock.time += 29.9
    error = await refusal(still, key)
    assert (error.code, error.retry_after) == ("too_fast", 60.0)
    assert error.sentence == "This key takes 2 jobs a minute."
    assert await told(still, other) == "taken"
    clock.time += 0.1  # the first is a minute old
    assert await told(still, key) == "taken"
    assert await told(still, key) == "too_fast"


async def test_without_an_account(still: Services) -> None:
    """Nothing is taken that could run nowhere."""
    key = await owner(still, "a", OPUS)
    await owner(still, "b", OPUS)
    await still.accounts.enable(key.owner_id, "a 0", enabled=False)
    error = await refusal(still, key)
    assert (error.code, error.retry_after) == ("no_account", None)
    await still.accounts.enable(key.owner_id, "a 0", enabled=True)
    assert await told(still, key) == "taken"


async def test_a_key_that_has_ended(still: Services, clock: HandClock) -> None:
    """A revoked key submits nothing, nor does one from the second on in which it expires."""
    local = await owner(still, "a", OPUS)
    key, short = await beside(still, local), await beside(still, local, expires_at=1_000_010.0)
    assert await told(still, key) == "taken"
    await still.keys.revoke(local.owner_id, key.id)
    assert await told(still, key) == "revoked"
    clock.time += 9.9
    assert await told(still, short) == "taken"
    clock.time += 0.1
    assert await told(still, short) == "revoked"


async def test_limits_are_read_when_an_order_comes(still: Services) -> None:
    """They are those of the database, however old what the caller knows of the key is."""
    local = await owner(still, "a", OPUS)
    key = await beside(still, local)
    await still.keys.change(
        local.owner_id, key.id, lambda limits: replace(limits, models=("other",))
    )
    assert await told(still, key) == "model"


async def test_an_unknown_price(still: Services) -> None:
    """It is taken of a key without limits, which sets nothing aside, and of no other."""
    local = await owner(still, "a", OPUS)
    job = await taken(still, local, **OLD)
    assert (job.cost_max, job.allowance) == (0, 0)
    assert await entries(still, job) == [("reserve", 0, 0, 0, "nai-diffusion-2")]
    for limits in ({"free_only": True}, {"budget_job": 99}, {"budget_month": 99}):
        assert await told(still, await beside(still, local, **limits), **OLD) == "price_unknown"


async def test_refusals_leave_nothing(still: Services) -> None:
    """Nothing is queued and nothing set aside by an order that is not taken."""
    key = await beside(still, await owner(still, "a", OPUS), budget_day=5)
    assert await told(still, key, **PAID) == "budget"
    assert await still.jobs.list(key) == []
    assert set((await still.keys.read_usage(key)).windows.values()) == {0}


async def test_the_same_idempotency_key(still: Services) -> None:
    """It gives its key the same job, also once that has ended, and refuses another order."""
    local = await owner(still, "a", OPUS)
    key = await beside(still, local)
    first = await still.jobs.submit(key, picture(dedupe_key="x"))
    await put(still, first.job, State.SUCCEEDED)
    again = await still.jobs.submit(key, picture(dedupe_key="x"))
    assert (first.created, again.created, again.job.id) == (True, False, first.job.id)
    with pytest.raises(IdempotencyConflictError):
        await still.jobs.submit(key, picture("a dog", dedupe_key="x"))
    others = [
        await still.jobs.submit(who, picture(dedupe_key=name))
        for who, name in ((local, "x"), (key, "y"))
    ]
    assert all(other.created for other in others)


async def test_twins(still: Services) -> None:
    """An order that must give the very same picture joins its key's unfinished job."""
    local = await owner(still, "a", OPUS)
    key = await beside(still, local)
    first = (await still.jobs.submit(key, picture(seed=1))).job

    async def twin(who: Key, **fields: object) -> bool:
        found = await still.jobs.submit(who, picture(**{"seed": 1, **fields}))
        assert found.created is (found.job.id != first.id)
        return not found.created

    assert await twin(key)
    for state in (State.RUNNING, State.UNCERTAIN):
        await put(still, first, state)
        assert await twin(key)
    assert not await twin(key, seed=2)
    assert not await twin(key, seed=None)
    assert not await twin(key, dedupe_key="x")  # whoever names it means this one
    assert not await twin(local)
    for state in (State.SUCCEEDED, State.FAILED, State.CANCELLED):
        await put(still, first, state)
        found = await still.jobs.submit(key, picture(seed=1))
        assert found.job.id != first.id
        await put(still, found.job, State.CANCELLED)


async def test_a_second_twin_is_the_oldest(still: Services) -> None:
    """Where two are on their way, the one that comes first is joined."""
    key = await owner(still, "a", OPUS)
    first = await still.jobs.submit(key, picture(seed=1))
    second = await still.jobs.submit(key, picture(seed=1, dedupe_key="x"))
    assert second.created
    assert (await still.jobs.submit(key, picture(seed=1))).job.id == first.job.id


async def test_what_is_refused_for_newcomers_is_given_to_twins(still: Services) -> None:
    """Who asks for a job that is there is given it, whatever the key may do now."""
    key = await beside(still, await owner(still, "a", OPUS), max_queued=1, budget_day=6)
    job = await taken(still, key, seed=1, **PAID)
    assert (await still.jobs.submit(key, picture(seed=1, **PAID))).job.id == job.id
    assert await told(still, key, seed=2, **PAID) == "too_many_queued"


async def test_what_a_submission_writes(still: Services, clock: HandClock) -> None:
    """Owner, key, order and the two bounds; its place is the time."""
    key = await owner(still, "a", OPUS)
    clock.time += 5
    order = replace(
        picture(model="nai-diffusion-5-full", n_samples=2, size=(512, 512), steps=28),
        door="openai", priority=3, dedupe_key="x", webhook="https://example.org",
    )  # fmt: skip
    job = (await still.jobs.submit(key, order)).job
    assert job == await read(still, job)
    told = (job.owner_id, job.key_id, job.kind, job.door, job.state, job.model, job.priority)
    assert told == (
        key.owner_id, key.id, "generate", "openai", State.QUEUED, "nai-diffusion-5-full", 3,
    )  # fmt: skip
    assert (job.cost_max, job.allowance, job.cost, job.spent, job.charged) == (8, 1, None, 0, "no")
    assert (job.created_at, job.rank, job.run_after) == (1_000_005.0, 1_000_005.0, 0.0)
    assert (job.fence, job.attempts, job.failures) == (0, 0, 0)
    assert (job.webhook, job.dedupe_key) == ("https://example.org", "x")
    assert 0 <= job.params["seed"] < 2**32


def params(prompt: str = "a dog", **fields: object) -> GenerateImageParams:
    made = picture(prompt, **fields).params
    assert isinstance(made, GenerateImageParams)
    return made


async def test_a_change_that_is_refused(still: Services) -> None:
    """The job stays as it was, and so does what is set aside for it."""
    local = await owner(still, "a", OPUS)
    key = await beside(still, local, budget_job=6, models=(MODEL,))
    job = await taken(still, key, **PAID)
    for order, code in (
        (params(**PAID, n_samples=2), "job_budget"),
        (params(model="nai-diffusion-4-full"), "model"),
        (params(model="nai-diffusion-2", sampler="k_dpmpp_2m"), "model"),
    ):
        with pytest.raises(JobRefusedError) as caught:
            await still.queue.change(local, job.id, params=order)
        assert caught.value.code == code  # the limits are those of the job's key
    assert await read(still, job) == job
    assert await entries(still, job) == [("reserve", 6, 0, 0, MODEL)]


async def test_a_change_of_a_job_that_paid_for_a_vibe(still: Services) -> None:
    """What was spent on its way stays spent, and counts for the budget."""
    local = await owner(still, "a", OPUS)
    key = await beside(still, local, budget_job=8)
    job = await taken(still, key)
    async with still.context.database.write() as connection:
        await connection.execute(update(jobs).values(spent=2, cost_max=2))
    with pytest.raises(JobRefusedError, match="14 Anlas"):
        await still.queue.change(key, job.id, params=params(**PAID, n_samples=2))
    changed = await still.queue.change(key, job.id, params=params(**PAID))
    assert changed is not None
    assert (changed.cost_max, changed.spent) == (8, 2)
    other = await taken(still, local)
    async with still.context.database.write() as connection:
        await connection.execute(
            update(jobs).where(jobs.c.id == other.id).values(spent=2, cost_max=2)
        )
    changed = await still.queue.change(local, other.id, params=params(**OLD))
    assert changed is not None
    assert (changed.cost_max, changed.allowance) == (2, 0)
