"""Who shows wrong keys waits for the answer, a little longer each time; the right one never waits.

A key cannot be guessed, whatever the pace. But each guess asks the database, and a program that was
left with a revoked key asks for ever.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import anyio

__all__ = ["WrongKeys"]

FREE = 10
"""Wrong keys that an address may show at once without waiting."""

LONGEST = 5.0
"""Seconds that one answer waits at most."""

KNOWN = 4_096
"""Addresses that are remembered."""


class WrongKeys:
    """Counts the wrong keys of each address: one a second is forgotten.

    Args:
        monotonic: seconds of a clock that only goes forward.
        sleep: waits for seconds.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._until: OrderedDict[str, float] = OrderedDict()

    async def wait(self, address: str) -> None:
        """Count a wrong key, and wait if there were many.

        Args:
            address: whose; what is no address, as of a call within this process, does not wait.
        """
        if not _is_address(address):
            return
        now = self._monotonic()
        # Each wrong key moves this moment on by a second, wherever time is meanwhile.
        until = max(self._until.pop(address, now), now) + 1.0
        self._until[address] = min(until, now + FREE + LONGEST)
        while len(self._until) > KNOWN:
            self._until.popitem(last=False)
        over = until - now - FREE
        if over > 0:
            await self._sleep(min(over, LONGEST))


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
