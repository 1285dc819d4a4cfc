"""A1111's clients see how far their pictures are, and take back what waits."""

import base64
import threading
import time

import httpx2
import pytest
from tests.doors.serving import Seen, serving, settings_for
from tests.leaving import ask_and_leave

from novelai.emulator import Emulator
from novelai.server.compat.a1111.progress import seconds_left

WISH = {"prompt": "a cat", "width": 128, "height": 128, "steps": 12, "seed": 1}


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """A server that takes a while for a picture, and what NovelAI sees."""
    emulator = Emulator(fast=True, step_seconds=0.1)
    with emulator.serve() as address:
        settings = settings_for(emulator, address, tmp_path_factory.mktemp("slow"))
        with serving(settings) as served:
            yield served, Seen(emulator)


def until(look, seconds: float = 30.0):
    """What a look at the server gives, once it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come")


@pytest.mark.parametrize(
    ("begun", "step", "waiting", "left"),
    [
        (100.0, 5, 0, 30.0),
        (100.0, 5, 2, 110.0),
        (100.0, 20, 0, 0.0),
        (100.0, 20, 1, 10.0),
        (100.0, 0, 0, None),
        (None, 5, 0, None),
        (120.0, 5, 0, 0.0),
    ],
)
def test_the_time_that_is_left(begun, step, waiting, left):
    """What is left follows from the steps done and the time passed, for all that wait, too."""
    assert seconds_left(begun, 110.0, step=step, steps=20, waiting=waiting) == left


def test_progress_and_interrupt(slow):
    """Progress grows, with real previews; an interrupt keeps what is paid for, and no more."""
    served, seen = slow
    before, answers = seen.paid, []

    def ask():
        with httpx2.Client(base_url=served.url, timeout=60) as own:
            answers.append(own.post("/sdapi/v1/txt2img", json=WISH | {"batch_size": 3}))

    asking = threading.Thread(target=ask)
    asking.start()
    with httpx2.Client(base_url=served.url, timeout=60) as client:

        def look():
            found = client.get("/sdapi/v1/progress").json()
            return found if found["current_image"] and found["state"]["job_count"] == 3 else None

        found = until(look)
        assert 0 < found["progress"] < 1
        assert found["state"]["sampling_steps"] == 12
        assert 1 <= found["state"]["sampling_step"] <= 12
        assert found["eta_relative"] > 0
        assert base64.b64decode(found["current_image"]).startswith(b"\xff\xd8")
        without = client.get("/sdapi/v1/progress?skip_current_image=true").json()
        assert without["current_image"] is None
        inner = client.post("/internal/progress", json={"id_task": "task(x)"}).json()
        assert inner["active"]
        assert inner["live_preview"].startswith("data:image/jpeg;base64,")
        assert len(client.get("/internal/pendingTasks").json()["tasks"]) == 3
        assert client.post("/sdapi/v1/interrupt").json() == {}
        asking.join(30)
        (answer,) = answers
        assert answer.status_code == 200
        # On a busy machine the second may have begun when the interrupt came.
        assert len(answer.json()["images"]) == seen.paid - before < 3
        assert "cancelled" in answer.json()["info"]
        done = client.get("/sdapi/v1/progress").json()
        assert (done["progress"], done["state"]["job_count"]) == (0, 0)


def test_a_client_that_goes_away_loses_nothing(slow):
    """The picture of somebody who hung up is made once, and lands in the gallery."""
    served, seen = slow
    before = seen.paid
    with httpx2.Client(base_url=served.url, timeout=60) as client:
        known = {job["id"] for job in client.get("/api/jobs").json()["jobs"]}

        def look(*states):
            (job,) = client.get("/api/jobs?limit=1").json()["jobs"] or [None]
            new = job is not None and job["id"] not in known
            return job if new and job["state"] in states else None

        ask_and_leave(
            f"{served.url}/sdapi/v1/txt2img",
            WISH | {"seed": 77},
            lambda: until(lambda: look("queued", "running")),
        )
        job = until(lambda: look("succeeded"))
    assert (job["door"], len(job["images"])) == ("a1111", 1)
    assert seen.paid == before + 1
