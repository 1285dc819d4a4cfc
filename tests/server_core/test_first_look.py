"""How long an uncertain job holds its account: no longer than its end is unclear."""

import pytest
from tests.server_core.helpers import read, taken
from tests.server_core.history import GENERATE
from tests.server_core.test_charges import TIMING, Beginning, beginning, spent  # noqa: F401

from novelai.emulator import Emulator, Fault
from novelai.server.model.job import State

pytestmark = pytest.mark.anyio

PAID = {"size": (1024, 1024), "steps": 40}
SOON, LATE = TIMING.first_look + 1, TIMING.settle

RAN = {
    "cut": Fault(cut_after=20, path=GENERATE),
    "closed": Fault(drop=True, at="after", path=GENERATE),
    "a gateway's": Fault(status=502, at="after", path=GENERATE),
    "broken": Fault(malformed_frame=True, path=GENERATE),
    "told": Fault(error_event="Something broke", path=GENERATE),
    "500": Fault(status=500, at="after", path=GENERATE),
}
"""The picture was drawn and charged, and did not come."""

NOT = {
    "500": (Fault(status=500, path=GENERATE), LATE),
    "closed": (Fault(drop=True, path=GENERATE), LATE),
    "a gateway's": (Fault(status=502, path=GENERATE), LATE),
}
"""It was not drawn, and how long it takes to be sure of that."""


@pytest.mark.parametrize("kind", RAN)
async def test_a_charge_is_seen_at_once(
    beginning: Beginning,  # noqa: F811
    emulator: Emulator,
    kind: str,
) -> None:
    """What is missing from the balance is the job's, however its call ended: it is over."""
    async with beginning("pst-" + "a" * 64) as bench:
        job = await taken(bench.services, bench.key, **PAID)
        emulator.script(RAN[kind])
        assert (await bench.work()).state is State.UNCERTAIN
        await bench.later(0)
        assert (await read(bench.services, job)).state is State.UNCERTAIN
        await bench.later(SOON)
        job = await read(bench.services, job)
        assert (job.state, job.cost) == (State.FAILED, spent(emulator))
        assert job.cost


@pytest.mark.parametrize("kind", NOT)
async def test_what_was_not_charged_waits_again(
    beginning: Beginning,  # noqa: F811
    emulator: Emulator,
    kind: str,
) -> None:
    """When it surely is over, also where NovelAI said that it is: its balance may be late."""
    fault, enough = NOT[kind]
    async with beginning("pst-" + "a" * 64) as bench:
        job = await taken(bench.services, bench.key, **PAID)
        emulator.script(fault)
        assert (await bench.work()).state is State.UNCERTAIN
        passed = 0.0
        while (await read(bench.services, job)).state is State.UNCERTAIN:
            await bench.later(SOON)
            passed += SOON
            assert passed <= enough + 2 * SOON
        assert passed >= enough
        assert (await read(bench.services, job)).state is State.QUEUED
        assert spent(emulator) == 0
        assert (await bench.work()).state is State.SUCCEEDED


async def test_what_a_lost_worker_left_is_not_looked_at_early(
    beginning: Beginning,  # noqa: F811
    emulator: Emulator,
) -> None:
    """It may still be at it, and bring the picture: that is waited for."""
    async with beginning("pst-" + "a" * 64) as bench:
        job = await taken(bench.services, bench.key, **PAID)
        await bench.work(4)  # the intent was written, and no more
        await bench.later(21.0)
        await bench.later(21.0)
        assert (await read(bench.services, job)).state is State.UNCERTAIN
        await bench.later(SOON)
        await bench.later(SOON)
        assert (await read(bench.services, job)).state is State.UNCERTAIN
        assert spent(emulator) >= 0
        await bench.settle()
        assert (await read(bench.services, job)).state is not State.UNCERTAIN


async def test_those_behind_it_say_why_they_wait(
    beginning: Beginning,  # noqa: F811
    emulator: Emulator,
) -> None:
    """While its only account waits for the outcome, the next job names what it waits for."""
    async with beginning("pst-" + "a" * 64) as bench:
        lost = await taken(bench.services, bench.key, **PAID)
        emulator.script(Fault(drop=True, path=GENERATE))
        await bench.work()
        behind = await taken(bench.services, bench.key, **PAID)
        view = bench.services.queries.view
        told = (await view(behind)).waits_for
        assert told is not None
        assert lost.id in told
        await bench.settle()
        assert (await view(await read(bench.services, behind))).waits_for is None
        await bench.services.accounts.enable(bench.key.owner_id, "on a", enabled=False)
        told = (await view(await read(bench.services, behind))).waits_for
        assert told is not None
        assert "enabled" in told
