"""WebSocket routes: the client in them, and callers who leave; real sockets, a real server."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from starlette.testclient import TestClient
from tests.fastapi.apps import SMALL, count_waiting, inside, over_http, serving
from tests.fastapi.waiting import until
from websockets.sync.client import connect

from novelai import CallerGoneError
from novelai.emulator import Fault
from novelai.fastapi import (
    NovelAIClient,
    install_error_handlers,
    lifespan_with,
    novelai_client,
)
from novelai.pictures import GeneratedImage
from novelai.types import GenerateImageParams


class Running:
    """A running app with sockets, and what its endpoints found."""

    def __init__(self, emulator, url: str) -> None:
        self.client = over_http(emulator, url)
        self.gone: list[str] = []
        self.ended: list[str] = []
        self.tasks: list[asyncio.Task] = []
        self.app = FastAPI(lifespan=lifespan_with(lambda: self.client))

        @self.app.websocket("/draw")
        async def draw(websocket: WebSocket, novelai: NovelAIClient) -> None:
            await websocket.accept()
            prompt = ""
            try:
                async for prompt in websocket.iter_text():
                    (picture,) = await novelai.image.generate(prompt=prompt, size=SMALL)
                    await websocket.send_bytes(picture.data)
            except CallerGoneError:
                self.gone.append(prompt)
            self.ended.append(prompt)

        @self.app.websocket("/heard")
        async def heard(websocket: WebSocket, novelai: NovelAIClient) -> None:
            """Another task of the endpoint receives while it waits for its turn."""
            await websocket.accept()
            prompt = await websocket.receive_text()
            work = asyncio.create_task(novelai.image.generate(prompt=prompt, size=SMALL))
            try:
                async for words in websocket.iter_text():
                    await websocket.send_text(words)
                    if words == "draw":
                        await websocket.send_bytes((await work)[0].data)
            finally:
                (end,) = await asyncio.gather(work, return_exceptions=True)
                self.gone += [prompt] if isinstance(end, CallerGoneError) else []

        @self.app.websocket("/later")
        async def later(websocket: WebSocket, novelai: NovelAIClient) -> None:
            await websocket.accept()
            prompt = await websocket.receive_text()
            self.tasks.append(
                asyncio.create_task(novelai.image.generate(prompt=prompt, size=SMALL))
            )

        @self.app.websocket("/unaccepted")
        async def unaccepted(websocket: WebSocket, novelai: NovelAIClient) -> None:
            (picture,) = await novelai.image.generate(prompt="before", size=SMALL)
            await websocket.accept()
            await websocket.send_bytes(picture.data)

        @self.app.websocket("/closed")
        async def closed(websocket: WebSocket, novelai: NovelAIClient) -> None:
            await websocket.accept()
            prompt = await websocket.receive_text()
            await websocket.close()
            await novelai.image.generate(prompt=prompt, size=SMALL)
            self.ended.append(prompt)

    @property
    def waiting(self) -> int:
        """How many callers wait for their turn."""
        return count_waiting(self.client)


@pytest.fixture(scope="module")
def shared(served):
    running = Running(*served)
    with serving(running.app) as address:
        running.address = address.replace("http", "ws", 1)
        yield running


@pytest.fixture
def running(shared, emulator):
    shared.gone.clear()
    shared.ended.clear()
    return shared


@pytest.fixture
def held(running, emulator):
    """Somebody's generation is at the service until this is set."""
    event = threading.Event()
    emulator.script(Fault(stall=event))
    with connect(f"{running.address}/draw") as socket:
        socket.send("first")
        until(lambda: emulator.requests)
        yield event
        event.set()
        assert GeneratedImage(socket.recv(20)).size == (128, 192)


def prompts(emulator) -> list[str]:
    return [request.body["input"].partition(",")[0] for request in emulator.requests]


def test_pictures_over_a_socket(running, emulator):
    """One socket asks for several pictures and gets each."""
    with connect(f"{running.address}/draw") as socket:
        for prompt in ("one", "two"):
            socket.send(prompt)
            assert GeneratedImage(socket.recv(20)).metadata.prompt.startswith(prompt)
    assert prompts(emulator) == ["one", "two"]
    until(lambda: running.ended)
    assert running.gone == []


def test_who_leaves_while_waiting_frees_the_place(running, emulator, held):
    """A socket that closes in the line is never sent for, and those behind move up."""
    with connect(f"{running.address}/draw") as second:
        second.send("second")
        until(lambda: running.waiting == 1)
    until(lambda: running.gone == ["second"])
    with connect(f"{running.address}/draw") as third:
        third.send("third")
        until(lambda: running.waiting == 1)
        held.set()
        assert GeneratedImage(third.recv(20)).metadata.prompt.startswith("third")
    assert prompts(emulator) == ["first", "third"]


def test_what_is_said_while_waiting_is_not_lost(running, emulator, held):
    """Messages that come during a wait reach the endpoint, in order."""
    with connect(f"{running.address}/draw") as socket:
        socket.send("second")
        until(lambda: running.waiting == 1)
        for number in range(40):  # more than are kept
            socket.send(f"number {number}")
        held.set()
        seen = [GeneratedImage(socket.recv(20)).metadata.prompt for _ in range(41)]
    assert [text.partition(",")[0] for text in seen] == [
        "second", *(f"number {number}" for number in range(40)),
    ]  # fmt: skip


