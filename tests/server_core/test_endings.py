"""How jobs end: their row, the ledger, their account and the news, to the last column."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.server_core.helpers import OPUS, HandClock, entries, owner, picture, read, row_of, taken

from novelai.server.events.bus import Bus
from novelai.server.jobs import transitions
from novelai.server.model.artifact import Artifact, EncodingKey
from novelai.server.model.job import EDGES, ENDED, Job, State, may_become
from novelai.server.services import Services
from novelai.server.storage.tables import accounts, deliveries, images, jobs, vibes
from novelai.server.worker.lease import claim, intend

pytestmark = pytest.mark.anyio

V5, V45 = "nai-diffusion-5-full", "nai-diffusion-4-5-full"
TWO = {"model": V5, "size": (512, 512), "steps": 28, "n_samples": 2}  # 8 Anlas and one free
NOW = 1_000_000.0
LATER = NOW + 30.0
HOOK = "https://example.org/told"
ERROR = {"code": "Server", "detail": "NovelAI failed."}
VIBE = EncodingKey(source="1" * 64, model=V45, info_extracted=0.7)


def made(position: int = 0, **fields: Any) -> Artifact:
    known = {"sha256": f"{position}" * 64, "media_type": "image/png", "size": 1, "width": 2}
    return Artifact(**{"position": position, "height": 3, "seed": 4, **known, **fields})


ENCODING = made(9, media_type="application/octet-stream", vibe=VIBE)


class Noting(Bus):
    """A bus that notes what it was asked to tell, and what has been committed."""

    def __init__(self) -> None:
        super().__init__("e")
        self.announced: list[tuple[str, str, Mapping[str, Any]]] = []
        self.states: list[tuple[Job, State]] = []
        self.watchers.append(lambda job: self.states.append((job, job.state)))

    def announce(
        self, connection: AsyncConnection, owner_id: str, name: str, data: Mapping[str, Any]
    ) -> None:
        """Note it."""
        self.announced.append((owner_id, name, data))


async def running(
    services: Services, *, sent: bool = True, spent: int = 0, **fields: object
) -> Job:
    """A job of an owner ``a`` that runs on the account ``a 0``."""
    key = await owner(services, "a", OPUS)
    order = replace(picture(**{**TWO, **fields}), webhook=HOOK)
    job = (await services.jobs.submit(key, order)).job
    claimed = await claim(services.context)
    assert claimed is not None
    if spent:
        async with services.context.database.write() as connection:
            assert await transitions.keep_encoding(
                connection, services.context.bus, claimed[0], ENCODING, cost=spent, now=NOW
            )
    if sent:
        assert await intend(
            services.context, await read(services, job), anlas_before=OPUS["anlas"], price=8
        )
    return await read(services, job)


async def done(services: Services, ending: Callable[[AsyncConnection], Awaitable[bool]]) -> bool:
    async with services.context.database.write() as connection:
        return await ending(connection)


async def held(services: Services, account_id: str = "a 0") -> tuple[Any, ...]:
    row = await row_of(services, accounts, account_id)
    return row["job_id"], row["lease_until"], row["free_at"]


async def promised(services: Services) -> list[str]:
    """The addresses that are told of something."""
    async with services.context.database.read() as connection:
        return list((await connection.execute(select(deliveries.c.url))).scalars())


def ended(job: Job, state: State, **values: Any) -> Job:
    return replace(job, state=state, finished_at=NOW, **values)


async def test_success(still: Services) -> None:
    """Pictures are in the gallery, the price is settled, the account is free, people are told."""
    job, bus = await running(still), Noting()
    pictures = [made(0), made(1)]
    assert await done(
        still,
        lambda connection: transitions.succeed(
            connection, bus, job, pictures, now=NOW, free_at=LATER, cost=8, allowance=1
        ),
    )
    after = await read(still, job)
    result = [one.reference for one in pictures]
    assert after == ended(job, State.SUCCEEDED, charged="yes", cost=8, price=8, result=result)
    assert await entries(still, job) == [("reserve", 8, 1, 0, V5), ("settle", 0, 0, 2, V5)]
    assert await held(still) == (None, None, LATER)
    assert await promised(still) == [HOOK]
    told = {"job": job.id, "state": "succeeded", "key": job.key_id, "webhook": True}
    assert bus.announced == [
        (job.owner_id, "job", told),
        (job.owner_id, "account", {"account": "a 0"}),
    ]
    assert bus.states == [(after, State.SUCCEEDED)]
    async with still.context.database.read() as connection:
        rows = (await connection.execute(select(images).order_by(images.c.position))).all()
        assert (await connection.execute(select(vibes))).all() == []
    assert [(row.owner_id, row.key_id, row.job_id, row.created_at) for row in rows] == [
        (job.owner_id, job.key_id, job.id, NOW)
    ] * 2


@pytest.mark.parametrize(
    ("spent", "cost", "allowance", "charged", "settled"),
    [
        (0, 0, 1, "no", (-8, 0)),
        (0, 0, 0, "no", (-8, -1)),
        (2, 0, 1, "yes", (-6, 0)),
        (2, 3, 0, "yes", (-3, -1)),
        (0, 9, 2, "yes", (1, 1)),
    ],
)
async def test_what_success_settles(
    still: Services, spent: int, cost: int, allowance: int, charged: str, settled: tuple[int, int]
) -> None:
    """What was spent on the way, what the call cost, and the free V5 pictures that it drew."""
    job = await running(still, spent=spent)
    assert await done(
        still,
        lambda connection: transitions.succeed(
            connection, Noting(), job, [made()], now=NOW, free_at=NOW, cost=cost,
            allowance=allowance, error=ERROR,
        ),
    )  # fmt: skip
    after = await read(still, job)
    assert (after.cost, after.price, after.charged, after.error) == (
        spent + cost, cost, charged, ERROR,
    )  # fmt: skip
    assert (await entries(still, job))[-1] == ("settle", *settled, 1, V5)


async def test_success_of_an_encoding(still: Services) -> None:
    """An encoded vibe is kept as a vibe, and is no picture."""
    job = await running(still)
    assert await done(
        still,
        lambda connection: transitions.succeed(
            connection, Noting(), job, [ENCODING], now=NOW, free_at=NOW, cost=2, allowance=0
        ),
    )
    async with still.context.database.read() as connection:
        (row,) = (await connection.execute(select(vibes))).all()
        assert (await connection.execute(select(images))).all() == []
    assert (row.owner_id, row.key_id, row.source, row.sha256, row.created_at) == (
        job.owner_id, job.key_id, VIBE.source, ENCODING.sha256, NOW,
    )  # fmt: skip
    assert (await entries(still, job))[-1] == ("settle", -6, -1, 0, V5)


@pytest.mark.parametrize(
    ("spent", "cost", "allowance", "charged", "entry"),
    [
        (0, 0, 0, "no", ("release", -8, -1, 0, V5)),
        (0, 8, 1, "yes", ("settle", 0, 0, 0, V5)),
        (0, 8, 0, "yes", ("settle", 0, -1, 0, V5)),
        (2, 0, 0, "yes", ("settle", -6, -1, 0, V5)),
        (2, 3, 1, "yes", ("settle", -3, 0, 0, V5)),
    ],
)
async def test_failure(
    still: Services, spent: int, cost: int, allowance: int, charged: str, entry: tuple[Any, ...]
) -> None:
    """What was set aside is given back, or what it cost is settled; the account is free."""
    job, bus = await running(still, spent=spent), Noting()
    assert await done(
        still,
        lambda connection: transitions.fail(
            connection, bus, job, ERROR, now=NOW, free_at=LATER, cost=cost, allowance=allowance
        ),
    )
    after = await read(still, job)
    assert after == ended(job, State.FAILED, charged=charged, cost=spent + cost, error=ERROR)
    assert (await entries(still, job))[1:] == [entry]
    assert await held(still) == (None, None, LATER)
    assert await promised(still) == [HOOK]
    assert [name for _, name, _ in bus.announced] == ["job", "account"]
    assert (await row_of(still, accounts, "a 0"))["anlas"] == OPUS["anlas"] - cost


@pytest.mark.parametrize(
    ("spent", "entry"), [(0, ("release", -8, -1, 0, V5)), (2, ("settle", -6, -1, 0, V5))]
)
async def test_a_failure_costs_nothing_by_itself(
    still: Services, spent: int, entry: tuple[Any, ...]
) -> None:
    """Without a word on its cost only what it spent before is settled, and no free picture."""
    job = await running(still, spent=spent)
    assert await done(
        still, lambda one: transitions.fail(one, Noting(), job, ERROR, now=NOW, free_at=NOW)
    )
    assert (await entries(still, job))[1:] == [entry]


@pytest.mark.parametrize("spent", [0, 2])
@pytest.mark.parametrize("rank", [None, 7.0])
async def test_back_to_the_queue(still: Services, spent: int, rank: float | None) -> None:
    """It waits again, with its reservation and at its place unless it is given another."""
    job, bus = replace(await running(still, spent=spent), failures=3), Noting()
    assert await done(
        still,
        lambda connection: transitions.requeue(
            connection, bus, job, run_after=NOW + 5, free_at=LATER, error=ERROR, rank=rank
        ),
    )
    assert await read(still, job) == replace(
        job,
        state=State.QUEUED,
        rank=job.rank if rank is None else rank,
        run_after=NOW + 5,
        charged="yes" if spent else "no",
        error=ERROR,
    )
    assert (await entries(still, job))[1:] == []
    assert await held(still) == (None, None, LATER)
    assert await promised(still) == []
    assert [name for _, name, _ in bus.announced] == ["job", "account"]


async def test_back_without_an_error(still: Services) -> None:
    """What went wrong before is forgotten."""
    job = await running(still)
    async with still.context.database.write() as connection:
        await connection.execute(update(jobs).values(error=ERROR))
    assert await done(
        still, lambda one: transitions.requeue(one, Noting(), job, run_after=NOW, free_at=NOW)
    )
    assert (await read(still, job)).error is None


async def test_doubt(still: Services) -> None:
    """It keeps its reservation and its account, until somebody looks into it."""
    job, bus = replace(await running(still), failures=2), Noting()
    assert await done(still, lambda one: transitions.doubt(one, bus, job, ERROR, look_at=LATER))
    after = await read(still, job)
    assert after == replace(job, state=State.UNCERTAIN, charged="unknown", error=ERROR)
    assert (await entries(still, job))[1:] == []
    assert await held(still) == (job.id, LATER, 0.0)
    assert await promised(still) == [HOOK]
    assert [name for _, name, _ in bus.announced] == ["job"]


@pytest.mark.parametrize(
    ("spent", "charged", "entry"),
    [(0, "no", ("release", -8, -1, 0, V5)), (2, "yes", ("settle", -6, -1, 0, V5))],
)
async def test_taking_back(
    still: Services, spent: int, charged: str, entry: tuple[Any, ...]
) -> None:
    """What was not spent on its way is given back: Anlas and free V5 pictures."""
    job, bus = await running(still, spent=spent, sent=False), Noting()
    await done(still, lambda one: transitions.requeue(one, bus, job, run_after=NOW, free_at=NOW))
    job = await read(still, job)
    bus.announced.clear()
    assert await done(still, lambda one: transitions.cancel(one, bus, job, now=NOW))
    assert await read(still, job) == ended(job, State.CANCELLED, charged=charged, cost=spent)
    assert (await entries(still, job))[1:] == [entry]
    assert await promised(still) == [HOOK]
    told = {"job": job.id, "state": "cancelled", "key": job.key_id, "webhook": True}
    assert bus.announced[0] == (job.owner_id, "job", told)


async def test_an_encoding_on_the_way(still: Services) -> None:
    """The vibe is kept and counted, nothing is under way any more, and the job runs on."""
    job, bus = await running(still), Noting()
    async with still.context.database.write() as connection:
        await connection.execute(update(jobs).values(encoding="v"))
    assert await done(
        still, lambda one: transitions.keep_encoding(one, bus, job, ENCODING, cost=2, now=NOW)
    )
    assert bus.announced == [(job.owner_id, "account", {"account": "a 0"})]
    assert (await row_of(still, accounts, "a 0"))["anlas"] == OPUS["anlas"] - 2
    assert await read(still, job) == replace(
        job, spent=2, sent_at=None, price=None, anlas_before=None, encoding=None
    )
    async with still.context.database.read() as connection:
        (vibe,) = (await connection.execute(select(vibes))).all()
    assert (vibe.owner_id, vibe.sha256, vibe.created_at) == (job.owner_id, ENCODING.sha256, NOW)
    assert (await entries(still, job))[1:] == []
    # Told twice, it counts once.
    assert not await done(
        still,
        lambda one: transitions.keep_encoding(
            one, still.context.bus, job, ENCODING, cost=2, now=NOW
        ),
    )
    assert (await read(still, job)).spent == 2


def every_ending(job: Job, bus: Bus) -> dict[str, Callable[[AsyncConnection], Awaitable[bool]]]:
    times = {"now": NOW, "free_at": LATER}
    return {
        "succeed": lambda one: transitions.succeed(
            one, bus, job, [made()], cost=1, allowance=0, **times
        ),
        "fail": lambda one: transitions.fail(one, bus, job, ERROR, cost=1, **times),
        "requeue": lambda one: transitions.requeue(one, bus, job, run_after=NOW, free_at=LATER),
        "doubt": lambda one: transitions.doubt(one, bus, job, ERROR, look_at=LATER),
        "cancel": lambda one: transitions.cancel(one, bus, job, now=NOW),
        "encoded": lambda one: transitions.keep_encoding(one, bus, job, ENCODING, cost=1, now=NOW),
    }


@pytest.mark.parametrize("changed", [{"fence": 9}, {"state": State.SUCCEEDED}])
@pytest.mark.parametrize("name", ["succeed", "fail", "requeue", "doubt", "cancel", "encoded"])
async def test_a_job_that_is_not_as_it_was(
    still: Services, name: str, changed: dict[str, object]
) -> None:
    """Whoever knows an old fence, or an old state, changes nothing at all and is told so."""
    job, bus = await running(still), Noting()
    if name == "cancel":
        await done(
            still, lambda one: transitions.requeue(one, bus, job, run_after=NOW, free_at=NOW)
        )
        job = await read(still, job)
    async with still.context.database.write() as connection:
        await connection.execute(update(jobs).values(**changed))
    bus = Noting()
    before = await everything(still, job)
    assert not await done(still, every_ending(job, bus)[name])
    assert await everything(still, job) == before
    assert (bus.announced, bus.states) == ([], [])


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELLED])
@pytest.mark.parametrize("name", ["succeed", "fail", "requeue", "doubt", "cancel"])
async def test_what_has_ended_stays_so(still: Services, name: str, state: State) -> None:
    """No edge leads on from there, also for who knows the job just as it is."""
    job = await running(still)
    async with still.context.database.write() as connection:
        await connection.execute(update(jobs).values(state=state))
    job, bus = await read(still, job), Noting()
    before = await everything(still, job)
    assert not await done(still, every_ending(job, bus)[name])
    assert await everything(still, job) == before
    assert bus.announced == []


async def everything(services: Services, job: Job) -> list[Any]:
    async with services.context.database.read() as connection:
        tables = (jobs, accounts, deliveries, images, vibes)
        rows = [(await connection.execute(select(table))).all() for table in tables]
    return [*rows, await entries(services, job)]


async def test_another_job_on_the_account(still: Services, clock: HandClock) -> None:
    """An account that was given to another job meanwhile stays with it."""
    for name in ("succeed", "fail", "requeue", "doubt"):
        clock.time += 1
        job = await running(still)
        async with still.context.database.write() as connection:
            await connection.execute(update(accounts).values(job_id="x", lease_until=LATER))
        before = await held(still)
        assert await done(still, every_ending(job, Noting())[name])
        assert await held(still) == before
        async with still.context.database.write() as connection:
            for table in (jobs, accounts):
                await connection.execute(table.delete())
            await connection.exec_driver_sql("DELETE FROM ledger")


async def test_a_job_without_a_webhook(still: Services) -> None:
    """Nobody is told where no address was given."""
    key = await owner(still, "a", OPUS)
    job = await taken(still, key)
    await still.jobs.cancel(key, job.id)
    assert await promised(still) == []


FOLLOWING = {
    State.QUEUED: {State.RUNNING, State.CANCELLED, State.FAILED},
    State.RUNNING: {State.SUCCEEDED, State.FAILED, State.QUEUED, State.UNCERTAIN},
    State.UNCERTAIN: {State.SUCCEEDED, State.FAILED, State.QUEUED},
    State.SUCCEEDED: set[State](),
    State.FAILED: set[State](),
    State.CANCELLED: set[State](),
}


def test_every_edge() -> None:
    """What may follow each state; what has ended stays as it is."""
    assert {one: {other for other in State if may_become(one, other)} for one in State} == FOLLOWING
    assert set(EDGES) == set(State)
    assert {State.SUCCEEDED, State.FAILED, State.CANCELLED} == ENDED


@pytest.mark.parametrize(
    ("price", "spent", "entry"),
    [
        (8, 0, ("settle", 0, 0, 0, V5)),
        (5, 2, ("settle", -1, 0, 0, V5)),
        (None, 0, ("settle", 0, 0, 0, V5)),
        (None, 2, ("settle", 0, 0, 0, V5)),
    ],
)
async def test_an_owner_says_that_it_was_charged(
    still: Services, price: int | None, spent: int, entry: tuple[Any, ...]
) -> None:
    """It failed, and cost its price, or all that was set aside where none is known."""
    job = await running(still, spent=spent)
    key = (await still.keys.list(job.owner_id))[0]
    assert (await still.jobs.resolve(key, job.id, charged=True)) == job  # it is not uncertain
    async with still.context.database.write() as connection:
        await connection.execute(update(jobs).values(price=price))
        await transitions.doubt(connection, Noting(), job, ERROR, look_at=LATER)
    after = await still.jobs.resolve(key, job.id, charged=True)
    assert after is not None
    assert (after.state, after.charged, after.cost) == (State.FAILED, "yes", 8 + entry[1])
    assert after.error is not None
    assert after.error["code"] == "lost"
    assert (await entries(still, job))[1:] == [entry]
    assert await held(still) == (None, None, NOW)


@pytest.mark.parametrize(
    ("account", "drawn"),
    [({"tier": 1}, -1), ({"usage_negative": True}, -1), ({"tier": 3}, 0)],
)
async def test_what_a_lost_picture_drew(
    still: Services, account: dict[str, object], drawn: int
) -> None:
    """A charged job whose picture is lost drew a free V5 picture where its account gives them."""
    job = await running(still)
    key = (await still.keys.list(job.owner_id))[0]
    async with still.context.database.write() as connection:
        await connection.execute(update(accounts).values(**account))
        await transitions.doubt(connection, Noting(), job, ERROR, look_at=LATER)
    await still.jobs.resolve(key, job.id, charged=True)
    assert (await entries(still, job))[1:] == [("settle", 0, drawn, 0, V5)]


async def test_an_owner_says_that_it_did_not_run(still: Services) -> None:
    """It is queued again at once, its reservation stays, and its account is free."""
    job = await running(still)
    key = (await still.keys.list(job.owner_id))[0]
    async with still.context.database.write() as connection:
        await transitions.doubt(connection, Noting(), job, ERROR, look_at=LATER)
    after = await still.jobs.resolve(key, job.id, charged=False)
    assert after is not None
    assert (after.state, after.charged, after.run_after) == (State.QUEUED, "no", NOW)
    assert (await entries(still, job))[1:] == []
    assert await held(still) == (None, None, NOW)
