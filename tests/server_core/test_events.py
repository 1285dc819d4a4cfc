"""Listening, and going on after a break."""

import pytest
from tests.server_core.helpers import person, picture

from novelai.server.events.bus import RING, Bus
from novelai.server.services import Services

pytestmark = pytest.mark.anyio


async def test_replay() -> None:
    """A listener that comes back with the last id it saw gets what it missed, and no more."""
    bus = Bus()
    for number in range(3):
        bus.publish("me", "job", {"job": str(number)})
    bus.publish("you", "job", {"job": "hidden"})
    heard = bus.listen("me", after=f"{bus.epoch}-1")
    assert [(await anext(heard)).data["job"] for _ in range(2)] == ["1", "2"]


@pytest.mark.parametrize("after", ["other-1", "nonsense", "{epoch}-1", "{epoch}-99999"])
async def test_a_gap_is_told(after: str) -> None:
    """Whoever missed events that are gone is told to read everything afresh."""
    bus = Bus()
    for number in range(RING + 10):
        bus.publish("me", "job", {"job": str(number)})
    heard = bus.listen("me", after=after.format(epoch=bus.epoch))
    assert (await anext(heard)).name == "reset"


async def test_a_job_is_told_of(services: Services) -> None:
    """Each state of a job, and its previews, reach its owner's listener in order."""
    key = await person(services)
    heard = services.context.bus.listen(key.owner_id, after=f"{services.context.bus.epoch}-0")
    job = (await services.jobs.submit(key, picture(steps=8))).job
    told = []
    while not told or told[-1] != "succeeded":
        event = await anext(heard)
        if event.data.get("job") == job.id:
            told.append(event.data.get("state", event.name))
    assert told[:2] == ["queued", "running"]
    assert "preview" in told
