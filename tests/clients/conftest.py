"""Unmodified programs against live servers; what NovelAI saw is counted."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.clients.installed import MADE_UP, Client
from tests.doors.conftest import keyed_server, seen
from tests.doors.serving import Served, serving, settings_for

from novelai.emulator import Emulator
from novelai.server.keys.service import LOCAL

__all__ = ["keyed_server", "seen"]

KEYS: dict[str, dict[str, Any]] = {
    "paid": {},
    "free only": {"free_only": True},
    "fit into free": {"free_only": True, "fit_free": True},
    "three a day": {"budget_day": 3},
    "one model": {"models": ["nai-diffusion-4-5-curated"]},
}
"""Kinds of keys that people are given."""
WRONG = "nvs_" + "0" * 43
"""Looks like a key of the server, and is none."""

Use = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def upstream():
    """The emulator that stands for NovelAI, with time for a few previews, and its address."""
    emulator = Emulator(fast=True, step_seconds=0.01)
    with emulator.serve() as address:
        yield emulator, address


@pytest.fixture(scope="session")
def open_server(upstream, tmp_path_factory):
    """A server on which nobody needs a key."""
    with serving(settings_for(*upstream, tmp_path_factory.mktemp("open"))) as served:
        yield served


@pytest.fixture
def run(record_property, seen) -> Use:
    """Run acts of a program at an address with a key; gives what came of each."""

    def ran(client: Client, acts: tuple[str, ...], url: str, key: str) -> dict[str, Any]:
        told = client.run(acts, CLIENT_URL=url, CLIENT_KEY=key)
        record_property(client.package, told["version"])
        return told["acts"]

    return ran


@pytest.fixture
def use(keyed_server: Served, run: Use) -> Use:
    """Run acts of a program with a key of some kind."""

    def used(client: Client, *acts: str, kind: str = "paid") -> dict[str, Any]:
        key, secret = keyed_server.make(**KEYS[kind])
        if not client.keyless:
            return run(client, acts, keyed_server.url, secret)
        path = keyed_server.run(keyed_server.services.keys.open_path(LOCAL, key.id))
        return run(client, acts, f"{keyed_server.url}/k/{path}", "")

    return used


@pytest.fixture
def use_wrongly(keyed_server: Served, run: Use) -> Use:
    """Run acts of a program with a key that is none."""

    def used(client: Client, *acts: str) -> dict[str, Any]:
        way = "/k/nvp_wrong" if client.keyless else ""
        return run(client, acts, keyed_server.url + way, WRONG)

    return used


@pytest.fixture
def use_openly(open_server: Served, run: Use) -> Use:
    """Run acts of a program on a server without keys, with a key of another service."""

    def used(client: Client, *acts: str) -> dict[str, Any]:
        return run(client, acts, open_server.url, MADE_UP)

    return used


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end which versions were run."""
    reports = [one for many in terminalreporter.stats.values() for one in many]
    told = {pair for report in reports for pair in getattr(report, "user_properties", ())}
    for package, version in sorted(told):
        terminalreporter.write_line(f"{package} {version}")
