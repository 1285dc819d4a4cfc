"""Any call of a client, in whichever world it lives."""

from collections.abc import Callable
from typing import Any

import anyio.to_thread
from tests.contract.worlds import ThreadWorld, World


async def ask(world: World, call: Callable[[Any], Any]) -> Any:
    """What a call gives: the same lambda for both colours."""
    if isinstance(world, ThreadWorld):
        return await anyio.to_thread.run_sync(lambda: call(world.client))
    return await call(world.client)


async def watch(world: World, call: Callable[[Any], Any]) -> list[Any]:
    """All events of a stream."""
    if isinstance(world, ThreadWorld):

        def watched() -> list[Any]:
            with call(world.client) as events:
                return list(events)

        return await anyio.to_thread.run_sync(watched)
    async with call(world.client) as events:
        return [event async for event in events]
