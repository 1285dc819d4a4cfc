"""Going on with a series at another price, and doing cells of it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.events.bus import Bus
from novelai.server.jobs import admission, repository, series_course, series_rows
from novelai.server.jobs.request_params import ParamsService
from novelai.server.keys import ledger
from novelai.server.keys import repository as keys
from novelai.server.model.budget import Price
from novelai.server.model.job import Job, JobRefusedError, State, order_columns
from novelai.server.model.key import Key
from novelai.server.model.params import EncodeVibeParams, JobParams, fields_of, pack, unpack
from novelai.server.model.problems import ProblemError
from novelai.server.model.series import Series
from novelai.server.series.limits import Expense, check_accepted, check_count, check_sum
from novelai.server.series.orders import add_jobs
from novelai.server.series.schemas import AgainCellsIn
from novelai.server.series.service import go_on, visible_series
from novelai.server.series.together import Together, price_together
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.types.base import SEEDS

__all__ = ["SeriesAgain", "Waiting", "quote_waiting"]

ENCODED = Price(anlas=2)
FAILED = (State.FAILED,)
MISSING = (State.FAILED, State.CANCELLED)
TEXTS = frozenset({"prompt", "negative_prompt", "characters"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits of a series, and what it costs now.

    Attributes:
        jobs: those that wait.
        together: their prices, and what has to be encoded before them.
    """

    jobs: Sequence[Job]
    together: Together = field(repr=False)

    @property
    def price(self) -> Price:
        """What all of it costs at most."""
        total = self.together.total
        encoded = 2 * len(self.together.encodings)
        anlas = None if total.anlas is None else total.anlas + encoded
        return Price(anlas=anlas, allowance=total.allowance)

    @property
    def reserved(self) -> Price:
        """What is set aside for it."""
        return Price(
            anlas=sum(job.cost_max for job in self.jobs),
            allowance=sum(job.allowance for job in self.jobs),
        )

    @property
    def sentence(self) -> str:
        """Why it does not go on, when it costs more than was set aside."""
        anlas, count = self.price.anlas, len(self.jobs)
        prices = {price.anlas for price in self.together.prices}
        if anlas is None:
            return "The price of what waits is unknown now."
        if not self.reserved.anlas and len(prices) == 1 and not self.together.encodings:
            (each,) = prices
            return (
                f"The free pictures are used up: {count:,} more would cost {each} Anlas each, "
                f"{anlas:,} in all."
            )
        return (
            f"The price rose: {count:,} more would cost {anlas:,} Anlas in all, and "
            f"{self.reserved.anlas:,} are set aside."
        )


async def quote_waiting(
    database: Database, blobs: Blobs, series: Series, *, also: Sequence[Job] = ()
) -> Waiting:
    """Price what waits of a series as things stand.

    Args:
        database: where it is.
        blobs: where its pictures are.
        series: which.
        also: jobs that are about to wait again.

    Raises:
        BlobMissingError: a picture is not in the store any more.
    """
    async with database.look() as connection:
        jobs = [*also, *await series_rows.list_waiting(connection, series.id)]
    orders = await _params_of(jobs, blobs)
    return Waiting(jobs=jobs, together=await price_together(database, series.owner_id, orders))


