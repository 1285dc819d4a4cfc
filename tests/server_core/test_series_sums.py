"""What is planned is what is ordered is what the ledger says, whatever the order."""

import base64
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.server_core.helpers import OPUS, TABLET, USED_UP, HandClock, beside, owner
from tests.server_core.history import source

from novelai.server.model.problems import ProblemError
from novelai.server.model.series import Layout
from novelai.server.series.schemas import SeriesIn
from novelai.server.services import Services
from novelai.server.storage.tables import jobs, ledger

pytestmark = pytest.mark.anyio

ORDERS = 100
MODELS = (
    "nai-diffusion-3", "nai-diffusion-4-5-full", "nai-diffusion-5-full",
    "nai-diffusion-5-full-medium",
)  # fmt: skip
AXES: tuple[dict[str, Any], ...] = (
    {"field": "steps", "values": [2, 28, 29, 50]},
    {"field": "scale", "values": [0, 5, 10, 10.5]},
    {"fields": ["size", "steps"], "values": [[[64, 64], 5], [[1024, 1536], 29]]},
    {"field": "model", "values": [*MODELS]},
    {"field": "vibes.0.strength", "values": [0.2, 0.9]},
    {"field": "vibes.0.info_extracted", "values": [0.5, 0.7, 1.0]},
    {"tags": [None, "smile", "<a|b>"]},
    {"list": "<red|blue>"},
)


def document(chance: Random) -> dict[str, Any]:
    """Any order: of all models, with and without vibes, with up to two axes, and limits."""
    base: dict[str, Any] = {
        "prompt": "1girl, <red|blue>, <x|y|>",
        "model": chance.choice(MODELS),
        "size": chance.choice([[128, 128], [832, 1216], [1024, 1536]]),
        "steps": chance.choice([2, 28, 29]),
        "n_samples": chance.choice([1, 1, 1, 2]),
    }
    vibes = [chance.choice([1, 2, 3]) for _ in range(chance.choice([0, 0, 1, 2]))]
    if vibes:
        pictures = [base64.b64encode(source(one)).decode() for one in vibes]
        base["vibes"] = [{"image": one} for one in pictures]
    axes = chance.sample(AXES, chance.choice([0, 1, 2]))
    if not vibes:
        axes = [axis for axis in axes if "vibes" not in str(axis)]
    found: dict[str, Any] = {"base": base, "axes": axes, "repeat": chance.choice([1, 1, 2])}
    if chance.random() < 0.3:
        found["limit"] = {"anlas": chance.choice([0, 20, 300])}
    if chance.random() < 0.2:
        found["prompts"] = ["a", "b", "a"]
        found["axes"] = [axis for axis in axes if "list" not in axis]
    return found


@pytest.mark.filterwarnings("ignore::novelai.FixedFieldWarning")
@pytest.mark.parametrize("tiers", [[OPUS], [USED_UP, TABLET]], ids=["opus", "others"])
async def test_a_plan_is_the_order_is_the_ledger(
    still: Services, clock: HandClock, tiers: list[dict[str, object]]
) -> None:
    """To the last Anla and the last free picture; each cell once, in its place."""
    chance, taken = Random(len(tiers)), 0
    key = await beside(still, await owner(still, "a", *tiers), max_series=10**6, rate_minute=10**6)
    for _ in range(ORDERS):
        clock.time += 1.0
        order = SeriesIn.model_validate({**document(chance), "roll_seed": chance.randrange(2**32)})
        plan = await still.series_orders.plan(key, order)
        accepted = order.model_copy(update={"accept_anlas": plan.anlas})
        if plan.problems:
            with pytest.raises((ProblemError, ValueError)):
                await still.series_orders.order(key, accepted, None)
            continue
        if plan.anlas:
            less = order.model_copy(update={"accept_anlas": plan.anlas - 1})
            with pytest.raises(ProblemError) as caught:
                await still.series_orders.order(key, less, None)
            assert caught.value.members["anlas"] == plan.anlas
        series = await still.series_orders.order(key, accepted, None)
        taken += 1
        async with still.context.database.read() as connection:
            mine = select(jobs.c.id).where(jobs.c.series_id == series.id)
            sums = select(func.sum(ledger.c.anlas), func.sum(ledger.c.allowance))
            booked = (await connection.execute(sums.where(ledger.c.job_id.in_(mine)))).one()
            cells = select(jobs.c.cell).where(jobs.c.series_id == series.id)
            found = [
                cell for cell in (await connection.execute(cells)).scalars() if cell is not None
            ]
        assert (series.anlas_max, series.allowance) == tuple(booked)
        assert (series.anlas_max, series.allowance) == (plan.anlas, plan.allowance)
        shown = {*found, *series.layout.same, *series.layout.skipped}
        assert shown == {*range(plan.cells)}
        assert len(found) + len(series.layout.same) + len(series.layout.skipped) == plan.cells
        await still.series.cancel(key, series.id)
    assert taken > ORDERS // 2
    async with still.context.database.read() as connection:
        left = await connection.execute(select(func.sum(ledger.c.anlas)))
        assert left.scalar() == 0


def test_places_of_a_layout() -> None:
    """X is the fastest, then Y and Z, then rounds and lines; what was cut is not there."""
    labels = [["a", "b", "c"], ["d", "e"]]
    layout = Layout(cells=20, rounds=2, titles=["x", "y"], labels=labels, skipped={1: "no"})
    places = [layout.place_of(cell) for cell in range(20)]
    assert [one.place for one in places[:7]] == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1),
                                                 (0, 0)]  # fmt: skip
    assert [(one.line, one.round) for one in places[::6]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert places[4].labels == ("b", "e")
    assert Layout.read(layout.document) == layout
