"""An emulator for the folder, made new for each test."""

import pytest

from novelai.emulator import Emulator


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def _served():
    emulator = Emulator(fast=True)
    with emulator.serve() as url:
        yield emulator, url


@pytest.fixture
def emulator(_served):
    emulator, _ = _served
    emulator.reset()
    return emulator


@pytest.fixture
def url(_served):
    return _served[1]
