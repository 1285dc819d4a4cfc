"""What a key may spend, to the last Anlas."""

from dataclasses import replace

import pytest
from tests.server_core.helpers import (
    OPUS,
    TABLET,
    HandClock,
    beside,
    entries,
    owner,
    picture,
    taken,
)

from novelai.server.model.budget import Budget, Price, refusal
from novelai.server.model.job import JobRefusedError
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.types.generation import GenerateImageParams

NOTHING = {"day": 0, "week": 0, "month": 0}
OPEN = Budget(free_only=False, windows=dict.fromkeys(NOTHING))
DAY = 86_400.0
V5 = "nai-diffusion-5-full"


def windows(**limits: int | None) -> dict[str, int | None]:
    return {**OPEN.windows, **limits}


def code(
    budget: Budget,
    anlas: int | None,
    allowance: int = 0,
    *,
    model: str | None = "m",
    used: dict[str, int] | None = None,
    drawn: int = 0,
) -> str | None:
    price = Price(anlas=anlas, allowance=allowance)
    found = refusal(
        budget, price, model=model, used={**NOTHING, **(used or {})}, allowance_used=drawn
    )
    return None if found is None else found.code


def test_without_limits_everything_is_taken() -> None:
    """Also what has no known price."""
    assert [code(OPEN, anlas, 3) for anlas in (None, 0, 1, 9_999)] == [None] * 4


def test_models() -> None:
    """A key with a list uses what is on it, and what needs no model."""
    budget = replace(OPEN, models=("a", "b"))
    assert [code(budget, 0, model=model) for model in ("a", "b", "c", None)] == [
        None, None, "model", None,
    ]  # fmt: skip
    assert code(replace(OPEN, models=()), 0) == "model"


@pytest.mark.parametrize(
    ("budget", "taken"),
    [
        (OPEN, True),
        (replace(OPEN, allowance=0), True),
        (replace(OPEN, free_only=True), False),
        (replace(OPEN, per_job=1_000), False),
        (replace(OPEN, windows=windows(day=1_000)), False),
        (replace(OPEN, windows=windows(week=1_000)), False),
        (replace(OPEN, windows=windows(month=1_000)), False),
    ],
)
def test_an_unknown_price(budget: Budget, *, taken: bool) -> None:
    """What may cost any number of Anlas is taken of keys that may spend any number."""
    assert code(budget, None) == (None if taken else "price_unknown")


def test_free_only() -> None:
    """One Anlas is too much for a key that takes what is free."""
    budget = Budget(windows=OPEN.windows)  # it is what a budget is by itself
    assert [code(budget, anlas) for anlas in (0, 1)] == [None, "free_only"]


def test_for_one_job() -> None:
    """Just what is allowed for one job is taken, and not one Anlas more."""
    budget = replace(OPEN, per_job=5)
    assert [code(budget, anlas) for anlas in (0, 5, 6)] == [None, None, "job_budget"]


@pytest.mark.parametrize("window", ["day", "week", "month"])
def test_within_a_window(window: str) -> None:
    """What is left of a budget can be spent to the last Anlas; other windows do not count."""
    budget = replace(OPEN, windows=windows(**{window: 10}))
    used = {**dict.fromkeys(NOTHING, 99), window: 7}
    assert [code(budget, anlas, used=used) for anlas in (0, 3, 4)] == [None, None, "budget"]


def test_free_v5_pictures() -> None:
    """What is left of an allowance can be drawn to the last picture."""
    budget = replace(OPEN, allowance=2)
    assert [code(budget, 0, 1, drawn=drawn) for drawn in (0, 1, 2)] == [None, None, "allowance"]
    assert code(budget, 0, 2, drawn=1) == "allowance"


def test_what_is_overdrawn_stops_nothing_that_draws_nothing() -> None:
    """A limit that was lowered below what is used refuses no job that needs none of it."""
    budget = replace(OPEN, windows=windows(day=5), allowance=5)
    used = {"day": 6}
    assert code(budget, 0, 0, used=used, drawn=6) is None
    assert code(budget, 1, 0, used=used, drawn=6) == "budget"
    assert code(budget, 0, 1, used=used, drawn=6) == "allowance"


