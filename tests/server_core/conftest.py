"""Both databases, an emulator that is served over HTTP, and services on top of them."""

import itertools
import os
import shutil
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy.engine import make_url
from tests.postgres import serve_postgres
from tests.server_core.helpers import HandClock, connect_to, emptied

from novelai.emulator import Emulator
from novelai.server.services import Services, open_services
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import migrate
from novelai.server.storage.secrets import Vault
from novelai.server.storage.tables import metadata
from novelai.server.worker.context import Timing

QUICK = Timing(lease=2.0, beat=0.4, settle=0.25, give_up=2.0, poll=0.2, sweep=0.1)
NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Generator[Any]:
    with serve_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Any) -> str:
    """A fresh database on Postgres."""
    return fresh_database(postgres)


def fresh_database(server: Any) -> str:
    """The address of a new, empty database on Postgres."""
    name = f"t{os.getpid()}_{next(NUMBERS)}"
    server.psql(f"CREATE DATABASE {name};")
    return make_url(server.get_uri()).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'novelai.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture(scope="module")
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def shared_room(
    request: pytest.FixtureRequest,
    anyio_backend: str,
    tmp_path_factory: pytest.TempPathFactory,
    clock: HandClock,
) -> AsyncGenerator[Services]:
    """The same services for all tests of a file; they ask nobody and work on nothing."""
    del anyio_backend
    folder = tmp_path_factory.mktemp("still")
    url = f"sqlite:///{folder / 'novelai.db'}"
    if request.param == "postgres":
        url = fresh_database(request.getfixturevalue("postgres"))
    async with open_services(
        url=url,
        blobs=Blobs.local(folder / "blobs"),
        vault=Vault([b"k" * 32]),
        connect=connect_to("http://127.0.0.1:9"),
        clock=clock,
        timing=Timing(lease=20.0, settle=60.0),
        work=False,
    ) as services:
        yield services


@pytest.fixture
async def still(shared_room: Services, clock: HandClock) -> Services:
    """Services in which nothing happens by itself, empty, at the time 1,000,000."""
    clock.time = 1_000_000.0
    await emptied(shared_room)
    return shared_room


@pytest.fixture
def emulator(served: tuple[Emulator, str]) -> Generator[Emulator]:
    """The emulator of the run, with nothing behind it: to start and end one takes long."""
    served[0].reset()
    yield served[0]
    served[0].reset()


@pytest.fixture
def upstream(served: tuple[Emulator, str], emulator: Emulator) -> str:
    """Its address."""
    del emulator
    return served[1]


Opening = Callable[..., AbstractAsyncContextManager[Services]]


@pytest.fixture
def opening(url: str, upstream: str, tmp_path: Path) -> Opening:
    """Opens services; `timing`, `work`, `connect` and others may be given."""

    def opened(**options: object) -> AbstractAsyncContextManager[Services]:
        settings = {"timing": QUICK, "grace": 5.0, "connect": connect_to(upstream)} | options
        return open_services(
            url=url,
            blobs=Blobs.local(tmp_path / "blobs"),
            vault=Vault([b"k" * 32]),
            **settings,
        )

    return opened


@pytest.fixture
async def services(opening: Opening) -> AsyncGenerator[Services]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(opening())


async def make_tables(url: str) -> None:
    """Bring an empty database to the program's schema."""
    database = Database(url)
    await migrate(database, now=0.0)
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "novelai.db"
    anyio.run(make_tables, f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_tables(postgres: Any) -> str:
    """The address of a Postgres database with all tables."""
    url = fresh_database(postgres)
    anyio.run(make_tables, url)
    return url


@pytest.fixture
def sqlite_with_tables(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database with all tables: to copy one is quicker than to make them."""
    shutil.copy(sqlite_template, tmp_path / "novelai.db")
    return f"sqlite:///{tmp_path / 'novelai.db'}"


@pytest.fixture
def postgres_with_tables(postgres: Any, postgres_tables: str) -> str:
    """The same on Postgres, always in the same database: each leaves hundreds of files behind."""
    names = ", ".join(table.name for table in metadata.sorted_tables)
    database = make_url(postgres_tables).database
    postgres.psql(f"\\c {database}\nTRUNCATE {names} RESTART IDENTITY CASCADE;")
    return postgres_tables


@pytest.fixture(params=["sqlite", "postgres"])
def url_with_tables(request: pytest.FixtureRequest) -> str:
    """A fresh database with all tables."""
    return request.getfixturevalue(f"{request.param}_with_tables")
