"""Two processes on one database that meet: one stands still in its transaction, the other comes.

Nothing is left to luck: the first is held by an event at a statement of its transaction, and goes
on when the second waits for it in the database, or has come to its end.
"""

import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import anyio
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.util import await_only
from tests.server_core.conftest import QUICK
from tests.server_core.helpers import connect_to

from novelai.server.services import Services, open_services
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.engine import Database
from novelai.server.storage.secrets import Vault

A = TypeVar("A")
B = TypeVar("B")


class Stand:
    """A place in a task's transactions where it stands still until it is let go, once.

    Args:
        at: part of the statement.
        before: it is not sent yet; otherwise it has been answered.
    """

    def __init__(self, at: str, *, before: bool = False) -> None:
        self.at = at
        self.before = before
        self.reached = anyio.Event()
        self.go = anyio.Event()

    def look(self, statement: str, *, before: bool) -> None:
        """Stand still if this is the place."""
        if before is self.before and self.at in statement and not self.reached.is_set():
            self.reached.set()
            await_only(self.go.wait())


STAND: ContextVar[Stand | None] = ContextVar("STAND", default=None)
ASKED: ContextVar[anyio.Event | None] = ContextVar("ASKED", default=None)


@contextmanager
def standing() -> Generator[None]:
    """Tasks with a `STAND` stand still there meanwhile."""

    def looks(*, before: bool) -> Callable[..., None]:
        def look(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            asked, stand = ASKED.get(), STAND.get()
            if asked is not None:
                asked.set()
            if stand is not None:
                stand.look(" ".join(statement.split()), before=before)

        return look

    found = {
        "before_cursor_execute": looks(before=True),
        "after_cursor_execute": looks(before=False),
    }
    for name, look in found.items():
        event.listen(Engine, name, look)
    try:
        yield
    finally:
        for name, look in found.items():
            event.remove(Engine, name, look)


@dataclass(frozen=True, slots=True)
class Met(Generic[A, B]):
    """How it went.

    Attributes:
        first: what the first one gave.
        second: what the second one gave.
        waited: the second one had to wait for the first one.
    """

    first: A
    second: B
    waited: bool


async def meet(
    first: Callable[[], Awaitable[A]],
    second: Callable[[], Awaitable[B]],
    *,
    on: Database,
    at: str,
    before: bool = False,
) -> Met[A, B]:
    """Let one stand still at a statement, and another one run into it.

    Args:
        first: stands still.
        second: begins then.
        on: the database on which they meet.
        at: part of the statement.
        before: it is not sent yet; otherwise it has been answered.
    """
    stand, asked, ended = Stand(at, before=before), anyio.Event(), anyio.Event()
    firsts: list[A] = []
    seconds: list[B] = []

    async def begin() -> None:
        STAND.set(stand)
        firsts.append(await first())
        assert stand.reached.is_set(), f"no statement was like {at}"

    async def follow() -> None:
        ASKED.set(asked)
        try:
            seconds.append(await second())
        finally:
            ended.set()

    with standing(), anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(begin)
            await stand.reached.wait()
            locked = on.path is not None and is_locked(on.path)
            tasks.start_soon(follow)
            waited = await waits(on, asked, ended, locked=locked)
            stand.go.set()
    return Met(firsts[0], seconds[0], waited)


async def waits(on: Database, asked: anyio.Event, ended: anyio.Event, *, locked: bool) -> bool:
    """Whether the second one waits for the first one's lock; ``False`` when it ended without."""
    while not ended.is_set():
        if asked.is_set() and (locked if on.is_sqlite else await somebody_waits(on)):
            return True
        await anyio.sleep(0.002)
    return False


async def somebody_waits(on: Database) -> bool:
    """Whether a transaction on Postgres waits for another one's lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with on.read() as connection:
        return bool((await connection.execute(waiting)).scalar_one())


def is_locked(path: Path) -> bool:
    """Whether nobody can begin to write to an SQLite database just now."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


@asynccontextmanager
async def two_rooms(
    url: str, upstream: str, folder: Path, **options: Any
) -> AsyncGenerator[tuple[Services, Services]]:
    """Two engine rooms without workers on one database, as two processes are.

    A second process is refused on SQLite. Another name of the file gets around that: what is to be
    seen is that its own lock does what the rows' locks do on Postgres.

    Args:
        url: of the database.
        upstream: address of the emulator.
        folder: for pictures.
        **options: of `open_room`, for both.
    """
    async with AsyncExitStack() as stack:
        make_services: list[Services] = []
        for address in (url, elsewhere(url, folder)):
            settings = {"connect": connect_to(upstream), "timing": QUICK, "work": False} | options
            services = open_services(
                url=address,
                blobs=Blobs.local(folder / "blobs"),
                vault=Vault([b"k" * 32]),
                **settings,
            )
            make_services.append(await stack.enter_async_context(services))
        yield make_services[0], make_services[1]


def elsewhere(url: str, folder: Path) -> str:
    """Another address of the same database."""
    path = make_url(url).database
    if not url.startswith("sqlite") or path is None:
        return url
    link = folder / "elsewhere" / "novelai.db"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(path)
    return f"sqlite:///{link}"