def test_sentences() -> None:
    """People are told what it costs and what is left; never less than nothing."""
    price = Price(anlas=4)

    def said(budget: Budget, price: Price = price, **used: int) -> str:
        found = refusal(
            budget, price, model="m", used={**NOTHING, **used}, allowance_used=budget.allowance or 0
        )
        assert found is not None
        return found.sentence

    assert said(replace(OPEN, models=())) == "This key may not use m."
    assert said(replace(OPEN, free_only=True)) == (
        "This costs 4 Anlas, and the key takes only what is free."
    )
    assert said(replace(OPEN, per_job=3)) == (
        "This costs up to 4 Anlas; the key allows 3 for one job."
    )
    week = replace(OPEN, windows=windows(week=9))
    assert said(week, week=6) == "This costs up to 4 Anlas; 3 of 9 are left this week."
    assert said(week, week=10) == "This costs up to 4 Anlas; 0 of 9 are left this week."
    assert said(replace(OPEN, allowance=2), Price(anlas=0, allowance=1)) == (
        "The key's 2 free V5 pictures a month are used up."
    )
    assert said(replace(OPEN, free_only=True), Price(anlas=None)) == (
        "The price of this is unknown, and the key has limits."
    )


def test_when_the_past_matters() -> None:
    """What was used before is looked up where a window or the allowance has a limit."""
    assert not OPEN.counts
    assert not replace(OPEN, per_job=1, models=(), free_only=True).counts
    for one in (
        replace(OPEN, allowance=0),
        *(replace(OPEN, windows=windows(**{window: 0})) for window in NOTHING),
    ):
        assert one.counts


PAID = {"size": (512, 512), "steps": 29}  # 6 Anlas on every account
FREE_V5 = {"model": V5, "size": (512, 512), "steps": 28}


async def refused(services: Services, key: Key, **fields: object) -> str:
    with pytest.raises(JobRefusedError) as caught:
        await services.jobs.submit(key, picture(**fields))
    return caught.value.code


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("limit", "seconds"),
    [("budget_day", DAY), ("budget_week", 7 * DAY), ("budget_month", 30 * DAY)],
)
async def test_a_window_ends(still: Services, clock: HandClock, limit: str, seconds: float) -> None:
    """Each budget is of its own length, and counts until its last second."""
    key = await beside(still, await owner(still, "a", OPUS), **{limit: 6})
    await taken(still, key, **PAID)
    clock.time += seconds - 1
    assert await refused(still, key, **PAID) == "budget"
    clock.time += 1
    await taken(still, key, **PAID)


@pytest.mark.anyio
async def test_the_allowance_of_a_month(still: Services, clock: HandClock) -> None:
    """A key draws so many free V5 pictures in 30 days; jobs that need none go on."""
    key = await beside(still, await owner(still, "a", OPUS), free_only=True, allowance_month=2)
    for _ in range(2):
        await taken(still, key, **FREE_V5)
    assert await refused(still, key, **FREE_V5) == "allowance"
    await taken(still, key)
    clock.time += 30 * DAY - 1
    assert await refused(still, key, **FREE_V5) == "allowance"
    clock.time += 1
    await taken(still, key, **FREE_V5)


@pytest.mark.anyio
async def test_what_is_cancelled_can_be_spent_again(still: Services) -> None:
    """A job that is taken back gives back its Anlas and its free V5 picture."""
    local = await owner(still, "a", OPUS)
    key = await beside(still, local, budget_day=6, allowance_month=1)
    paid, free = await taken(still, key, **PAID), await taken(still, key, **FREE_V5)
    assert (free.cost_max, free.allowance) == (0, 1)
    assert await refused(still, key, **PAID) == "budget"
    assert await refused(still, key, **FREE_V5) == "allowance"
    for job in (paid, free):
        await still.jobs.cancel(key, job.id)
        rows = await entries(still, job)
        assert (sum(row[1] for row in rows), sum(row[2] for row in rows)) == (0, 0)
    await taken(still, key, **PAID)
    await taken(still, key, **FREE_V5)


