"""Small things that several tests need."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.accounts.clients import Connect
from novelai.server.engine_room import EngineRoom
from novelai.server.jobs.order import Order
from novelai.server.keys.key import Key
from novelai.server.storage.clock import Clock
from novelai.server.upstream.clients import no_waiting
from novelai.types.generation import GenerateImageParams

TOKENS = [f"pst-{letter * 64}" for letter in "abcd"]
FREE = {"size": (512, 512), "steps": 2}
PAID = {"size": (512, 512), "steps": 29}


class HandClock(Clock):
    """A clock that is set by hand, whatever the database."""

    def __init__(self) -> None:
        super().__init__(lambda: self.time, lambda: self.time)
        self.time = 1000.0

    async def now(self, connection: AsyncConnection) -> float:
        del connection
        return self.time


def connect_to(address: str) -> Connect:
    return no_waiting(address, timeout=10)


def picture(prompt: str = "a cat", **fields: object) -> Order:
    """A small, free picture unless the fields say otherwise."""
    known = {name: fields.pop(name) for name in ("idempotency_key", "priority") if name in fields}
    return Order(params=GenerateImageParams(prompt=prompt, **(FREE | fields)), **known)


async def person(room: EngineRoom, tokens: Sequence[str] = TOKENS[:1]) -> Key:
    """The person at this machine, with accounts whose balance is known."""
    key = await room.keys.local()
    for token in tokens:
        await room.accounts.refresh(await room.accounts.add(key.owner_id, token))
    return key
