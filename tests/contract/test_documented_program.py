"""The program of the FastAPI tutorial, unchanged, in a process of its own."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import httpx2
import pytest
from PIL import Image
from tests.cli.processes import ROOT, web_app

from novelai.emulator import Emulator, Fault
from novelai.pictures import GeneratedImage

SCRIPT = "10_fastapi_integration.py"
PRINTED = "caea5697a5ceea40fc2466b828fc7d2bce718f98292bb25a29bd05a07a664f4f"
"""SHA-256 of the program as the tutorial prints it."""

PROMPT = "1girl, cute, cat ears, maid"
VARIABLES = ("NOVELAI_BASE_URL", "NOVELAI_IMAGE_BASE")


@pytest.fixture(scope="module")
def emulator():
    return Emulator(fast=True)


@pytest.fixture(scope="module")
def url(emulator):
    with emulator.serve() as url:
        yield url


@pytest.fixture(scope="module", params=VARIABLES)
def browser(request, emulator, url):
    """The program, pointed at the emulator by one of the two variables."""
    with (
        web_app(SCRIPT, NOVELAI_API_KEY=emulator.token, **{request.param: url}) as app,
        httpx2.Client(base_url=app, timeout=60) as browser,
    ):
        yield browser


@pytest.fixture(autouse=True)
def _forget(emulator):
    emulator.reset()


def test_it_is_unchanged():
    """The example is the tutorial's program, byte for byte; only the runner is added."""
    program, runner, _ = (
        (ROOT / "examples" / SCRIPT).read_text("utf-8").partition('\nif __name__ == "__main__":\n')
    )
    assert hashlib.sha256(program.encode()).hexdigest() == PRINTED
    assert runner


def test_a_prompt_goes_in_and_a_picture_comes_out(browser):
    """The documented request is answered with an 832x1216 PNG whose settings hold the prompt."""
    answer = browser.get("/generate", params={"prompt": PROMPT})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    with Image.open(BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (832, 1216))
    assert GeneratedImage(answer.content).metadata.comment["prompt"].startswith(PROMPT)


def test_eight_at_once(browser, emulator):
    """Eight requests at once are eight pictures, although the account allows one at a time."""
    together = threading.Barrier(8)

    def ask(number: int) -> httpx2.Response:
        together.wait(10)
        return browser.get("/generate", params={"prompt": f"girl {number}, {PROMPT}"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    for number, answer in enumerate(answers):
        prompt = GeneratedImage(answer.content).metadata.prompt
        assert prompt.startswith(f"girl {number}, ")
    assert [request.status for request in emulator.requests] == [200] * 8


def test_a_failure_is_not_paid_for_twice(browser, emulator):
    """When the service fails, the program answers 500 and the generation is not sent again."""
    emulator.script(Fault(status=500))
    # uvicorn closes the connection after a failure; another request must not be on it.
    last = {"Connection": "close"}
    answer = browser.get("/generate", params={"prompt": PROMPT}, headers=last)
    assert answer.status_code == 500
    assert len(emulator.requests) == 1
    assert browser.get("/generate", params={"prompt": PROMPT}).status_code == 200
