"""The worlds that the same tests run in."""

import pytest
from tests.contract.worlds import SERVER_WORLDS, WORLDS, world_of
from tests.doors.serving import serving, settings_for

THROUGH_A_SERVER = {"ALL"}
"""Tests of what a server answers like NovelAI: not how often it asks, and not by which path."""


def pytest_generate_tests(metafunc):
    if "world" in metafunc.fixturenames:
        through = True
        worlds = (*WORLDS, *SERVER_WORLDS) if through else WORLDS
        metafunc.parametrize("world", worlds, indirect=True)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def server_between(served, tmp_path_factory):
    """A server that asks for keys, with the emulator behind it: its address and a key."""
    settings = settings_for(*served, tmp_path_factory.mktemp("server"), require_keys=True)
    with serving(settings) as running:
        yield running.url, running.make_key()


@pytest.fixture
async def world(request, emulator, url):
    options = {}
    if request.param in SERVER_WORLDS:
        url, options["api_key"] = request.getfixturevalue("server_between")
    async with world_of(request.param, emulator, url, **options) as world:
        yield world


@pytest.fixture(params=WORLDS[1:])
async def wire(request, emulator, url):
    """The worlds in which bytes travel: for what breaks on the way."""
    async with world_of(request.param, emulator, url) as world:
        yield world
