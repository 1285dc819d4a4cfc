"""What NovelAI fails at: the job steps aside, the others go on, and nothing is paid for."""

import anyio
import pytest
from sqlalchemy import func, select
from tests.server_core.conftest import Opening
from tests.server_core.helpers import HandClock, person, picture
from tests.server_core.orders import MODEL, source

from novelai.emulator import Emulator, Fault
from novelai.errors import NovelAIError, RateLimitError, ServerError
from novelai.server.model.job import Job, JobRequest, State
from novelai.server.model.key import Key
from novelai.server.model.params import EncodeVibeParams
from novelai.server.services import Services
from novelai.server.storage.tables import ledger
from novelai.server.upstream.verdict import verdict
from novelai.server.worker.lease import claim
from novelai.server.worker.reconciler import reconcile
from novelai.server.worker.run import run
from novelai.types.tools import ColorizeParams

pytestmark = pytest.mark.anyio

FREE_ONE = ColorizeParams(image=source(1), prompt="a cat")
ANOTHER = ColorizeParams(image=source(1), prompt="a dog")
PAID_ONE = EncodeVibeParams(image=source(2), model=MODEL)
PATHS = ("/ai/augment-image", "/ai/encode-vibe")


async def begin_one(services: Services, key: Key, clock: HandClock) -> Job:
    """Run the next job to the end of its attempt; time passes only when there is none."""
    while (claimed := await claim(services.context)) is None:
        clock.time += 0.5
    await run(services.context, *claimed)
    job = await services.jobs.read(key, claimed[0].id)
    assert job is not None
    return job


async def is_over(services: Services, key: Key, bad: Job) -> None:
    """Nothing is left to run; the job failed and cost nothing."""
    job = await services.jobs.read(key, bad.id)
    assert job is not None
    assert job.error is not None
    assert (job.state, job.charged, job.cost) == (State.FAILED, "no", 0)
    assert (job.error["code"], job.error["charged"]) == ("Server", "no")
    assert "unknown" not in job.error["detail"]
    assert await claim(services.context) is None
    async with services.context.database.read() as connection:
        assert (await connection.execute(select(func.sum(ledger.c.anlas)))).scalar_one() == 0


async def test_what_breaks_novelai_holds_nobody_up(opening: Opening, emulator: Emulator) -> None:
    """Five pictures are made behind a job that breaks, before it is tried again and given up."""
    emulator.script(Fault(status=500, path=PATHS[0], times=99))
    clock = HandClock()
    async with opening(work=False, clock=clock) as services:
        key = await person(services)
        bad = (await services.jobs.submit(key, JobRequest(params=FREE_ONE))).job
        good = [(await services.jobs.submit(key, picture(f"cat {n}"))).job.id for n in range(5)]
        begun = [await begin_one(services, key, clock) for _ in range(9)]
        assert [job.id for job in begun] == [bad.id, *good, bad.id, bad.id, bad.id]
        assert {job.state for job in begun[1:6]} == {State.SUCCEEDED}
        await is_over(services, key, bad)


async def test_what_may_have_been_charged_is_asked_for_first(
    opening: Opening, emulator: Emulator
) -> None:
    """A paid job that breaks is tried again when the balance tells, and behind the others."""
    emulator.script(Fault(status=500, path=PATHS[1], times=99))
    clock = HandClock()
    async with opening(work=False, clock=clock) as services:
        key = await person(services)
        bad = (await services.jobs.submit(key, JobRequest(params=PAID_ONE))).job
        good = [(await services.jobs.submit(key, picture(f"cat {n}"))).job.id for n in range(2)]
        begun: list[str] = []
        for _ in range(6):
            job = await begin_one(services, key, clock)
            begun.append(job.id)
            while job is not None and job.state is State.UNCERTAIN:
                assert await claim(services.context) is None
                await anyio.sleep(0.02)
                clock.time += 0.02
                await reconcile(services.context)
                job = await services.jobs.read(key, bad.id)
        assert begun == [bad.id, *good, bad.id, bad.id, bad.id]
        await is_over(services, key, bad)


async def test_when_all_break_the_account_rests(opening: Opening, emulator: Emulator) -> None:
    """Two jobs that break one after the other give the account a rest; one that succeeds none."""
    emulator.script(Fault(status=500, path=PATHS[0], times=2))
    clock = HandClock()
    async with opening(work=False, clock=clock) as services:
        key = await person(services)
        rests: list[bool] = []
        for order in (
            JobRequest(params=FREE_ONE),
            JobRequest(params=ANOTHER),
            picture(),
            picture("dog"),
        ):
            await services.jobs.submit(key, order)
            await begin_one(services, key, clock)
            (account,) = await services.accounts.list(key.owner_id)
            rests.append(account.free_at > clock.time)
            clock.time = max(clock.time, account.free_at)
        assert rests == [False, True, False, False]


SERVER = ServerError("NovelAI failed.", status=500, charged="unknown")
GATEWAY = ServerError("NovelAI failed.", status=502, charged="unknown")
LOCKED = RateLimitError("Too many requests.", status=429)


@pytest.mark.parametrize(
    ("error", "paid", "alone", "failures", "fate", "rests"),
    [
        (SERVER, False, True, 1, "retry", False),
        (SERVER, False, False, 1, "retry", True),
        (SERVER, False, True, 4, "fail", False),
        (SERVER, True, True, 4, "doubt", False),
        (GATEWAY, False, True, 1, "retry", True),
        (GATEWAY, False, True, 4, "retry", True),
        (GATEWAY, False, True, 8, "fail", True),
        (GATEWAY, True, True, 1, "doubt", True),
        (LOCKED, True, True, 9, "retry", True),
    ],
)
def test_what_a_failure_means(
    error: NovelAIError, *, paid: bool, alone: bool, failures: int, fate: str, rests: bool
) -> None:
    """A broken call puts its job off; a gateway's failure, or a lock, the account."""
    found = verdict(error, paid=paid, attempts=failures, failures=failures, alone=alone, chance=0.5)
    assert (found.job, found.cooldown > 0) == (fate, rests)
    assert (found.pause > 0) is (fate == "retry" and error is not LOCKED) or fate == "fail"
