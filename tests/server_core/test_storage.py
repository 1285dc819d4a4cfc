"""Migrations, copies, secrets, bytes and the lock of the only process."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from tests.server_core.helpers import TOKENS, person

from novelai.server.accounts.clients import no_waiting
from novelai.server.accounts.service import AccountService
from novelai.server.model.job import EDGES, ENDED, State, may_become
from novelai.server.services import Services
from novelai.server.storage.blobs import BlobMissingError, Blobs
from novelai.server.storage.engine import Database
from novelai.server.storage.migrate import (
    InUseError,
    NewerDatabaseError,
    backup,
    migrate,
    only_process,
    restore,
)
from novelai.server.storage.secrets import SecretKeyError, Vault, load_vault, rotate_file
from novelai.server.storage.tables import metadata

pytestmark = pytest.mark.anyio


# SQLite cannot tell what an index of an expression holds.
@pytest.mark.filterwarnings("ignore:.*expression-based index")
async def test_migrations_make_the_schema(url: str) -> None:
    """A migrated empty database has exactly the tables that the program writes to."""
    database = Database(url)
    assert await migrate(database, now=0) is None
    async with database.read() as connection:

        def differences(sync: object) -> list[object]:
            context = MigrationContext.configure(sync)
            found = compare_metadata(context, metadata)
            return [
                one for one in found if "images_text" not in str(one) and "words" not in str(one)
            ]

        assert await connection.run_sync(differences) == []
    assert await migrate(database, now=0) is None
    await database.close()


async def test_a_newer_database_is_refused(url: str) -> None:
    """A database that a newer program wrote is left alone, with a sentence that says so."""
    database = Database(url)
    await migrate(database, now=0)
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabaseError, match="newer version"):
        await migrate(database, now=0)
    await database.close()


async def test_a_copy_can_be_put_back(tmp_path: Path) -> None:
    """A backup restores what was there, keeps what it replaces, and refuses what is no database."""
    path = tmp_path / "n.db"
    database = Database(f"sqlite:///{path}")
    await migrate(database, now=0)
    await backup(database, tmp_path / "copy")
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO owners VALUES ('x', 'x', 0, 0, 0)"))
    await database.close()
    await restore(path, tmp_path / "copy")
    for name, owners in (("n.db", 0), ("n.db.before-restore", 1)):
        connection = sqlite3.connect(tmp_path / name)
        assert connection.execute("SELECT count(*) FROM owners").fetchone() == (owners,)
        connection.close()
    (tmp_path / "junk").write_bytes(b"no database" * 100)
    with pytest.raises(ValueError, match="is not a database"):
        await restore(path, tmp_path / "junk")


def test_one_process_only(tmp_path: Path) -> None:
    """A second process is refused while the first has the database."""
    with (
        only_process(tmp_path / "n.db"),
        pytest.raises(InUseError, match="Another process"),
        only_process(tmp_path / "n.db"),
    ):
        pass
    with only_process(tmp_path / "n.db"):
        pass


def test_sealed_tokens(tmp_path: Path) -> None:
    """A token opens with its key and for its account only, and the key file is private."""
    path = tmp_path / "key"
    vault = load_vault(None, path)
    assert path.stat().st_mode & 0o777 == 0o600
    sealed = vault.seal("pst-secret", "acct_1")
    assert b"secret" not in sealed
    assert load_vault(None, path).open(sealed, "acct_1") == "pst-secret"
    with pytest.raises(SecretKeyError):
        vault.open(sealed, "acct_2")
    with pytest.raises(SecretKeyError):
        Vault([b"x" * 32]).open(sealed, "acct_1")
    rotated = rotate_file(path)
    assert rotated.open(sealed, "acct_1") == "pst-secret"
    assert not rotated.is_current(sealed)
    path.chmod(0o644)
    with pytest.raises(SecretKeyError, match="chmod 600"):
        load_vault(None, path)


async def test_rotation_seals_all_tokens_again(services: Services) -> None:
    """After a rotation the old key is not needed any more."""
    key = await person(services, TOKENS[:2])
    context = services.context
    both = AccountService(
        context.database,
        context.clock,
        Vault([b"n" * 32, b"k" * 32]),
        no_waiting("http://127.0.0.1:1"),
    )
    assert await both.rotate() == 2
    assert await both.rotate() == 0
    for account in await services.accounts.list(key.owner_id):
        assert Vault([b"n" * 32]).open(account.token, account.id) in TOKENS


async def test_bytes_are_kept_once(tmp_path: Path) -> None:
    """The same bytes have the same name; what is deleted is gone, and deleting twice is fine."""
    blobs = Blobs.local(tmp_path / "b")
    name = await blobs.put_image(b"data")
    assert await blobs.put_image(b"data") == name
    assert await blobs.image(name) == b"data"
    assert len(await blobs.names("pictures/")) == 1
    await blobs.delete_image(name)
    await blobs.delete_image(name)
    with pytest.raises(BlobMissingError):
        await blobs.image(name)


def test_every_edge() -> None:
    """Jobs move along the drawn edges and no others; what has ended stays as it is."""
    legal = {(a.value, b.value) for a in State for b in State if may_become(a, b)}
    assert legal == {
        ("queued", "running"), ("queued", "cancelled"), ("queued", "failed"),
        ("running", "succeeded"), ("running", "failed"), ("running", "queued"),
        ("running", "uncertain"), ("uncertain", "succeeded"), ("uncertain", "failed"),
        ("uncertain", "queued"),
    }  # fmt: skip
    assert {State.SUCCEEDED, State.FAILED, State.CANCELLED} == ENDED
    assert set(EDGES) == set(State)