@pytest.mark.anyio
async def test_keys_have_budgets_of_their_own(still: Services) -> None:
    """What one key spends is not missing from another's budget."""
    local = await owner(still, "a", OPUS)
    first, second = [await beside(still, local, budget_day=6) for _ in range(2)]
    await taken(still, first, **PAID)
    await taken(still, second, **PAID)
    assert await refused(still, first, **PAID) == "budget"


@pytest.mark.anyio
async def test_the_dearest_account_is_set_aside(still: Services) -> None:
    """Where an account without Opus may run it, a free picture needs a budget."""
    local = await owner(still, "a", OPUS, TABLET)
    assert await refused(still, await beside(still, local, free_only=True)) == "free_only"
    free = {"size": (512, 512), "steps": 28}
    assert await refused(still, await beside(still, local, budget_job=4), **free) == "job_budget"
    job = await taken(still, await beside(still, local, budget_job=5), **free)
    assert job.cost_max == 5


def params(prompt: str = "a cat", **fields: object) -> GenerateImageParams:
    order = picture(prompt, **fields).params
    assert isinstance(order, GenerateImageParams)
    return order


@pytest.mark.anyio
async def test_a_change_counts_its_own_reservation_once(still: Services) -> None:
    """A waiting job may become another for all that is left and for what it had itself."""
    local = await owner(still, "a", OPUS)
    key = await beside(still, local, budget_day=12, allowance_month=1)
    job = await taken(still, key, **PAID)
    other = await taken(still, key, **FREE_V5)
    twice = {"size": (512, 512), "steps": 29, "n_samples": 2}
    changed = await still.queue.change(key, job.id, params=params(**twice))
    assert changed is not None
    assert changed.cost_max == 12
    with pytest.raises(JobRefusedError, match="0 of 12"):
        await still.jobs.submit(key, picture(**PAID))
    with pytest.raises(JobRefusedError, match="12 of 12"):
        await still.queue.change(key, job.id, params=params(**twice | {"n_samples": 3}))
    with pytest.raises(JobRefusedError, match="V5"):
        await still.queue.change(key, job.id, params=params(**FREE_V5))
    again = await still.queue.change(key, other.id, params=params("a dog", **FREE_V5))
    assert again is not None
    assert (again.cost_max, again.allowance) == (0, 1)
    used = await still.keys.read_usage(key)
    assert (used.windows["day"], used.allowance) == (12, 1)
    assert [row[:3] for row in await entries(still, job)] == [("reserve", 6, 0), ("change", 6, 0)]


@pytest.mark.anyio
async def test_a_job_of_yesterday_is_changed(still: Services, clock: HandClock) -> None:
    """Changing an old job again and again does not lead around a budget of a day."""
    key = await beside(still, await owner(still, "a", OPUS), budget_day=6)
    job = await taken(still, key, **PAID)
    clock.time += DAY
    for count in (2, 3):
        with pytest.raises(JobRefusedError, match="6 of 6"):
            await still.queue.change(key, job.id, params=params(**PAID, n_samples=count))
    await taken(still, key, **PAID)
    assert (await still.keys.read_usage(key)).windows == {"day": 6, "week": 12, "month": 12}


@pytest.mark.anyio
async def test_a_lowered_limit(still: Services) -> None:
    """A key whose limits were lowered below what it used still makes what is free."""
    local = await owner(still, "a", OPUS)
    key = await beside(still, local, budget_day=6, allowance_month=1)
    await taken(still, key, **PAID)
    await taken(still, key, **FREE_V5)
    await still.keys.change(
        local.owner_id, key.id, lambda limits: replace(limits, budget_day=5, allowance_month=0)
    )
    await taken(still, key)
    assert await refused(still, key, **FREE_V5) == "allowance"
    assert await refused(still, key, **PAID) == "budget"


@pytest.mark.anyio
async def test_a_limit_of_each_kind(still: Services) -> None:
    """Every limit of a key becomes the budget of its name."""
    local = await owner(still, "a", OPUS)
    key = await beside(
        still, local, models=("m",), free_only=True, budget_job=1, budget_day=2, budget_week=3,
        budget_month=4, allowance_month=5,
    )  # fmt: skip
    assert key.budget == Budget(
        free_only=True,
        per_job=1,
        windows={"day": 2, "week": 3, "month": 4},
        allowance=5,
        models=["m"],
    )
