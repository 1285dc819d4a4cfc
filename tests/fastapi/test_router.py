"""The ready routes."""

import pytest
from starlette.testclient import TestClient
from tests.fastapi.apps import SMALL, inside, routed

from fastapi import FastAPI
from novelai.fastapi import lifespan_with, novelai_router
from novelai.pictures import GeneratedImage

ASK = {"prompt": "1girl", "size": SMALL, "steps": 4}


@pytest.fixture
def browser(emulator):
    with TestClient(routed(inside(emulator), prefix="/novelai")) as browser:
        yield browser


def test_generate_takes_every_parameter(browser):
    """What stands in the query is in the picture's settings."""
    query = {
        "prompt": "1girl, garden",
        "model": "nai-diffusion-4-full",
        "size": "192x128",
        "negative_prompt": "hat",
        "steps": 5,
        "scale": 6.5,
        "seed": 12,
        "format": "webp",
    }
    answer = browser.get("/novelai/generate", params=query)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-seed"] == "12"
    picture = GeneratedImage(answer.content)
    assert picture.size == (192, 128)
    comment = picture.metadata.comment
    assert (comment["steps"], comment["scale"], comment["seed"]) == (5, 6.5, 12)
    assert comment["prompt"].startswith("1girl, garden")
    assert comment["uc"].endswith("hat")
    assert "V4 " in picture.metadata.source


def test_only_the_prompt_is_needed(browser):
    """Everything else has a default: an 832x1216 PNG of V4.5."""
    answer = browser.get("/novelai/generate", params={"prompt": "1girl"})
    picture = GeneratedImage(answer.content)
    assert (answer.headers["content-type"], picture.size) == ("image/png", (832, 1216))
    assert "V4.5" in picture.metadata.source


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "prompt"),
        ({"prompt": "  "}, "prompt"),
        ({**ASK, "prompt": "x" * 51_201}, "prompt"),
        ({**ASK, "size": "100x100"}, "size"),
        ({**ASK, "size": "huge"}, "size"),
        ({**ASK, "size": "6400x6400"}, "size"),
        ({**ASK, "steps": 51}, "steps"),
        ({**ASK, "steps": "many"}, "steps"),
        ({**ASK, "scale": -1}, "scale"),
        ({**ASK, "seed": 4294967296}, "seed"),
        ({**ASK, "format": "gif"}, "format"),
    ],
)
@pytest.mark.parametrize("path", ["generate", "generate/stream", "cost"])
def test_bad_input_names_the_field(browser, emulator, path, query, field):
    """A wrong value is a 422 that names the query parameter, and nothing is sent."""
    answer = browser.get(f"/novelai/{path}", params=query)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert answer.status_code == problem["status"] == 422
    assert problem["code"] == "invalid_params"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert emulator.requests == []


def test_a_price_is_told_without_asking(browser, emulator):
    """The price comes from the catalogue; the service is not asked."""
    query = {"prompt": "1girl", "steps": 23}
    assert browser.get("/novelai/cost", params=query).json()["total_anlas"] == 17
    on_opus = browser.get("/novelai/cost", params={**query, "opus": True}).json()
    assert (on_opus["total_anlas"], on_opus["opus_discount_applied"]) == (0, True)
    assert emulator.requests == []


def test_the_balance_is_told(browser, emulator):
    """Tier and balance are those of the account."""
    emulator.account().fixed_anlas = 123
    told = browser.get("/novelai/subscription").json()
    assert told["tier"] == 3
    assert told["trainingStepsLeft"]["fixedTrainingStepsLeft"] == 123


def test_the_api_describes_itself(browser):
    """Every route stands in the API description with its parameters and its problems."""
    described = browser.get("/openapi.json").json()
    assert described["paths"].keys() == {
        f"/novelai/{path}" for path in ("generate", "generate/stream", "cost", "subscription")
    }
    route = described["paths"]["/novelai/generate"]["get"]
    assert route["responses"].keys() >= {"200", "402", "422", "429", "502", "503", "504"}
    assert all(parameter["description"] for parameter in route["parameters"])
    assert browser.get("/docs").status_code == 200


def test_without_a_prefix_they_are_at_the_top(emulator):
    """Mounted without a prefix, the routes are where the names say."""
    app = FastAPI(lifespan=lifespan_with(lambda: inside(emulator)))
    app.include_router(novelai_router())
    with TestClient(app) as browser:
        assert browser.get("/generate", params=ASK).status_code == 200
