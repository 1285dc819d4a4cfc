"""One emulator, served once for the folder and made new for each test."""

import pytest
from tests.contract.worlds import WORLDS, world_of

from novelai.emulator import Emulator


@pytest.fixture
def anyio_backend():
    return "asyncio"


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


@pytest.fixture(params=WORLDS)
async def world(request, emulator, url):
    async with world_of(request.param, emulator, url) as world:
        yield world


@pytest.fixture(params=WORLDS[1:])
async def wire(request, emulator, url):
    """The worlds in which bytes travel: for what breaks on the way."""
    async with world_of(request.param, emulator, url) as world:
        yield world
