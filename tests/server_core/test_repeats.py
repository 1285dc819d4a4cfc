"""Finding the jobs of a request or of a client again, on both databases, by their indexes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.server_core.helpers import OPUS, owner, person, picture

from novelai.server.jobs import repository
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.storage.tables import jobs

pytestmark = pytest.mark.anyio


async def test_the_jobs_of_a_request(services: Services) -> None:
    """The jobs of a request are found together, newest first; not those of other keys."""
    key, other = await person(services), await owner(services, "other", OPUS)
    submitted = [
        await services.jobs.submit(who, picture(request_id=name, dedupe_key=name, place=place))
        for who, name, place in ((key, "a", 0), (key, "a", 1), (key, "b", 0), (other, "a", 0))
    ]
    found = await services.jobs.of_request(key, "a")
    assert [job.id for job in found] == [submitted[1].job.id, submitted[0].job.id]
    again = await services.jobs.submit(key, picture(dedupe_key="a", place=1))
    assert (again.job.id, again.created) == (submitted[1].job.id, False)


async def test_the_jobs_of_a_client(services: Services) -> None:
    """The jobs of a client are found while they go on, and for some time after their end."""
    key = await person(services)
    submitted = [
        await services.jobs.submit(key, picture(client_data={"lookup": name, "more": "x"}))
        for name in ("a", "a", "ab")
    ]
    found = await services.jobs.of_client(key, "a", seconds=300)
    assert [job.id for job in found] == [submitted[1].job.id, submitted[0].job.id]
    assert found[0].client_data == {"lookup": "a", "more": "x"}
    for one in submitted:
        await services.jobs.wait(key, one.job.id, 20)
    assert len(await services.jobs.of_client(key, "a", seconds=300)) == 2
    assert await services.jobs.of_client(key, "a", seconds=-300) == []


Look = Callable[[AsyncConnection, str], Awaitable[object]]
LOOKS: dict[str, tuple[Look, str]] = {
    "request": (lambda to, key: repository.of_request(to, key, "r7"), "ix_jobs_request"),
    "client": (lambda to, key: repository.of_client(to, key, "c7", since=0.0), "ix_jobs_client"),
    "dedupe key": (
        lambda to, key: repository.by_dedupe_key(to, key, "d7", 0),
        "uq_jobs_key_id_dedupe_key_place",
    ),
}


ROW: dict[str, Any] = {
    "kind": "generate", "door": "api", "state": "succeeded", "params": {}, "body_hash": "b",
    "priority": 0, "rank": 0, "cost_max": 0, "spent": 0, "allowance": 0, "charged": "no",
    "fence": 0, "attempts": 0, "run_after": 0, "created_at": 0, "finished_at": 1,
}  # fmt: skip


async def fill(connection: AsyncConnection, key: Key, count: int) -> None:
    """Add jobs that have ended to a key's, each of a request and a client of its own."""
    await connection.execute(
        jobs.insert(),
        [
            {
                **ROW, "id": f"j{number}", "owner_id": key.owner_id, "key_id": key.id,
                "request_id": f"r{number}", "dedupe_key": f"d{number}",
                "client_data": {"lookup": f"c{number}"},
            }
            for number in range(count)
        ],
    )  # fmt: skip


@pytest.mark.parametrize("name", LOOKS)
async def test_a_look_goes_by_an_index(services: Services, name: str) -> None:
    """Among many jobs each look-up takes its index, as the database's own plan says."""
    look, index = LOOKS[name]
    database = services.context.database
    key = await services.keys.local()
    async with database.write() as connection:
        await fill(connection, key, 2_000)
        await connection.execute(text("ANALYZE"))
        if database.is_sqlite:
            # All of an equality search in an index: SQLite names an automatic one by its number.
            indexes = (await connection.execute(text("PRAGMA index_list(jobs)"))).all()
            for row in indexes:
                columns = await connection.execute(text(f"PRAGMA index_info({row.name})"))
                if [one.name for one in columns] == ["key_id", "dedupe_key", "place"]:
                    index = row.name if name == "dedupe key" else index
        asked: list[tuple[str, object]] = []

        def note(by: object, _k: object, statement: str, values: object, *_: object) -> None:
            if by is connection.sync_connection:  # others are at work on the same engine
                asked.append((statement, values))

        engine = connection.sync_connection.engine  # pyright: ignore[reportOptionalMemberAccess]
        event.listen(engine, "before_cursor_execute", note)
        try:
            await look(connection, key.id)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        ((statement, values),) = [one for one in asked if "FROM jobs" in one[0]]
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plan = await connection.exec_driver_sql(f"{explain} {statement}", values)  # type: ignore[arg-type]
        told = "\n".join(str(tuple(row)) for row in plan)
    assert index in told
    assert "SCAN jobs" not in told
