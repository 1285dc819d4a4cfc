"""Any history of submissions, claims, crashes, ends, changes and cancellations."""

from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import anyio.from_thread
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import booleans, data, integers, sampled_from
from sqlalchemy import func, select
from tests.server_core.conftest import Opening
from tests.server_core.helpers import PAID, TOKENS, HandClock, picture

from novelai.server.engine_room import EngineRoom
from novelai.server.images.made import Made, Wanted
from novelai.server.jobs import endings, repository
from novelai.server.jobs.job import Job
from novelai.server.jobs.order import OrderRefusedError
from novelai.server.jobs.states import State, may_become
from novelai.server.keys import ledger
from novelai.server.keys import repository as keys
from novelai.server.keys.key import Key, Limits
from novelai.server.storage.tables import accounts, metadata
from novelai.server.storage.tables import ledger as entries
from novelai.server.worker.claim import claim, intend
from novelai.server.worker.reaper import reap

BUDGET = 30
LONG = 60.0
PICTURE = Made(
    position=0, sha256="0" * 64, media_type="image/png", size=1, width=1, height=1, seed=1
)
VIBE = Wanted(source="1" * 64, model="m", info_extracted=0.7)
ENCODING = Made(
    position=0, sha256="2" * 64, media_type="x/y", size=1, width=0, height=0, seed=None, vibe=VIBE
)


