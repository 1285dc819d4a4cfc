"""What every test may rely on: no network, no key of a real person, the same run every time."""

import ipaddress
import logging
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from novelai.emulator import Emulator

# A property that fails must fail again, and a busy machine is no failure.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

# A key in the person's environment would let a test spend that person's Anlas.
DATA = {"NOVELAI_VECTORS", "NOVELAI_SERIES_VECTORS", "NOVELAI_TUTORIAL"}
for name in [name for name in os.environ if name.startswith("NOVELAI_") and name not in DATA]:
    del os.environ[name]


TESTS = Path(__file__).parent
LONG = {"web", "server_core", "server_ops", "doors"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that the workers of a whole run end together."""
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in LONG)


def refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Stop any connection that would leave this machine."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = arguments[1][0]
    if host and host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise RuntimeError(f"a test tried to connect to {host}")


sys.addaudithook(refuse_the_network)


LOGGERS = (None, "novelai", "novelai.client", "uvicorn", "uvicorn.error", "uvicorn.access")


@pytest.fixture
def logged_as_before():
    """How this process logs is put back: some programs set it up for a process of their own."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(one, one.handlers[:], one.level, one.propagate) for one in loggers]
    yield
    for one, handlers, level, propagate in before:
        one.handlers[:], one.propagate = handlers, propagate
        one.setLevel(level)


@pytest.fixture(scope="session")
def served():
    """One emulator for the run of a worker, and its address."""
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
