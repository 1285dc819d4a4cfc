"""Waiting for conditions instead of sleeping for luck."""

import time
from collections.abc import Callable

PATIENCE = 20.0


def until(condition: Callable[[], object]) -> None:
    """Return when `condition` holds; fail after twenty seconds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.002)