def test_another_task_may_receive_meanwhile(running, emulator, held):
    """What another task of the endpoint waits for arrives there while a turn is waited for."""
    with connect(f"{running.address}/heard") as socket:
        socket.send("second")
        until(lambda: running.waiting == 1)
        for number in range(5):
            socket.send(f"say {number}")
            assert socket.recv(20) == f"say {number}"
        held.set()
        socket.send("draw")
        assert socket.recv(20) == "draw"
        assert GeneratedImage(socket.recv(20)).metadata.prompt.startswith("second")
    assert running.gone == []


def test_another_task_hears_of_the_end_too(running, emulator, held):
    """A caller who leaves is gone for the task that waits and for the one that listens."""
    with connect(f"{running.address}/heard") as socket:
        socket.send("second")
        until(lambda: running.waiting == 1)
        socket.send("say")
        assert socket.recv(20) == "say"
    until(lambda: running.gone == ["second"])
    held.set()
    until(lambda: emulator.requests[0].completed)
    assert prompts(emulator) == ["first"]


def test_a_task_outlives_its_socket(running, emulator, held):
    """What an endpoint began and left behind comes to its end, though the socket is closed."""
    with connect(f"{running.address}/later") as socket:
        socket.send("second")
        until(lambda: running.waiting == 1)
    held.set()
    until(running.tasks[-1].done)
    assert len(running.tasks[-1].result()) == 1


def test_a_wait_before_the_socket_is_accepted(running, emulator, held):
    """An endpoint may draw first: the caller is let in, and gets the picture."""

    def ask() -> bytes:
        with connect(f"{running.address}/unaccepted", open_timeout=20) as socket:
            return socket.recv(20)

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        until(lambda: running.waiting == 1)
        held.set()
        assert GeneratedImage(asked.result()).metadata.prompt.startswith("before")


def test_an_endpoint_that_closed_its_socket_works_on(running, emulator, held):
    """Who was let go by the endpoint has not gone away."""
    with connect(f"{running.address}/closed") as socket:
        socket.send("closed")
        until(lambda: running.waiting == 1)
    held.set()
    until(lambda: running.ended)
    assert (running.ended, running.gone) == (["closed"], [])


@pytest.mark.parametrize(
    ("fault", "steps", "code", "reason"),
    [
        (Fault(low_balance=True), 4, 1011, "Not enough Anlas"),
        (Fault(status=503), 4, 1011, "NovelAI failed"),
        (None, 99, 1008, "Invalid parameters"),
    ],
)
def test_a_failure_closes_the_socket(emulator, fault, steps, code, reason):
    """With the error handlers installed the caller is told what it was."""
    emulator.script(fault)
    app = FastAPI(lifespan=lifespan_with(lambda: inside(emulator)))
    install_error_handlers(app)

    @app.websocket("/")
    async def draw(websocket: WebSocket, novelai: NovelAIClient) -> None:
        await websocket.accept()
        await novelai.image.generate(prompt="1girl", size=SMALL, steps=steps)

    with (
        TestClient(app) as browser,
        browser.websocket_connect("/") as socket,
        pytest.raises(WebSocketDisconnect) as caught,
    ):
        socket.receive_bytes()
    assert (caught.value.code, caught.value.reason) == (code, reason)


def test_parameters_of_ones_own_close_it_too(emulator):
    """A model that is made in the endpoint, likewise; and before it is accepted it is refused."""
    app = FastAPI(lifespan=lifespan_with(lambda: inside(emulator)))
    install_error_handlers(app)

    @app.websocket("/{form}")
    async def draw(websocket: WebSocket, form: str) -> None:
        if form == "accepted":
            await websocket.accept()
        GenerateImageParams(prompt="1girl", steps=99)

    with TestClient(app) as browser:
        for form in ("accepted", "refused"):
            with (
                pytest.raises(WebSocketDisconnect) as caught,
                browser.websocket_connect(f"/{form}") as socket,
            ):
                socket.receive_bytes()
            assert (caught.value.code, caught.value.reason) == (1008, "Invalid parameters")


def test_with_a_test_client(emulator):
    """The dependency can be overridden there too, and the end of a socket is the end."""
    app = FastAPI()
    app.dependency_overrides[novelai_client] = lambda: inside(emulator)
    ends: list[int] = []

    @app.websocket("/")
    async def draw(websocket: WebSocket, novelai: NovelAIClient) -> None:
        await websocket.accept()
        try:
            while True:
                prompt = await websocket.receive_text()
                (picture,) = await novelai.image.generate(prompt=prompt, size=SMALL)
                await websocket.send_bytes(picture.data)
        except WebSocketDisconnect as end:
            ends.append(end.code)

    with TestClient(app) as browser, browser.websocket_connect("/") as socket:
        socket.send_text("1girl")
        assert GeneratedImage(socket.receive_bytes()).size == (128, 192)
    assert ends == [1000]
