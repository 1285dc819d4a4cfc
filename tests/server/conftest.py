"""Demo servers in this process, shared by the folder."""

from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from novelai.server.app import create_app
from novelai.server.keys.service import LOCAL
from novelai.server.model.key import Limits
from novelai.server.settings import Settings

ADDRESS = "http://127.0.0.1:8000"


@contextmanager
def visiting(folder, **changes):
    """A visitor at a demo server of its own; with its services, and what proves who started it."""
    settings = Settings(demo=True, demo_step_seconds=0, data=folder, _env_file=None, **changes)
    with TestClient(create_app(settings), base_url=ADDRESS) as visitor:
        visitor.services = visitor.app_state["services"]
        visitor.proof = {"Authorization": f"Bearer {settings.proof}"}
        yield visitor


@pytest.fixture(scope="session")
def visitor(tmp_path_factory):
    """A visitor at the demo server."""
    with visiting(tmp_path_factory.mktemp("visitor")) as visitor:
        yield visitor


@pytest.fixture
def rested(visitor):
    """The same with a queue that rests, so that jobs stay where they are; empty at the end."""
    visitor.post("/api/queue", json={"paused": True}, headers=visitor.proof)
    yield visitor
    visitor.delete("/api/jobs")
    visitor.post("/api/queue", json={"paused": False}, headers=visitor.proof)


@pytest.fixture(scope="session")
def keyed(tmp_path_factory):
    """A visitor at a server that asks for keys."""
    folder = tmp_path_factory.mktemp("keyed")
    with visiting(folder) as visitor:  # a server that asks for keys does not start without one
        limits = Limits(scopes=("generate", "read", "admin"))
        visitor.portal.call(lambda: visitor.services.keys.create(LOCAL, "first", limits))
    with visiting(folder, require_keys=True) as visitor:
        yield visitor


@pytest.fixture(scope="session")
def make_key(keyed):
    """Makes keys of the server that asks for them; gives the key and its secret."""

    def made(name="somebody", owner=LOCAL, **limits):
        return keyed.portal.call(lambda: keyed.services.keys.create(owner, name, Limits(**limits)))

    return made
