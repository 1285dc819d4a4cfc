"""How much of the client a reader has to know to follow one picture."""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

import novelai
from novelai import AsyncNovelAI, NovelAI
from novelai.emulator import Emulator

PACKAGE = Path(novelai.__file__).parent
MOST = 21
FIELDS = {"prompt": "1girl, cat ears", "size": (64, 64), "steps": 1}


@contextmanager
def files_that_run() -> Iterator[set[Path]]:
    """Collect the files in which a function is called, by this thread and those it starts."""
    found: set[str] = set()

    def note(frame, event, _):
        if event == "call":
            found.add(frame.f_code.co_filename)

    before = sys.getprofile(), threading.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before[0])
        threading.setprofile(before[1])


def forget(files: set[str]) -> None:
    """Begin anew; what earlier tests left behind is cleared away before."""
    gc.collect()
    files.clear()


def of_the_client(files: set[str]) -> list[str]:
    """Keep the client's own, by their place in the package."""
    paths = [Path(file) for file in tuple(files)]  # at once: threads add to them
    own = [path.relative_to(PACKAGE) for path in paths if path.is_relative_to(PACKAGE)]
    return sorted(path.as_posix() for path in own if path.parts[0] != "emulator")


def check_number(files: set[str]) -> None:
    own = of_the_client(files)
    assert "pictures.py" in own, "what came was opened"
    assert len(own) <= MOST, "\n".join((f"{len(own)} files run:", *own))


@pytest.fixture
def anyio_backend():
    """Choose asyncio, whose threads are new; trio keeps those that earlier tests began."""
    return "asyncio"


def test_a_picture_runs_through_few_files():
    """One `generate` leads through at most 21 files of the client."""
    emulator = Emulator()
    with (
        emulator.serve() as url,
        NovelAI(emulator.token, base_url=url) as client,
        files_that_run() as files,
    ):
        client.image.generate(**FIELDS)
        forget(files)
        client.image.generate(**FIELDS)
    check_number(files)


@pytest.mark.anyio
async def test_a_picture_on_an_event_loop_runs_through_few_files():
    """The same goes for the asynchronous client, the threads it computes in included."""
    emulator = Emulator()
    transport = httpx2.ASGITransport(app=emulator.app)
    async with AsyncNovelAI(emulator.token, base_url="http://e", transport=transport) as client:
        with files_that_run() as files:
            await client.image.generate(**FIELDS)
            forget(files)
            await client.image.generate(**FIELDS)
    check_number(files)
