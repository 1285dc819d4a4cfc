"""What should be true of any history, told by what NovelAI charged; and processes that may die."""

from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from obstore.store import LocalStore
from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.server_core.helpers import HandClock

from novelai.emulator import Emulator, RecordedRequest
from novelai.emulator.accounts import IMAGES_PER_PERCENT
from novelai.server.accounts.clients import Connect
from novelai.server.accounts.service import AccountService
from novelai.server.events.bus import Bus
from novelai.server.jobs.previews import Previews
from novelai.server.model.account import Account, account_from
from novelai.server.model.budget import SECONDS
from novelai.server.model.job import HELD, Job, State, job_from, may_become
from novelai.server.model.key import Key
from novelai.server.model.params import EncodeVibeParams, JobParams
from novelai.server.model.series import Series, series_from
from novelai.server.storage import tables
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.engine import Database
from novelai.server.storage.secrets import Vault
from novelai.server.worker.context import ChangeTracker, Timing, WorkerContext
from novelai.types.generation import GenerateImageParams
from novelai.types.tools import ColorizeParams, UpscaleParams
from novelai.types.vibe import Vibe

GENERATE, ENCODE = "/ai/generate-image-stream", "/ai/encode-vibe"
PATHS: Mapping[str, str] = {
    "generate": GENERATE,
    "encode_vibe": ENCODE,
    "tool": "/ai/augment-image",
    "upscale": "/ai/upscale",
}
V5, V45, OLD = "nai-diffusion-5-full", "nai-diffusion-4-5-full", "nai-diffusion-2"
VIBE_ANLAS = 2
MINUTE = 60.0
LIVING = (State.QUEUED, State.RUNNING, State.UNCERTAIN)


@cache
def source(number: int) -> bytes:
    """A small picture."""
    buffer = BytesIO()
    Image.new("RGB", (64, 64), (number, 90, 160)).save(buffer, "PNG")
    return buffer.getvalue()


Cost = tuple[int | None, int]
"""Anlas, and free V5 pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Something that a key may ask for, and what NovelAI takes for it.

    Attributes:
        opus: on Opus; ``used_up`` once its V5 allowance is, ``none`` on lower tiers.
        vibe: the picture that is encoded for it, unless its owner has that already.
        pictures: how many come.
    """

    params: Callable[[], JobParams]
    model: str | None
    opus: Cost
    used_up: Cost
    none: Cost
    vibe: int | None = None
    pictures: int = 1

    def on(self, account: Account, vibes: set[int]) -> Cost:
        """The price on an account, for an owner who has some vibes."""
        lower = self.used_up if account.usage_negative else self.opus
        anlas, drawn = lower if account.tier == 3 else self.none
        if anlas is not None and self.vibe is not None and self.vibe not in vibes:
            anlas += VIBE_ANLAS
        return anlas, drawn


def generation(
    model: str, *, steps: int, samples: int = 1, vibe: int | None = None, **fields: Any
) -> Callable[[], JobParams]:
    """A picture of the smallest size that is priced."""
    vibes = {} if vibe is None else {"vibes": (Vibe(image=source(vibe)),)}
    size = {"size": (128, 128), "steps": steps, "n_samples": samples}
    return lambda: GenerateImageParams(prompt="x", model=model, **size, **vibes, **fields)


def encoding(number: int) -> Wish:
    """The encoding of a vibe, as an order of its own."""
    return Wish(
        params=lambda: EncodeVibeParams(image=source(number), model=V45), model=V45, vibe=number,
        pictures=0, opus=(0, 0), used_up=(0, 0), none=(0, 0),
    )  # fmt: skip


