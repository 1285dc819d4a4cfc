"""Errors as problem documents."""

import threading

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ValidationError
from starlette.testclient import TestClient
from tests.fastapi.apps import QUICK, SMALL, inside, over_http

from novelai import (
    AsyncNovelAI,
    CallerGoneError,
    ConfigurationError,
    MissingAPIKeyError,
    NovelAIError,
    TemplateError,
)
from novelai.emulator import Fault
from novelai.fastapi import (
    ImageResponse,
    NovelAIClient,
    install_error_handlers,
    lifespan_with,
    problem_of,
)
from novelai.types import Character, GenerateImageParams


class Age(BaseModel):
    """A model that is not ours."""

    years: int


def app_of(client: AsyncNovelAI, *, requests: bool = False) -> FastAPI:
    app = FastAPI(lifespan=lifespan_with(lambda: client))
    install_error_handlers(app, requests=requests)

    @app.get("/generate", response_class=ImageResponse)
    async def generate(prompt: str, novelai: NovelAIClient, steps: int = 4) -> ImageResponse:
        return ImageResponse(
            await novelai.image.generate(prompt=prompt, size=SMALL, steps=steps, seed=1)
        )

    @app.get("/built")
    async def built(steps: int) -> str:
        return GenerateImageParams(prompt="1girl", steps=steps).model

    @app.get("/character")
    async def character(x: float) -> str:
        return Character(prompt="girl", position=(x, 0)).prompt

    @app.get("/foreign")
    async def foreign() -> Age:
        return Age.model_validate({"years": "many"})

    return app


@pytest.fixture
def browser(emulator):
    with TestClient(app_of(inside(emulator)), raise_server_exceptions=False) as browser:
        yield browser


ASK = {"prompt": "1girl, secret words"}


@pytest.mark.parametrize(
    ("fault", "status", "code", "charged"),
    [
        ({"low_balance": True}, 402, "insufficient_anlas", "no"),
        ({"status": 400}, 400, "invalid_request", "no"),
        ({"status": 409}, 409, "conflict", "no"),
        ({"status": 404}, 502, "not_found", "no"),
        ({"status": 401}, 502, "authentication", "no"),
        ({"status": 403}, 502, "permission_denied", "no"),
        ({"status": 500}, 502, "server", "unknown"),
        ({"body": "hello"}, 502, "invalid_response", "unknown"),
    ],
)
def test_each_error_has_its_status(browser, emulator, fault, status, code, charged):
    """402 stays 402; what concerns this server's own token or NovelAI itself is a bad gateway."""
    emulator.script(Fault(**fault))
    answer = browser.get("/generate", params=ASK)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == problem["status"] == status
    assert (problem["code"], problem["charged"]) == (code, charged)
    assert problem["type"] == "about:blank"
    assert len(problem["request_id"]) == 6
    assert "secret words" not in answer.text
    assert emulator.token not in answer.text


def test_429_keeps_retry_after(browser, emulator):
    """The time that the service asks for is passed on."""
    emulator.script(Fault(status=429, headers={"Retry-After": "17"}, times=3))
    answer = browser.get("/generate", params=ASK)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "17")
    assert answer.json()["code"] == "rate_limit"


def test_a_busy_account_says_when_to_come_back(emulator):
    """Where the service names no time, a few seconds are named."""
    emulator.account().generating = True
    client = inside(emulator, retry=type(QUICK)(max_wait=0))
    with TestClient(app_of(client)) as browser:
        answer = browser.get("/generate", params=ASK)
    emulator.account().generating = False
    assert answer.status_code == 429
    assert answer.json()["code"] == "concurrent_generation"
    assert int(answer.headers["retry-after"]) > 0


def test_nobody_there_is_503(emulator):
    """A service that cannot be reached is unavailable, and nothing was charged."""
    client = over_http(emulator, "http://127.0.0.1:1")
    with TestClient(app_of(client)) as browser:
        answer = browser.get("/generate", params=ASK)
    assert (answer.status_code, answer.json()["charged"]) == (503, "no")
    assert answer.json()["code"] == "connection_failed"
    assert "retry-after" in answer.headers


def test_silence_is_504(emulator, url):
    """A service that does not answer in time is a gateway time-out, its cost unknown."""
    forever = threading.Event()
    emulator.script(Fault(stall=forever))
    with TestClient(app_of(over_http(emulator, url, timeout=0.3))) as browser:
        answer = browser.get("/generate", params=ASK)
    forever.set()
    assert (answer.status_code, answer.json()["charged"]) == (504, "unknown")


def test_a_wrong_keyword_names_the_field(browser, emulator):
    """A value that the parameters refuse is a 422 that names field, value and limit."""
    answer = browser.get("/generate", params={**ASK, "steps": 51})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "steps", "message": "must be 1 to 50, got 51"}]
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("path", "field"), [("/built?steps=51", "steps"), ("/character?x=2", "position")]
)
def test_a_parameter_model_names_the_field(browser, path, field):
    """Parameter models that a route builds itself are answered in the same way."""
    answer = browser.get(path)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)


def test_a_foreign_validation_error_stays_a_bug(browser):
    """A validation error of other models is no fault of the caller: 500."""
    assert browser.get("/foreign").status_code == 500


def test_requests_keep_fastapis_own_shape_unless_asked(emulator):
    """FastAPI's validation errors change their shape only on request."""
    with TestClient(app_of(inside(emulator))) as browser:
        assert isinstance(browser.get("/generate").json()["detail"], list)
    with TestClient(app_of(inside(emulator), requests=True)) as browser:
        answer = browser.get("/generate", params={**ASK, "steps": "many"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "steps")


@pytest.mark.parametrize(
    ("error", "status"),
    [(MissingAPIKeyError("m"), 500), (ConfigurationError("m"), 500), (CallerGoneError("m"), 499)],
)
def test_the_rest_has_a_status_too(error, status):
    """Errors that no answer of the service causes are told apart as well."""
    assert problem_of(error).status == status


def test_a_template_is_told_with_its_place():
    """The field, the kind of fault and the piece that is wrong stand in the document."""
    error = TemplateError("No.", kind="unknown_name", field="prompt", start=3, end=8)
    told = problem_of(error).document()
    assert (told["status"], told["code"], told["kind"]) == (422, "template", "unknown_name")
    assert told["errors"] == [{"field": "prompt", "message": "No."}]
    assert (told["start"], told["end"]) == (3, 8)
    assert "start" not in problem_of(ConfigurationError("m")).document()


def test_every_error_has_a_problem():
    """No error of the package is left without status, title and code."""

    def below(cls: type[NovelAIError]) -> list[type[NovelAIError]]:
        return [cls, *(found for sub in cls.__subclasses__() for found in below(sub))]

    codes = []
    own = [cls for cls in below(NovelAIError) if not issubclass(cls, ValidationError)]
    for cls in own:  # the one that is pydantic's, too, is InvalidParamsError for all that
        error = cls.__new__(cls)
        NovelAIError.__init__(error, "what happened")
        error.problems, error.kind, error.field, error.start, error.end = [], None, "", None, None
        problem = problem_of(error)
        assert 400 <= problem.status < 600
        assert problem.title
        codes.append(problem.code)
    assert len(set(codes)) == len(codes)
