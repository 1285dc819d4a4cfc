"""pytest fixtures: an emulator for every test that asks for one.

With `--novelai-strict` it is a strict one, and a test fails in the end when it sent what the web
client would not send. Installed with the package; nothing heavy is imported before a fixture is
used.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from novelai.emulator import Emulator


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--novelai-strict",
        action="store_true",
        help="fail tests that send novelai_emulator what NovelAI's web client would not send",
    )


@pytest.fixture
def novelai_emulator(request: pytest.FixtureRequest) -> "Iterator[Emulator]":
    """Yield a fresh emulator: quick pictures, one Opus account, nothing recorded."""
    from novelai.emulator import Emulator

    emulator = Emulator(fast=True, strict=bool(request.config.getoption("--novelai-strict")))
    yield emulator
    if emulator.remarks:
        lines = [f"{one.request}: {one.field}: {one.says}" for one in emulator.remarks]
        pytest.fail("\n".join(["The web client would not send:", *lines]), pytrace=False)


@pytest.fixture
def novelai_emulator_url(novelai_emulator: "Emulator") -> Iterator[str]:
    """Yield the base URL of `novelai_emulator`, served on this machine while the test runs."""
    with novelai_emulator.serve() as url:
        yield url
