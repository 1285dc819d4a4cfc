"""Writing down what must be written down, however long the database or the disk is in trouble."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from sqlalchemy.exc import DBAPIError, IntegrityError

__all__ = ["retry_forever"]

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST = 0.05
LONGEST = 5.0


async def retry_forever(what: str, action: Callable[[], Awaitable[T]]) -> T:
    """Do something until it succeeds; between two attempts it may be cancelled, within one not.

    Args:
        what: names it in the log.
        action: may be done again when it failed half-way.

    Raises:
        IntegrityError: waiting would not mend it.
    """
    pause = FIRST
    while True:
        try:
            with anyio.CancelScope(shield=True):
                return await action()
        except IntegrityError:
            raise
        except (DBAPIError, OSError) as error:
            # Its text may hold a statement's values, and these hold prompts.
            log.warning("%s has to wait: %s", what, type(error).__name__)
        await anyio.sleep(pause)
        pause = min(pause * 2, LONGEST)
