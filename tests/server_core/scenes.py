"""Jobs as tests find them, what is written down of them, and a database that falls silent."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.server_core.helpers import PAID, HandClock, picture

from novelai.server.jobs import repository, transitions
from novelai.server.model.account import Account
from novelai.server.model.job import Job, JobRequest
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.storage.engine import Database
from novelai.server.storage.errors import DatabaseUnavailableError
from novelai.server.storage.tables import accounts, jobs, ledger
from novelai.server.worker.lease import claim, intend
from novelai.server.worker.reaper import reap
from novelai.server.worker.reconciler import reconcile

GENERATE = "/ai/generate-image-stream"
LEASE = 2.0
SETTLE = 0.25


class Unheard(Database):
    """A database that can be told to fall silent.

    Attributes:
        away: it takes no connection.
        deaf: so many transactions are committed, and their answers lost.
        gate: whoever writes waits for it, where there is one.
        asked: how often somebody wrote, or wanted to.
        refused: how often it was asked in vain.
        meanwhile: is called within each transaction that writes.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.away = False
        self.deaf = 0
        self.gate: anyio.Event | None = None
        self.asked = self.refused = 0
        self.meanwhile: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        self._answer()
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        async with super().write() as connection:
            yield connection
            self.meanwhile()
        if self.deaf:
            self.deaf -= 1
            raise OperationalError("COMMIT", {}, ConnectionError())

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        self._answer()
        async with super().read() as connection:
            yield connection

    def _answer(self) -> None:
        if self.away:
            self.refused += 1
            raise DatabaseUnavailableError("The database does not answer.")


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that happens by itself."""
    with anyio.fail_after(30):
        while not condition():  # noqa: ASYNC110 - nobody would set an event
            await anyio.sleep(0.005)


async def submitted(services: Services, key: Key, *orders: JobRequest) -> list[Job]:
    """Jobs that wait."""
    return [(await services.jobs.submit(key, order)).job for order in orders]


async def begun(
    services: Services, key: Key, order: JobRequest | None = None
) -> tuple[Job, Account]:
    """A job that this process has claimed, and its account."""
    await submitted(services, key, order or picture(**PAID))
    found = await claim(services.context)
    assert found is not None
    return found


async def doubted(
    services: Services,
    key: Key,
    order: JobRequest | None = None,
    *,
    before: int | None = 10_000,
    price: int | None = 7,
    failures: int = 0,
) -> Job:
    """A job that may have run, and can be looked into at once."""
    job, _ = await begun(services, key, order)
    assert await intend(services.context, job, anlas_before=before, price=price)
    async with services.context.database.write() as connection:
        now = await services.context.clock.now(connection)
        await connection.execute(update(jobs).values(failures=failures))
        error = {"code": "Server", "detail": "It broke."}
        seen = await repository.by_id(connection, job.id)
        assert seen is not None
        assert await transitions.doubt(connection, services.context.bus, seen, error, look_at=now)
    return await read(services, job)


async def read(services: Services, job: Job) -> Job:
    """A job as it is written down."""
    async with services.context.database.read() as connection:
        found = await repository.by_id(connection, job.id)
    assert found is not None
    return found


async def account_of(services: Services, key: Key, number: int = 0) -> Account:
    """One of the accounts as it is written down."""
    return (await services.accounts.list(key.owner_id))[number]


async def value(services: Services, query: Any) -> Any:
    """What a query gives."""
    async with services.context.database.read() as connection:
        return (await connection.execute(query)).scalar()


async def entries(services: Services) -> list[tuple[str, int]]:
    """What the ledger says, in order."""
    query = select(ledger.c.entry, ledger.c.anlas).order_by(ledger.c.seq)
    async with services.context.database.read() as connection:
        return [(row.entry, row.anlas) for row in await connection.execute(query)]


async def used(services: Services) -> int:
    """What all have reserved and spent."""
    return await value(services, select(func.sum(ledger.c.anlas)))


async def held_by(services: Services) -> str | None:
    """The job that holds the only account."""
    return await value(services, select(accounts.c.job_id))


async def change_all(services: Services, table: Any, **values: object) -> None:
    """Change columns of all rows."""
    async with services.context.database.write() as connection:
        await connection.execute(update(table).values(**values))


async def watch(services: Services, clock: HandClock) -> None:
    """See for the length of a lease that nobody renews it."""
    assert await reap(services.context) == 0
    clock.time += LEASE


async def watch_doubtful(services: Services, clock: HandClock) -> None:
    """See for as long as a call takes that nobody looks into an account."""
    assert not await reconcile(services.context)
    clock.time += SETTLE
