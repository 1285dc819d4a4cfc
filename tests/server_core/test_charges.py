"""What is booked for a call is what NovelAI took for it: Anlas, and free V5 pictures."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import pytest
from tests.server_core.conftest import Opening
from tests.server_core.helpers import TOKENS, connect_to, entries, read, taken
from tests.server_core.history import GENERATE, Process, TwoClocks

from novelai.emulator import Emulator, Fault
from novelai.server.model.job import Job, State
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.worker.context import Timing
from novelai.server.worker.lease import claim
from novelai.server.worker.reaper import reap
from novelai.server.worker.reconciler import reconcile
from novelai.server.worker.run import run

pytestmark = pytest.mark.anyio

TIMING = Timing(lease=20.0, beat=1e6, settle=60.0, give_up=600.0)
V5, OLD = "nai-diffusion-5-full", "nai-diffusion-2"
TWO_V5 = {"model": V5, "size": (512, 512), "steps": 28, "n_samples": 2}  # 8 and one free on Opus
UNKNOWN = {"model": OLD, "sampler": "k_dpmpp_2m", "size": (512, 512), "steps": 29}  # takes 6


class Bench:
    """Services, a worker that may die, and the emulated account that they use."""

    def __init__(
        self, services: Services, worker: Process, clock: TwoClocks, key: Key, emulator: Emulator
    ) -> None:
        self.services, self.worker, self.clock, self.key = services, worker, clock, key
        self._emulator = emulator

    async def work(self, steps: int | None = None) -> Job:
        """Run the next job; the worker dies after so many things that it wrote."""
        claimed = await claim(self.worker.context)
        assert claimed is not None
        self.worker.life.left = steps
        try:
            await run(self.worker.context, *claimed)
        except BaseExceptionGroup:
            assert steps is not None
            await self.worker.restart()
        self.worker.life.left = None
        while any(self._emulator.account(one).generating for one in TOKENS):  # noqa: ASYNC110
            await anyio.sleep(0.001)  # NovelAI ends a call that nobody listens to
        return await read(self.services, claimed[0])

    async def later(self, seconds: float) -> None:
        """Let time pass, and look into what was left or is doubtful."""
        self.clock.time += seconds
        self.clock.steady += seconds
        await reap(self.worker.context)
        while await reconcile(self.worker.context):
            pass

    async def settle(self) -> None:
        """Let pass what it takes until nothing is doubtful any more."""
        for _ in range(4):
            await self.later(61.0)


Beginning = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def beginning(
    url: str, upstream: str, tmp_path: Path, opening: Opening, emulator: Emulator
) -> Beginning:
    @asynccontextmanager
    async def begun(*tokens: str) -> AsyncGenerator[Bench]:
        clock, connect = TwoClocks(), connect_to(upstream)
        clock.time = 1_000_000.0
        async with opening(work=False, clock=clock, timing=TIMING, connect=connect) as services:
            key = await services.keys.local()
            for token in tokens:
                kept = await services.accounts.keep(f"on {token[-1]}", key.owner_id, token)
                await services.accounts.refresh(kept)
            worker = Process(url, tmp_path / "blobs", clock, connect, TIMING)
            try:
                yield Bench(services, worker, clock, key, emulator)
            finally:
                await worker.close()

    return begun


def spent(emulator: Emulator, token: str = TOKENS[0]) -> int:
    return 10_000 - emulator.account(token).anlas


@pytest.mark.parametrize(
    ("runs_on", "drawn", "cost"),
    [(TOKENS[0], 1, 8), (TOKENS[1], 0, 16)],
    ids=["opus", "tablet"],
)
@pytest.mark.parametrize("lost", [False, True], ids=["comes", "lost"])
async def test_the_allowance_of_the_account_that_ran_it(
    beginning: Beginning, emulator: Emulator, runs_on: str, drawn: int, cost: int, *, lost: bool
) -> None:
    """A V5 picture that a lower tier paid for is not counted as a free one, whoever books it."""
    emulator.add_account(TOKENS[1], tier=1)
    async with beginning(*TOKENS[:2]) as bench:
        job = await taken(bench.services, bench.key, **TWO_V5)
        assert (job.cost_max, job.allowance) == (16, 1)
        for token in TOKENS[:2]:
            enabled = token == runs_on
            name = f"on {token[-1]}"
            await bench.services.accounts.enable(bench.key.owner_id, name, enabled=enabled)
        emulator.script(Fault(cut_after=20, path=GENERATE) if lost else None)
        await bench.work()
        await bench.settle()
        job = await read(bench.services, job)
        assert job.cost == cost == spent(emulator, runs_on)
        assert job.state is (State.FAILED if lost else State.SUCCEEDED)
        pictures = 0 if lost else 2
        assert (await entries(bench.services, job))[-1] == (
            "settle", cost - 16, drawn - 1, pictures, V5,
        )  # fmt: skip


async def test_an_unknown_price_is_what_is_missing(
    beginning: Beginning, emulator: Emulator
) -> None:
    """A job without a price costs what its account lost by it."""
    async with beginning(TOKENS[0]) as bench:
        job = await taken(bench.services, bench.key, **UNKNOWN)
        assert job.cost_max == 0
        job = await bench.work()
        assert (job.state, job.cost, job.charged) == (State.SUCCEEDED, 6, "yes")
        assert spent(emulator) == 6
        assert (await entries(bench.services, job))[-1][1] == 6


async def test_an_unknown_price_of_a_picture_that_was_found(
    beginning: Beginning, emulator: Emulator
) -> None:
    """It is looked up as well when the worker died before it could book the picture."""
    async with beginning(TOKENS[0]) as bench:
        await taken(bench.services, bench.key, **UNKNOWN)
        sqlite = bench.services.context.database.is_sqlite
        # The balance, the intent; a preview's file and news on Postgres; the picture and the list.
        job = await bench.work(steps=4 if sqlite else 6)
        assert job.state is State.RUNNING
        await bench.later(1.0)
        await bench.later(21.0)
        emulator.account(TOKENS[0]).revoked = True
        await bench.later(61.0)
        await bench.later(61.0)
        job = await read(bench.services, job)
        assert job.state is State.UNCERTAIN  # it is asked for again
        emulator.account(TOKENS[0]).revoked = False
        await bench.settle()
        job = await read(bench.services, job)
        assert (job.state, job.cost, job.charged) == (State.SUCCEEDED, 6, "yes")
        assert spent(emulator) == 6


@pytest.mark.parametrize("at", ["before", "after"])
async def test_an_unknown_price_is_not_sent_again_blindly(
    beginning: Beginning, emulator: Emulator, at: str
) -> None:
    """A job without a price that breaks is doubtful, as one that costs something is."""
    emulator.script(Fault(status=500, at=at, path=GENERATE))  # type: ignore[arg-type]
    async with beginning(TOKENS[0]) as bench:
        await taken(bench.services, bench.key, **UNKNOWN)
        job = await bench.work()
        assert (job.state, job.charged, job.price) == (State.UNCERTAIN, "unknown", None)
        await bench.settle()
        job = await read(bench.services, job)
        if at == "before":
            assert (job.state, job.charged) == (State.QUEUED, "no")
        else:
            assert (job.state, job.charged, job.cost) == (State.FAILED, "yes", 6)
        assert spent(emulator) == (0 if at == "before" else 6)


async def test_a_balance_that_grew_tells_nothing(beginning: Beginning, emulator: Emulator) -> None:
    """An account that was topped up meanwhile was not charged by that: its owner decides."""
    emulator.script(Fault(status=500, path=GENERATE))
    async with beginning(TOKENS[0]) as bench:
        await taken(bench.services, bench.key, **UNKNOWN)
        job = await bench.work()
        emulator.account(TOKENS[0]).purchased_anlas += 500
        await bench.settle()
        job = await read(bench.services, job)
        assert (job.state, job.charged, job.cost) == (State.UNCERTAIN, "unknown", None)
        (account,) = await bench.services.accounts.list(bench.key.owner_id)
        assert account.job_id is None
