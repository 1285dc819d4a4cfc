"""What the server refuses in front of a door is told in the words of the dialect that asked."""

import json

import httpx2
import pytest
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.doors.serving import serving, settings_for
from tests.doors.spoken import SPOKEN

from novelai.errors import RateLimitError
from novelai.server.compat.adapters import AdapterPaths, make_adapters
from novelai.server.compat.mcp.http import MCPDoor
from novelai.server.http.error_handlers import install_failures
from novelai.server.model.problems import ProblemError

NARROW = 65_536
"""Bytes that a server of the tests takes at most."""

every = pytest.mark.parametrize("spoken", SPOKEN, ids=lambda one: one.name)
every_that_takes_orders = pytest.mark.parametrize(
    "spoken", [one for one in SPOKEN if one.costly], ids=lambda one: one.name
)


@pytest.fixture(scope="session")
def narrow_server(upstream, tmp_path_factory):
    settings = settings_for(*upstream, tmp_path_factory.mktemp("narrow"), body_limit=NARROW)
    with serving(settings) as served:
        yield served


def opened_way(keyed) -> str:
    """The way in front of addresses of a new key that may spend."""
    key, _ = keyed.make()
    admin = {"Authorization": f"Bearer {keyed.secret}"}
    return httpx2.post(f"{keyed.url}/api/keys/{key.id}/path", headers=admin).json()["path"]


