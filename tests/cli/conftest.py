"""Commands run in this process, against one emulator that is made new for each test."""

import json
from dataclasses import dataclass

import pytest
from PIL import Image
from typer.testing import CliRunner

from novelai.cli.app import app
from novelai.emulator import Emulator


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


@pytest.fixture(scope="session")
def served():
    emulator = Emulator(fast=True)
    with emulator.serve() as url:
        yield emulator, url


@pytest.fixture
def emulator(served):
    """The emulator with nothing behind it: fresh accounts, no records, no faults."""
    emulator, _ = served
    emulator.reset()
    yield emulator
    emulator.reset()


@pytest.fixture
def url(served):
    return served[1]


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
