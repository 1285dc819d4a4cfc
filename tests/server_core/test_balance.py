"""The balance is right as soon as a paid job has ended, without NovelAI being asked again."""

import threading

import anyio
import pytest
from tests.server_core.helpers import PAID, TOKENS, person, picture
from tests.server_core.test_bad_days import until
from tests.server_core.test_vibes import GENERATE, MODEL, ended, source, with_vibes

from novelai.emulator import Emulator, Fault
from novelai.server.model.job import JobRequest, State
from novelai.server.model.key import Key
from novelai.server.model.params import EncodeVibeParams
from novelai.server.services import Services
from novelai.types.tools import BackgroundRemovalParams, UpscaleParams

pytestmark = pytest.mark.anyio

ORDERS = {
    "picture": picture(**PAID),
    "upscale": JobRequest(params=UpscaleParams(image=source(1))),
    "tool": JobRequest(params=BackgroundRemovalParams(image=source(2), size=(64, 64))),
    "encoding": JobRequest(params=EncodeVibeParams(image=source(3), model=MODEL)),
    "vibes on its way": with_vibes(4, 5),
}


def left(emulator: Emulator) -> int:
    """Return what NovelAI says is left."""
    return emulator.account(TOKENS[0]).anlas


async def shown(services: Services, key: Key) -> int | None:
    """Return the balance that people see."""
    return (await services.accounts.list(key.owner_id))[0].anlas


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
async def test_what_it_cost_is_gone_at_once(
    services: Services, emulator: Emulator, order: JobRequest
) -> None:
    """Whatever kind of job was paid for, the balance shown is NovelAI's when the job has ended."""
    key = await person(services)
    job = await ended(services, key, order)
    assert job.state is State.SUCCEEDED
    assert job.cost
    assert await shown(services, key) == left(emulator) == 10_000 - job.cost


async def test_listeners_hear_of_it(services: Services, emulator: Emulator) -> None:
    """Who looks on is told the new balance when the job ends."""
    key = await person(services)
    subscription = services.events.listen(key, after=services.context.bus.newest_id())
    job = await ended(services, key, picture(**PAID))
    wanted = f'"anlas": {10_000 - (job.cost or 0)},'.encode()
    with anyio.fail_after(20):
        while wanted not in (text := await anext(subscription)):
            pass
    await subscription.aclose()
    assert text.startswith(b"event: account")
    assert left(emulator) == 10_000 - (job.cost or 0)


async def test_what_novelai_said_meanwhile_stays(services: Services, emulator: Emulator) -> None:
    """A balance that was asked for behind the charge is not charged once more."""
    key = await person(services)
    account = (await services.accounts.list(key.owner_id))[0]
    goes_on = threading.Event()
    emulator.script(Fault(stall=goes_on, at="after", path=GENERATE))
    submitted = await services.jobs.submit(key, picture(**PAID))
    await until(lambda: left(emulator) < 10_000)
    await services.accounts.refresh(account)
    goes_on.set()
    job = await services.jobs.wait(key, submitted.job.id, 20)
    assert job is not None
    assert job.state is State.SUCCEEDED
    assert await shown(services, key) == left(emulator)
