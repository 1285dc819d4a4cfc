"""Any history of two owners: what was charged, drawn and made is booked to the last Anlas."""

import base64
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import anyio
import anyio.from_thread
import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import integers
from tests.server_core.helpers import connect_to, emptied
from tests.server_core.history import (
    PATHS,
    V5,
    V45,
    WISHES,
    Model,
    Process,
    Rows,
    Task,
    TwoClocks,
    VanishedError,
    Wish,
    encoding,
    expected_claim,
    rows_of,
    source,
)

from novelai.emulator import Emulator, Fault
from novelai.server.jobs import repository
from novelai.server.jobs.queue import NotQueuedError
from novelai.server.jobs.service import Submission
from novelai.server.model.job import Job, JobRefusedError, JobRequest, State
from novelai.server.model.key import Key, Limits
from novelai.server.model.problems import ProblemError
from novelai.server.model.series import Series
from novelai.server.series.schemas import AgainCellsIn, SeriesIn
from novelai.server.services import Services, open_services
from novelai.server.storage.blobs import Blobs, sha256_of
from novelai.server.storage.secrets import Vault
from novelai.server.worker.context import Timing
from novelai.server.worker.lease import claim
from novelai.server.worker.reaper import reap
from novelai.server.worker.reconciler import reconcile
from novelai.server.worker.run import run

LEASE, SETTLE, DAY = 20.0, 60.0, 86_400.0
TIMING = Timing(lease=LEASE, beat=1e6, settle=SETTLE, give_up=600.0, encoding=0.0)
ROUNDS = 60
"""How often all that is left is looked at, at the end of a history; each takes a minute."""

TROUBLE = {
    "none": None,
    "broken": Fault(status=500),
    "gateway": Fault(status=502),
    "locked": Fault(status=429),
    "poor": Fault(low_balance=True),
    "refused": Fault(status=401),
    "wrong": Fault(status=400),
    "never ran": Fault(drop=True),
    "answer lost": Fault(drop=True, at="after"),
    "broken behind it": Fault(status=500, at="after"),
    "cut": Fault(cut_after=60),
    "spoilt": Fault(malformed_frame=True),
    "error event": Fault(error_event="Internal error"),
}
EVENTS = [
    *6 * ["submit"], *3 * ["order_series"], *2 * ["hold_series"], *3 * ["resume_series"],
    "cancel_series", *2 * ["again"],
    *6 * ["work"], *3 * ["time_passes"], *2 * ["change"], *2 * ["cancel"],
    *2 * ["begin_slowly"], *2 * ["end_slowly"], "pause", "switch", "top_up", "subscribe", "decide",
    "the_clock_jumps_back", "all_begin_again",
]  # fmt: skip
"""What happens, more or less often."""

SELDOM = [False, False, True]
LIVES = [None, None, None, None, *range(9)]
RISKY = ["none", "none", "none", *TROUBLE, "broken", "broken", "broken behind it"]
ORDERS = [*WISHES, WISHES[1], WISHES[3], WISHES[3], WISHES[-1], WISHES[-1]]
"""What is asked for: more often what is counted in more than one way."""

TOKENS = {f"{name} {number}": f"pst-{'x' * 62}{name}{number}" for name in "ab" for number in (0, 1)}
UPSTREAM: dict[str, dict[str, Any]] = {
    "a 0": {},
    "a 1": {"tier": 1},
    "b 0": {"usage_percent": 0.1},  # two V5 pictures are left
    "b 1": {"fixed_anlas": 5},
}


