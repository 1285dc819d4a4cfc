"""Small things that several tests need."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.accounts import repository
from novelai.server.accounts.clients import Connect, no_waiting
from novelai.server.jobs import repository as jobs_of
from novelai.server.jobs.line import Line
from novelai.server.model.job import Job, JobRequest
from novelai.server.model.key import Key, Limits
from novelai.server.services import Services
from novelai.server.storage.clock import Clock
from novelai.server.storage.tables import ledger, metadata
from novelai.types.generation import GenerateImageParams

TOKENS = [f"pst-{letter * 64}" for letter in "abcd"]
FREE = {"size": (512, 512), "steps": 2}
PAID = {"size": (512, 512), "steps": 29}


class HandClock(Clock):
    """A clock that is set by hand, whatever the database."""

    def __init__(self) -> None:
        super().__init__(lambda: self.time, lambda: self.time)
        self.time = 1000.0

    async def now(self, connection: AsyncConnection) -> float:
        del connection
        return self.time


async def emptied(services: Services) -> None:
    """Forget all that is in the database."""
    async with services.context.database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())


def connect_to(address: str) -> Connect:
    return no_waiting(address, timeout=10)


OF_REQUEST = ("client_data", "dedupe_key", "place", "priority", "request_id")


def picture(prompt: str = "a cat", **fields: object) -> JobRequest:
    """A small, free picture unless the fields say otherwise."""
    known: Any = {name: fields.pop(name) for name in OF_REQUEST if name in fields}
    return JobRequest(params=GenerateImageParams(prompt=prompt, **(FREE | fields)), **known)


async def person(services: Services, tokens: Sequence[str] = TOKENS[:1]) -> Key:
    """The person at this machine, with accounts whose balance is known."""
    key = await services.keys.local()
    for token in tokens:
        await services.accounts.refresh(await services.accounts.add(key.owner_id, token))
    return key


OPUS = {"tier": 3, "anlas": 10_000}
USED_UP = OPUS | {"usage_negative": True}
TABLET = {"tier": 1, "anlas": 1_000}


async def owner(services: Services, name: str, *accounts: Mapping[str, object]) -> Key:
    """An owner's administrator without limits; the accounts are of the given tiers and balances.

    They are called ``name 0``, ``name 1`` and so on.
    """
    owner_id = await services.keys.create_owner(name)
    for number, balance in enumerate(accounts):
        account_id = f"{name} {number}"
        await services.accounts.keep(account_id, owner_id, f"pst-{account_id:_<64}")
        async with services.context.database.write() as connection:
            await repository.change(connection, account_id, {"balance_at": 1_000_000.0, **balance})
    limits = Limits(scopes=("generate", "read", "admin"), free_only=False, rate_minute=1_000)
    return (await services.keys.create(owner_id, name, limits))[0]


async def beside(services: Services, key: Key, **limits: Any) -> Key:
    """Another key of the same owner, which may spend within the given limits."""
    given = Limits(**{"free_only": False, "rate_minute": 1_000, **limits})
    return (await services.keys.create(key.owner_id, "beside", given))[0]


async def entries(services: Services, job: Job) -> list[tuple[str, int, int, int, str | None]]:
    """What the ledger says of a job: entry, Anlas, free V5 pictures, pictures that came, model."""
    columns = (ledger.c.entry, ledger.c.anlas, ledger.c.allowance, ledger.c.images, ledger.c.model)
    query = select(*columns).where(ledger.c.job_id == job.id).order_by(ledger.c.seq)
    async with services.context.database.read() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def row_of(services: Services, table: Table, row_id: str) -> dict[str, Any]:
    """A row as it is."""
    async with services.context.database.read() as connection:
        found = await connection.execute(select(table).where(table.c.id == row_id))
        return dict(found.one()._mapping)


async def taken(services: Services, key: Key, prompt: str = "a cat", **fields: object) -> Job:
    """A job that a key submits: a small picture."""
    return (await services.jobs.submit(key, picture(prompt, **fields))).job


async def read(services: Services, job: Job) -> Job:
    """A job as it is now."""
    async with services.context.database.read() as connection:
        found = await jobs_of.by_id(connection, job.id)
    assert found is not None
    return found


async def queue_of(connection: AsyncConnection, owner_id: str) -> list[Job]:
    """An owner's queued jobs in the order in which they will run, as things stand."""
    line = Line(await jobs_of.waiting_of(connection, owner_id))
    clocks = await jobs_of.clocks_of(connection, owner_id)
    return await jobs_of.by_ids(connection, list(line.order(clocks)))
