"""HEAD wherever GET is, and nothing is drawn for it."""

import pytest
from tests.server_api.test_rights import ROUTES

from novelai.server.http.middleware import DRAWING

LIVE = {"/api/events"}
"""What GET never comes to an end of."""

TELLS = ("/suggest-tags", "/oa/v1/models")
"""Addresses where NovelAI tells something, in the name of who may spend."""

GETS = sorted({path for path, methods, _ in ROUTES if "GET" in methods})


def filled(path):
    """An address of a route, with something in each place."""
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.parametrize("path", [path for path in GETS if path not in DRAWING])
def test_head_is_get_without_the_body(alone, path):
    """Status and type are those of GET, and no body follows."""
    head = alone("HEAD", filled(path))
    assert head.content == b""
    assert head.status_code != 405
    if path in LIVE:
        assert (head.status_code, head.headers["content-type"][:17]) == (200, "text/event-stream")
        return
    get = alone.get(filled(path))
    told = ("content-type", "cache-control", "x-content-type-options")
    assert head.status_code == get.status_code
    assert [head.headers.get(one) for one in told] == [get.headers.get(one) for one in told]


def test_a_picture_says_how_long_it_is(alone):
    """Of a file everything is told but its bytes."""
    address = f"/api/images/{alone.draw(seed=5)}/file"
    head, get = alone("HEAD", address), alone.get(address)
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["etag"] == get.headers["etag"]
    known = {"If-None-Match": head.headers["etag"]}
    assert alone("HEAD", address, headers=known).status_code == 304


def test_it_is_counted_by_its_route(alone):
    """As GET is; the method alone is another one."""
    alone("HEAD", "/healthz")
    assert 'method="HEAD",route="/healthz",status="200"' in alone.get("/metrics").text


@pytest.mark.parametrize("path", sorted(DRAWING))
def test_head_draws_nothing(alone, path):
    """Where GET draws, HEAD is refused, and the refusal says what is allowed."""
    before = alone.get("/api/images", params={"limit": 1}).json()["total"]
    answer = alone("HEAD", f"{path}?prompt=1girl&tag=1girl")
    assert answer.status_code == 405
    assert answer.headers["allow"] in ("GET", "POST")
    assert alone.get("/api/images", params={"limit": 1}).json()["total"] == before


def test_no_other_route_draws():
    """Every GET that asks for the right to spend is one of these."""
    spends = {path for path, methods, scopes in ROUTES if "GET" in methods and "generate" in scopes}
    assert {path for path in spends if not path.endswith(TELLS)} <= DRAWING