class History(RuleBasedStateMachine):
    """Two owners with accounts of all kinds, keys with budgets, and two workers that may die."""

    def __init__(
        self,
        portal: anyio.from_thread.BlockingPortal,
        services: Services,
        workers: list[Process],
        clock: TwoClocks,
        emulator: Emulator,
    ) -> None:
        super().__init__()
        self.portal, self.services, self.workers = portal, services, workers
        self.clock, self.emulator = clock, emulator
        self.chance = Random(0)
        self.slow: dict[int, tuple[Future[None], threading.Event, float]] = {}
        self.rows: Rows
        self.model: Model = portal.call(self._begin)
        self.look()

    async def _begin(self) -> Model:
        self.clock.time, self.clock.steady = 1_000_000.0, 0.0
        self.emulator.reset()
        for worker in self.workers:
            await worker.restart()
        await emptied(self.services)
        keys: list[Key] = []
        for name in "ab":
            owner_id = await self.services.keys.create_owner(name)
            for number in (0, 1):
                account_id = f"{name} {number}"
                token = TOKENS[account_id]
                self.emulator.add_account(token, **UPSTREAM[account_id])
                kept = await self.services.accounts.keep(account_id, owner_id, token)
                await self.services.accounts.refresh(kept)
            every = (
                Limits(scopes=("generate", "read", "admin"), free_only=False),
                Limits(free_only=False, budget_job=4, budget_day=9, allowance_month=2),
                Limits(free_only=True, models=(V45, V5), max_queued=2),
            )
            keys += [(await self.services.keys.create(owner_id, name, one))[0] for one in every]
        sources = {number: sha256_of(source(number)) for number in (1, 2)}
        return Model(self.emulator, keys, TOKENS, sources)

    @initialize(seed=integers(0, 10**9))
    def begin(self, seed: int) -> None:
        """All choices hang on one number: most histories would be dull if each were drawn."""
        self.chance = Random(seed)

    @rule()
    def something_happens(self) -> None:
        """One thing."""
        what = self.chance.choice(EVENTS)
        note(what)
        getattr(self, what)()

    # What people do.

    def submit(self) -> None:
        """Taken or refused just as the limits of the key say."""
        key = self.chance.choice(self.model.keys + 2 * self.model.keys[1::3])
        wish = self.chance.choice(ORDERS)
        expected = self.model.refusal(key, wish, self.rows, self.clock.time)
        price = self.model.price(wish, key.owner_id, self.rows) if expected is None else None
        order = JobRequest(params=wish.params(), dedupe_key=str(len(self.model.tasks)))
        answer = self._asked(partial(self.services.jobs.submit, key, order))
        if not isinstance(answer, Submission):
            assert answer == expected
            return
        job = answer.job
        assert expected is None
        assert price is not None
        assert (job.cost_max, job.allowance) == (price[0] or 0, price[1])
        self.model.tasks[job.id] = Task(job=job, wish=wish)

    def _some_job(self) -> Job | None:
        """Rather one that waits: little can be done with others."""
        every = list(self.rows.jobs.values())
        waiting = [job for job in every if job.state is State.QUEUED]
        return self.chance.choice(4 * waiting + every) if every else None

    def _asked(self, action: Callable[[], Awaitable[Any]]) -> Any:
        """What is answered, or the code of a refusal."""
        try:
            return self.portal.call(action)
        except (JobRefusedError, ProblemError) as error:
            return error.code
        except NotQueuedError:
            return "not queued"

    def change(self) -> None:
        """A waiting job becomes another within the limits of its key; what began does not."""
        if (job := self._some_job()) is None:
            return
        wish = self.chance.choice(ORDERS)
        key = next(one for one in self.model.keys if one.id == job.key_id)
        if job.series_id is not None or not self.model.of(key.owner_id, self.rows):
            return
        expected: str | None = "not queued"
        if job.state is State.QUEUED:
            now = self.clock.time
            expected = self.model.refusal(key, wish, self.rows, now, instead_of=job)
        answer = self._asked(partial(self.services.queue.change, key, job.id, params=wish.params()))
        if not isinstance(answer, Job):
            assert answer == expected
            return
        assert expected is None
        task = self.model.tasks[job.id]
        task.wish, task.changes = wish, task.changes + 1

    def cancel(self) -> None:
        """Only what waits is taken back, and only by who may see it."""
        if (job := self._some_job()) is None:
            return
        for key in self.model.keys:
            mine = key.id == job.key_id
            admin = key.owner_id == job.owner_id and "admin" in key.limits.scopes
            if not mine:
                found = self.portal.call(self.services.jobs.read, key, job.id)
                assert (found is not None) is admin
                if not admin:
                    assert self.portal.call(self.services.jobs.cancel, key, job.id) is None
            else:
                found = self.portal.call(self.services.jobs.cancel, key, job.id)
                assert found is not None
                waits = job.state is State.QUEUED
                assert found.state is (State.CANCELLED if waits else job.state)

    # What people do with series.

    def order_series(self) -> None:
        """All of it is taken at the price that was told, or none of it."""
        key = self.chance.choice(self.model.keys)
        wish = self.chance.choice(WISHES[:7])
        document = self._document(wish, self.chance.choice([1, 2, 3]))
        if not self.model.of(key.owner_id, self.rows):
            return
        plan = self.portal.call(self.services.series_orders.plan, key, document)
        anlas, drawn = self.model.price(replace(wish, vibe=None), key.owner_id, self.rows)
        known = (
            self.model.sources[wish.vibe] in self.rows.vibes[key.owner_id] if wish.vibe else True
        )
        prices = [(anlas, drawn)] * document.repeat + ([] if known else [(2, 0)])
        total = sum(one or 0 for one, _ in prices)
        assert (plan.anlas, plan.allowance) == (total, sum(one for _, one in prices))
        expected = self.model.series_refusal(key, self.rows, self.clock.time, prices, wish.model)
        if expected is None and total:
            refused = self._asked(partial(self.services.series_orders.order, key, document, None))
            assert refused == "price_not_accepted"
        accepted = document.model_copy(update={"accept_anlas": total})
        answer = self._asked(partial(self.services.series_orders.order, key, accepted, None))
        if isinstance(answer, str):
            assert answer == expected
            return
        assert expected is None
        assert (answer.anlas_max, answer.allowance) == (total, plan.allowance)
        self._adopt(answer.id, wish)

    def _document(self, wish: Wish, repeat: int) -> SeriesIn:
        params = wish.params().model_dump(exclude_unset=True)
        if wish.vibe is not None:
            image = base64.b64encode(source(wish.vibe)).decode()
            params["vibes"] = [{"image": image}]
        halts = self.chance.choice(["go_on", "go_on", "halt"])
        return SeriesIn(base=params, repeat=repeat, on_failure=halts)

    def _adopt(self, series_id: str, wish: Wish) -> None:
        """Know the jobs of a series that are new."""
        rows = self.portal.call(rows_of, self.services.context.database)
        for job in rows.jobs.values():
            if job.series_id == series_id and job.id not in self.model.tasks:
                own = wish if job.cell is not None else encoding(wish.vibe or 0)
                self.model.tasks[job.id] = Task(job=job, wish=own)

    def _some_series(self, *holds: str | None) -> tuple[Key, Series] | None:
        every = [
            one
            for one in self.rows.series.values()
            if one.finished_at is None and one.hold in holds
        ]
        if not every:
            return None
        series = self.chance.choice(every)
        return self._chief_of(series), series

    def _chief_of(self, series: Series) -> Key:
        own = next(one for one in self.model.keys if one.id == series.key_id)
        return next(one for one in self.model.keys[::3] if one.owner_id == own.owner_id)

    def hold_series(self) -> None:
        """Nothing of it is started."""
        if (found := self._some_series(None, "paused")) is not None:
            key, series = found
            pause = partial(self.services.series.pause, key, series.id)
            self.portal.call(lambda: pause(paused=series.hold is None))

    def resume_series(self) -> None:
        """What waits is reserved at the price of now, if somebody accepts it."""
        if (found := self._some_series("halted", "paused")) is not None:
            self._resume(*found)

    def _resume(self, key: Key, series: Series) -> None:
        resume = self.services.series_again.resume
        answer = self._asked(lambda: resume(key, series.id, None))
        if answer in {"price_not_accepted", "price_changed"}:
            answer = self._asked(lambda: resume(key, series.id, 10**6))
        assert answer in {None, "free_only", "job_budget", "series_budget", "allowance"}
        self._adopt(series.id, self._wish_of(series))

    def _wish_of(self, series: Series) -> Wish:
        mine = [job for job in self.rows.jobs.values() if job.series_id == series.id]
        cell = next(job for job in mine if job.cell is not None)
        return self.model.tasks[cell.id].wish

    def cancel_series(self) -> None:
        """What waits is taken back, and what was set aside for it."""
        if (found := self._some_series(None, "paused", "halted")) is not None:
            key, series = found
            self.portal.call(self.services.series.cancel, key, series.id)

    def again(self) -> None:
        """What failed or was taken back is done after all; asked twice it is done once."""
        if not self.rows.series:
            return
        series = self.chance.choice([*self.rows.series.values()])
        if not self.model.of(series.owner_id, self.rows):
            return
        key, order = self._chief_of(series), AgainCellsIn(cells="missing", accept_anlas=10**6)
        for _ in range(2):
            answer = self._asked(partial(self.services.series_again.cells, key, series.id, order))
            assert isinstance(answer, int) or answer in {
                "free_only", "job_budget", "series_budget", "allowance", "too_fast",
            }  # fmt: skip
        assert answer in {0, "too_fast"} or isinstance(answer, str)
        self._adopt(series.id, self._wish_of(series))

    def pause(self) -> None:
        """An owner's queue rests, or goes on."""
        key = self.chance.choice(self.model.keys[::3])
        paused = self.chance.choice(SELDOM)
        self.portal.call(partial(self.services.queue.pause, key, paused=paused))

    def switch(self) -> None:
        """An account is disabled, also while a job runs on it, or enabled."""
        name, off = self.chance.choice(list(TOKENS)), self.chance.choice(SELDOM)
        self._enable(name, enabled=not off)

    def _enable(self, name: str, *, enabled: bool) -> None:
        owner_id = self.rows.accounts[name].owner_id
        self.portal.call(lambda: self.services.accounts.enable(owner_id, name, enabled=enabled))

    def top_up(self) -> None:
        """Somebody buys Anlas, also in the middle of a call."""
        self._buy(self.chance.choice(list(TOKENS)))

    def _buy(self, name: str) -> None:
        self.model.upstream[name].purchased_anlas += 777
        self.model.given[name] += 777
        held = self.rows.accounts[name].job_id
        if held in self.model.tasks:
            task = self.model.tasks[held]
            task.guessed |= task.wish.opus[0] is None

    def subscribe(self) -> None:
        """A subscription ends or begins; the server learns of it when it asks again."""
        name, tier = self.chance.choice(list(TOKENS)), self.chance.choice([1, 3, 3])
        if self.rows.accounts[name].job_id is None:
            self.model.upstream[name].tier = tier
            self.portal.call(self.services.accounts.refresh, self.rows.accounts[name])

    def decide(self) -> None:
        """Owners say what became of jobs of which the balance tells nothing."""
        held = {account.job_id for account in self.rows.accounts.values()}
        for job in self.rows.jobs.values():
            if job.state is State.UNCERTAIN and job.id not in held:
                task = self.model.tasks[job.id]
                charged = task.cost > job.spent
                task.guessed |= job.price is None
                key = next(one for one in self.model.keys if one.id == job.key_id)
                self.portal.call(lambda k=key, j=job, c=charged: self._resolve(k, j, charged=c))

    async def _resolve(self, key: Key, job: Job, *, charged: bool) -> None:
        await self.services.jobs.resolve(key, job.id, charged=charged)

    # What workers do.

    def _claim(self, number: int) -> tuple[Job, Any] | None:
        """Claim what the rules say is next."""
        worker = self.workers[number]

        async def go() -> tuple[Any, Any]:
            owners = {key.owner_id for key in self.model.keys}
            async with self.services.context.database.read() as connection:
                line = {one: await repository.run_order(connection, one) for one in owners}
            return line, await claim(worker.context)

        line, claimed = self.portal.call(go)
        names = None if claimed is None else (claimed[0].id, claimed[1].id)
        known = {one: [self.rows.jobs[name] for name in ids] for one, ids in line.items()}
        assert names == expected_claim(self.rows, self.clock.time, known)
        if claimed is not None:
            self.model.claimed(*claimed)
        return claimed

    def work(self) -> None:
        """A worker runs a job, whatever goes wrong, and perhaps dies at one of its steps."""
        trouble, steps = self.chance.choice(RISKY), self.chance.choice(LIVES)
        self._work(
            self.chance.choice([0, 1]), trouble, steps, on_the_way=self.chance.choice([False, True])
        )

    def _work(
        self, number: int, trouble: str = "none", steps: int | None = None, *,
        on_the_way: bool = False,
    ) -> None:  # fmt: skip
        if number in self.slow or (claimed := self._claim(number)) is None:
            return
        fault = TROUBLE[trouble]
        path = PATHS["encode_vibe" if on_the_way else claimed[0].kind]
        if fault is not None:
            self.emulator.script(replace(fault, path=path))
        worker = self.workers[number]
        worker.life.left = steps
        self.portal.call(self._run, worker, claimed)
        self._quiet()
        self.emulator._world.script.clear()
        if worker.life.left == 0:
            self.portal.call(worker.restart)
        worker.life.left = None

    @staticmethod
    async def _run(worker: Process, claimed: tuple[Job, Any]) -> None:
        with suppress(VanishedError):
            try:
                await run(worker.context, *claimed)
            except BaseExceptionGroup as group:
                if group.split(VanishedError)[1] is not None:
                    raise
                worker.life.left = 0

    def _quiet(self) -> None:
        """Wait until NovelAI has ended what it began."""
        while any(account.generating for account in self.model.upstream.values()):
            threading.Event().wait(0.001)

    def begin_slowly(self) -> None:
        """A call takes its time: others do something meanwhile."""
        number = self.chance.choice([0, 1])
        if number in self.slow or (claimed := self._claim(number)) is None:
            return
        gate, path = threading.Event(), PATHS[claimed[0].kind]
        self.emulator.script(Fault(stall=gate, path=path))
        before = self._at_hand(path)
        running = self.portal.start_task_soon(self._run, self.workers[number], claimed)
        while not running.done() and self._at_hand(path) == before:
            threading.Event().wait(0.001)
        self.slow[number] = running, gate, self.clock.steady
        if running.done():  # nothing had to be sent
            self._end_slowly(dies=False)

    def _at_hand(self, path: str) -> int:
        """How many calls of a path NovelAI has at hand."""
        return sum(one.path == path and one.finished_at is None for one in self.emulator.requests)

    def end_slowly(self) -> None:
        """Its answer comes, to whoever is still there."""
        dies = self.chance.choice([False, True])
        if self.slow:
            self._end_slowly(dies=dies)

    def _end_slowly(self, *, dies: bool) -> None:
        number = min(self.slow)
        running, gate, _ = self.slow.pop(number)
        if dies:
            self.workers[number].life.left = 0
        gate.set()
        running.result()
        self._quiet()
        if dies:
            self.portal.call(self.workers[number].restart)

    def time_passes(self) -> None:
        """Leases run out, doubts are looked into; no call lasts longer than that takes."""
        self._let_pass(self.chance.choice([1.0, 5.0, LEASE + 1, SETTLE + 1, DAY]))

    def _let_pass(self, seconds: float) -> None:
        while self.slow and self.clock.steady + seconds > min(
            begun for _, _, begun in self.slow.values()
        ) + SETTLE:  # fmt: skip
            self._end_slowly(dies=False)
        self.clock.time += seconds
        self.clock.steady += seconds
        self.portal.call(self._sweep)

    async def _sweep(self) -> None:
        for worker in self.workers:
            await reap(worker.context)
            while await reconcile(worker.context):
                pass

    def the_clock_jumps_back(self) -> None:
        """Somebody sets it; nothing is lost, nor run twice."""
        self.clock.time -= 30.0

    def all_begin_again(self) -> None:
        """Every process dies; the only one of an SQLite database takes back all that ran."""
        while self.slow:
            self._end_slowly(dies=True)
        for worker in self.workers:
            self.portal.call(worker.restart)
        if self.services.context.database.is_sqlite:
            self.portal.call(lambda: reap(self.workers[0].context, everything=True))

    # What holds.

    def look(self) -> None:
        """See what NovelAI did, and what the database says."""
        self.model.observe()
        self.rows = self.portal.call(rows_of, self.services.context.database)

    @invariant()
    def all_adds_up(self) -> None:
        """Ledger, gallery, accounts and states are what NovelAI's own records say."""
        self.look()
        self.model.check(self.rows)
        if not self.slow:
            self.portal.call(self._check_usage)

    async def _check_usage(self) -> None:
        for key in self.model.keys[::3]:
            rows = await self.services.usage.rows(key, by="key", since=None, until=None)
            told = {row.group: (row.anlas, row.allowance) for row in rows}
            for one in self.model.keys:
                if one.owner_id == key.owner_id and one.id in told:
                    assert told[one.id] == self.model.booked(one, self.rows, 0.0)
            by_model = await self.services.usage.rows(key, by="model", since=None, until=None)
            assert sum(row.jobs for row in by_model) == sum(row.jobs for row in rows)
            assert all(row.anlas >= 0 and row.jobs >= 0 for row in by_model)

    def teardown(self) -> None:
        """In the end every job ends, and nothing is set aside or held any more."""
        while self.slow:
            self._end_slowly(dies=False)
        for key in self.model.keys[::3]:
            self.portal.call(partial(self.services.queue.pause, key, paused=False))
        for name in TOKENS:
            self._buy(name)
            self._enable(name, enabled=True)
        for _ in range(ROUNDS):
            self.all_adds_up()
            if all(job.ended for job in self.rows.jobs.values()):
                break
            for number in (0, 1):
                self._work(number)
                self.look()
            self._let_pass(SETTLE + 1)
            self.look()
            self.decide()
            self._let_all_go()
        assert all(job.ended for job in self.rows.jobs.values())
        assert {account.job_id for account in self.rows.accounts.values()} == {None}

    def _let_all_go(self) -> None:
        """Series that wait for their owner go on, or are taken back where that costs too much."""
        self.look()
        for series in self.rows.series.values():
            if series.hold is None:
                continue
            self._resume(self._chief_of(series), series)
            self.look()
            if self.rows.series[series.id].hold is not None:
                self.portal.call(self.services.series.cancel, self._chief_of(series), series.id)


