"""Servers on both databases, shared by the folder."""

import pytest
from tests.server_api.people import Somebody, running
from tests.server_core.conftest import fresh_database, postgres  # noqa: F401 - a fixture

from novelai.server.storage.secrets import new_key


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def site(request, tmp_path_factory):
    """A server that asks for keys, on either database."""
    folder = tmp_path_factory.mktemp(request.param)
    options = {"require_keys": True, "proxy_private": True}
    if request.param == "postgres":
        options["database"] = fresh_database(request.getfixturevalue("postgres"))
        options["secret_key"] = new_key()
    with running(folder, **options) as site:
        yield site


@pytest.fixture(scope="session")
def alone(tmp_path_factory):
    """The person at the machine: a server without keys, on SQLite."""
    with running(tmp_path_factory.mktemp("alone")) as site:
        yield Somebody(site, secret=site.app_state["settings"].proof)


@pytest.fixture(scope="session")
def admin(site):
    """An administrator of the server."""
    return site.somebody("admin", scopes=("generate", "read", "admin"))


@pytest.fixture(scope="session")
def ann(site):
    """A key without administration."""
    return site.somebody("ann")


@pytest.fixture(scope="session")
def bob(site):
    """Another key of the same owner."""
    return site.somebody("bob")


@pytest.fixture(scope="session")
def stranger(site):
    """An administrator of another owner."""
    return site.somebody("stranger", owner=site.owner(), scopes=("generate", "read", "admin"))
