"""What holds prompts and tokens is for its owner alone, whatever the umask says."""

import logging
import os
import stat

import anyio
import pytest
from typer.testing import CliRunner

from novelai.cli.app import app
from novelai.server.lifespan import open_from_settings
from novelai.server.settings import Settings


@pytest.fixture(autouse=True)
def careless():
    """The umask that most people have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def settings_in(folder):
    return Settings(data=folder / "data", demo=True, _env_file=None)


async def visit(settings, meanwhile=lambda: None):
    async with open_from_settings(settings, work=False, upstream=False) as services:
        await services.keys.local()
        meanwhile()


def open_to_others(folder):
    """Everything below a folder that others may read or enter, and the folder itself."""
    return [
        str(path.relative_to(folder.parent))
        for path in (folder, *folder.rglob("*"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]


def test_a_new_folder_is_private(tmp_path):
    """Database, log, index, lock and secret key are made for their owner alone."""
    settings = settings_in(tmp_path)
    found = []
    anyio.run(visit, settings, lambda: found.extend(open_to_others(settings.folder)))
    assert found == []
    names = {path.name for path in settings.folder.iterdir()}
    assert {"novelai.db", "novelai.db.lock", "secret.key"} <= names


def test_an_old_database_is_made_private(tmp_path, caplog):
    """A database that others could read is theirs no more, and the log says so."""
    settings = settings_in(tmp_path)
    anyio.run(visit, settings)
    database = settings.folder / "novelai.db"
    database.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        anyio.run(visit, settings)
    assert open_to_others(settings.folder) == []
    assert f"Others could read {database}" in caplog.text


def test_copies_are_private(tmp_path):
    """A backup, what is restored, and what was there before are for their owner alone."""
    settings = settings_in(tmp_path)
    anyio.run(visit, settings)
    place = ["--data", str(settings.data), "--demo"]
    runner = CliRunner()
    copy = settings.folder / "backups" / "copy.db"
    for command in (["backup", str(copy)], ["restore", str(copy)]):
        done = runner.invoke(app, ["server", *command, *place])
        assert done.exit_code == 0, done.output
    assert open_to_others(settings.folder) == []
    assert (settings.folder / "novelai.db.before-restore").is_file()