FEW, MANY = (14, 35), (150, 60)
SIZES = [
    pytest.param(FEW, id="short", marks=pytest.mark.timeout(400)),
    pytest.param(MANY, id="full", marks=[pytest.mark.chaos, pytest.mark.timeout(3_000)]),
]


@pytest.mark.parametrize("size", SIZES)
def test_any_history(
    url: str, upstream: str, emulator: Emulator, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Whatever happens: nobody pays for somebody else, or twice, and the books are right."""
    clock = TwoClocks()
    connect = connect_to(upstream)
    blobs = tmp_path / "blobs"
    with anyio.from_thread.start_blocking_portal() as portal:
        opened = open_services(
            url=url,
            blobs=Blobs.local(blobs),
            vault=Vault([b"k" * 32]),
            connect=connect,
            clock=clock,
            timing=TIMING,
            work=False,
        )
        with portal.wrap_async_context_manager(opened) as services:
            workers = [portal.call(Process, url, blobs, clock, connect, TIMING) for _ in range(2)]
            try:
                run_state_machine_as_test(
                    lambda: History(portal, services, workers, clock, emulator),
                    settings=settings(
                        max_examples=size[0],
                        stateful_step_count=size[1],
                        deadline=None,
                        phases=[Phase.generate],  # to make it smaller takes many minutes
                        suppress_health_check=[HealthCheck.too_slow],
                    ),
                )
            finally:
                for worker in workers:
                    portal.call(worker.close)
