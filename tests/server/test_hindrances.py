"""Why a server cannot be opened: for each thing that goes wrong at the start, its sentence."""

import errno
import sqlite3
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from obstore.exceptions import GenericError
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError
from tests.server.still_services import still

from novelai.server.keys.service import LOCAL
from novelai.server.lifespan import (
    blobs_of,
    check_serving,
    open_from_settings,
    secret_key_file,
    vault_of,
)
from novelai.server.model.key import Limits
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.startup_errors import DatabaseInUseError, StartupError, explain_startup_errors
from novelai.server.storage.errors import DatabaseUnavailableError, StorageUnavailableError
from novelai.server.storage.migrate import InUseError, NewerDatabaseError
from novelai.server.storage.secrets import SecretKeyError, new_key

POSTGRES = "postgresql://me:planted-password@db.example/novel"
DAMAGED = (
    "The database /data/novelai.db cannot be used ({}): the file is no database, is damaged, or "
    "cannot be written. `novelai server restore FILE` puts a backup in its place; what is there is "
    "kept beside it."
)
SILENT = (
    "The database novel at db.example:5432 does not answer ({}). Check that it runs, and "
    "NOVELAI_SERVER_DATABASE. Nothing is lost: jobs wait in it."
)
UNWRITABLE = (
    "{} cannot be written ({}). Give it to the user that runs the server, or choose another folder "
    "with --data or NOVELAI_SERVER_DATA."
)
BUCKET = (
    "The bucket mine ({}) does not answer: {}. Check NOVELAI_SERVER_BUCKET and "
    "NOVELAI_SERVER_S3_ENDPOINT, _REGION, _ACCESS_KEY_ID and _SECRET_ACCESS_KEY."
)
NO_ADDRESS = (
    "NOVELAI_SERVER_DATABASE is no address of a database. It looks like "
    "postgresql://user:password@host/name or sqlite:////folder/novelai.db."
)

HERE: dict[str, Any] = {"data": "/data"}
THERE: dict[str, Any] = {"data": "/data", "database": POSTGRES}
SOCKET: dict[str, Any] = {"data": "/data", "database": "postgresql://me@/novel"}
PORT: dict[str, Any] = {"data": "/data", "database": "postgresql://db.example:6543/novel"}
STORE: dict[str, Any] = {"data": "/data", "bucket": "mine", "s3_region": "eu-1"}
NEAR: dict[str, Any] = {**STORE, "s3_endpoint": "http://store.example:9000"}
FULL = OSError(errno.ENOSPC, "No space left on device", "/data/files/x")
DENIED = PermissionError(errno.EACCES, "Permission denied", "/data/novelai.db.lock")
BROKEN = OperationalError(
    "SELECT planted", {"a": "planted"}, sqlite3.DatabaseError("not a database")
)


def caused(error: Exception, cause: Exception | None) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        # what says itself what to do
        (HERE, StartupError("As it is."), "As it is."),
        (HERE, InUseError("Another process uses it."), "Another process uses it."),
        (HERE, NewerDatabaseError("It is newer."), "It is newer."),
        (HERE, SecretKeyError("Wrong form."), "Wrong form."),
        # values
        (HERE, ValueError("A value of ours."), "A value of ours."),
        ({"data": "/data", "database": "nonsense"}, ArgumentError("planted"), NO_ADDRESS),
        ({"data": "/data", "database": "nonsense"}, ValueError("planted"), NO_ADDRESS),
        (THERE, ArgumentError("No such option."), "No such option."),
        # the database
        (HERE, BROKEN, DAMAGED.format("DatabaseError")),
        (HERE, sqlite3.OperationalError("planted"), DAMAGED.format("OperationalError")),
        (
            HERE,
            caused(DatabaseUnavailableError("x"), sqlite3.NotSupportedError()),
            DAMAGED.format("NotSupportedError"),
        ),
        (HERE, DatabaseUnavailableError("x"), DAMAGED.format("DatabaseUnavailableError")),
        (THERE, BROKEN, SILENT.format("DatabaseError")),
        (
            THERE,
            caused(DatabaseUnavailableError("x"), TimeoutError()),
            SILENT.format("TimeoutError"),
        ),
        (
            THERE,
            asyncpg.InvalidPasswordError("planted"),
            SILENT.format("InvalidPasswordError"),
        ),
        (THERE, IntegrityError("s", {}, ValueError()), SILENT.format("ValueError")),
        (
            THERE,
            OSError(errno.ECONNREFUSED, "Connection refused"),
            SILENT.format("Connection refused"),
        ),
        (THERE, TimeoutError(), SILENT.format("TimeoutError")),
        (
            PORT,
            TimeoutError(),
            SILENT.format("TimeoutError").replace("5432", "6543"),
        ),
        (
            SOCKET,
            TimeoutError(),
            SILENT.format("TimeoutError").replace("db.example", "the local socket"),
        ),
        # the folder
        (HERE, DENIED, UNWRITABLE.format("/data/novelai.db.lock", "Permission denied")),
        (THERE, DENIED, UNWRITABLE.format("/data/novelai.db.lock", "Permission denied")),
        (HERE, OSError(errno.EROFS, "Read-only"), UNWRITABLE.format("/data", "Read-only")),
        (HERE, OSError(), UNWRITABLE.format("/data", "OSError")),
        (
            HERE,
            caused(StorageUnavailableError("x"), FULL),
            UNWRITABLE.format("/data/files/x", "No space left on device"),
        ),
        (
            HERE,
            caused(StorageUnavailableError("x"), GenericError("planted")),
            UNWRITABLE.format("/data", "GenericError"),
        ),
        (HERE, StorageUnavailableError("x"), UNWRITABLE.format("/data", "StorageUnavailableError")),
        # the bucket
        (STORE, GenericError("planted"), BUCKET.format("AWS, eu-1", "GenericError")),
        (
            NEAR,
            caused(StorageUnavailableError("x"), GenericError("planted")),
            BUCKET.format("http://store.example:9000", "GenericError"),
        ),
        (
            STORE,
            caused(StorageUnavailableError("x"), OSError(5, "planted")),
            BUCKET.format("AWS, eu-1", "OSError"),
        ),
    ],
)
def test_what_goes_wrong_at_the_start(
    given: dict[str, Any], error: Exception, sentence: str
) -> None:
    """Each is told in the sentence that mends it, which holds no password and no statement."""
    settings = Settings(_env_file=None, **given)  # pyright: ignore[reportCallIssue]
    with pytest.raises(StartupError) as told, explain_startup_errors(settings):
        raise error
    assert str(told.value) == sentence
    assert "planted" not in sentence
    assert isinstance(told.value, DatabaseInUseError) is isinstance(error, InUseError)
    assert told.value.__suppress_context__ or told.value is error