FREE = Wish(params=generation(V45, steps=2), model=V45, opus=(0, 0), used_up=(0, 0), none=(2, 0))
WISHES: Sequence[Wish] = (
    FREE,
    Wish(params=generation(V45, steps=29), model=V45, opus=(2, 0), used_up=(2, 0), none=(2, 0)),
    Wish(
        params=generation(V45, steps=29, samples=2), model=V45, pictures=2,
        opus=(4, 0), used_up=(4, 0), none=(4, 0),
    ),
    Wish(params=generation(V5, steps=2), model=V5, opus=(0, 1), used_up=(2, 0), none=(2, 0)),
    Wish(
        params=generation(V5, steps=2, samples=2), model=V5, pictures=2,
        opus=(2, 1), used_up=(4, 0), none=(4, 0),
    ),
    *(
        Wish(
            params=generation(V45, steps=2, vibe=number), model=V45, vibe=number,
            opus=(0, 0), used_up=(0, 0), none=(2, 0),
        )
        for number in (1, 2)
    ),
    encoding(1),
    Wish(
        params=lambda: UpscaleParams(image=source(3)), model=None,  # nobody chooses it
        opus=(1, 0), used_up=(1, 0), none=(1, 0),
    ),
    Wish(
        params=lambda: ColorizeParams(image=source(4), prompt="x"), model=None,
        opus=(0, 0), used_up=(0, 0), none=(20, 0),
    ),
    Wish(
        params=generation(OLD, steps=29, sampler="k_dpmpp_2m"), model=OLD,
        opus=(None, 0), used_up=(None, 0), none=(None, 0),
    ),
)  # fmt: skip


class VanishedError(BaseException):
    """The process is gone: nothing that it does reaches anybody."""


@dataclass
class Life:
    """How many more things a process writes; ``None``: as many as it likes."""

    left: int | None = None

    def step(self) -> None:
        """Write one of them.

        Raises:
            VanishedError: there are none left.
        """
        if self.left is None:
            return
        if self.left == 0:
            raise VanishedError
        self.left -= 1


class MortalDatabase(Database):
    """A database whose process may be gone."""

    def __init__(self, url: str, life: Life) -> None:
        super().__init__(url)
        self._life = life

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction, unless the process is gone."""
        self._life.step()
        async with super().write() as connection:
            yield connection


class MortalBlobs(Blobs):
    """A store whose process may be gone."""

    def __init__(self, folder: Path, life: Life) -> None:
        super().__init__(LocalStore(folder), folder)
        self._life = life

    async def put(self, path: str, data: bytes) -> None:
        """Keep bytes, unless the process is gone."""
        self._life.step()
        await super().put(path, data)

    async def delete(self, path: str) -> None:
        """Forget bytes, unless the process is gone."""
        self._life.step()
        await super().delete(path)


class Process:
    """A worker that somebody moves by hand, and that may die at each thing it writes.

    Args:
        url: of the database; each process has connections of its own.
        blobs: the folder of pictures.
        clock: what time it is, also on a clock that only goes forward.
        connect: makes clients of accounts.
        timing: of the worker.
    """

    def __init__(
        self, url: str, blobs: Path, clock: "TwoClocks", connect: Connect, timing: Timing
    ) -> None:
        self.life = Life()
        self._clock = clock
        self._connect = connect
        self._database = MortalDatabase(url, self.life)
        self._blobs = MortalBlobs(blobs, self.life)
        self._timing = timing
        self.context = self._born()

    async def restart(self) -> None:
        """Begin again, knowing nothing."""
        await self.context.accounts.close()
        self.life.left = None
        self.context = self._born()

    async def close(self) -> None:
        """Close what was opened."""
        await self.context.accounts.close()
        await self._database.close()

    def _born(self) -> WorkerContext:
        bus, database, blobs = Bus("e"), self._database, self._blobs
        vault = Vault([b"k" * 32])
        accounts = AccountService(database, self._clock, vault, self._connect, bus)
        still = lambda: self._clock.steady  # noqa: E731 - a clock
        return WorkerContext(
            database=database,
            blobs=blobs,
            clock=self._clock,
            bus=bus,
            accounts=accounts,
            previews=Previews(database, blobs, bus, still),
            timing=self._timing,
            running=ChangeTracker(),
            doubtful=ChangeTracker(),
            monotonic=still,
            rng=Random(7),
        )


class TwoClocks(HandClock):
    """The time, which may be set, and a clock that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.steady = 0.0


@dataclass(kw_only=True)
class Task:
    """What NovelAI did for a job.

    Attributes:
        wish: what it is now.
        charged: Anlas, by attempt.
        drawn: free V5 pictures, by attempt.
        paid: how often each address was paid, for each thing that it was.
        changes: how often it became something else.
        doubted: it was uncertain: what became of it is told by its account.
        guessed: nobody can tell what it cost.
    """

    job: Job
    wish: Wish
    charged: Counter[int] = field(default_factory=Counter[int])
    drawn: Counter[int] = field(default_factory=Counter[int])
    paid: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    changes: int = 0
    doubted: bool = False
    guessed: bool = False

    @property
    def cost(self) -> int:
        """Anlas in all."""
        return sum(self.charged.values())


