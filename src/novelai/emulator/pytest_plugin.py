"""pytest fixtures: an emulator for every test that asks for one, or one for all of them.

====================================  ============================================================
fixture                               what it gives
====================================  ============================================================
``novelai_emulator``                  a fresh emulator
``novelai_emulator_url``              its address, while the test runs
``novelai_emulator_env``              the same emulator, to which the environment points
``novelai_emulator_session``          one emulator for the whole run
``novelai_emulator_session_url``      its address, during the whole run
====================================  ============================================================

With `--novelai-strict` they are strict, and a test fails in the end when it sent what the web
client would not send. Installed with the package; nothing heavy is imported before a fixture is
used.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from novelai.emulator import Emulator


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--novelai-strict",
        action="store_true",
        help="fail tests that send novelai_emulator what NovelAI's web client would not send",
    )


@contextmanager
def _open_emulator(config: pytest.Config) -> "Generator[Emulator]":
    from novelai.emulator import Emulator

    emulator = Emulator(fast=True, strict=bool(config.getoption("--novelai-strict")))
    yield emulator
    if emulator.remarks:
        lines = [f"{one.request}: {one.field}: {one.says}" for one in emulator.remarks]
        pytest.fail("\n".join(["The web client would not send:", *lines]), pytrace=False)


@pytest.fixture
def novelai_emulator(request: pytest.FixtureRequest) -> "Iterator[Emulator]":
    """Yield a fresh emulator: quick pictures, one Opus account, nothing recorded."""
    with _open_emulator(request.config) as emulator:
        yield emulator


@pytest.fixture
def novelai_emulator_url(novelai_emulator: "Emulator") -> Iterator[str]:
    """Yield the base URL of `novelai_emulator`, served on this machine while the test runs."""
    with novelai_emulator.serve() as url:
        yield url


@pytest.fixture
def novelai_emulator_env(
    novelai_emulator: "Emulator", novelai_emulator_url: str, monkeypatch: pytest.MonkeyPatch
) -> "Emulator":
    """Return `novelai_emulator`; clients that are made without arguments talk to it.

    NOVELAI_API_KEY and NOVELAI_BASE_URL are set for the test, also for programs that it starts, and
    variables that would lead elsewhere are taken away.
    """
    for name in [*os.environ]:
        if name.startswith("NOVELAI_") and name.endswith("_BASE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NOVELAI_API_KEY", novelai_emulator.token)
    monkeypatch.setenv("NOVELAI_BASE_URL", novelai_emulator_url)
    return novelai_emulator


@pytest.fixture(scope="session")
def novelai_emulator_session(request: pytest.FixtureRequest) -> "Iterator[Emulator]":
    """Yield one emulator for the whole run; `reset` makes it as it was in the beginning.

    It takes tokens of any number: tests that share it, each with a token of its own (``pst-`` and
    anything), have accounts of their own.
    """
    with _open_emulator(request.config) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def novelai_emulator_session_url(novelai_emulator_session: "Emulator") -> Iterator[str]:
    """Yield the base URL of `novelai_emulator_session`, served during the whole run."""
    with novelai_emulator_session.serve() as url:
        yield url
