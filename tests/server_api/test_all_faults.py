"""All that the emulator can do wrong, one after the other, on one account."""

import time

import pytest
from tests.server_api.people import TOKEN, running

from novelai.emulator import Fault

CALL = "/ai/generate-image-stream"
FAULTS = [
    Fault(status=500, path=CALL),
    Fault(status=500, at="after", path=CALL),
    Fault(status=502, path=CALL),
    Fault(status=504, at="after", path=CALL),
    Fault(body="hello", path=CALL),
    Fault(drop=True, path=CALL),
    Fault(drop=True, at="after", path=CALL),
    Fault(cut_after=40, path=CALL),
    Fault(cut_after=40, clean_cut=True, path=CALL),
    Fault(malformed_frame=True, path=CALL),
    Fault(error_event="Something broke", path=CALL),
    Fault(low_balance=True, path=CALL),
    Fault(status=429, path=CALL),
]
LONG = 120.0
ENDED = {"succeeded", "failed", "cancelled"}


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_every_job_ends_or_says_what_it_waits_for(tmp_path):
    """After two minutes each has ended, is looked into, or waits for something that it names."""
    with running(tmp_path) as site:
        site.emulator.script(*FAULTS)
        for number in range(len(FAULTS) + 1):
            order = {"params": {"prompt": f"{number}", "size": "1024x1024", "steps": 40}}
            assert site.post("/api/jobs", json=order).status_code == 202
        begun = time.monotonic()
        open_jobs = ["all"]
        while open_jobs and time.monotonic() < begun + LONG:
            jobs = site.get("/api/jobs", params={"limit": 200}).json()["jobs"]
            open_jobs = [job for job in jobs if job["state"] not in ENDED]
            time.sleep(0.5)
        busy = any(job["state"] in {"running", "uncertain"} for job in open_jobs)
        for job in open_jobs:
            if job["state"] == "queued":
                assert job["waits_for"] or job["error"] or (busy and job["position"] is not None)
        spent = 10_000 - site.emulator.account(TOKEN).anlas
        booked = sum(job["cost"] or 0 for job in jobs)
        assert booked <= spent
