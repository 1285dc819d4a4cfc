"""The driver for SQLite and the parts of aiosqlite that it is built on."""

import inspect
import sqlite3
import threading
import tomllib
from importlib.metadata import version
from pathlib import Path

import aiosqlite
import pytest
from packaging.requirements import Requirement

from novelai.server.storage.engine import connect

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]

WHAT_TO_DO = (
    "aiosqlite has changed a part that storage/engine.py is built on. Read its Connection: which "
    "attribute is the worker thread, which method runs a function in it, which attribute is the "
    "sqlite3.Connection. Change _Connection to them, run tests/server_core/test_storage.py, then "
    "move the bounds of aiosqlite in pyproject.toml. If one of them is gone: wait for the release "
    "of SQLAlchemy that supports the new aiosqlite, for its dialect asks for the same parts."
)


def test_the_version_is_one_that_was_looked_at() -> None:
    """The driver below ours is bounded above, and what is installed is within the bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (wanted,) = (
        requirement
        for requirement in map(Requirement, project["optional-dependencies"]["server"])
        if requirement.name == "aiosqlite"
    )
    assert any(bound.operator == "<" for bound in wanted.specifier), WHAT_TO_DO
    assert wanted.specifier.contains(version("aiosqlite")), WHAT_TO_DO


def test_the_private_parts_are_there() -> None:
    """Before a connection is opened: a thread that was not started, and what runs in it."""
    connection = connect(":memory:")
    assert isinstance(connection._thread, threading.Thread), WHAT_TO_DO
    assert connection._thread.daemon, WHAT_TO_DO
    assert isinstance(inspect.getattr_static(aiosqlite.Connection, "_conn"), property), WHAT_TO_DO
    first, *_ = list(inspect.signature(aiosqlite.Connection._execute).parameters.values())[1:]
    assert first.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD, WHAT_TO_DO


async def test_statements_run_in_the_thread(tmp_path: Path) -> None:
    """A statement, its begin and its rows take one change of threads, to the connection's own."""
    connection = await connect(str(tmp_path / "one.db"), isolation_level=None)
    seen: list[threading.Thread] = []

    def look(cursor: sqlite3.Cursor) -> None:
        seen.append(threading.current_thread())
        cursor.execute("select 1 union select 2")

    try:
        connection.begin("begin immediate")
        found = await connection.run(look)
        assert [row[0] for row in found.rows] == [1, 2], WHAT_TO_DO
        assert seen == [connection._thread], WHAT_TO_DO
        assert connection.in_transaction, WHAT_TO_DO
        await connection.rollback()
        assert not connection.in_transaction, WHAT_TO_DO
    finally:
        await connection.close()
