"""What a job asks of the database: so many statements, and no more."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from sqlalchemy import Engine, event
from tests.server_core.conftest import Opening
from tests.server_core.helpers import person, picture

from novelai.server.worker.context import Timing
from novelai.server.worker.lease import claim
from novelai.server.worker.run import run

pytestmark = pytest.mark.anyio

TOLD = ("SELECT pg_notify", "SELECT extract")
"""How Postgres is asked to tell of something, and for the time."""

MINE: ContextVar[bool] = ContextVar("mine", default=False)
"""Set in the test and in what it starts; not in what the services do by the clock."""


@contextmanager
def counted() -> Generator[list[str]]:
    """All statements that are asked for meanwhile, by the test alone, but for `TOLD`."""
    seen: dict[int, tuple[Any, str]] = {}

    def note(*call: Any) -> None:
        statement, context = call[2], call[4]
        if MINE.get() and not statement.startswith(TOLD):
            seen[id(context)] = context, statement  # told of twice where engines share a pool

    statements: list[str] = []
    event.listen(Engine, "before_cursor_execute", note)
    mine = MINE.set(True)
    try:
        yield statements
    finally:
        MINE.reset(mine)
        event.remove(Engine, "before_cursor_execute", note)
        statements += [statement for _, statement in seen.values()]


async def test_statements_of_a_job(opening: Opening) -> None:
    """A free picture takes no more than 6 statements to be queued, 6 to be claimed, 5 to end."""
    async with opening(work=False, timing=Timing(lease=600.0, beat=60.0)) as services:
        key = await person(services)
        for _ in range(2):  # the first time connections are made, too
            with counted() as queueing:
                await services.jobs.submit(key, picture())
            with counted() as claiming:
                claimed = await claim(services.context)
            assert claimed is not None
            with counted() as running:
                await run(services.context, *claimed)
            with counted() as looking:
                assert await claim(services.context) is None
        assert all((queueing, claiming, running, looking))
        for statements, most in ((queueing, 6), (claiming, 6), (running, 5), (looking, 1)):
            assert len(statements) <= most, statements
