"""OpenAI's clients repeat requests by themselves: nothing is paid twice for that."""

import http.client
import json
import threading
import time
from types import SimpleNamespace
from urllib.parse import urlsplit

import anyio
import httpx2
import openai
import pytest
from tests.doors.openai.drawing import PAID, SIZE

from novelai.emulator import Fault
from novelai.server.compat.openai.drawing import Drawing
from novelai.server.compat.openai.pending_requests import PendingRequests
from novelai.server.model.problems import ProblemError

STREAM = "/ai/generate-image-stream"
WISH = {"prompt": "a cat", "size": SIZE}


def until(condition):
    """Wait for something that is to happen."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def job_of(answer):
    return answer.model_extra["novelai"]["job_id"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, at="after", path=STREAM),
        Fault(cut_after=2_000, path=STREAM),
        Fault(drop=True, at="after", path=STREAM),
    ],
    ids=["500", "cut", "dropped"],
)
def test_what_may_have_been_charged_is_not_repeated(stubborn, failing, fault):
    """NovelAI drew and then failed: the client is told not to repeat, and NovelAI is asked once."""
    _, seen = failing
    seen.emulator.script(fault)
    with pytest.raises(openai.InternalServerError) as caught:
        stubborn.images.generate(**WISH, extra_body=PAID)
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert caught.value.body["charged"] == "unknown"
    assert seen.paid == 1


def test_whoever_repeats_all_the_same_joins_the_doubtful_job(failing):
    """A relay that repeats whatever it is told gets the same job, not another one."""
    served, seen = failing
    seen.emulator.script(Fault(status=500, at="after", path=STREAM))
    answers = [
        httpx2.post(f"{served.url}/v1/images/generations", json=WISH | PAID) for _ in range(3)
    ]
    assert {answer.status_code for answer in answers} == {502}
    assert len({answer.headers["x-job-id"] for answer in answers}) == 1
    assert seen.paid == 1


def test_a_client_that_gave_up_waiting_gets_the_first_picture(slow):
    """Its own timeout makes the client ask again; the second request joins the first."""
    served, seen = slow
    with openai.OpenAI(
        base_url=f"{served.url}/v1", api_key="none", timeout=0.5, max_retries=10
    ) as client:
        answer = client.images.generate(**WISH, extra_body=PAID)
    assert seen.paid == 1
    assert answer.model_extra["novelai"]["anlas"] > 0


def test_repeating_after_a_refusal_that_cost_nothing_is_right(impatient, slow):
    """What failed without a charge is tried again, by the server or by the client."""
    _, seen = slow
    seen.emulator.script(Fault(status=429, path=STREAM))
    answer = impatient.images.generate(**WISH, extra_body=PAID)
    assert answer.data[0].b64_json
    assert [request.completed for request in seen.requests].count(True) == 1


def test_asking_twice_on_purpose_gives_two_pictures(impatient, slow):
    """Who got a picture and asks for the same again wants another one."""
    _, seen = slow
    first, second = (impatient.images.generate(**WISH) for _ in range(2))
    assert job_of(first) != job_of(second)
    assert first.data[0].b64_json != second.data[0].b64_json
    assert seen.paid == 2


def test_two_at_once_get_a_picture_each(impatient, slow):
    """While both wait, the same request of two people is two requests."""
    _, seen = slow
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(impatient.images.generate(**WISH)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job_of(answer) for answer in answers}) == 2
    assert seen.paid == 2


def test_a_picture_nobody_fetched_is_handed_to_who_asks_again(slow):
    """A caller who left loses nothing: the same request fetches that picture, once."""
    served, seen = slow
    address = f"{served.url}/v1/images/generations"
    caller = http.client.HTTPConnection(urlsplit(served.url).netloc)
    caller.request("POST", "/v1/images/generations", json.dumps(WISH))
    until(lambda: seen.requests)
    caller.close()
    until(lambda: seen.requests[0].completed)
    again, further = (httpx2.post(address, json=WISH).json() for _ in range(2))
    assert again["novelai"]["job_id"] != further["novelai"]["job_id"]
    assert seen.paid == 2


def test_a_stream_that_was_left_is_kept_too(slow):
    """Who leaves a stream in the middle gets that picture by asking again, as a stream or not."""
    served, seen = slow
    address = f"{served.url}/v1/images/generations"
    shown = WISH | {"stream": True, "partial_images": 1}
    with httpx2.stream("POST", address, json=shown) as answer:
        job = answer.headers["x-job-id"]
        next(line for line in answer.iter_lines() if line.startswith("data: "))
    until(lambda: seen.requests[0].completed)
    again = httpx2.post(address, json=shown)
    assert again.headers["x-job-id"] == job
    assert "image_generation.completed" in again.text
    assert seen.paid == 1


def test_a_chat_that_waits_when_the_server_stops_keeps_its_place(failing):
    """Nobody has left it: it is drawn when the server is back, as the last event says."""
    served, _ = failing
    local = served.run(served.services.keys.local())
    served.run(served.services.queue.pause(local, paused=True))
    chat = {"model": "gpt-image-1", "messages": [{"role": "user", "content": "a cat"}]}

    async def stop():
        served.services.stopping.begin()

    body = chat | {"size": SIZE, "stream": True}
    with httpx2.stream("POST", f"{served.url}/v1/chat/completions", json=body) as answer:
        told = answer.iter_text()
        next(told)
        served.run(stop())
        assert '"code": "stopped"' in "".join(told)
        job = answer.headers["x-job-id"]
    for _ in range(10):
        assert served.run(served.services.jobs.read(local, job)).state == "queued"
        time.sleep(0.02)


def test_a_repetition_finds_its_first_request_by_itself(slow):
    """The header in which OpenAI's clients count their retries is enough, whatever was answered."""
    served, seen = slow
    address = f"{served.url}/v1/images/generations"
    first = httpx2.post(address, json=WISH, headers={"x-stainless-retry-count": "0"}).json()
    again = httpx2.post(address, json=WISH, headers={"x-stainless-retry-count": "1"}).json()
    assert again["data"] == first["data"]
    assert seen.paid == 1