class History(RuleBasedStateMachine):
    """Two accounts, two keys with budgets, and workers that may vanish at any moment."""

    def __init__(
        self, portal: anyio.from_thread.BlockingPortal, room: EngineRoom, clock: HandClock
    ) -> None:
        super().__init__()
        self.portal, self.room, self.clock = portal, room, clock
        self.keys: list[Key] = portal.call(self._begin)
        self.running: list[Job] = []
        self.last: dict[str, str] = {}

    async def _begin(self) -> list[Key]:
        self.clock.time = 1000.0
        self.room.parts.mine.clear()
        async with self.room.parts.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                await connection.execute(table.delete())
        local = await self.room.keys.local()
        for token in TOKENS[:2]:
            await self.room.accounts.add(local.owner_id, token)
        limits = Limits(free_only=False, budget_day=BUDGET)
        return [(await self.room.keys.create(local.owner_id, name, limits))[0] for name in "ab"]

    @rule(which=integers(0, 1), paid=booleans(), count=sampled_from([1, 1, 5]))
    def submit(self, *, which: int, paid: bool, count: int) -> None:
        async def one() -> None:
            with suppress(OrderRefusedError):
                await self.room.jobs.submit(self.keys[which], picture(**(PAID if paid else {})))

        async def several() -> None:
            async with anyio.create_task_group() as tasks:
                for _ in range(count):
                    tasks.start_soon(one)

        self.portal.call(several)

    @rule()
    def claim(self) -> None:
        claimed, first, paused = self.portal.call(self._claim)
        if claimed is not None:
            assert not paused
            assert claimed.id == first
            self.running.append(claimed)

    async def _claim(self) -> tuple[Job | None, str | None, bool]:
        owner_id = self.keys[0].owner_id
        async with self.room.parts.database.read() as connection:
            queue = await repository.queue_of(connection, owner_id)
            paused = await keys.is_paused(connection, owner_id)
        ready = [job.id for job in queue if job.run_after <= self.clock.time]
        claimed = await claim(self.room.parts)
        return claimed and claimed[0], ready[0] if ready else None, paused

    @precondition(lambda self: self.running)
    @rule(
        draw=data(),
        end=sampled_from(["succeed", "fail", "requeue", "doubt", "encode", "vanish"]),
        sent=booleans(),
    )
    def end(self, draw: Any, *, end: str, sent: bool) -> None:
        job = draw.draw(sampled_from(self.running))
        self.running.remove(job)
        self.portal.call(partial(self._end, job, end=end, sent=sent))
        self.room.parts.mine.discard(job.run)

    async def _end(self, job: Job, *, end: str, sent: bool) -> None:
        parts, now = self.room.parts, self.clock.time
        price = job.cost_max - job.spent
        if sent and not await intend(parts, job, anlas_before=100, price=price):
            return
        async with parts.database.write() as connection:
            work = (connection, parts.bus, job)
            if end == "succeed":
                await endings.succeed(*work, [PICTURE], now=now, free_at=now, cost=price)
            elif end == "fail":
                await endings.fail(*work, {}, now=now, free_at=now)
            elif end == "requeue":
                await endings.requeue(*work, run_after=now, free_at=now)
            elif end == "doubt":
                await endings.doubt(*work, {}, look_at=now)
            elif end == "encode" and price >= 2:
                await endings.encoded(connection, job, ENCODING, cost=2, now=now)

    @rule(seconds=sampled_from([1.0, LONG]))
    def time_passes(self, seconds: float) -> None:
        self.clock.time += seconds
        self.portal.call(reap, self.room.parts)

    @rule()
    def the_clock_jumps_back(self) -> None:
        self.clock.time -= LONG / 2

    @rule(charged=booleans(), which=integers(0, 20))
    def owner_acts(self, *, charged: bool, which: int) -> None:
        async def go() -> None:
            for key in self.keys:
                found = await self.room.jobs.list(key)
                if found:
                    job = found[which % len(found)]
                    await self.room.jobs.cancel(key, job.id)
                    await self.room.jobs.resolve(key, job.id, charged=charged)

        self.portal.call(go)

    @rule(paused=booleans())
    def pause(self, *, paused: bool) -> None:
        async def go() -> None:
            async with self.room.parts.database.write() as connection:
                await keys.pause(connection, self.keys[0].owner_id, paused=paused)

        self.portal.call(go)

    @rule(which=integers(0, 20), cost=integers(0, 3))
    def become_cheaper(self, *, which: int, cost: int) -> None:
        async def go() -> None:
            async with self.room.parts.database.write() as connection:
                queue = await repository.queue_of(connection, self.keys[0].owner_id)
                for job in queue[which : which + 1]:
                    cost_max = max(min(cost, job.cost_max), job.spent)
                    await ledger.rereserve(connection, job, cost_max, 0)
                    values = {"cost_max": cost_max, "allowance": 0}
                    assert await repository.rewrite(connection, job, values)

        self.portal.call(go)

    @invariant()
    def money_is_right(self) -> None:
        self.portal.call(self._check)

    async def _check(self) -> None:
        async with self.room.parts.database.read() as connection:
            sums = select(entries.c.key_id, func.sum(entries.c.anlas)).group_by(entries.c.key_id)
            used = dict((await connection.execute(sums)).all())
            found = await repository.newest(connection, self.keys[0].owner_id, limit=1000)
            holders = select(accounts.c.job_id).where(accounts.c.job_id.is_not(None))
            held = list((await connection.execute(holders)).scalars())
        for key in self.keys:
            mine = [job for job in found if job.key_id == key.id]
            booked = sum(job.cost_max if job.cost is None else job.cost for job in mine)
            assert used.get(key.id, 0) == booked <= BUDGET
        for job in found:
            before = self.last.get(job.id)
            assert before in (None, job.state) or reachable(State(before), job.state)
            self.last[job.id] = job.state
            assert (job.state is State.RUNNING) <= (held.count(job.id) == 1)
            assert job.id not in held or job.state in (State.RUNNING, State.UNCERTAIN)
            assert job.cost is None or job.spent <= job.cost


def reachable(state: State, target: State) -> bool:
    """Whether legal edges lead there: one rule may take two steps."""
    return may_become(state, target) or any(
        may_become(state, middle) and may_become(middle, target) for middle in State
    )


def test_any_history(opening: Opening) -> None:
    """Budgets are not overspent, ledgers add up, states follow legal edges, turns are fair."""
    clock = HandClock()
    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(opening(work=False, clock=clock)) as room,
    ):
        run_state_machine_as_test(
            lambda: History(portal, room, clock),
            settings=settings(
                max_examples=15,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
