"""Any history of submissions, claims, crashes, ends and cancellations."""

import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import anyio.from_thread
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import booleans, data, integers, sampled_from
from sqlalchemy import func, select
from tests.server_core.helpers import PAID, TOKENS, picture

from novelai.server.engine_room import EngineRoom, open_room
from novelai.server.images.made import Made
from novelai.server.jobs import endings, repository
from novelai.server.jobs.job import Job
from novelai.server.jobs.order import OrderRefusedError
from novelai.server.jobs.states import State, may_become
from novelai.server.keys.key import Key, Limits
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.clock import Clock
from novelai.server.storage.secrets import Vault
from novelai.server.storage.tables import accounts, ledger
from novelai.server.upstream.clients import no_waiting
from novelai.server.worker.claim import claim, intend
from novelai.server.worker.reaper import reap

BUDGET = 30


class History(RuleBasedStateMachine):
    """Two accounts, one key with a budget, and a worker that may vanish at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        folder = Path(self.folder.name)
        self.portal_manager = anyio.from_thread.start_blocking_portal()
        self.portal = self.portal_manager.__enter__()
        self.room_manager = self.portal.wrap_async_context_manager(
            open_room(
                url=f"sqlite:///{folder / 'n.db'}",
                blobs=Blobs.local(folder / "b"),
                vault=Vault([b"k" * 32]),
                connect=no_waiting("http://127.0.0.1:1"),
                clock=Clock(lambda: self.now, lambda: self.now),
                work=False,
            )
        )
        self.room: EngineRoom = self.room_manager.__enter__()
        self.key: Key = self.portal.call(self._begin)
        self.running: list[Job] = []
        self.last: dict[str, str] = {}

    async def _begin(self) -> Key:
        local = await self.room.keys.local()
        for token in TOKENS[:2]:
            await self.room.accounts.add(local.owner_id, token)
        limits = Limits(free_only=False, budget_day=BUDGET)
        return (await self.room.keys.create(local.owner_id, "k", limits))[0]

    def teardown(self) -> None:
        self.room_manager.__exit__(None, None, None)
        self.portal_manager.__exit__(None, None, None)
        self.folder.cleanup()

    @rule(paid=booleans())
    def submit(self, *, paid: bool) -> None:
        async def go() -> None:
            fields = PAID if paid else {}
            with suppress(OrderRefusedError):
                await self.room.jobs.submit(self.key, picture(**fields))

        self.portal.call(go)

    @rule()
    def claim(self) -> None:
        claimed = self.portal.call(claim, self.room.parts)
        if claimed is not None:
            self.running.append(claimed[0])

    @precondition(lambda self: self.running)
    @rule(
        draw=data(),
        end=sampled_from(["succeed", "fail", "requeue", "doubt", "vanish"]),
        sent=booleans(),
    )
    def end(self, draw: Any, *, end: str, sent: bool) -> None:
        job = draw.draw(sampled_from(self.running))
        self.running.remove(job)
        self.room.parts.mine.discard(job.run)
        self.portal.call(partial(self._end, job, end=end, sent=sent))

    async def _end(self, job: Job, *, end: str, sent: bool) -> None:
        parts = self.room.parts
        if sent and not await self._intend(job):
            return
        made = Made(
            position=0, sha256="0" * 64, media_type="image/png", size=1, width=1, height=1, seed=1
        )
        async with parts.database.write() as connection:
            work = (connection, parts.bus, job)
            if end == "succeed":
                await endings.succeed(*work, [made], now=self.now, free_at=self.now, cost=job.cost_max)
            elif end == "fail":
                await endings.fail(*work, {}, now=self.now, free_at=self.now)
            elif end == "requeue":
                await endings.requeue(*work, run_after=self.now, free_at=self.now)
            elif end == "doubt":
                await endings.doubt(*work, {}, look_at=self.now)

    async def _intend(self, job: Job) -> bool:
        return await intend(self.room.parts, job, anlas_before=100, price=job.cost_max)

    @rule(seconds=sampled_from([1.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.portal.call(reap, self.room.parts)

    @rule(charged=booleans(), which=integers(0, 20))
    def owner_acts(self, *, charged: bool, which: int) -> None:
        async def go() -> None:
            found = await self.room.jobs.list(self.key)
            if not found:
                return
            job = found[which % len(found)]
            await self.room.jobs.cancel(self.key, job.id)
            await self.room.jobs.resolve(self.key, job.id, charged=charged)

        self.portal.call(go)

    @invariant()
    def money_is_right(self) -> None:
        self.portal.call(self._check)

    async def _check(self) -> None:
        async with self.room.parts.database.read() as connection:
            used = (
                await connection.execute(select(func.coalesce(func.sum(ledger.c.anlas), 0)))
            ).scalar_one()
            found = await repository.newest(connection, self.key.owner_id, limit=1000)
            held = dict(
                (
                    await connection.execute(
                        select(accounts.c.job_id, accounts.c.id).where(
                            accounts.c.job_id.is_not(None)
                        )
                    )
                ).all()
            )
        assert used == sum(job.cost if job.cost is not None else job.cost_max for job in found)
        assert used <= BUDGET
        for job in found:
            before = self.last.get(job.id)
            if before is not None and before != job.state:
                assert reachable(State(before), job.state)
            self.last[job.id] = job.state
            assert (job.state is State.RUNNING) <= (job.id in held)
            assert job.id not in held or job.state in (State.RUNNING, State.UNCERTAIN)


def reachable(state: State, target: State) -> bool:
    """Whether legal edges lead there: one rule may take two steps."""
    return may_become(state, target) or any(
        may_become(state, middle) and may_become(middle, target) for middle in State
    )


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)
