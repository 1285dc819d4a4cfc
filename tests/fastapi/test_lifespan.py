"""The client opens with the app, is found in it, and closes with it."""

from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.testclient import TestClient
from tests.fastapi.apps import SMALL, inside

import novelai
from novelai import AsyncNovelAI, ConfigurationError, MissingAPIKeyError
from novelai.fastapi import (
    ImageResponse,
    NovelAIClient,
    client_of,
    lifespan,
    lifespan_with,
    novelai_client,
)

router = APIRouter()


@router.get("/generate", response_class=ImageResponse)
async def generate(prompt: str, novelai: NovelAIClient) -> ImageResponse:
    return ImageResponse(await novelai.image.generate(prompt=prompt, size=SMALL))


def app_with(lifespan) -> FastAPI:
    app = FastAPI(lifespan=lifespan)
    app.include_router(router)
    return app


def test_alone(emulator, url, monkeypatch):
    """`FastAPI(lifespan=lifespan)` is all that is needed; the environment says the rest."""
    monkeypatch.setenv("NOVELAI_API_KEY", emulator.token)
    monkeypatch.setenv("NOVELAI_BASE_URL", url)
    with TestClient(app_with(lifespan)) as browser:
        answer = browser.get("/generate", params={"prompt": "1girl"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_inside_an_own_lifespan(emulator):
    """Entered inside another lifespan, both states reach the request."""
    closed = []

    @asynccontextmanager
    async def mine(app):
        async with lifespan_with(lambda: inside(emulator))(app) as state:
            yield {**state, "greeting": "hello"}
        closed.append(True)

    app = app_with(mine)

    @app.get("/greeting")
    async def greeting(request: Request, novelai: NovelAIClient) -> str:
        assert isinstance(novelai, AsyncNovelAI)
        return request.state.greeting

    with TestClient(app) as browser:
        assert browser.get("/greeting").json() == "hello"
        assert browser.get("/generate", params={"prompt": "1girl"}).status_code == 200
    assert closed == [True]


def test_without_a_key_the_app_does_not_start():
    """A missing key is found when the app starts, not at the first request."""
    with pytest.raises(MissingAPIKeyError, match="NOVELAI_API_KEY"), TestClient(app_with(lifespan)):
        pass


def test_the_client_is_closed_with_the_app(emulator):
    """When the app stops, the client's connections are closed."""
    closed = []

    class Transport(httpx2.ASGITransport):
        async def aclose(self) -> None:
            closed.append(True)

    client = inside(emulator, transport=Transport(app=emulator.app))
    with TestClient(app_with(lifespan_with(lambda: client))) as browser:
        assert browser.get("/generate", params={"prompt": "1girl"}).status_code == 200
        assert closed == []
    assert closed == [True]


def test_a_dependency_can_be_overridden(emulator):
    """Tests of an app put their own client in the place of the app's."""
    app = app_with(None)
    other = inside(emulator)
    app.dependency_overrides[novelai_client] = lambda: other
    with TestClient(app) as browser:
        assert browser.get("/generate", params={"prompt": "1girl"}).status_code == 200
    assert len(emulator.requests) == 1


def test_an_overridden_dependency_needs_no_key(emulator):
    """With the dependency overridden before the start, no key is needed and nothing is opened."""
    app = app_with(lifespan)
    app.dependency_overrides[novelai_client] = lambda: inside(emulator)
    with TestClient(app) as browser:
        assert browser.get("/generate", params={"prompt": "1girl"}).status_code == 200
        with pytest.raises(MissingAPIKeyError):
            client_of(app)
    assert len(emulator.requests) == 1


def test_what_is_overridden_is_opened_when_it_is_asked_for(emulator):
    """Beside an override the app's own client is there for who asks, and is closed with it."""
    made: list[AsyncNovelAI] = []

    def make() -> AsyncNovelAI:
        made.append(inside(emulator))
        return made[-1]

    app = app_with(lifespan_with(make))
    app.dependency_overrides[novelai_client] = lambda: inside(emulator)
    with TestClient(app) as browser:
        assert browser.get("/generate", params={"prompt": "1girl"}).status_code == 200
        assert made == []
        assert client_of(app) is client_of(app) is made[0]
        del app.dependency_overrides[novelai_client]
        assert browser.get("/generate", params={"prompt": "1girl"}).status_code == 200
    assert len(made) == 1
    with pytest.raises(ConfigurationError, match="closed"):
        anyio.run(made[0].user.get_anlas)


@pytest.mark.parametrize("through", ["app", "test client", "middleware"])
def test_the_client_is_found_outside_a_request(emulator, through):
    """`client_of` gives the client of a running app, by the app or by what is around it."""
    client = inside(emulator)
    app = app_with(lifespan_with(lambda: client))
    around = GZipMiddleware(GZipMiddleware(app))
    with TestClient(around) as browser:
        found = {"app": app, "test client": browser, "middleware": around}
        assert client_of(found[through]) is client
    with pytest.raises(RuntimeError, match="lifespan"):
        client_of(app)


def test_production_code_loads_no_test_client():
    """Nothing of the package imports what only tests need."""
    sources = list(Path(novelai.__file__).parent.rglob("*.py"))
    assert len(sources) > 200
    assert [path for path in sources if "testclient" in path.read_text("utf-8")] == []


def test_without_the_lifespan_the_error_says_how(emulator):
    """An app that forgot the lifespan is told what to write."""
    with (
        TestClient(app_with(None)) as browser,
        pytest.raises(RuntimeError, match=r"lifespan=novelai\.fastapi\.lifespan"),
    ):
        browser.get("/generate", params={"prompt": "1girl"})


def test_two_apps_have_two_clients(emulator):
    """An app and one mounted in the same program do not share a client by accident."""
    apps = [app_with(lifespan_with(lambda: inside(emulator))) for _ in range(2)]
    with TestClient(apps[0]), TestClient(apps[1]):
        assert client_of(apps[0]) is not client_of(apps[1])


def test_it_works_as_a_plain_dependency(emulator):
    """`Depends(novelai_client)` does the same as the annotation."""
    app = FastAPI(lifespan=lifespan_with(lambda: inside(emulator)))

    @app.get("/anlas")
    async def anlas(novelai: AsyncNovelAI = Depends(novelai_client)) -> int:  # noqa: B008, FAST002
        return await novelai.user.get_anlas()

    with TestClient(app) as browser:
        assert browser.get("/anlas").json() == 10_000
