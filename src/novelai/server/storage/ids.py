"""Names of things: sortable by time, and not to be guessed."""

import secrets
import time
from collections.abc import Callable

__all__ = ["new_id"]


def new_id(
    prefix: str,
    *,
    clock: Callable[[], float] = time.time,
    chance: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Return an id such as ``job_019ae2c14b6f7c0d5f0e6a7b8c9d``: milliseconds, then 80 random bits.

    Args:
        prefix: what it names.
        clock: unix seconds.
        chance: gives that many random bytes.
    """
    return f"{prefix}_{int(clock() * 1000):012x}{chance(10).hex()}"
