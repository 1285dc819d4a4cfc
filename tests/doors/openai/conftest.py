"""Servers whose NovelAI takes its time, or fails."""

import httpx2
import openai
import pytest
from tests.doors.serving import Seen, serving, settings_for

from novelai.emulator import Emulator


@pytest.fixture(scope="session")
def official(keyed_server):
    """OpenAI's client with a key that may spend, made once: that takes as long as a picture."""
    address, key = f"{keyed_server.url}/v1", keyed_server.make_key()
    with openai.OpenAI(base_url=address, api_key=key, max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def raw(keyed_server):
    """A plain client with such a key, at the server's root."""
    headers = {"Authorization": f"Bearer {keyed_server.make_key()}"}
    with httpx2.Client(base_url=keyed_server.url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def slow_server(tmp_path_factory):
    emulator = Emulator(fast=True, step_seconds=0.025)
    folder = tmp_path_factory.mktemp("slow")
    with emulator.serve() as address, serving(settings_for(emulator, address, folder)) as served:
        yield served, emulator


@pytest.fixture
def slow(slow_server):
    """A server whose NovelAI takes half a second for a picture, and what that saw."""
    served, emulator = slow_server
    emulator.reset()
    return served, Seen(emulator)


@pytest.fixture
def failing(tmp_path):
    """The same for one test alone: what may have been charged holds an account for a while."""
    emulator = Emulator(fast=True)
    with (
        emulator.serve() as address,
        serving(settings_for(emulator, address, tmp_path)) as served,
    ):
        emulator.reset()
        yield served, Seen(emulator)


@pytest.fixture
def impatient(slow):
    """OpenAI's client at the slow server, with the retries it has of its own."""
    with openai.OpenAI(base_url=f"{slow[0].url}/v1", api_key="sk-anything") as client:
        yield client


@pytest.fixture
def stubborn(failing):
    """OpenAI's client at the failing server."""
    with openai.OpenAI(base_url=f"{failing[0].url}/v1", api_key="sk-anything") as client:
        yield client