class SeriesAgain:
    """What costs more than was accepted when a series was ordered.

    Args:
        database: where series are.
        blobs: where their pictures are.
        clock: what time it is.
        bus: who is told.
        params: reads changes.
        rng: draws seeds.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Clock,
        bus: Bus,
        *,
        params: ParamsService,
        rng: Random | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._bus = bus
        self._params = params
        self._rng = rng or SystemRandom()

    async def resume(self, key: Key, series_id: str, accepted: int | None) -> None:
        """Let a series go on that was held; where the price rose, it is reserved anew.

        Raises:
            ProblemError: 404; there is none. 409; it is not held, or the price rose above what
                was accepted. 402; the price rose and nobody accepted it, or the key may not.
            JobRefusedError: the key may not spend it.
        """
        async with self._database.look() as connection:
            series = await visible_series(connection, key, series_id)
        waiting = await quote_waiting(self._database, self._blobs, series)
        encodings = [(one, await self._pack(one)) for one in waiting.together.encodings]
        async with self._database.write() as connection:
            series = await visible_series(connection, key, series_id, lock=True)
            if series.hold is None:
                raise ProblemError(409, "conflict", "The series is not held. Nothing was changed.")
            now, own = await self._own_key(connection, series)
            there = {job.id for job in await series_rows.lock_waiting(connection, series_id)}
            if there != {job.id for job in waiting.jobs}:
                raise ProblemError(
                    409, "conflict", "What waits has changed meanwhile. Try again.", retry_after=1.0
                )
            rises = waiting.price.anlas is None or waiting.price.anlas > (
                waiting.reserved.anlas or 0
            )
            if rises:
                await check_sum(
                    connection, own, _expenses(waiting), now, instead_of=waiting.reserved
                )
                check_accepted(waiting.price, accepted)
            await self._rereserve(connection, series, waiting, encodings, now)
            await go_on(connection, self._bus, series, now)

    async def cells(self, key: Key, series_id: str, order: AgainCellsIn) -> int:
        """Do cells of a series again, as new takes; return how many.

        Raises:
            ProblemError: 404; there is none. 409; a cell has not ended, or the price is higher
                than what was accepted. 402; nobody accepted it, or the key may not. 422; there is
                no such cell, or it is skipped.
            InvalidParamsError: a changed value is wrong.
            JobRefusedError: the key may not.
            BlobMissingError: a picture is not in the store any more.
        """
        async with self._database.look() as connection:
            series = await visible_series(connection, key, series_id)
            takes = await series_rows.newest_takes(connection, series_id)
        jobs = _chosen(series, takes, order.cells)
        if not jobs:
            return 0
        orders = await self._change_params(key, jobs, order)
        together = await price_together(self._database, series.owner_id, orders)
        packed = [await self._pack(one) for one in orders]
        encodings = [(one, await self._pack(one)) for one in together.encodings]
        async with self._database.write() as connection:
            series = await visible_series(connection, key, series_id, lock=True)
            now, own = await self._own_key(connection, series)
            newest = await series_rows.newest_takes(connection, series_id)
            wanted = [
                (job, one, parts, price)
                for job, one, parts, price in zip(
                    jobs, orders, packed, together.prices, strict=True
                )
                if job.cell is not None and newest[job.cell].id == job.id
            ]
            if not wanted:  # somebody else did the same at this moment
                return 0
            price = Price(
                anlas=_sum([price.anlas for *_, price in wanted] + [2] * len(encodings)),
                allowance=sum(price.allowance for *_, price in wanted),
            )
            load = await admission.check_order(
                connection, own, now, accounts=len(together.accounts), single=False
            )
            await check_count(connection, own, len(wanted), new=series.finished_at is not None)
            expenses = [Expense(one.model, ENCODED) for one, _ in encodings]
            expenses += [Expense(getattr(one, "model", None), price) for _, one, _, price in wanted]
            await check_sum(connection, own, expenses, now)
            check_accepted(price, order.accept_anlas)
            if not load.in_line and series.hold is None:
                await keys.join_queue(connection, own)
            take = await self._take(connection, series)
            columns = _encodings(series, encodings, take, jobs)
            for job, one, parts, cost in wanted:
                columns.append(
                    _columns(series, one, parts, cost)
                    | {"cell": job.cell, "take": job.take + 1, "priority": job.priority}
                    | {"collection_id": job.collection_id}
                    | _roll(job, order.changes)
                )
            await add_jobs(connection, self._bus, series, columns, now)
            await series_rows.change(
                connection,
                series_id,
                {
                    "anlas_max": series.anlas_max + (price.anlas or 0),
                    "allowance": series.allowance + price.allowance,
                    "counted_from": now,
                    "cancelled_at": None,
                    "finished_at": None,
                    "outcome": None,
                    "anlas": None,
                },
            )
            series_course.announce(connection, self._bus, series)
        return len(wanted)

    async def _own_key(self, connection: AsyncConnection, series: Series) -> tuple[float, Key]:
        """Return the time, and the key of a series, locked: its limits count, whoever asks."""
        now = await self._clock.now(connection)
        own = await keys.by_id(connection, series.key_id, lock=True)
        if own is None or not own.valid(now):
            raise JobRefusedError("revoked", "The key of this series is revoked or has expired.")
        return now, own

    async def _change_params(
        self, key: Key, jobs: Sequence[Job], order: AgainCellsIn
    ) -> list[JobParams]:
        found: list[JobParams] = []
        for job, one in zip(jobs, await _params_of(jobs, self._blobs), strict=True):
            changes = dict(order.changes)
            if changes.get("seed") is None and (order.seed == "new" or "seed" in changes):
                changes["seed"] = self._rng.randrange(SEEDS)
            if changes:
                fields = fields_of(one)
                one = await self._params.change(key, job.kind, fields, changes)  # noqa: PLW2901
            found.append(one)
        return found

    async def _pack(self, params: JobParams) -> dict[str, Any]:
        return await pack(params, self._blobs.put_handed_in)

    async def _take(self, connection: AsyncConnection, series: Series) -> int:
        """Return the number of times that something was prepared for this series."""
        rows = await series_rows.states(connection, [series.id])
        return 1 + max((row.take for row in rows if row.cell is None), default=-1)

    async def _rereserve(
        self,
        connection: AsyncConnection,
        series: Series,
        waiting: Waiting,
        encodings: Sequence[tuple[EncodeVibeParams, Mapping[str, Any]]],
        now: float,
    ) -> None:
        """Set aside what is needed now, for jobs that wait and for what they need before."""
        for job, price in zip(waiting.jobs, waiting.together.prices, strict=True):
            # What was spent for its vibes stays spent; what costs less stays as it is.
            cost = max(job.cost_max, job.spent + (price.anlas or 0))
            allowance = max(job.allowance, price.allowance)
            if (cost, allowance) == (job.cost_max, job.allowance):
                continue
            await ledger.rereserve(
                connection, job, model=job.model, cost_max=cost, allowance=allowance
            )
            await repository.rewrite(connection, job, {"cost_max": cost, "allowance": allowance})
        take = await self._take(connection, series)
        first = min((job.rank for job in waiting.jobs), default=now)
        columns = _encodings(series, encodings, take, waiting.jobs)
        await add_jobs(connection, self._bus, series, columns, first - 1.0)
        more = (waiting.price.anlas or 0) - (waiting.reserved.anlas or 0)
        if more > 0:
            values = {"anlas_max": series.anlas_max + more}
            await series_rows.change(connection, series.id, values)


async def _params_of(jobs: Sequence[Job], blobs: Blobs) -> list[JobParams]:
    """Load the parameters of jobs; a picture that many have is read once."""
    known: dict[str, bytes] = {}

    async def read(sha256: str) -> bytes:
        if sha256 not in known:
            known[sha256] = await blobs.image(sha256)
        return known[sha256]

    return [await unpack(job.kind, job.params, read) for job in jobs]


def _chosen(series: Series, takes: Mapping[int, Job], cells: Sequence[int] | str) -> list[Job]:
    """Return the newest jobs of the cells that are to be done again, each once."""
    if isinstance(cells, str):
        states = FAILED if cells == "failed" else MISSING
        return [job for job in takes.values() if job.state in states]
    found: dict[int, Job] = {}
    for cell in cells:
        source = series.layout.same.get(cell, cell)
        if source not in takes:
            reason = series.layout.skipped.get(cell, "there is no such cell, or it is forgotten")
            raise ProblemError(
                422,
                "invalid_params",
                f"Cell {cell}: {reason}. Nothing was sent or charged.",
                errors=[("cells", f"{cell}: {reason}")],
            )
        if not takes[source].ended:
            raise ProblemError(
                409, "conflict", f"Cell {cell} is not done yet. Nothing was sent or charged."
            )
        found[source] = takes[source]
    return [found[cell] for cell in sorted(found)]


def _expenses(waiting: Waiting) -> list[Expense]:
    found = [Expense(one.model, ENCODED) for one in waiting.together.encodings]
    pairs = zip(waiting.jobs, waiting.together.prices, strict=True)
    return found + [
        Expense(admission.model_of({"kind": j.kind, "model": j.model}), p) for j, p in pairs
    ]


def _sum(prices: Sequence[int | None]) -> int | None:
    return None if None in prices else sum(price or 0 for price in prices)


def _columns(
    series: Series, params: JobParams, packed: Mapping[str, Any], price: Price
) -> dict[str, Any]:
    return order_columns(
        owner_id=series.owner_id, key_id=series.key_id, params=params, packed=packed, price=price
    )


def _encodings(
    series: Series,
    encodings: Sequence[tuple[EncodeVibeParams, Mapping[str, Any]]],
    take: int,
    jobs: Sequence[Job],
) -> list[dict[str, Any]]:
    priority = max((job.priority for job in jobs), default=0)
    place = {"cell": None, "take": take, "priority": priority, "collection_id": None}
    return [_columns(series, one, packed, ENCODED) | place for one, packed in encodings]


def _roll(job: Job, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the column of a roll, which goes with its texts."""
    kept = job.roll is not None and not TEXTS & changes.keys()
    return {"roll": job.roll} if kept else {}
