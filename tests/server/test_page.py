"""The page and what protects it."""

import re

import pytest
from starlette.testclient import TestClient

from novelai.server.app import create_app
from novelai.server.settings import Settings


@pytest.fixture(scope="module")
def page(visitor):
    return visitor.get("/")


def test_it_says_that_this_is_a_demo(page):
    """The demo says on the page that nothing is charged; a real server does not."""
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'data-demo="true"' in page.text
    settings = Settings(NOVELAI_API_KEY="pst-x", _env_file=None)
    with TestClient(create_app(settings), base_url="http://localhost") as visitor:
        assert 'data-demo="false"' in visitor.get("/").text


def test_its_policy_is_strict(page):
    """Scripts and styles come from this server only, and nobody may frame it."""
    policy = dict(
        part.split(" ", 1) for part in page.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


def test_it_lives_under_its_policy(page):
    """Nothing on the page needs what the policy forbids: no inline script, style or handler."""
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.text) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page.text) == []
    assert re.findall(r"(?:src|href)=\"(?!/)", page.text) == []


def test_its_files_are_there(page, visitor):
    """Every file the page names is served with a type that browsers accept."""
    kinds = {
        "js": ("text/javascript", "application/javascript"),
        "css": ("text/css",),
        "svg": ("image/svg+xml",),
    }
    files = re.findall(r"(?:src|href)=\"(/front/[^\"]+)\"", page.text)
    assert {name.rpartition(".")[2] for name in files} == kinds.keys()
    for name in files:
        answer = visitor.get(name)
        assert answer.status_code == 200
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in kinds[name.rpartition(".")[2]]


def test_it_offers_only_what_there_is(page, visitor):
    """Each model and size that can be chosen on the page has a price."""
    chosen = re.findall(r"<option value=\"([^\"]+)\"", page.text)
    assert chosen
    for value in chosen:
        field = "model" if value.startswith("nai-") else "size"
        answer = visitor.get("/cost", params={"prompt": "-", field: value})
        assert answer.json()["total_anlas"] > 0
