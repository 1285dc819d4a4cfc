"""Commands run in this process, against the emulator."""

import json
from dataclasses import dataclass

import pytest
from PIL import Image
from typer.testing import CliRunner

from novelai.cli.app import app


@dataclass
class Ran:
    """What came of a command."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def lines(self):
        return self.stdout.splitlines()

    @property
    def records(self):
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(emulator, url, here):
    """Run a command; keyword arguments are environment variables, ``None`` unsets one."""

    def run(*arguments, stdin=None, **environment):
        known = {"NOVELAI_API_KEY": emulator.token, "NOVELAI_BASE_URL": url}
        result = CliRunner().invoke(
            app, [str(one) for one in arguments], input=stdin, env={**known, **environment}
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def draw(here):
    """Make a picture file to work on."""

    def draw(name="source.png", size=(512, 512), colour="white"):
        path = here / name
        Image.new("RGB", size, colour).save(path)
        return path

    return draw
