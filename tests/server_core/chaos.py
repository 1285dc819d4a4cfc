"""Real processes that work on orders while something happens to them, and what must hold after."""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import anyio
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from tests.server_core.helpers import TOKENS, connect_to, person
from tests.server_core.node import blobs_at, node
from tests.server_core.orders import KINDS, seen

from novelai.emulator import Emulator
from novelai.server.model.job import State
from novelai.server.services import open_services
from novelai.server.storage.engine import Database
from novelai.server.storage.secrets import Vault
from novelai.server.storage.tables import accounts, jobs, ledger, series

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.server_core.node"])
STARTED_WITH = 10_000
OPEN = (State.QUEUED, State.RUNNING, State.UNCERTAIN)


class Node:
    """One process, which can be killed, and started again.

    Args:
        arguments: of `node`, but for the last.
    """

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments
        self.start()

    def start(self) -> None:
        """Start it, also after it was killed."""
        self._told, tells = FORKS.Pipe(duplex=False)
        self._process = FORKS.Process(target=node, args=(*self._arguments, tells), daemon=True)
        self._process.start()
        tells.close()

    async def ready(self) -> None:
        """Wait until it works."""
        assert await anyio.to_thread.run_sync(self._told.recv) == "ready"

    def kill(self) -> None:
        """End it without warning."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._told.close()

    def freeze(self) -> None:
        """Let it stand still, as a machine that is suspended does."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)


@dataclass(kw_only=True)
class Field:
    """Where it happens.

    Attributes:
        nodes: the processes.
        strikes: how often something was done to them.
    """

    url: str
    emulator: Emulator
    count: int
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    nodes: list[Node] = field(default_factory=list[Node])
    strikes: int = 0

    async def killed(self) -> None:
        """Kill a process, and start it again."""
        victim = self.chance.choice(self.nodes)
        victim.kill()
        victim.start()
        await victim.ready()

    async def frozen(self, seconds: float) -> None:
        """Freeze a process for longer than its leases last."""
        victim = self.chance.choice(self.nodes)
        victim.freeze()
        await anyio.sleep(seconds)
        victim.thaw()


Strike: TypeAlias = Callable[[Field], object]


@contextmanager
def field_of(url: str, place: str, count: int, roles: Sequence[str]) -> Generator[Field]:
    """Accounts on an emulator, and processes that work and submit."""
    emulator = Emulator(fast=True, step_seconds=0.01, records=20 * count)
    with emulator.serve() as upstream:
        anyio.run(_prepared, url, place, upstream)
        found = Field(url=url, emulator=emulator, count=count)
        try:
            for role in roles:
                found.nodes.append(Node(role, url, place, upstream, count))
            yield found
        finally:
            for one in found.nodes:
                one.thaw()
                one.kill()


async def _prepared(url: str, place: str, upstream: str) -> None:
    async with open_services(
        url=url,
        blobs=blobs_at(place),
        vault=Vault([b"k" * 32]),
        connect=connect_to(upstream),
        work=False,
    ) as services:
        await person(services, TOKENS)


async def endured(field: Field, strike: Strike, *, strikes: int, longest: float) -> None:
    """Do something again and again while the nodes work, until all orders have come to an end.

    Args:
        field: where.
        strike: what is done.
        strikes: how often at most.
        longest: seconds after which it is given up.
    """
    until = time.monotonic() + longest
    for one in field.nodes:
        await one.ready()
    while time.monotonic() < until:
        await anyio.sleep(field.chance.uniform(0.4, 1.0))
        states = await states_of(field.url)
        if sum(states.values()) == field.count and not any(states[state] for state in OPEN):
            return
        if field.strikes < strikes:
            done = strike(field)
            if hasattr(done, "__await__"):
                await done  # type: ignore[misc]
            field.strikes += 1


async def states_of(url: str) -> Counter[str]:
    """How many jobs are in each state; none while the database does not answer."""
    database = Database(url)
    found: Counter[str] = Counter()
    try:
        async with database.read() as connection:
            rows = await connection.execute(
                select(jobs.c.state, func.count()).group_by(jobs.c.state)
            )
            found.update({str(state): count for state, count in rows})
    except (SQLAlchemyError, OSError):
        pass
    finally:
        await database.close()
    return found


async def check_series(field: Field) -> None:
    """Each cell once, and what was planned is what was taken and what the ledger says."""
    database = Database(field.url)
    async with database.read() as connection:
        rows = (await connection.execute(select(jobs))).all()
        found = (await connection.execute(select(series))).all()
        used = (await connection.execute(select(func.sum(ledger.c.anlas)))).scalar_one()
    await database.close()
    assert sum(one.cells for one in found) == field.count
    assert len({(row.series_id, row.cell, row.take) for row in rows}) == field.count
    assert {row.take for row in rows} == {0}
    assert all(one.finished_at is not None and one.hold is None for one in found)
    assert sum(one.anlas for one in found) == used == sum(row.cost for row in rows)
    drawn = sum(one.outcome.count("d") for one in found)
    assert drawn == sum(row.state == "succeeded" for row in rows)


async def check(field: Field, *, kinds: int = 4) -> None:
    """No job lost, none paid twice, none at once on an account; the money adds up."""
    emulator = field.emulator
    tokens = [emulator.account(token) for token in TOKENS]
    database = Database(field.url)
    async with database.read() as connection:
        rows = (await connection.execute(select(jobs))).all()
        used = (await connection.execute(select(func.sum(ledger.c.anlas)))).scalar_one()
        held = select(accounts.c.id).where(accounts.c.job_id.is_not(None))
        assert (await connection.execute(held)).all() == []
        closed = select(func.count()).where(ledger.c.entry.in_(("settle", "release")))
        assert (await connection.execute(closed)).scalar_one() == field.count
    await database.close()
    states = Counter(row.state for row in rows)
    paid = Counter(seen(one) for one in emulator.requests if one.anlas_spent)
    spent = sum(STARTED_WITH - account.anlas for account in tokens)
    locked_out = [account.locked_out for account in tokens]
    print(field.strikes, dict(states), f"{spent} Anlas", locked_out)
    assert field.strikes
    assert sum(states.values()) == field.count
    assert set(states) <= {"succeeded", "failed"}, "every uncertain job was resolved"
    twice = {one: times for one, times in paid.items() if times > 1}
    assert not twice, twice
    assert locked_out == [0] * len(TOKENS)
    assert spent == used == sum(row.cost for row in rows)
    assert {row.charged for row in rows if row.state == "failed"} <= {"yes"}
    assert len({row.kind for row in rows}) == kinds or field.count < KINDS
