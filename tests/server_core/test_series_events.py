"""How often is told how a series goes on."""

import anyio
import anyio.lowlevel
import pytest

from novelai.server.events.bus import Bus
from novelai.server.series.throttle import keep_announcing

pytestmark = pytest.mark.anyio


class Heard:
    """What was told, with a clock that is moved by hand."""

    def __init__(self) -> None:
        self.bus = Bus("e")
        self.time = 100.0

    def told(self) -> list[str]:
        return [event.data["series"] for event in self.bus.since(0) if event.name == "series"]

    def job(self, series: str) -> None:
        self.bus.publish("o", "job", {"job": "j", "series": series, "key": "k"})

    async def settle(self) -> None:
        for _ in range(20):
            await anyio.lowlevel.checkpoint()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_at_most_once_a_second_and_each_change_of_state() -> None:
    """What was not told at once is told when its time has come; a change of state is not kept."""
    heard = Heard()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: keep_announcing(heard.bus, lambda: heard.time, every=0.05))
        await heard.settle()
        heard.bus.publish("o", "job", {"job": "single", "key": "k"})
        heard.job("a")
        await heard.settle()
        assert heard.told() == ["a"]
        heard.job("a")
        heard.job("a")
        heard.job("b")
        await heard.settle()
        assert heard.told() == ["a", "b"]
        heard.bus.publish("o", "series.changed", {"series": "b", "key": "k"})
        await heard.settle()
        assert heard.told() == ["a", "b", "b"]
        heard.time += 1.0
        with anyio.fail_after(10):
            while len(heard.told()) < 4:  # noqa: ASYNC110 - nobody would set an event
                await anyio.sleep(0.01)
        assert heard.told() == ["a", "b", "b", "a"]
        tasks.cancel_scope.cancel()


async def test_it_goes_on_after_a_gap() -> None:
    """When events were missed who listens reads everything anew; what follows is told."""
    heard = Heard()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep_announcing, heard.bus, lambda: heard.time)
        await heard.settle()
        heard.bus.restart()
        await heard.settle()
        heard.job("a")
        await heard.settle()
        assert heard.told() == ["a"]
        tasks.cancel_scope.cancel()
