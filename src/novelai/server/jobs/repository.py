"""All SQL on jobs, but for the claim (`claims`).

Every function takes the connection of its caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    String,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.jobs.line import Clocks, Line, Waiting
from novelai.server.model.job import HELD, SINGLE_LANE, Job, State, job_from
from novelai.server.model.rows import columns_of
from novelai.server.storage.tables import jobs, keys, series

__all__ = [
    "Load",
    "by_body",
    "by_dedupe_key",
    "by_id",
    "by_ids",
    "cancel_waiting",
    "clocks_of",
    "count_spent",
    "insert",
    "list_recent",
    "load",
    "lock_queue_of_key",
    "newest",
    "of_client",
    "of_request",
    "recent_seconds",
    "rewrite",
    "run_order",
    "spread_ranks",
    "update_state",
    "waiting_of",
]

# Built once: to put these together takes longer than to run them.
INSERT = jobs.insert().returning(jobs)
READ = select(jobs).where(jobs.c.id == bindparam("job_id"))
LOCK = READ.with_for_update()
MOVE = update(jobs).where(
    jobs.c.id == bindparam("job"),
    jobs.c.fence == bindparam("known_fence"),
    jobs.c.state == bindparam("known_state"),
)
WAITS = jobs.c.state == State.QUEUED
IN_LINE = WAITS & (jobs.c.run_after < HELD / 2)
"""Waits for its turn and nothing else."""
SINGLE = jobs.c.lane == SINGLE_LANE
OF_KEY = jobs.c.key_id == bindparam("key")
LATELY: ColumnElement[float] = bindparam("moment", type_=Double)
LOAD = select(
    select(func.count()).where(OF_KEY, WAITS, SINGLE).scalar_subquery(),
    select(func.count()).where(OF_KEY, SINGLE, jobs.c.created_at > LATELY).scalar_subquery()
    + select(func.count())
    .where(series.c.key_id == bindparam("key"), series.c.created_at > LATELY)
    .scalar_subquery(),
    exists().where(OF_KEY, IN_LINE),
)

CLOCKS = select(keys.c.id, keys.c.vtime, keys.c.weight).where(keys.c.owner_id == bindparam("owner"))

CLIENT: ColumnElement[str] = literal_column("(client_data ->> 'lookup')", String)
"""As the index has it."""

AT_ONCE = 500
"""Ids in one statement."""

UNFINISHED = (State.QUEUED, State.RUNNING, State.UNCERTAIN)


async def insert(connection: AsyncConnection, values: Mapping[str, Any]) -> Job:
    """Add a job."""
    row = await connection.execute(INSERT, values)
    return job_from(row.one())


async def by_id(connection: AsyncConnection, job_id: str, *, lock: bool = False) -> Job | None:
    """Return a job by its id, locked against others when asked."""
    row = (await connection.execute(LOCK if lock else READ, {"job_id": job_id})).one_or_none()
    return None if row is None else job_from(row)


async def by_dedupe_key(
    connection: AsyncConnection, key_id: str, dedupe_key: str, place: int
) -> Job | None:
    """Return the job that a key submitted under a dedupe key, at a place of its request."""
    query = select(jobs).where(
        jobs.c.key_id == key_id, jobs.c.dedupe_key == dedupe_key, jobs.c.place == place
    )
    return await _one(connection, query)


async def of_request(connection: AsyncConnection, key_id: str, request_id: str) -> list[Job]:
    """Return the jobs of a key's request, newest first."""
    query = select(jobs).where(jobs.c.key_id == key_id, jobs.c.request_id == request_id)
    return [job_from(row) for row in await connection.execute(query.order_by(jobs.c.seq.desc()))]