@every
@pytest.mark.parametrize("way", ["", "/k/nvp_wrong"])
def test_nobody(keyed, seen, spoken, way):
    """Without a key, and with a wrong one in front of the address, it is 401 in its words."""
    answer = httpx2.post(f"{keyed.url}{way}{spoken.path}", json=spoken.wish)
    spoken.told(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Basic") or spoken.name == "nai2api"
    assert seen.paid == 0


@every
@pytest.mark.parametrize("dummy", ["Bearer sk-no-key-needed", "Basic YTpi"])
def test_a_dummy_beside_the_key_in_the_path(keyed, seen, spoken, dummy):
    """What a client's key field insists on gives way to the key that its address holds."""
    address = f"{keyed.url}{opened_way(keyed)}{spoken.path}"
    wish = {"token": "123456"} if spoken.name == "nai2api" else {}
    answer = httpx2.post(address, json=wish, headers={"Authorization": dummy})
    assert answer.status_code == spoken.invalid  # it is known, and asked for nothing
    assert seen.paid == 0


@every
def test_a_key_beside_the_key_in_the_path(keyed, seen, spoken):
    """A key of this server in a header is the one that counts: one that ended opens nothing."""
    wrong = {"Authorization": "Bearer nvs_revoked"}
    address = f"{keyed.url}{opened_way(keyed)}{spoken.path}"
    spoken.told(httpx2.post(address, json=spoken.wish, headers=wrong), 401)
    assert seen.paid == 0


@every
def test_another_web_site(keyed, seen, spoken):
    """A foreign page cannot use what a browser adds by itself; the way to allow it is named."""
    secret, foreign = keyed.make_key(), {"Origin": "https://evil.example"}
    address = keyed.url + spoken.path
    with httpx2.Client() as browser:
        browser.post(f"{keyed.url}/api/session", json={"key": secret}).raise_for_status()
        answers = [
            browser.post(address, json=spoken.wish, headers=foreign),
            browser.post(address, json=spoken.wish, headers={"Sec-Fetch-Site": "cross-site"}),
            httpx2.post(address, json=spoken.wish, headers=foreign, auth=("me", secret)),
            httpx2.post(
                f"{keyed.url}{opened_way(keyed)}{spoken.path}", json=spoken.wish, headers=foreign
            ),
        ]
    for answer in answers:
        sentence = spoken.told(answer, 403)
        assert "NOVELAI_SERVER_ALLOWED_ORIGINS" in sentence
        assert ("https://evil.example" in sentence) is ("Origin" in answer.request.headers)
    assert seen.paid == 0


@every
def test_a_program_that_says_it_is_a_web_site(keyed, seen, spoken):
    """Who shows a valid key as a bearer may come from anywhere, but not by another Host."""
    headers = {
        "Authorization": f"Bearer {keyed.make_key()}",
        "Origin": "https://novelai.net",
        "Sec-Fetch-Site": "cross-site",
    }
    address = keyed.url + spoken.path
    answer = httpx2.post(address, json={}, headers=headers)
    assert answer.status_code == spoken.invalid  # it is known, and asked for nothing
    assert answer.headers["access-control-allow-origin"] == "https://novelai.net"
    answer = httpx2.post(address, json={}, headers=headers | {"Host": "evil.example"})
    assert "Host" in spoken.told(answer, 403)
    wrong = {"Authorization": "Bearer nvs_wrong"}
    spoken.told(httpx2.post(address, json={}, headers=headers | wrong), 401)
    assert seen.paid == 0


@every
@pytest.mark.parametrize("announced", [True, False])
def test_a_giant_body(narrow_server, seen, spoken, announced):
    """More than the server takes is 413 in its words, announced or not."""
    text = json.dumps(dict(spoken.wish) | {"more": "x" * NARROW}).encode()
    pieces = (text[place : place + 4_096] for place in range(0, len(text), 4_096))
    headers = {"Content-Type": "application/json"}
    answer = httpx2.post(
        narrow_server.url + spoken.path, content=text if announced else pieces, headers=headers
    )
    assert "65,536 bytes" in spoken.told(answer, 413)
    assert seen.paid == 0


@every
def test_where_nothing_is(server, spoken):
    """A path below its own that is not there is 404, a wrong method 405 with those that are."""
    spoken.told(httpx2.get(server + spoken.nowhere), 404)
    spoken.told(httpx2.post(server + spoken.nowhere, json={}), 404)
    answer = httpx2.put(server + spoken.path, json=spoken.wish)
    spoken.told(answer, 405)
    assert answer.headers["allow"]


@every_that_takes_orders
@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ({"free_only": True}, 402),
        ({"budget_job": 1}, 402),
        ({"budget_day": 1}, 402),
        ({"models": ["glm-4-6"]}, 403),
        ({"scopes": ("read",)}, 403),
        ({"max_queued": 0}, 429),
        ({"rate_minute": 0}, 429),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else str(one),
)
def test_what_a_key_may_not(keyed, seen, spoken, limits, status):
    """A budget, a policy and a full queue keep their status, and say that nothing was charged."""
    headers = {"Authorization": f"Bearer {keyed.make_key(**limits)}"}
    answer = httpx2.post(keyed.url + spoken.path, json=spoken.costly, headers=headers, timeout=60)
    assert "Nothing was sent or charged." in spoken.told(answer, status)
    assert ("retry-after" in answer.headers) is (status == 429)
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/jobs"), ("GET", "/generate?prompt=cat"), ("GET", "/api/nothing")],
)
def test_the_server_s_own_addresses(keyed, method, path):
    """What shares a word with a dialect, but is the server's own, stays a problem document."""
    headers = {"Origin": "https://evil.example"}
    answer = httpx2.request(method, keyed.url + path, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_screen_that_shares_its_address(keyed):
    """At ``/queue`` a program is told in ComfyUI's words, a browser as on any other screen."""
    program, browser = (
        httpx2.put(f"{keyed.url}/queue", headers={"Accept": accept})
        for accept in ("application/json", "text/html")
    )
    assert set(program.json()) == {"error", "node_errors"}
    assert browser.headers["content-type"] == "application/problem+json"


def client_of(endpoint) -> TestClient:
    """A client of a server that has one endpoint, for all addresses."""
    app = Starlette(routes=[Route("/{rest:path}", endpoint, methods=["GET", "POST"])])
    install_failures(app)
    app.add_middleware(AdapterPaths, adapters=make_adapters(MCPDoor(body_limit=1)))
    return TestClient(app, raise_server_exceptions=False)


@every
def test_a_bug_is_told_in_its_words(spoken):
    """An error that nobody foresaw is 500 in its words, and goes on to where it is logged."""

    async def broken(_request):
        raise ZeroDivisionError

    client = client_of(broken)
    answer = client.post(spoken.path)
    assert answer.status_code == 500
    assert "gallery" in spoken.sentence(500, answer.json())
    if spoken.name == "openai":
        assert answer.headers["x-should-retry"] == "false"
    with pytest.raises(ZeroDivisionError):
        TestClient(client.app).post(spoken.path)


@every
def test_a_failure_is_told_in_its_words(spoken):
    """What is foreseen keeps its status and headers wherever in the server it comes from."""

    async def refusing(_request):
        raise ProblemError(429, "too_fast", "Wait. Nothing was sent or charged.", retry_after=7)

    answer = client_of(refusing).post(spoken.path)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "7"
    assert spoken.sentence(429, answer.json()) == "Wait. Nothing was sent or charged."


def test_a_bug_in_our_own_api_is_a_problem_document():
    """An error that nobody foresaw says what to do, at our own addresses too."""

    async def broken(_request):
        raise ZeroDivisionError

    answer = client_of(broken).get("/api/jobs")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["charged"] == "unknown"
    assert "gallery" in answer.json()["detail"]


class Stored(BaseModel):
    """What the server itself keeps; nobody sent it."""

    size: int


async def limited(_request):
    raise RateLimitError("Wait. Nothing was charged.", status=429, retry_after=9)


async def misread(_request):
    Stored.model_validate({"size": "large"})


@every
def test_how_long_to_wait_is_told_in_its_words(spoken):
    """NovelAI's own word on when to come back reaches the client of a door."""
    answer = client_of(limited).post(spoken.path)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "9")


def test_how_long_to_wait_is_told_by_our_own_api():
    """The same at our own addresses."""
    answer = client_of(limited).get("/api/jobs")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "9")


@every
def test_a_row_that_cannot_be_read_is_a_bug(spoken):
    """A model that the client did not send is no fault of its body: 500, not 422."""
    assert client_of(misread).post(spoken.path).status_code == 500


def test_a_row_that_cannot_be_read_is_a_bug_in_our_own_api():
    """The same at our own addresses, and nobody says that nothing was charged."""
    answer = client_of(misread).get("/api/jobs")
    assert (answer.status_code, answer.json()["charged"]) == (500, "unknown")
