"""The program of the FastAPI tutorial, and ours after it, in processes of their own.

The tutorial is read where it lies: beside the checkout, or where ``NOVELAI_TUTORIAL`` says.
"""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from tests.cli.processes import ROOT, running, web_app
from tests.docs.readme import Readme

from novelai.emulator import Emulator, Fault
from novelai.pictures import GeneratedImage

TUTORIAL = Path(
    os.environ.get("NOVELAI_TUTORIAL") or ROOT.parent / "shared" / "seed-fastapi-example.md"
)
OURS = "10_fastapi_integration.py"
PROMPT = "1girl, cute, cat ears, maid"
PROGRAMS = [
    ("ours", "NOVELAI_BASE_URL"),
    ("tutorial", "NOVELAI_BASE_URL"),
    ("tutorial", "NOVELAI_IMAGE_BASE"),
]


@pytest.fixture(scope="module")
def emulator():
    return Emulator(fast=True)


@pytest.fixture(scope="module")
def url(emulator):
    with emulator.serve() as url:
        yield url


@contextmanager
def tutorial_app(folder: Path, **environment: str):
    """Run the tutorial's program, byte for byte, as its text says: with uvicorn."""
    (program,) = Readme(TUTORIAL.read_text("utf-8")).blocks("python")
    (folder / "printed.py").write_text(program, "utf-8")
    uvicorn = (sys.executable, "-m", "uvicorn", "printed:app", "--port", "0")
    with running(*uvicorn, cwd=folder, **environment) as server:
        yield server.wait_for(r"running on (http://127\.0\.0\.1:\d+)")[1]


@pytest.fixture(scope="module", params=PROGRAMS, ids="-".join)
def browser(request, emulator, url, tmp_path_factory):
    """A program, pointed at the emulator by a variable."""
    program, variable = request.param
    keys = {"NOVELAI_API_KEY": emulator.token, variable: url}
    if program == "ours":
        app = web_app(OURS, **keys)
    elif TUTORIAL.exists():
        app = tutorial_app(tmp_path_factory.mktemp("tutorial"), **keys)
    else:
        pytest.skip("the tutorial is not at hand: NOVELAI_TUTORIAL says where it is")
    with app as address, httpx2.Client(base_url=address, timeout=60) as browser:
        yield browser


@pytest.fixture(autouse=True)
def _forget(emulator):
    emulator.reset()


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
