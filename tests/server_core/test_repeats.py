"""Finding the jobs of a request again, on both databases."""

import pytest
from tests.server_core.helpers import person, picture

pytestmark = pytest.mark.anyio


async def test_jobs_are_found_under_what_their_keys_begin_with(services):
    """Jobs are found by the beginning of their idempotency keys, newest first, for some time."""
    key = await person(services)
    jobs = {}
    for name in ("a_b:1:0", "a_b:1:1", "axb:1:0", "a_bc:1:0"):
        order = picture(idempotency_key=name)
        jobs[name] = (await services.jobs.submit(key, order)).job.id
    found = await services.jobs.under(key, "a_b:", seconds=300)
    assert [(name, job.id) for name, job in found] == [
        ("a_b:1:1", jobs["a_b:1:1"]),
        ("a_b:1:0", jobs["a_b:1:0"]),
    ]
    for job_id in jobs.values():
        await services.jobs.wait(key, job_id, 20)
    assert len(await services.jobs.under(key, "a_b:", seconds=300)) == 2
    assert await services.jobs.under(key, "a_b:", seconds=-300) == []
