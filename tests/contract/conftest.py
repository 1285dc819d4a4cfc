"""The worlds that the same tests run in."""

import pytest
from tests.contract.worlds import WORLDS, world_of


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(params=WORLDS)
async def world(request, emulator, url):
    async with world_of(request.param, emulator, url) as world:
        yield world


@pytest.fixture(params=WORLDS[1:])
async def wire(request, emulator, url):
    """The worlds in which bytes travel: for what breaks on the way."""
    async with world_of(request.param, emulator, url) as world:
        yield world
