"""What the server answers, without an account."""

from io import BytesIO

import pytest
from PIL import Image

from novelai import __version__
from novelai.pictures import GeneratedImage

PROMPT = "1girl, cute, cat ears, maid"


def test_a_prompt_goes_in_and_a_picture_comes_out(visitor):
    """The documented request is answered with an 832x1216 PNG whose settings hold the prompt."""
    answer = visitor.get("/generate", params={"prompt": PROMPT})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    with Image.open(BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (832, 1216))
        assert PROMPT in picture.text["Comment"]
    assert GeneratedImage(answer.content).metadata.prompt.startswith(PROMPT)


@pytest.mark.parametrize(
    ("query", "field"),
    [("", "prompt"), ("prompt=a&size=7x7", "size"), ("prompt=a&steps=many", "steps")],
)
def test_bad_input_names_the_field(visitor, query, field):
    """A wrong value is a 422 that names the query parameter."""
    answer = visitor.get(f"/generate?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_it_says_that_it_is_alive(visitor):
    """The health check names the version, and that this is a demo."""
    answer = visitor.get("/healthz").json()
    assert answer == {"status": "ok", "version": __version__, "demo": True}


def test_the_api_is_described(visitor):
    """The description and its page are there."""
    answer = visitor.get("/docs")
    assert answer.status_code == 200
    assert "://" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert visitor.get("/redoc").status_code == 404
    assert visitor.get("/openapi.json").json()["info"]["version"] == __version__


def test_nothing_else_is_there(visitor):
    """An unknown address is a 404."""
    assert visitor.get("/admin").status_code == 404
