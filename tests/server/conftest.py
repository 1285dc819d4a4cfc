"""The demo server in this process, shared by the folder."""

import pytest
from starlette.testclient import TestClient

from novelai.server.app import create_app
from novelai.server.settings import Settings


@pytest.fixture(scope="session")
def visitor():
    """A visitor at the demo server."""
    settings = Settings(demo=True, demo_step_seconds=0, _env_file=None)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as visitor:
        yield visitor