def test_a_bug_is_no_hindrance() -> None:
    """What nobody foresaw is raised as it is; what goes well passes."""
    settings = Settings(_env_file=None, data=Path("/data"))  # pyright: ignore[reportCallIssue]
    with pytest.raises(ZeroDivisionError), explain_startup_errors(settings):
        raise ZeroDivisionError
    with explain_startup_errors(settings):
        passed = True
    assert passed


def settings_for(folder: Path, **given: Any) -> Settings:
    return Settings(_env_file=None, data=folder, **given)  # pyright: ignore[reportCallIssue]


ADMIN = Limits(scopes=("generate", "read", "admin"))
NO_TOKEN = (
    "No NovelAI token. Set NOVELAI_API_KEY to your persistent token (pst-...), or try it without "
    "an account: novelai serve --demo"
)
NO_KEY = (
    "Not listening on 0.0.0.0: there is no key, and whoever reached the server could spend your "
    "Anlas. Make one first: novelai keys create me --admin"
)
FOR_EVER = (
    "Jobs would wait for ever: with SQLite the server runs them itself. Leave --no-work out, or "
    "set NOVELAI_SERVER_DATABASE=postgresql://… and start `novelai worker`."
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def refusal(services: Services, folder: Path, **given: Any) -> str | None:
    try:
        await check_serving(settings_for(folder, **given), services)
    except StartupError as error:
        return str(error)
    return None


@pytest.mark.anyio
async def test_what_a_server_needs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A key where others reach it, a token where nobody needs a key, and somebody who works."""
    warning = "Nobody can log in: there is no key. Make one: novelai keys create me --admin"
    async with still(tmp_path) as (services, clock):
        await services.keys.local()
        assert await refusal(services, tmp_path) == NO_TOKEN
        assert await refusal(services, tmp_path, host="0.0.0.0") == NO_KEY
        assert caplog.messages == []
        assert await refusal(services, tmp_path, require_keys=True) is None
        assert await refusal(services, tmp_path, allowed_hosts="a.example") is None
        assert caplog.messages == [warning, warning]
        assert await refusal(services, tmp_path, require_keys=True, work=False) == FOR_EVER
        key, _ = await services.keys.create(LOCAL, "Ann", Limits(expires_at=clock.time + 10))
        caplog.clear()
        assert await refusal(services, tmp_path, host="0.0.0.0") is None
        assert await refusal(services, tmp_path, host="0.0.0.0", work=False) == FOR_EVER
        assert caplog.messages == []
        clock.time += 10
        assert await refusal(services, tmp_path, host="0.0.0.0") == NO_KEY
        assert key.name == "Ann"
        await services.accounts.add(LOCAL, f"pst-{'a' * 64}")
        assert await refusal(services, tmp_path) is None
        assert await refusal(services, tmp_path, work=False) == FOR_EVER


@pytest.mark.anyio
async def test_the_account_of_the_environment(tmp_path: Path) -> None:
    """A token of the settings is one account, under the same id each time; commands need none."""
    token = f"pst-{'a' * 64}"
    for wanted in (token, token, f"pst-{'b' * 64}"):
        settings = settings_for(tmp_path, NOVELAI_API_KEY=wanted)
        async with open_from_settings(settings, work=False) as services:
            (account,) = await services.accounts.list(LOCAL)
            assert (account.id, account.label) == ("acct_environment", "NovelAI")
            assert services.accounts.client(account).api_key == wanted
    other = tmp_path / "other"
    async with open_from_settings(
        settings_for(other, NOVELAI_API_KEY=token), work=False, upstream=False
    ) as services:
        assert await services.accounts.list(LOCAL) == []
        assert (await services.keys.list(LOCAL))[0].id == LOCAL
    async with open_from_settings(settings_for(tmp_path / "bare"), work=False) as services:
        assert not await services.accounts.any()


@pytest.mark.anyio
async def test_an_error_inside_is_raised_as_it_is(tmp_path: Path) -> None:
    """What goes wrong while the server runs is neither wrapped nor taken for a hindrance."""
    with pytest.raises(ZeroDivisionError):
        async with open_from_settings(settings_for(tmp_path), work=False):
            raise ZeroDivisionError
    with pytest.raises(OSError, match=r"^inside$"):
        async with open_from_settings(settings_for(tmp_path), work=False):
            raise OSError("inside")
    async with open_from_settings(settings_for(tmp_path), work=False) as services:
        assert await services.accounts.list(LOCAL) == [], "it can be opened again"


@pytest.mark.anyio
async def test_a_second_process_is_told(tmp_path: Path) -> None:
    """The database of a running server is held; whoever wants it reads by whom."""
    settings = settings_for(tmp_path)
    path = tmp_path / "novelai.db"
    async with open_from_settings(settings, work=False):
        with pytest.raises(DatabaseInUseError) as told:
            async with open_from_settings(settings, work=False):
                pytest.fail("both opened it")
    assert str(told.value) == (
        f"Another process uses {path}. Stop it first, or use Postgres for several."
    )


@pytest.mark.anyio
async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """It is told which file, and how a backup comes into its place."""
    path = tmp_path / "novelai.db"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StartupError) as told:
        async with open_from_settings(settings_for(tmp_path), work=False):
            pytest.fail("it opened")
    expected = DAMAGED.replace("/data/novelai.db", str(path)).format("DatabaseError")
    assert str(told.value) == expected
    assert path.read_bytes() == b"no database" * 1000


@pytest.mark.anyio
async def test_a_token_that_cannot_be_opened(tmp_path: Path) -> None:
    """With another secret key the server does not start: it would spend nothing and say nothing."""
    token = f"pst-{'a' * 64}"
    async with open_from_settings(settings_for(tmp_path, NOVELAI_API_KEY=token), work=False):
        pass
    with pytest.raises(StartupError, match=r"^A stored token was encrypted with a secret key"):
        async with open_from_settings(settings_for(tmp_path, secret_key=new_key()), work=False):
            pytest.fail("it opened")


def test_where_secret_keys_are(tmp_path: Path) -> None:
    """In the setting, current first, or in a file of the folder, which is for its owner alone."""
    one, two = new_key(), new_key()
    folder = tmp_path / "a" / "b"
    sealed = vault_of(settings_for(folder, secret_key=f"{one},{two}")).seal("text", "name")
    assert vault_of(settings_for(folder, secret_key=one)).open(sealed, "name") == "text"
    assert not secret_key_file(settings_for(folder)).exists()
    assert (folder.stat().st_mode & 0o777) == 0o700
    first = vault_of(settings_for(folder))
    file = secret_key_file(settings_for(folder))
    assert file == folder / "secret.key"
    assert (file.stat().st_mode & 0o777) == 0o600
    again = vault_of(settings_for(folder))
    assert again.open(first.seal("text", "name"), "name") == "text"
    assert secret_key_file(settings_for(folder, demo=True)) == folder / "demo" / "secret.key"
    file.chmod(0o640)
    with pytest.raises(SecretKeyError, match=r"^Others may read"):
        vault_of(settings_for(folder))
    with pytest.raises(SecretKeyError):
        vault_of(settings_for(folder, secret_key="short"))


@pytest.mark.anyio
async def test_where_pictures_are(tmp_path: Path) -> None:
    """In a folder beside the database, or in the bucket of the settings with what it needs."""
    blobs = blobs_of(settings_for(tmp_path))
    await blobs.put("pictures/x", b"bytes")
    assert (tmp_path / "files" / "pictures" / "x").read_bytes() == b"bytes"
    store: Any = blobs_of(settings_for(tmp_path, bucket="mine"))._store  # pyright: ignore[reportPrivateUsage]
    assert store.config == {"bucket": "mine", "region": "us-east-1"}
    full: Any = blobs_of(
        settings_for(
            tmp_path,
            bucket="mine",
            s3_endpoint="http://store.example:9000",
            s3_region="eu-1",
            s3_access_key_id="me",
            s3_secret_access_key="planted",
        )
    )._store  # pyright: ignore[reportPrivateUsage]
    assert full.config == {
        "bucket": "mine",
        "region": "eu-1",
        "endpoint": "http://store.example:9000",
        "access_key_id": "me",
        "secret_access_key": "planted",
    }
    assert full.client_options == {"allow_http": "true"}
    secure: Any = blobs_of(
        settings_for(tmp_path, bucket="mine", s3_endpoint="https://store.example")
    )._store  # pyright: ignore[reportPrivateUsage]
    assert secure.client_options == {"allow_http": "false"}
