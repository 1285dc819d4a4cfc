"""What is taken, what is refused, and in which order it runs."""

from dataclasses import replace

import pytest
from tests.server_core.conftest import Opening
from tests.server_core.helpers import PAID, TOKENS, person, picture

from novelai.emulator import Emulator, Fault
from novelai.server.images.filter import Filter
from novelai.server.model.job import IdempotencyConflictError, JobRefusedError, State
from novelai.server.model.key import Limits
from novelai.server.services import Services
from novelai.server.worker.lease import claim
from novelai.server.worker.reconciler import judge

pytestmark = pytest.mark.anyio


async def test_the_same_order_twice(opening: Opening) -> None:
    """An idempotency key gives the same job for the same order, and refuses another order."""
    async with opening(work=False) as services:
        key = await person(services)
        first = await services.jobs.submit(key, picture(dedupe_key="x"))
        again = await services.jobs.submit(key, picture(dedupe_key="x"))
        assert (first.created, again.created) == (True, False)
        assert again.job.id == first.job.id
        with pytest.raises(IdempotencyConflictError):
            await services.jobs.submit(key, picture("a dog", dedupe_key="x"))


async def test_in_flight_twins(opening: Opening) -> None:
    """Orders that must give the very same picture share a job; without a seed they do not."""
    async with opening(work=False) as services:
        key = await person(services)
        twins = [await services.jobs.submit(key, picture(seed=1)) for _ in range(2)]
        assert twins[0].job.id == twins[1].job.id
        others = [await services.jobs.submit(key, picture()) for _ in range(2)]
        assert others[0].job.id != others[1].job.id


async def test_refusals(opening: Opening) -> None:
    """What a key may not do is refused with a code, and reserves nothing."""
    async with opening(work=False) as services:
        local = await person(services)

        async def code(limits: Limits, **fields: object) -> str:
            key, _ = await services.keys.create(local.owner_id, "k", limits)
            for _ in range(2):
                try:
                    await services.jobs.submit(key, picture(**fields))
                except JobRefusedError as refused:
                    return refused.code
            return "taken"

        spender = Limits(free_only=False)
        assert await code(Limits(), **PAID) == "free_only"
        assert await code(replace(spender, budget_job=1), **PAID) == "job_budget"
        price = (await services.jobs.quote(local, picture(**PAID).params)).anlas
        assert await code(replace(spender, budget_day=price), **PAID) == "budget"
        assert await code(replace(spender, models=("nai-diffusion-3",))) == "model"
        assert await code(replace(spender, max_queued=1)) == "too_many_queued"
        assert await code(replace(spender, rate_minute=1)) == "too_fast"
        assert await code(replace(spender, scopes=("read",))) == "scope"
        stranger, _ = await services.keys.create(
            await services.keys.create_owner("s"), "s", spender
        )
        with pytest.raises(JobRefusedError, match="no NovelAI account"):
            await services.jobs.submit(stranger, picture())


async def test_cancel_gives_back(opening: Opening) -> None:
    """A cancelled job's reservation can be used again, and another key cannot cancel it."""
    async with opening(work=False) as services:
        local = await person(services)
        price = (await services.jobs.quote(local, picture(**PAID).params)).anlas
        limits = Limits(free_only=False, budget_day=price)
        key, _ = await services.keys.create(local.owner_id, "k", limits)
        other, _ = await services.keys.create(local.owner_id, "o", limits)
        job = (await services.jobs.submit(key, picture(**PAID))).job
        assert await services.jobs.cancel(other, job.id) is None
        cancelled = await services.jobs.cancel(key, job.id)
        assert cancelled is not None
        assert cancelled.state is State.CANCELLED
        assert (await services.jobs.submit(key, picture(**PAID))).created


async def test_fairness(opening: Opening) -> None:
    """A hundred queued jobs of one key delay another key's job by one at most."""
    async with opening(work=False) as services:
        local = await person(services)
        many, _ = await services.keys.create(local.owner_id, "many")
        for _ in range(100):
            await services.jobs.submit(many, picture())
        first = await claim(services.context)
        assert first is not None
        one, _ = await services.keys.create(local.owner_id, "one")
        submitted = await services.jobs.submit(one, picture())
        assert (await services.queries.view(submitted.job)).position <= 1


async def test_what_was_dear_is_owed_for_one_turn(opening: Opening) -> None:
    """A key that has run something dear waits for one picture of another's hundred, as any does."""
    async with opening(work=False) as services:
        local = await person(services)
        keys = [
            (await services.keys.create(local.owner_id, name, Limits(free_only=False)))[0]
            for name in ("dear", "many")
        ]
        dear, many = keys
        await services.jobs.submit(dear, picture(size=(1024, 1024), steps=50))
        claimed = await claim(services.context)
        assert claimed is not None
        assert claimed[0].cost_max > 20
        for _ in range(20):
            await services.jobs.submit(many, picture())
        single = (await services.jobs.submit(dear, picture())).job
        assert (await services.queries.view(single)).position <= 1


