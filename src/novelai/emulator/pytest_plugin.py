"""pytest fixtures: an emulator for every test that asks for one.

Installed with the package; nothing heavy is imported before a fixture is used.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from novelai.emulator import Emulator


@pytest.fixture
def novelai_emulator() -> "Emulator":
    """Return a fresh emulator: quick pictures, one Opus account, nothing recorded."""
    from novelai.emulator import Emulator

    return Emulator(fast=True)


@pytest.fixture
def novelai_emulator_url(novelai_emulator: "Emulator") -> Iterator[str]:
    """Yield the base URL of `novelai_emulator`, served on this machine while the test runs."""
    with novelai_emulator.serve() as url:
        yield url
