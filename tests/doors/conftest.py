"""A live server for each way of calling it, and what NovelAI saw."""

import pytest
from tests.doors.serving import Seen, serving, settings_for

from novelai.emulator import Emulator


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def upstream():
    """The emulator that stands for NovelAI, and its address."""
    emulator = Emulator(fast=True)
    with emulator.serve() as address:
        yield emulator, address


@pytest.fixture(scope="session")
def local_server(upstream, tmp_path_factory):
    with serving(settings_for(*upstream, tmp_path_factory.mktemp("local"))) as served:
        yield served


@pytest.fixture(scope="session")
def keyed_server(upstream, tmp_path_factory):
    settings = settings_for(*upstream, tmp_path_factory.mktemp("keyed"), require_keys=True)
    with serving(settings) as served:
        yield served


@pytest.fixture
def server(local_server, seen):
    """The address of a server on which nobody needs a key."""
    assert seen.paid == 0
    return local_server.url


@pytest.fixture
def keyed(keyed_server, seen):
    """A server that asks for keys: `url`, `secret` of an admin key, `make_key(**limits)`."""
    assert seen.paid == 0
    return keyed_server


@pytest.fixture
def seen(upstream):
    """What NovelAI saw since the test began: `paid`, `requests`, `bodies`."""
    emulator, _ = upstream
    emulator.reset()
    return Seen(emulator)