async def of_client(
    connection: AsyncConnection, key_id: str, lookup: str, *, since: float
) -> list[Job]:
    """Return a key's jobs whose client data have this ``"lookup"``, newest first.

    Those that have not ended, or did since a moment.
    """
    query = select(jobs).where(
        jobs.c.key_id == key_id,
        CLIENT.op("=")(lookup),
        jobs.c.finished_at.is_(None) | (jobs.c.finished_at > since),
    )
    return [job_from(row) for row in await connection.execute(query.order_by(jobs.c.seq.desc()))]


async def by_body(connection: AsyncConnection, key_id: str, body_hash: str) -> Job | None:
    """Return the unfinished single order of a key with the same body: a series may rest."""
    query = select(jobs).where(
        jobs.c.key_id == key_id,
        jobs.c.body_hash == body_hash,
        jobs.c.state.in_(UNFINISHED),
        SINGLE,
    )
    return await _one(connection, query.order_by(jobs.c.seq).limit(1))


async def newest(
    connection: AsyncConnection,
    owner_id: str,
    *,
    key_id: str | None = None,
    states: Sequence[State] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[Job]:
    """Return an owner's jobs, newest first; ``before`` is the `seq` the page starts behind."""
    query = select(jobs).where(jobs.c.owner_id == owner_id)
    if key_id is not None:
        query = query.where(jobs.c.key_id == key_id)
    if states:
        query = query.where(jobs.c.state.in_(states))
    if before is not None:
        query = query.where(jobs.c.seq < before)
    rows = await connection.execute(query.order_by(jobs.c.seq.desc()).limit(limit))
    return [job_from(row) for row in rows]


async def load(connection: AsyncConnection, key_id: str, moment: float) -> "Load":
    """Return what a key has in the queue, and how much it ordered since a moment."""
    found = (await connection.execute(LOAD, {"key": key_id, "moment": moment})).one()
    return Load(waiting=found[0], recent=found[1], in_line=bool(found[2]))


async def by_ids(connection: AsyncConnection, ids: Sequence[str]) -> list[Job]:
    """Return jobs by their ids, in the order of these; those that wait no longer are left out."""
    query = select(jobs).where(jobs.c.id.in_(ids), WAITS)
    found = {job.id: job for job in map(job_from, await connection.execute(query))}
    return [found[job_id] for job_id in ids if job_id in found]


async def waiting_of(
    connection: AsyncConnection, owner_id: str, ids: Sequence[str] | None = None
) -> list[Waiting]:
    """Return an owner's jobs that wait for their turn; only some of them when asked.

    Those that are held are not among them.
    """
    columns = [jobs.c[name] for name in Waiting.__slots__]
    query = select(*columns).where(jobs.c.owner_id == owner_id, IN_LINE)
    if ids is not None:
        query = query.where(jobs.c.id.in_(ids))
    return [Waiting(**columns_of(row)) for row in await connection.execute(query)]


async def clocks_of(connection: AsyncConnection, owner_id: str) -> Clocks:
    """Return the clocks and weights of an owner's keys."""
    rows = await connection.execute(CLOCKS, {"owner": owner_id})
    return {row.id: (row.vtime, row.weight) for row in rows}


async def run_order(connection: AsyncConnection, owner_id: str) -> list[str]:
    """Return the ids of an owner's jobs in the order they will run, as things stand."""
    line = Line(await waiting_of(connection, owner_id))
    return list(line.order(await clocks_of(connection, owner_id)))


async def lock_queue_of_key(
    connection: AsyncConnection, key_id: str, lane: int = SINGLE_LANE
) -> list[Job]:
    """Return a key's queued jobs of a lane in their own order, locked."""
    query = select(jobs).where(jobs.c.key_id == key_id, WAITS, jobs.c.lane == lane)
    query = query.order_by(jobs.c.priority.desc(), jobs.c.rank, jobs.c.seq).with_for_update()
    return [job_from(row) for row in await connection.execute(query)]


async def spread_ranks(connection: AsyncConnection, key_id: str, lane: int = SINGLE_LANE) -> None:
    """Renumber a key's queued jobs of a lane in their order, a second apart, for others between.

    The last keeps its rank, so that what is submitted later still comes behind it.
    """
    mine = (jobs.c.key_id == key_id) & WAITS & (jobs.c.lane == lane)
    behind = func.row_number().over(order_by=(jobs.c.rank.desc(), jobs.c.seq.desc())) - 1
    last = select(func.max(jobs.c.rank)).where(mine).scalar_subquery()
    places = select(jobs.c.id, behind.label("behind"), last.label("last")).where(mine).subquery()
    await connection.execute(
        update(jobs)
        .where(mine, jobs.c.id == places.c.id)
        .values(rank=places.c.last - places.c.behind)
    )


async def rewrite(connection: AsyncConnection, job: Job, values: Mapping[str, Any]) -> Job | None:
    """Change columns of a job that is still queued; gives it as it is then, else ``None``."""
    row = await connection.execute(
        update(jobs)
        .where(jobs.c.id == job.id, jobs.c.fence == job.fence, jobs.c.state == State.QUEUED)
        .values(**values)
        .returning(jobs)
    )
    found = row.one_or_none()
    return None if found is None else job_from(found)


async def list_recent(
    connection: AsyncConnection, owner_id: str, key_id: str | None, limit: int
) -> list[Job]:
    """Return an owner's jobs that have ended, the last first; those of one key when asked."""
    query = select(jobs).where(jobs.c.owner_id == owner_id, jobs.c.finished_at.is_not(None))
    if key_id is not None:
        query = query.where(jobs.c.key_id == key_id)
    query = query.order_by(jobs.c.finished_at.desc(), jobs.c.seq.desc()).limit(limit)
    return [job_from(row) for row in await connection.execute(query)]


async def recent_seconds(connection: AsyncConnection, owner_id: str, limit: int) -> list[float]:
    """Return how long the last successful jobs of an owner took, in seconds."""
    query = (
        select(jobs.c.finished_at - jobs.c.started_at)
        .where(
            jobs.c.owner_id == owner_id,
            jobs.c.state == State.SUCCEEDED,
            # By when they ended: of those that wait there may be thousands, which are later ones.
            jobs.c.finished_at.is_not(None),
        )
        .order_by(jobs.c.finished_at.desc())
        .limit(limit)
    )
    return [float(seconds) for seconds in (await connection.execute(query)).scalars()]


async def update_state(
    connection: AsyncConnection, job: Job, state: State, values: Mapping[str, Any]
) -> bool:
    """Move a job on, if nobody else did since it was read."""
    known = {"job": job.id, "known_fence": job.fence, "known_state": job.state}
    changed = await connection.execute(MOVE, {**known, "state": state, **values})
    return changed.rowcount == 1


async def cancel_waiting(
    connection: AsyncConnection, ids: Sequence[str], values: Mapping[str, Any]
) -> None:
    """Move jobs that wait, and are locked, to where they were taken back."""
    for start in range(0, len(ids), AT_ONCE):
        await connection.execute(
            update(jobs)
            .where(jobs.c.id.in_(ids[start : start + AT_ONCE]), WAITS)
            .values(state=State.CANCELLED, **values)
        )


async def count_spent(connection: AsyncConnection, job: Job, anlas: int) -> bool:
    """Count what a step of a job cost: nothing is under way any more, the job goes on."""
    changed = await connection.execute(
        update(jobs)
        .where(jobs.c.id == job.id, jobs.c.fence == job.fence, jobs.c.state == job.state)
        .where(jobs.c.spent == job.spent)
        .values(spent=job.spent + anlas, sent_at=None, price=None, anlas_before=None, encoding=None)
    )
    return changed.rowcount == 1


async def _one(connection: AsyncConnection, query: Select[Any]) -> Job | None:
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else job_from(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a key has in the queue.

    Attributes:
        waiting: how many single orders wait.
        recent: how many it gave since a moment; a series is one.
        in_line: something of it waits for its turn.
    """

    waiting: int
    recent: int
    in_line: bool
