"""A job from its submission to its picture."""

import pytest
from tests.server_core.helpers import PAID, person, picture

from novelai.emulator import Emulator
from novelai.server.images.filter import Filter
from novelai.server.model.job import State
from novelai.server.services import Services

pytestmark = pytest.mark.anyio


async def test_a_picture_comes(services: Services) -> None:
    """A submitted job ends with its picture in the gallery, bytes as NovelAI sent them."""
    key = await person(services)
    submitted = await services.jobs.submit(key, picture("a red cat", seed=7))
    job = await services.jobs.wait(key, submitted.job.id, 20)
    assert job is not None
    assert (job.state, job.error) == (State.SUCCEEDED, None)
    (image,) = await services.images.find(key, Filter(query="red -dog"))
    data = await services.images.data(image)
    assert data.startswith(b"\x89PNG")
    assert (image.job_id, image.seed, image.width, image.prompt) == (job.id, 7, 512, "a red cat")
    assert (await services.images.thumbnail(image))[8:12] == b"WEBP"


async def test_what_it_costs_is_settled(services: Services, emulator: Emulator) -> None:
    """A paid job's cost in the ledger is what the account was charged."""
    key = await person(services)
    account = (await services.accounts.list(key.owner_id))[0]
    submitted = await services.jobs.submit(key, picture(**PAID))
    assert submitted.job.cost_max > 0
    job = await services.jobs.wait(key, submitted.job.id, 20)
    assert job is not None
    assert job.state is State.SUCCEEDED
    after = await services.accounts.refresh(account)
    assert account.anlas is not None
    assert after.anlas is not None
    assert account.anlas - after.anlas == job.cost == submitted.job.cost_max