@dataclass
class Call:
    """What was asked of NovelAI, for which attempt, and how much of its cost is counted."""

    record: RecordedRequest
    job_id: str
    fence: int
    counted: int = 0


@dataclass(kw_only=True)
class Rows:
    """What the database says."""

    jobs: dict[str, Job]
    accounts: dict[str, Account]
    paused: set[str]
    ledger: list[Any]
    images: list[Any]
    series: dict[str, Series]
    vibes: dict[str, set[str]]


async def rows_of(database: Database) -> Rows:
    """All that matters in the database."""
    async with database.read() as connection:

        async def every(table: Any) -> Sequence[Any]:
            return (await connection.execute(select(table))).all()

        vibes: defaultdict[str, set[str]] = defaultdict(set)
        for row in await every(tables.vibes):
            vibes[row.owner_id].add(row.source)
        return Rows(
            jobs={row.id: job_from(row) for row in await every(tables.jobs)},
            accounts={row.id: account_from(row) for row in await every(tables.accounts)},
            paused={row.id for row in await every(tables.owners) if row.paused},
            ledger=list(await every(tables.ledger)),
            images=list(await every(tables.images)),
            series={row.id: series_from(row) for row in await every(tables.series)},
            vibes=vibes,
        )


class Model:
    """What should be true, from the orders that were taken and what NovelAI did for them.

    Args:
        emulator: stands for NovelAI.
        keys: of all owners.
        tokens: of the accounts, by their ids.
        sources: the sha256 of the pictures of vibes, by their numbers.
    """

    def __init__(
        self,
        emulator: Emulator,
        keys: Sequence[Key],
        tokens: Mapping[str, str],
        sources: Mapping[int, str],
    ) -> None:
        self.emulator, self.keys, self.sources = emulator, keys, sources
        self.upstream = {name: emulator.account(token) for name, token in tokens.items()}
        self.tasks: dict[str, Task] = {}
        self.holders: dict[str, tuple[str, int]] = {}
        self.given = {name: account.anlas for name, account in self.upstream.items()}
        self._left = {name: account.usage_percent for name, account in self.upstream.items()}
        self._seen = 0
        self._unnamed: list[RecordedRequest] = []
        self._calls: list[Call] = []

    # What should come of what is asked for.

    def price(self, wish: Wish, owner_id: str, rows: Rows) -> Cost:
        """At most, on the owner's accounts that are enabled; there is one at least."""
        vibes = {number for number, one in self.sources.items() if one in rows.vibes[owner_id]}
        costs = [wish.on(one, vibes) for one in self.of(owner_id, rows)]
        anlas = [one for one, _ in costs]
        most = None if None in anlas else max(one for one in anlas if one is not None)
        return most, max(drawn for _, drawn in costs)

    @staticmethod
    def of(owner_id: str, rows: Rows) -> list[Account]:
        """The accounts of an owner that are enabled."""
        return [one for one in rows.accounts.values() if one.owner_id == owner_id and one.enabled]

    def booked(self, key: Key, rows: Rows, since: float, but: str | None = None) -> Cost:
        """What a key's jobs have cost or may cost, and the V5 pictures; of those since a moment."""
        mine = [
            job
            for job in rows.jobs.values()
            if job.key_id == key.id and job.created_at > since and job.id != but
        ]
        drawn = [row.allowance for row in rows.ledger if row.job_id in {job.id for job in mine}]
        return sum(map(anlas_of, mine)), sum(drawn)

    def drawn(self, job: Job) -> list[int]:
        """Free V5 pictures that a job has booked: what it drew, or has set aside.

        Of one that was uncertain no more is known than what it had set aside.
        """
        if job.state in LIVING:
            return [job.allowance]
        task = self.tasks[job.id]
        last = task.drawn[job.fence]
        if job.state is not State.SUCCEEDED:
            last *= (job.cost or 0) > job.spent  # it was charged, and lost
        return [last, min(last, job.allowance)] if task.doubted else [last]

    def refusal(
        self, key: Key, wish: Wish, rows: Rows, now: float, *, instead_of: Job | None = None
    ) -> str | None:
        """Why an order would be refused."""
        limits, mine = key.limits, [job for job in rows.jobs.values() if job.key_id == key.id]
        if instead_of is None:
            single = [job for job in mine if job.series_id is None]
            if sum(job.state is State.QUEUED for job in single) >= limits.max_queued:
                return "too_many_queued"
            if self.ordered(key, rows, now - MINUTE) >= limits.rate_minute:
                return "too_fast"
            if not self.of(key.owner_id, rows):
                return "no_account"
        if limits.models is not None and wish.model not in (None, *limits.models):
            return "model"
        but, spent = (None, 0) if instead_of is None else (instead_of.id, instead_of.spent)
        anlas, drawn = self.price(wish, key.owner_id, rows)
        return self._too_dear(key, rows, now, anlas, drawn, spent, but)

    def _too_dear(
        self, key: Key, rows: Rows, now: float, anlas: int | None, drawn: int, spent: int,
        but: str | None,
    ) -> str | None:  # fmt: skip
        budget, limits = key.budget, key.limits
        bounds = [limits.budget_job, *budget.windows.values()]
        if anlas is None:
            return (
                "price_unknown"
                if limits.free_only or any(one is not None for one in bounds)
                else None
            )
        anlas += spent
        if limits.free_only and anlas:
            return "free_only"
        if limits.budget_job is not None and anlas > limits.budget_job:
            return "job_budget"
        for window, limit in budget.windows.items():
            used = self.booked(key, rows, now - SECONDS[window], but)[0] or 0
            if limit is not None and anlas and used + anlas > limit:
                return "budget"
        used = self.booked(key, rows, now - SECONDS["month"], but)[1]
        limit = limits.allowance_month
        return "allowance" if limit is not None and drawn and used + drawn > limit else None

    def ordered(self, key: Key, rows: Rows, since: float) -> int:
        """How much a key ordered since a moment: single pictures, and series as a whole."""
        single = [job for job in rows.jobs.values() if job.series_id is None]
        every = [*single, *rows.series.values()]
        return sum(one.key_id == key.id and one.created_at > since for one in every)

    def series_refusal(
        self, key: Key, rows: Rows, now: float, prices: Sequence[Cost], model: str | None
    ) -> str | None:
        """Why a series of pictures at these prices would be refused, whatever was accepted."""
        limits = key.limits
        if self.ordered(key, rows, now - MINUTE) >= limits.rate_minute:
            return "too_fast"
        if limits.models is not None and model not in limits.models:
            return "model"
        known = [anlas or 0 for anlas, _ in prices]
        if limits.free_only and any(known):
            return "free_only"
        if limits.budget_job is not None and max(known) > limits.budget_job:
            return "job_budget"
        for window, limit in key.budget.windows.items():
            used = self.booked(key, rows, now - SECONDS[window])[0] or 0
            if limit is not None and any(known) and used + sum(known) > limit:
                return "series_budget"
        used = self.booked(key, rows, now - SECONDS["month"])[1]
        drawn, limit = sum(one for _, one in prices), limits.allowance_month
        return "allowance" if limit is not None and drawn and used + drawn > limit else None

    # What NovelAI did.

    def claimed(self, job: Job, account: Account) -> None:
        """From now on what is asked of an account is asked for this job."""
        self.holders[account.id] = job.run

    def observe(self) -> None:
        """Look at what NovelAI was asked, and what it took for that."""
        labels = {account.label: name for name, account in self.upstream.items()}
        new = [one for one in self.emulator.requests if one.id > self._seen]
        self._seen = max((one.id for one in new), default=self._seen)
        self._unnamed += [one for one in new if one.path in PATHS.values()]
        for record in [one for one in self._unnamed if one.account is not None]:
            self._unnamed.remove(record)
            self._calls.append(Call(record, *self.holders[labels[record.account or ""]]))
        for call in self._calls:
            self._count(call)
        for name, account in self.upstream.items():
            drawn = round((self._left[name] - account.usage_percent) * IMAGES_PER_PERCENT)
            self._left[name] = account.usage_percent
            if drawn:
                job_id, fence = self.holders[name]
                self.tasks[job_id].drawn[fence] += drawn

    def _count(self, call: Call) -> None:
        """Count what a call cost since it was looked at: some are charged later than answered."""
        anlas, task = call.record.anlas_spent - call.counted, self.tasks[call.job_id]
        call.counted += anlas
        task.charged[call.fence] += anlas
        task.paid[call.record.path, task.changes] += anlas > 0

    # What must hold.

    def check(self, rows: Rows) -> None:
        """Compare all of the database with what NovelAI did.

        Raises:
            AssertionError: something is not as it should be.
        """
        for job in rows.jobs.values():
            self._check_states(job)
            self._check_holding(job, rows)
            self._check_money(job, rows)
            self._check_pictures(job, rows)
        self._check_balances(rows)
        for series in rows.series.values():
            self._check_series(series, rows)

    @staticmethod
    def _check_series(series: Series, rows: Rows) -> None:
        """What it tells of itself is what its jobs say; nothing of it runs while it is held."""
        mine = [job for job in rows.jobs.values() if job.series_id == series.id]
        ended = all(job.ended for job in mine)
        assert (series.finished_at is not None) is ended
        takes = [(job.cell, job.take) for job in mine]
        assert len(set(takes)) == len(takes), "no cell is doubled"
        for job in mine:
            held = job.state is State.QUEUED and job.run_after > HELD / 2
            assert held is (job.state is State.QUEUED and series.hold is not None)
        if ended:
            assert series.anlas == sum(job.cost or 0 for job in mine)
            assert len(series.outcome or "") == series.cells

    def _check_states(self, job: Job) -> None:
        task = self.tasks[job.id]
        before = task.job
        if before.ended:
            assert job == before, "what has ended stays as it is"
        assert job.state is before.state or reachable(before.state, job.state)
        task.doubted |= job.state is State.UNCERTAIN
        task.job = job

    @staticmethod
    def _check_holding(job: Job, rows: Rows) -> None:
        holding = [one for one in rows.accounts.values() if one.job_id == job.id]
        assert {one.id for one in holding} <= {job.account_id}
        assert not holding or job.state in (State.RUNNING, State.UNCERTAIN)
        assert holding or job.state is not State.RUNNING
        if job.account_id is not None:
            assert rows.accounts[job.account_id].owner_id == job.owner_id

    def _check_money(self, job: Job, rows: Rows) -> None:
        task = self.tasks[job.id]
        booked = [row for row in rows.ledger if row.job_id == job.id]
        assert {row.key_id for row in booked} == {job.key_id}
        assert sum(row.anlas for row in booked) == anlas_of(job)
        drawn = sum(row.allowance for row in booked)
        assert drawn in self.drawn(job)
        closed = [row.entry for row in booked if row.entry in ("settle", "release")]
        assert len(closed) == job.ended
        assert max(task.paid.values(), default=0) <= 1, "nothing is paid twice"
        if job.ended and not task.guessed:
            assert job.cost == task.cost
            assert job.charged == ("yes" if task.cost else "no")

    def _check_pictures(self, job: Job, rows: Rows) -> None:
        images = [row for row in rows.images if row.job_id == job.id]
        assert {row.owner_id for row in images} <= {job.owner_id}
        assert bool(images) <= (job.state is State.SUCCEEDED)
        if job.state is State.SUCCEEDED:
            wish = self.tasks[job.id].wish
            assert len(images) == (wish.pictures if job.error is None else len(job.result or ()))
            settled = [row.images for row in rows.ledger if row.job_id == job.id]
            assert sum(settled) == len(images)

    def _check_balances(self, rows: Rows) -> None:
        spent: Counter[str] = Counter()
        for name, account in self.upstream.items():
            assert account.locked_out == 0, "one call at a time on an account"
            spent[rows.accounts[name].owner_id] += self.given[name] - account.anlas
        for task in self.tasks.values():
            spent[task.job.owner_id] -= task.cost
        assert not any(spent.values()), "each owner pays for the own jobs"


def anlas_of(job: Job) -> int:
    """What a job cost, or may cost as long as it has not ended."""
    return job.cost_max if job.cost is None else job.cost


def reachable(state: State, target: State) -> bool:
    """Whether legal edges lead there: one rule may take a few steps."""
    seen, edge = {state}, {state}
    while edge:
        edge = {one for one in State for known in edge if may_become(known, one)} - seen
        seen |= edge
    return target in seen


def expected_claim(
    rows: Rows, now: float, line: Mapping[str, Sequence[Job]]
) -> tuple[str, str] | None:
    """The job that runs next and its account, by the rules as people would tell them.

    Args:
        rows: what the database says.
        now: the time.
        line: the queues of the owners, in the order in which they run.
    """
    for account in sorted(rows.accounts.values(), key=lambda one: (one.last_used_at, one.id)):
        rests = account.job_id is not None or account.free_at > now
        if not account.enabled or rests or account.owner_id in rows.paused:
            continue
        for job in line[account.owner_id]:
            if job.run_after <= now:
                return job.id, account.id
    return None
