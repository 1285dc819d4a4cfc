"""Many callers of the documented route at once, on one account."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import httpx2

CALLERS = 32


def test_all_are_served_in_order(server, seen):
    """32 at once get 32 pictures, one after the other as they came, and NovelAI refuses nobody."""

    def ask(number: int) -> httpx2.Response:
        query = {"prompt": f"1girl, number {number}", "size": "64x64", "steps": 1}
        return httpx2.get(f"{server}/generate", params=query, timeout=60)

    with ThreadPoolExecutor(CALLERS) as callers:
        answers = list(callers.map(ask, range(CALLERS)))
    assert [answer.status_code for answer in answers] == [200] * CALLERS
    assert len({answer.content for answer in answers}) == CALLERS
    jobs = httpx2.get(f"{server}/api/jobs", params={"limit": CALLERS}).json()["jobs"]
    came = sorted(jobs, key=lambda job: job["created_at"])
    begun = sorted(jobs, key=lambda job: job["started_at"])
    assert [job["id"] for job in begun] == [job["id"] for job in came]
    assert all(one["finished_at"] <= other["started_at"] for one, other in pairwise(begun))
    assert {one.status for one in seen.requests} == {200}
    assert seen.paid == CALLERS
