"""Callers who wait their turn, and those who go away; real sockets against a real server."""

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated
from urllib.parse import quote, urlsplit

import httpx2
import pytest
from fastapi import BackgroundTasks, Depends
from fastapi.responses import StreamingResponse
from tests.fastapi.apps import SMALL, count_waiting, over_http, routed, serving
from tests.fastapi.waiting import until

from novelai import AsyncNovelAI, CallerGoneError
from novelai.emulator import Fault
from novelai.fastapi import ImageResponse, NovelAIClient


class Running:
    """A running app, its client, and the prompts of callers who were found to have gone."""

    def __init__(self, emulator, url: str) -> None:
        self.client = over_http(emulator, url)
        self.gone: list[str] = []
        self.app = routed(self.client)

        self.finished: list[str] = []
        self.tasks: list[asyncio.Task] = []

        async def draw(novelai: AsyncNovelAI, prompt: str) -> None:
            await novelai.image.generate(prompt=prompt, size=SMALL)
            self.finished.append(prompt)

        @self.app.get("/later")
        async def later(prompt: str, novelai: NovelAIClient, tasks: BackgroundTasks) -> str:
            tasks.add_task(draw, novelai, prompt)
            return "soon"

        @self.app.get("/task")
        async def task(prompt: str, novelai: NovelAIClient) -> str:
            self.tasks.append(asyncio.create_task(draw(novelai, prompt)))
            return "soon"

        async def wrapped(novelai: NovelAIClient) -> AsyncGenerator[AsyncNovelAI]:
            yield novelai

        @self.app.get("/wrapped")
        async def through(
            prompt: str, novelai: Annotated[AsyncNovelAI, Depends(wrapped)], tasks: BackgroundTasks
        ) -> str:
            tasks.add_task(draw, novelai, prompt)
            return "soon"

        @self.app.get("/streamed")
        async def streamed(prompt: str, novelai: NovelAIClient) -> StreamingResponse:
            async def pieces() -> AsyncGenerator[bytes]:
                (picture,) = await novelai.image.generate(prompt=prompt, size=SMALL)
                yield picture.data

            return StreamingResponse(pieces(), media_type="image/png")

        @self.app.get("/told", response_class=ImageResponse)
        async def told(prompt: str, novelai: NovelAIClient) -> ImageResponse:
            try:
                return ImageResponse(await novelai.image.generate(prompt=prompt, size=SMALL))
            except CallerGoneError:
                self.gone.append(prompt)
                raise

    @property
    def waiting(self) -> int:
        """How many callers wait for their turn."""
        return count_waiting(self.client)


@pytest.fixture(scope="module")
def running(served):
    running = Running(*served)
    with serving(running.app) as running.address:
        yield running


@pytest.fixture
def browser(running, emulator):
    with httpx2.Client(base_url=running.address, timeout=20) as browser:
        yield browser


@pytest.fixture
def held(emulator):
    """The first generation is held at the service until this is set."""
    event = threading.Event()
    emulator.script(Fault(stall=event))
    yield event
    event.set()


def knock(address: str, path: str, prompt: str) -> socket.socket:
    """Send a request and keep the connection in hand."""
    parts = urlsplit(address)
    connection = socket.create_connection((parts.hostname, parts.port))
    target = f"{path}?prompt={quote(prompt)}&size={SMALL}"
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    return connection


def prompts(emulator) -> list[str]:
    return [request.body["input"].partition(",")[0] for request in emulator.requests]


def test_eight_at_once(browser, emulator):
    """Eight callers at once get eight pictures; the service refuses none."""
    ask = {"size": SMALL}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda number: browser.get("/generate", params={**ask, "prompt": f"girl {number}"}),
                range(8),
            )
        )
    assert [answer.status_code for answer in answers] == [200] * 8
    assert [request.status for request in emulator.requests] == [200] * 8


@pytest.mark.parametrize("path", ["/later", "/wrapped", "/task"])
def test_work_in_the_background_waits_its_turn(running, browser, emulator, held, path):
    """Twenty pictures that were promised with the response are drawn, however long they wait."""
    girls = [f"girl {number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda prompt: browser.get(path, params={"prompt": prompt}), girls)
        assert [answer.status_code for answer in answers] == [200] * 20
    until(lambda: running.waiting == 19)  # all were answered, and the first is at the service
    assert running.finished == []
    held.set()
    until(lambda: len(running.finished) == 20)
    assert sorted(running.finished) == sorted(prompts(emulator)) == sorted(girls)
    assert {request.status for request in emulator.requests} == {200}
    running.finished.clear()


def test_work_of_callers_who_have_left_is_done(running, emulator, held):
    """A caller who hangs up after the answer does not take along what was promised with it."""
    for number, path in enumerate(["/later", "/task", "/task"]):
        connection = knock(running.address, path, f"girl {number}")
        connection.settimeout(20)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.close()
    until(lambda: running.waiting == 2)
    held.set()
    until(lambda: len(running.finished) == 3)
    running.finished.clear()


@pytest.mark.parametrize("path", ["/told", "/generate", "/generate/stream", "/streamed"])
def test_who_goes_away_while_waiting_frees_the_place(running, browser, emulator, held, path):
    """A caller who hangs up in the line is never sent, and those behind move up."""
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(browser.get, "/generate", params={"prompt": "first", "size": SMALL})
        until(lambda: emulator.requests)
        second = knock(running.address, path, "second")
        until(lambda: running.waiting == 1)
        third = pool.submit(browser.get, "/generate", params={"prompt": "third", "size": SMALL})
        until(lambda: running.waiting == 2)
        second.close()
        until(lambda: running.waiting == 1)
        assert not held.is_set()
        held.set()
        assert (first.result().status_code, third.result().status_code) == (200, 200)
    assert prompts(emulator) == ["first", "third"]
    assert running.gone == (["second"] if path == "/told" else [])
    running.gone.clear()


def test_a_generation_that_has_begun_is_not_given_up(running, browser, emulator, held):
    """A caller who hangs up during the own generation has paid for it: it runs to its end."""
    connection = knock(running.address, "/told", "first")
    until(lambda: emulator.requests)
    connection.close()
    # Somebody else was served meanwhile, so the app has had every chance to notice.
    assert browser.get("/cost", params={"prompt": "1girl"}).status_code == 200
    held.set()
    until(lambda: emulator.requests[0].completed)
    assert browser.get("/generate", params={"prompt": "next", "size": SMALL}).status_code == 200
    assert prompts(emulator) == ["first", "next"]
    assert running.gone == []
