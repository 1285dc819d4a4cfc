"""Waiting for what another thread does."""

import time
from collections.abc import Callable


def until(happened: Callable[[], object]) -> None:
    """Return once it has happened; fail when it does not."""
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
