"""A database that falls silent at the worst moments: nothing is lost, and nothing is paid twice."""

import os
import signal
import sqlite3
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import anyio
import pytest
from sqlalchemy.engine import make_url
from tests.server_core.conftest import QUICK, Opening
from tests.server_core.helpers import PAID, TOKENS, person, picture
from tests.server_core.meeting import STAND, Stand, standing
from tests.server_core.scenes import (
    GENERATE,
    entries,
    submitted,
    until,
)

from novelai.emulator import Emulator, Fault
from novelai.server.images.filter import Filter
from novelai.server.model.job import Job, State
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.worker.loop import Worker

pytestmark = pytest.mark.anyio

BEAT = 1 / 64
MOMENTS = {
    "claim": "FROM accounts, owners",
    "intent": "EXISTS (SELECT * FROM accounts",
    "beat": "UPDATE accounts SET lease_until",
    "end": ", finished_at=",
}


@contextmanager
def locked(services: Services) -> Generator[None]:
    """Another program holds the lock of the SQLite file for longer than is waited for it."""
    with sqlite3.connect(services.context.database.path or "", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
    other.close()


@contextmanager
def frozen(server: Any) -> Generator[None]:
    """Postgres stands still: connections are open, and nothing answers."""
    master = server.get_postmaster_info().process
    everyone = [master.pid, *(child.pid for child in master.children(recursive=True))]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in everyone:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def killed(services: Services, server: Any) -> Generator[None]:
    """Postgres closes all connections."""
    name = make_url(services.context.database.url).database
    server.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}';")
    yield


class Silence:
    """What makes the database silent, and how the worker tells of it.

    Args:
        kind: ``locked``, ``frozen`` or ``killed``.
        request: of the test.
    """

    def __init__(self, kind: str, request: pytest.FixtureRequest) -> None:
        self.kind = kind
        self._request = request

    @property
    def refuses(self) -> bool:
        """Whether it fails; otherwise it only does not answer."""
        return self.kind != "frozen"

    async def prepare(self, services: Services) -> None:
        """Let a lock be waited for no longer than moments."""
        if self.kind == "locked":
            async with services.context.database.write() as connection:
                await connection.exec_driver_sql("PRAGMA busy_timeout = 5")

    @contextmanager
    def fall(self, services: Services) -> Generator[None]:
        """Be silent meanwhile."""
        if self.kind == "locked":
            with locked(services):
                yield
            return
        server = self._request.getfixturevalue("postgres")
        with frozen(server) if self.kind == "frozen" else killed(services, server):
            yield


@pytest.fixture(params=["locked", "frozen", "killed"])
def silence(request: pytest.FixtureRequest) -> Silence:
    return Silence(request.param, request)


@pytest.fixture
def url(silence: Silence, request: pytest.FixtureRequest) -> str:
    """A fresh database of the kind that can fall silent so."""
    kind = "sqlite" if silence.kind == "locked" else "postgres"
    return request.getfixturevalue(f"{kind}_with_tables")


@pytest.fixture
async def services(opening: Opening, silence: Silence) -> AsyncGenerator[Services]:
    async with opening(work=False) as services:
        await silence.prepare(services)
        yield services


@contextmanager
def stands(at: str) -> Generator[Stand]:
    """The worker stands still at a statement."""
    stand = Stand(at, before=True)
    token = STAND.set(stand)
    try:
        with standing():
            yield stand
    finally:
        STAND.reset(token)


TELLS = {
    "claim": "the worker goes on after",
    "intent": "broke off",
    "beat": "not renewed",
    "end": "has to wait",
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_database_that_falls_silent(
    services: Services,
    silence: Silence,
    emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    moment: str,
) -> None:
    """Whenever the database falls silent, a paid picture lands when it is back, paid once."""
    stalled = threading.Event()
    if moment == "beat":
        emulator.script(Fault(stall=stalled, at="after", path=GENERATE))
    key = await person(services)
    (job,) = await submitted(services, key, picture(**PAID))
    lease = 0.5 if moment == "intent" else 60.0
    timing = replace(QUICK, lease=lease, beat=BEAT, poll=0.05, sweep=0.05)
    worker = Worker(replace(services.context, timing=timing), alone=False)
    with (
        stands("nothing yet" if moment == "beat" else MOMENTS[moment]) as stand,
        anyio.fail_after(60),
    ):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(worker.run)
            if moment == "beat":  # one that comes while the call is under way
                await until(lambda: emulator.account(TOKENS[0]).anlas < 10_000)
                stand.at = MOMENTS[moment]
            await stand.reached.wait()
            with silence.fall(services):
                stand.go.set()
                if silence.refuses:
                    await until(lambda: TELLS[moment] in caplog.text)
                stalled.set()
                await is_safe(services, emulator, moment)
            done = await ended(services, key, job)
            worker.stop()
    assert (done.state, done.cost) == (State.SUCCEEDED, job.cost_max)
    assert emulator.account(TOKENS[0]).anlas == 10_000 - job.cost_max
    assert await entries(services) == [("reserve", job.cost_max), ("settle", 0)]
    assert len(await services.images.find(key, Filter())) == 1
    assert await services.context.blobs.names("spool/") == []


async def is_safe(services: Services, emulator: Emulator, moment: str) -> None:
    """While it is silent nothing was sent without an intent, and what was paid for is spooled."""
    if moment in ("claim", "intent"):
        assert GENERATE not in [one.path for one in emulator.requests]
        return
    with anyio.fail_after(30):
        while not await services.context.blobs.names("spool/"):  # noqa: ASYNC110 - nobody would set one
            await anyio.sleep(0.01)


async def ended(services: Services, key: Key, job: Job) -> Job:
    with anyio.fail_after(30):
        while True:
            subscription = services.context.bus.subscribe()
            found = await services.jobs.read(key, job.id)
            if found is not None and found.ended:
                return found
            with anyio.move_on_after(0.1):
                await subscription.wait_for(job.id)