async def test_an_account_runs_one_job_at_a_time(opening: Opening) -> None:
    """While an account is held, nothing else is claimed for it."""
    async with opening(work=False) as services:
        key = await person(services, TOKENS[:2])
        for _ in range(3):
            await services.jobs.submit(key, picture())
        claimed = [await claim(services.context) for _ in range(3)]
        held = [one[1].id for one in claimed if one is not None]
        assert len(held) == len(set(held)) == 2


async def test_a_locked_account_is_waited_for(services: Services, emulator: Emulator) -> None:
    """A 429 puts the job back and cools the account down; the job succeeds later."""
    emulator.script(
        Fault(status=429, headers={"retry-after": "0"}, path="/ai/generate-image-stream")
    )
    key = await person(services)
    job = (await services.jobs.submit(key, picture())).job
    ended = await services.jobs.wait(key, job.id, 20)
    assert ended is not None
    assert (ended.state, ended.attempts) == (State.SUCCEEDED, 2)


async def test_a_charged_job_whose_picture_is_lost(services: Services, emulator: Emulator) -> None:
    """An answer that never came, with the price gone from the balance, ends as failed: charged."""
    emulator.script(Fault(at="after", drop=True, path="/ai/generate-image-stream"))
    key = await person(services)
    job = (await services.jobs.submit(key, picture(**PAID))).job
    uncertain = await services.jobs.wait(key, job.id, 20)
    assert uncertain is not None
    subscription = services.context.bus.subscribe()
    while (ended := await services.jobs.read(key, job.id)) and ended.state is State.UNCERTAIN:
        await subscription.wait_for(job.id)
    assert ended is not None
    assert (ended.state, ended.charged, ended.cost) == (State.FAILED, "yes", job.cost_max)


async def test_an_uncertain_job_that_was_not_charged(
    services: Services, emulator: Emulator
) -> None:
    """A 500 on a paid call, with the balance unchanged, is run again and paid once."""
    emulator.script(Fault(status=500, path="/ai/generate-image-stream"))
    key = await person(services)
    account = (await services.accounts.list(key.owner_id))[0]
    job = (await services.jobs.submit(key, picture(**PAID))).job
    subscription = services.context.bus.subscribe()
    while (ended := await services.jobs.read(key, job.id)) and not ended.ended:
        await subscription.wait_for(job.id)
    assert ended is not None
    assert ended.state is State.SUCCEEDED
    after = await services.accounts.refresh(account)
    assert (account.anlas or 0) - (after.anlas or 0) == job.cost_max


async def test_a_refused_token_disables_its_account(services: Services, emulator: Emulator) -> None:
    """A revoked token ends the owner's job with the reason when no other account is left."""
    key = await person(services)
    emulator.account(TOKENS[0]).revoked = True
    job = (await services.jobs.submit(key, picture())).job
    ended = await services.jobs.wait(key, job.id, 20)
    assert ended is not None
    assert ended.state is State.FAILED
    assert (await services.accounts.list(key.owner_id))[0].health == "refused"


async def test_deleted_means_deleted(services: Services) -> None:
    """Purging forgets a picture's bytes, but only when no other picture shares them."""
    key = await person(services)
    jobs = []
    for _ in range(2):  # the same seed twice, one after the other
        job = (await services.jobs.submit(key, picture(seed=3))).job
        await services.jobs.wait(key, job.id, 20)
        jobs.append(job)
    first, second = await services.images.find(key, Filter())
    if first.sha256 == second.sha256:
        await services.images.purge(key, [first.id])
        assert await services.images.data(second)
    await services.images.bin(key, [second.id])
    assert second.id not in [one.id for one in await services.images.find(key, Filter())]
    await services.images.purge(key, [second.id])
    assert not await services.context.blobs.exists(f"pictures/{second.sha256[:2]}/{second.sha256}")


@pytest.mark.parametrize(
    ("before", "now", "price", "fate"),
    [
        (10, 10, 5, "not_charged"),
        (10, 5, 5, "charged"),
        (10, 4, 5, "unclear"),
        (10, 12, 5, "unclear"),
        (None, 10, 5, "unclear"),
        (10, None, 5, "unclear"),
    ],
)
def test_the_balance_tells(before: int, now: int, price: int, fate: str) -> None:
    """Only an unchanged balance, or one that fell by just the price, tells anything."""
    assert judge(before, now, price).fate == fate
