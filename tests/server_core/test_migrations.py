"""Databases of earlier versions are brought up, and lose nothing, whatever happens meanwhile."""

import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select, text
from tests.emulator.waiting import until

from novelai.server.backup import migrate_with_backup
from novelai.server.images import repository as images
from novelai.server.jobs import repository
from novelai.server.model.job import Job, job_from
from novelai.server.settings import Settings
from novelai.server.startup_errors import StartupError
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import migrate
from novelai.server.storage.tables import jobs

pytestmark = pytest.mark.anyio

HASH = "a" * 40
DIGEST = "0123456789abcdef"

# What an API packed into the idempotency key, and the columns that now say the same:
# request, dedupe key, place, client data.
PACKED: dict[str, tuple[str, str | None, tuple[str | None, str | None, int, Any]]] = {
    "nothing": ("api", None, (None, None, 0, None)),
    "a caller's own": ("api", "mine", (None, "mine", 0, None)),
    "a caller's own with a number": ("api", "mine:1", (None, "mine:1", 0, None)),
    "a caller's own that looks like a link": (
        "api", f"link:{HASH}:9", (None, f"link:{HASH}:9", 0, None),
    ),
    "a generate of a caller": ("generate", "once 2", (None, "once 2", 0, None)),
    "comfyui": (
        "comfy", f"comfy|{DIGEST}|00ff00ff00ff00ff|3|9",
        (None, None, 0, {"lookup": f"comfy {DIGEST}", "sampler": "3", "output": "9"}),
    ),
    "a link": ("link", f"link:{HASH}:0", (f"link:{HASH}", f"link:{HASH}", 0, None)),
    "a link, again": ("link", f"link:{HASH}:1", (f"link:{HASH}", f"link:{HASH}", 1, None)),
    "openai": (
        "openai", "openai:d1:r1:0",
        ("openai:d1:r1", "openai:d1:r1", 0, {"lookup": "openai d1"}),
    ),
    "openai, the second picture": (
        "openai", "openai:d1:r1:1",
        ("openai:d1:r1", "openai:d1:r1", 1, {"lookup": "openai d1"}),
    ),
    "openai, with a key": (
        "openai", "openai=k:1:2", ("openai=k:1", "openai=k:1", 2, None),
    ),
    "native": ("native", "n:7:1", (None, "n:7", 1, None)),
    "nai2api": ("nai2api", "nai2api:ff:3", (None, "nai2api:ff", 3, None)),
    "nai2api of a caller": ("nai2api", "own:3", (None, "own:3", 0, None)),
    "a1111": ("a1111", "w", (None, "w", 0, None)),
    "a1111, the third picture": ("a1111", "w 2", (None, "w", 2, None)),
    "a1111, enlarged": ("a1111", "w 0second", (None, "w", 1_000, None)),
    "a1111, a key with a number": ("a1111", "x 2", (None, "x 2", 0, None)),
}  # fmt: skip


