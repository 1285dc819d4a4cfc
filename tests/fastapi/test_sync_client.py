"""Plain ``def`` routes: a client that waits, on the app's connections and in the app's turns."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import anyio.to_thread
import httpx2
import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import StreamingResponse
from starlette.testclient import TestClient
from tests.fastapi.apps import SMALL, count_waiting, inside, over_http, routed, serving
from tests.fastapi.test_callers import knock, prompts
from tests.fastapi.waiting import until

from novelai import CallerGoneError, ConfigurationError, ConnectionLostError, NovelAI
from novelai.emulator import Fault
from novelai.fastapi import (
    ImageResponse,
    NovelAIClient,
    NovelAISyncClient,
    install_error_handlers,
    lifespan_with,
    novelai_client,
    novelai_sync_client,
)
from novelai.types.events import FinalEvent


class Running:
    """A running app with plain routes, and what they found."""

    def __init__(self, emulator, url: str) -> None:
        self.client = over_http(emulator, url)
        self.app = routed(self.client)
        self.gone: list[str] = []
        self.finished: list[str] = []
        self.threads: list[threading.Thread] = []

        @self.app.get("/plain", response_class=ImageResponse)
        def plain(prompt: str, novelai: NovelAISyncClient) -> ImageResponse:
            try:
                return ImageResponse(novelai.image.generate(prompt=prompt, size=SMALL))
            except CallerGoneError:
                self.gone.append(prompt)
                raise

        @self.app.get("/raw")
        def raw(prompt: str, novelai: NovelAISyncClient) -> list:
            waiting: list[str] = []
            patient = novelai.with_options(on_wait=lambda reason, *_: waiting.append(reason))
            found = patient.image.with_raw_response.generate(prompt, size=SMALL, timeout=30)
            (picture,) = found.parsed
            return [found.status, found.request_id == picture.request_id, waiting]

        @self.app.get("/anlas")
        def anlas(novelai: NovelAISyncClient) -> int:
            return novelai.user.get_anlas()

        @self.app.get("/wrong")
        async def wrong(novelai: NovelAISyncClient) -> str:
            return str(novelai.image.generate(prompt="1girl"))

        self.add_background(self.app)
        add_streams(self.app)

    def add_background(self, app: FastAPI) -> None:
        """Add routes that leave work behind."""

        def draw(novelai: NovelAI, prompt: str) -> None:
            novelai.image.generate(prompt=prompt, size=SMALL)
            self.finished.append(prompt)

        @app.get("/later")
        def later(prompt: str, novelai: NovelAISyncClient, tasks: BackgroundTasks) -> str:
            tasks.add_task(draw, novelai, prompt)
            return "soon"

        @app.get("/thread")
        def thread(prompt: str, novelai: NovelAISyncClient) -> str:
            self.threads.append(threading.Thread(target=draw, args=(novelai, prompt)))
            self.threads[-1].start()
            return "soon"

    @property
    def waiting(self) -> int:
        """How many callers wait for their turn."""
        return count_waiting(self.client)


def add_streams(app: FastAPI) -> None:
    """Add routes that watch a generation."""

    @app.get("/watched")
    def watched(prompt: str, novelai: NovelAISyncClient) -> list[str]:
        with novelai.image.generate_stream(prompt=prompt, size=SMALL, steps=4) as events:
            return [type(event).__name__ for event in events]

    @app.get("/glanced")
    def glanced(prompt: str, novelai: NovelAISyncClient) -> str:
        with novelai.image.generate_stream(prompt=prompt, size=SMALL, steps=4) as events:
            return type(next(events)).__name__

    @app.get("/dropped")
    async def dropped(prompt: str, novelai: NovelAISyncClient) -> str:
        """A stream that was begun in a thread ends on the loop."""
        events = novelai.image.generate_stream(prompt=prompt, size=SMALL, steps=4)
        with ThreadPoolExecutor(1) as pool:
            found = await asyncio.wrap_future(pool.submit(next, events))
        events.close()
        return type(found).__name__

    @app.get("/streamed")
    def streamed(prompt: str, novelai: NovelAISyncClient) -> StreamingResponse:
        def pieces():
            for event in novelai.image.generate_stream(prompt=prompt, size=SMALL, steps=4):
                if isinstance(event, FinalEvent):
                    yield event.data

        return StreamingResponse(pieces(), media_type="image/png")


@pytest.fixture(scope="module")
def shared(served):
    running = Running(*served)
    with serving(running.app) as running.address:
        yield running


@pytest.fixture
def running(shared, emulator):
    shared.gone.clear()
    shared.finished.clear()
    return shared


@pytest.fixture
def browser(running):
    with httpx2.Client(base_url=running.address, timeout=20) as browser:
        yield browser


@pytest.fixture
def held(emulator):
    """The first generation is held at the service until this is set."""
    event = threading.Event()
    emulator.script(Fault(stall=event))
    yield event
    event.set()


def test_one_line_for_threads_and_tasks(running, browser, emulator):
    """`def` and `async def` routes of one app never have two generations at the service."""
    paths = ["/plain", "/generate", "/watched", "/streamed"] * 4
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(
            pool.map(
                lambda pair: browser.get(pair[1], params={"prompt": f"{pair[0]}", "size": SMALL}),
                enumerate(paths),
            )
        )
    assert [answer.status_code for answer in answers] == [200] * len(paths)
    # The emulator refuses a second one at once, as the service does.
    assert [request.status for request in emulator.requests] == [200] * len(paths)


def test_they_wait_in_order(running, browser, emulator, held):
    """Who came first is drawn first, whatever the kind of the route."""
    with ThreadPoolExecutor(4) as pool:
        for number, path in enumerate(["/plain", "/generate", "/plain", "/generate"]):
            query = {"prompt": f"{number}", "size": SMALL}
            pool.submit(browser.get, path, params=query)
            until(lambda: len(emulator.requests) + running.waiting == number + 1)  # noqa: B023
        held.set()
    assert prompts(emulator) == ["0", "1", "2", "3"]


def test_who_goes_away_while_waiting_frees_the_place(running, browser, emulator, held):
    """A caller of a plain route who hangs up in the line is never sent."""
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(browser.get, "/plain", params={"prompt": "first"})
        until(lambda: emulator.requests)
        second = knock(running.address, "/plain", "second")
        until(lambda: running.waiting == 1)
        second.close()
        until(lambda: running.gone == ["second"])
        held.set()
        assert first.result().status_code == 200
    assert prompts(emulator) == ["first"]


@pytest.mark.parametrize("path", ["/later", "/thread"])
def test_work_in_the_background_is_done(running, emulator, held, path):
    """Background functions and own threads draw what was promised, whoever is still there."""
    for number in range(3):
        connection = knock(running.address, path, f"{number}")
        connection.settimeout(20)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.close()
    until(lambda: running.waiting == 2)
    held.set()
    until(lambda: len(running.finished) == 3)
    assert sorted(prompts(emulator)) == ["0", "1", "2"]
    for thread in running.threads:
        thread.join(20)


def test_events_one_by_one(browser):
    """A stream is iterated in the thread: each step, then the picture."""
    told = browser.get("/watched", params={"prompt": "1girl"}).json()
    assert told == ["PreviewEvent"] * 3 + ["FinalEvent"]


@pytest.mark.parametrize("path", ["/glanced", "/dropped"])
def test_a_stream_that_is_left_gives_the_turn_on(running, browser, path):
    """Whoever stops after the first event frees the line for the next."""
    assert browser.get(path, params={"prompt": "1girl"}).json() == "PreviewEvent"
    assert browser.get("/plain", params={"prompt": "next"}).status_code == 200


def test_options_and_raw_answers(browser, emulator):
    """Options of a call or of a client, and answers as they came, are there in threads, too."""
    emulator.script(Fault(status=429, headers={"Retry-After": "0"}))
    answer = browser.get("/raw", params={"prompt": "1girl"})
    assert answer.json() == [200, True, ["rate_limited"]]


def test_calls_that_need_no_turn(browser):
    """The account is asked while a picture is being drawn."""
    assert browser.get("/anlas").json() == 10_000


def test_errors_are_those_of_the_client(browser, emulator):
    """A failure in a plain route is the same problem document."""
    emulator.script(Fault(low_balance=True))
    answer = browser.get("/plain", params={"prompt": "1girl"})
    assert (answer.status_code, answer.json()["charged"]) == (402, "no")


def test_in_async_code_it_says_what_to_use(browser, emulator):
    """A client that waits would stop the app: it is refused before anything is sent."""
    answer = browser.get("/wrong")
    assert (answer.status_code, answer.json()["charged"]) == (500, "no")
    assert "NovelAIClient" in answer.json()["detail"]
    assert emulator.requests == []


def app_of(client) -> tuple[FastAPI, list[NovelAI]]:
    app = FastAPI(lifespan=lifespan_with(lambda: client))
    install_error_handlers(app)
    seen: list[NovelAI] = []

    @app.get("/plain", response_class=ImageResponse)
    def plain(novelai: NovelAISyncClient) -> ImageResponse:
        seen.append(novelai)
        return ImageResponse(novelai.image.generate(prompt="1girl", size=SMALL))

    @app.get("/both", response_class=ImageResponse)
    async def both(novelai: NovelAIClient) -> ImageResponse:
        return ImageResponse(await novelai.image.generate(prompt="1girl", size=SMALL))

    return app, seen


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_after_the_app_it_says_so(emulator, backend):
    """A client that is kept beyond its app refuses, and nothing is sent; closing it is nothing."""
    app, seen = app_of(inside(emulator))
    with TestClient(app, backend=backend) as browser:
        assert browser.get("/plain").status_code == 200
        seen[0].close()
        assert browser.get("/plain").status_code == 200
    with pytest.raises(ConfigurationError, match="nothing was charged"):
        seen[0].image.generate(prompt="1girl")
    assert len(emulator.requests) == 2


def test_an_app_that_is_stopped_in_the_middle(emulator, url, held):
    """A thread whose request is cancelled is told that nobody knows whether it was charged."""
    told: list[Exception] = []

    def draw(novelai: NovelAI) -> None:
        try:
            novelai.image.generate(prompt="1girl", size=SMALL)
        except ConnectionLostError as error:
            told.append(error)

    async def serve() -> None:
        async with over_http(emulator, url) as client, anyio.create_task_group() as tasks:
            novelai = await novelai_sync_client(client)
            tasks.start_soon(anyio.to_thread.run_sync, draw, novelai)
            await anyio.to_thread.run_sync(until, lambda: emulator.requests)
            tasks.cancel_scope.cancel()

    anyio.run(serve)
    assert [error.charged for error in told] == ["unknown"]


def test_connections_are_not_handed_out(emulator):
    """The app's connections cannot be exchanged, or used, through the client of a thread."""
    app, seen = app_of(inside(emulator))
    with TestClient(app) as browser:
        browser.get("/plain")
        with pytest.raises(ConfigurationError, match="app's"):
            _ = seen[0].api_client.client
        with pytest.raises(ConfigurationError, match="app's"):
            seen[0].api_client.client = httpx2.Client()


def test_one_override_is_for_both_kinds(emulator):
    """Who overrides `novelai_client` gives plain routes the same client."""
    app, _ = app_of(None)
    app.dependency_overrides[novelai_client] = lambda: inside(emulator)
    with TestClient(app) as browser:
        assert browser.get("/plain").status_code == 200
    assert len(emulator.requests) == 1


def test_it_has_an_override_of_its_own(emulator, url):
    """A client that waits can be put in its place; the app opens one only for others' sake."""
    app, seen = app_of(inside(emulator))
    with NovelAI(emulator.token, base_url=url) as mine:
        app.dependency_overrides[novelai_sync_client] = lambda: mine
        with TestClient(app) as browser:
            assert browser.get("/plain").status_code == 200
            assert seen == [mine]
            assert browser.get("/both").status_code == 200
    assert len(emulator.requests) == 2