def test_an_idempotency_key_decides(slow):
    """With a key of its own a request gives the same picture each time; another body is refused."""
    served, seen = slow
    address = f"{served.url}/v1/images/generations"
    headers = {"Idempotency-Key": "one"}
    first, again = (
        httpx2.post(address, json=WISH | {"n": 2}, headers=headers).json() for _ in range(2)
    )
    assert again["data"] == first["data"]
    other = httpx2.post(address, json=WISH | {"prompt": "a dog"}, headers=headers)
    assert other.status_code == 409
    assert other.headers["x-should-retry"] == "false"
    assert other.json()["error"]["code"] == "idempotency_conflict"
    assert seen.paid == 2


@pytest.mark.parametrize(("code", "is_kept"), [("not_in_time", True), ("failed", False)])
def test_what_is_still_to_come_is_fetched_by_a_repetition(code, is_kept):
    """A request is forgotten with a failure that cost nothing, not while its picture is to come."""

    async def refuse(_):
        raise ProblemError(504, code, "No picture.")

    async def ask():
        drawing, pending = await drawing_of(refuse)
        with pytest.raises(ProblemError):
            await drawing.all()
        return pending.is_open(drawing.asking)

    assert anyio.run(ask) is is_kept


def test_an_answer_that_cannot_be_written_counts_as_not_received():
    """Whatever fails behind the drawing, the same request gets the picture that is paid for."""

    async def draw(_):
        return SimpleNamespace(images=[], notes=[], headers={})

    async def fail(_):
        raise OSError

    async def ask():
        drawing, pending = await drawing_of(draw)
        with pytest.raises(OSError):
            await drawing.answer(fail)
        return pending.is_open(drawing.asking), drawing.asking.lost

    assert anyio.run(ask) == (True, True)


async def drawing_of(wait):
    """Return a drawing whose jobs end as told, and the requests of its server."""
    http = SimpleNamespace(
        app=SimpleNamespace(state=SimpleNamespace()), receive=anyio.sleep_forever
    )
    context = SimpleNamespace(http=http, key=SimpleNamespace(id="key_1"))
    pending = PendingRequests.of(context)
    asking = await pending.begin(context, "digest", given=None, retries=0)
    batch = SimpleNamespace(wait=wait, notes=[])
    drawing = Drawing(
        context=context, image_request=None, batch=batch, jobs=[], after="", asking=asking
    )
    return drawing, pending