def upgrade_to(connection: Connection, revision: str) -> None:
    """Make the schema of an earlier version."""
    config = Config()
    config.set_main_option("script_location", "novelai.server.storage:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def make_old(database: Database, revision: str = "0002") -> None:
    """Make a database as an earlier version left it: an owner, a key, no jobs."""
    async with database.rebuild() as connection:
        await connection.run_sync(upgrade_to, revision)
        await connection.execute(text(
            "INSERT INTO owners (id, name, vtime, paused, created_at) "
                "VALUES ('o', 'o', 0, false, 0)"
        ))  # fmt: skip
        await connection.execute(text(
            "INSERT INTO keys (id, owner_id, name, prefix, scopes, free_only, max_queued, "
            "rate_minute, weight, vtime, created_at, options) "
            "VALUES ('k', 'o', 'k', 'k', '[]', false, 9, 9, 1, 0, 0, '{}')"
        ))  # fmt: skip


JOB = text(
    "INSERT INTO jobs (id, owner_id, key_id, kind, door, state, params, body_hash, "
    "idempotency_key, priority, rank, cost_max, spent, allowance, charged, fence, attempts, "
    "run_after, created_at) VALUES (:id, 'o', 'k', 'generate', :door, 'succeeded', :params, 'b', "
    ":packed, 0, 0, 7, 0, 0, 'yes', 1, 1, 0, 0)"
)
IMAGE = text(
    "INSERT INTO images (id, owner_id, key_id, job_id, position, sha256, media_type, bytes, width, "
    "height, kind, prompt, negative_prompt, settings, sources, favourite, created_at) VALUES "
    f"('i', 'o', 'k', 'j', 0, '{'a' * 64}', 'image/png', 9, 64, 64, 'generate', 'cat', '', '{{}}', "
    "'[]', false, 0)"
)
DELIVERY = text(
    "INSERT INTO deliveries (id, job_id, key_id, url, body, attempts, created_at) "
    "VALUES (:id, :id, 'k', 'https://example.org', '{}', 0, 0)"
)


async def test_what_was_packed_into_keys_has_columns(url: str) -> None:
    """Each kind of packed key becomes columns; the rest of the row and what hangs on it stays."""
    database = Database(url)
    await make_old(database)
    async with database.write() as connection:
        for name, (door, packed, _) in PACKED.items():
            await connection.execute(
                JOB, {"id": name, "door": door, "packed": packed, "params": '{"prompt": "a"}'}
            )
            await connection.execute(DELIVERY, {"id": name})
    copy = await migrate(database, now=0)
    assert (copy is not None) is database.is_sqlite
    async with database.read() as connection:
        rows = {job.id: job for job in map(job_from, await connection.execute(select(jobs)))}
        promised = await connection.execute(text("SELECT count(*) FROM deliveries"))
        assert promised.scalar_one() == len(PACKED)
        found = await repository.of_client(connection, "k", f"comfy {DIGEST}", since=-1)
        assert [job.id for job in found] == ["comfyui"]
        found = await repository.of_request(connection, "k", "openai:d1:r1")
        assert [job.id for job in found] == ["openai, the second picture", "openai"]
        again = await repository.by_dedupe_key(connection, "k", "w", 2)
        assert again is not None
        assert again.id == "a1111, the third picture"
    assert {name: identity(job) for name, job in rows.items()} == {
        name: wanted for name, (_, _, wanted) in PACKED.items()
    }
    assert {(job.params["prompt"], job.cost_max, job.charged) for job in rows.values()} == {
        ("a", 7, "yes")
    }
    await database.close()


def identity(job: Job) -> tuple[Any, ...]:
    return job.request_id, job.dedupe_key, job.place, job.client_data


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
async def test_every_earlier_schema_is_brought_up(url: str, revision: str) -> None:
    """A database of each earlier schema is usable, and on SQLite copied before."""
    database = Database(url)
    await make_old(database, revision)
    async with database.write() as connection:
        await connection.execute(IMAGE)
    copy = await migrate(database, now=0)
    assert (copy is not None) is database.is_sqlite
    async with database.read() as connection:
        assert (await connection.execute(select(jobs))).all() == []
        (image,) = await images.of_job(connection, "j")
        assert (image.sha256, image.received) == ("a" * 64, None)
        assert await images.find_unused(connection, ["a" * 64, "b" * 64]) == ["b" * 64]
    assert await migrate(database, now=0) is None
    await database.close()


MANY = 8_000


async def fill(path: Path) -> None:
    """Make an SQLite database of the schema before, with many jobs whose keys are packed."""
    database = Database(f"sqlite:///{path}")
    await make_old(database)
    await database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany(
            JOB.text.replace(":id", "?1").replace(":door", "'link'").replace(":params", "'{}'")
            .replace(":packed", "?2"),
            ((f"job {number}", f"link:{number:040}:0") for number in range(MANY)),
        )  # fmt: skip
        connection.commit()


MIGRATE = """
import sys, anyio
from pathlib import Path
from novelai.server.backup import migrate_with_backup
from novelai.server.settings import Settings
from novelai.server.startup_errors import StartupError
try:
    anyio.run(migrate_with_backup, Settings(data=Path(sys.argv[1])), 0.0)
except StartupError as error:
    sys.exit(f"refused: {error}")
"""


def look_at(path: Path) -> tuple[str, int, int]:
    """Return the revision of a database, its jobs, and those whose keys are still packed."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        (count,) = connection.execute("SELECT count(*) FROM jobs").fetchone()
        name = "idempotency_key" if revision == "0002" else "dedupe_key"
        (packed,) = connection.execute(
            f"SELECT count(*) FROM jobs WHERE {name} LIKE 'link:%:0'"
        ).fetchone()
    return revision, count, packed


def test_a_migration_that_is_killed(tmp_path: Path) -> None:
    """Killed in the middle, it has changed nothing; the copy is whole, and the next one works."""
    path = tmp_path / "novelai.db"
    anyio.run(fill, path)
    log = path.with_name("novelai.db-wal")
    process = subprocess.Popen([sys.executable, "-c", MIGRATE, str(tmp_path)])
    try:
        # Pages of the new table are on their way to the disk: it is in the middle.
        until(lambda: log.exists() and log.stat().st_size > 100_000)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert look_at(path) == ("0002", MANY, MANY)
    (copy,) = tmp_path.glob("*.bak")
    assert look_at(copy) == ("0002", MANY, MANY)
    assert anyio.run(migrate_with_backup, Settings(data=tmp_path), time.time()) is not None
    assert look_at(path) == ("0006", MANY, 0)


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    """The sentence says what happened; the database is as it was, and so is the copy."""
    path = tmp_path / "novelai.db"
    anyio.run(fill, path)
    size = path.stat().st_size

    def limit(most: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    for most, reason in ((size // 2, "no copy could be made"), (size + 200_000, "was left as it")):
        done = subprocess.run(
            [sys.executable, "-c", MIGRATE, str(tmp_path)],
            check=False,
            capture_output=True,
            text=True,
            preexec_fn=lambda most=most: limit(most),
        )
        assert done.returncode == 1
        assert "refused: " in done.stderr
        assert reason in done.stderr
        assert "Make room on the disk" in done.stderr
        assert look_at(path) == ("0002", MANY, MANY)
        copies = list(tmp_path.glob("*.bak"))
        assert len(copies) == (most > size)
        assert [look_at(copy) for copy in copies] == [("0002", MANY, MANY)] * len(copies)


def test_a_newer_schema_is_named(tmp_path: Path) -> None:
    """A database of a newer program is left alone, and the sentence says who wrote it."""
    anyio.run(migrate_with_backup, Settings(data=tmp_path), 0.0)
    with closing(sqlite3.connect(tmp_path / "novelai.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StartupError, match="A newer version of this program has written"):
        anyio.run(migrate_with_backup, Settings(data=tmp_path), 0.0)
    assert list(tmp_path.glob("*.bak")) == []
