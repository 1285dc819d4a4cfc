"""A generation stream as server-sent events."""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx2
import pytest
from PIL import Image
from tests.fastapi.apps import SMALL, over_http, routed, serving
from tests.fastapi.waiting import until

from novelai.emulator import Fault
from novelai.fastapi import EventStreamResponse, NovelAIClient, event_stream
from novelai.pictures import GeneratedImage

ASK = {"prompt": "1girl", "size": SMALL, "steps": 6, "seed": 3}


@pytest.fixture(scope="module")
def address(served):
    """A running app: the ready routes, and one that keeps the connection alive impatiently."""
    emulator, url = served
    app = routed(over_http(emulator, url))

    @app.get("/impatient", response_class=EventStreamResponse)
    async def impatient(prompt: str, novelai: NovelAIClient) -> EventStreamResponse:
        return event_stream(
            novelai.image.generate_stream(prompt=prompt, size=SMALL), keepalive=0.02
        )

    with serving(app) as address:
        yield address


@pytest.fixture
def browser(address, emulator):
    with httpx2.Client(base_url=address, timeout=20) as browser:
        yield browser


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Name and data of each event; comments are named `comment`."""
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if line.startswith(":"):
            yield "comment", value
        elif field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def test_previews_then_the_picture(browser):
    """Each step is a `preview`, the finished picture a `final` with the received bytes."""
    answer = browser.get("/generate/stream", params=ASK)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert "content-length" not in answer.headers
    *previews, (name, final) = events(answer.iter_lines())
    assert [(name, data["step"], data["steps"]) for name, data in previews] == [
        ("preview", step, 6) for step in range(1, 6)
    ]
    assert all(data["sigma"] > 0 for _, data in previews)
    shown = b64decode(previews[0][1]["image"])
    assert Image.open(BytesIO(shown)).format == "JPEG"
    assert previews[0][1]["media_type"] == "image/jpeg"
    assert (name, final["seed"], final["sample"], final["media_type"]) == (
        "final", 3, 0, "image/png",
    )  # fmt: skip
    picture = GeneratedImage(b64decode(final["image"]))
    assert picture.size == (128, 192)
    assert picture.metadata.seed == 3


def test_events_arrive_as_they_come(browser, emulator):
    """The first preview is there while the service is still at work on the rest."""
    hold = threading.Event()
    emulator.script(Fault(stall=hold, at="after"))
    with browser.stream("GET", "/generate/stream", params=ASK) as answer:
        coming = events(answer.iter_lines())
        name, data = next(coming)
        assert (name, data["step"]) == ("preview", 1)
        assert not hold.is_set()
        hold.set()
        assert [name for name, _ in coming][-1] == "final"


@pytest.mark.parametrize(
    ("fault", "status"), [({"low_balance": True}, 402), ({"status": 500}, 502)]
)
def test_a_failure_before_the_first_event_keeps_its_status(browser, emulator, fault, status):
    """What fails before anything was sent is an ordinary problem document."""
    emulator.script(Fault(**fault))
    answer = browser.get("/generate/stream", params=ASK)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == answer.json()["status"] == status


def test_a_wrong_parameter_is_found_before_the_stream(browser, emulator):
    """A wrong value is a 422 that names the field, and nothing is sent."""
    answer = browser.get("/generate/stream", params={**ASK, "steps": 0})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "steps")
    assert emulator.requests == []


def test_a_failure_in_the_middle_is_an_event(browser, emulator):
    """Once events have been sent, a failure is the last of them."""
    emulator.script(Fault(error_event="out of memory"))
    answer = browser.get("/generate/stream", params=ASK)
    (first, _), (last, problem) = events(answer.iter_lines())
    assert (answer.status_code, first, last) == (200, "preview", "error")
    assert (problem["code"], problem["charged"]) == ("generation_failed", "unknown")
    assert "out of memory" in problem["detail"]


def test_silence_is_filled_with_comments(browser, emulator):
    """While nothing comes, comments keep the connection alive; the events follow."""
    hold = threading.Event()
    emulator.script(Fault(stall=hold, at="after"))
    with browser.stream("GET", "/impatient", params={"prompt": "1girl"}) as answer:
        coming = events(answer.iter_lines())
        seen = [next(coming)[0]]
        while seen[-3:] != ["preview", "comment", "comment"]:
            seen.append(next(coming)[0])
        hold.set()
        rest = [name for name, _ in coming if name != "comment"]
    assert rest[-1] == "final"


def test_after_a_comment_a_failure_is_an_event(browser, emulator):
    """A stream that has begun with a comment can report a failure only as an event."""
    hold = threading.Event()
    emulator.script(Fault(stall=hold, status=402, body='{"message":"Not enough Anlas"}'))
    with browser.stream("GET", "/impatient", params={"prompt": "1girl"}) as answer:
        coming = events(answer.iter_lines())
        assert next(coming)[0] == "comment"
        hold.set()
        names = [(name, data) for name, data in coming if name != "comment"]
    ((name, problem),) = names
    assert (answer.status_code, name, problem["status"]) == (200, "error", 402)


def test_a_caller_who_leaves_closes_the_stream(browser, emulator):
    """When the caller goes away, the connection to the service is closed as well."""
    hold = threading.Event()
    emulator.script(Fault(stall=hold, at="after"))
    with browser.stream("GET", "/generate/stream", params=ASK) as answer:
        coming = events(answer.iter_lines())  # kept: thrown away, it would close the connection
        assert next(coming)[0] == "preview"
        assert emulator.requests[0].finished_at is None
    until(lambda: emulator.requests[0].finished_at)
    assert not hold.is_set()
    hold.set()
    assert browser.get("/generate", params=ASK).status_code == 200
