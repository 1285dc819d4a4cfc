"""What the server refuses in front of a door is told in the words of the dialect that asked."""

import json
from itertools import pairwise

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from tests.doors.serving import serving, settings_for
from tests.doors.spoken import SPOKEN

from novelai.server.compat.dialects import DIALECTS
from novelai.server.compat.error_middleware import DialectFront
from novelai.server.model.problems import ProblemError, problem_answer

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


def called(app, path: str, *, method: str = "POST"):
    """What an application sends for a request, and what it raised."""
    sent: list = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    raised = None
    try:
        app(scope, receive, send).send(None)
    except StopIteration:
        pass
    except ZeroDivisionError as error:
        raised = error
    return sent, raised


@every
def test_a_bug_is_told_in_its_words(spoken):
    """An error that nobody foresaw is 500 in its words, and goes on to where it is logged."""

    async def broken(_scope, _receive, _send):
        raise ZeroDivisionError

    sent, raised = called(DialectFront(broken, dialects=DIALECTS), spoken.path)
    assert isinstance(raised, ZeroDivisionError)
    assert sent[0]["status"] == 500
    told = spoken.sentence(500, json.loads(sent[1]["body"]))
    assert "gallery" in told
    if spoken.name == "openai":
        assert (b"x-should-retry", b"false") in sent[0]["headers"]


def test_a_bug_in_the_middle_of_an_answer():
    """An answer that has begun is not begun again."""

    async def broken(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    sent, raised = called(DialectFront(broken, dialects=DIALECTS), "/v1/models")
    assert isinstance(raised, ZeroDivisionError)
    assert [one["type"] for one in sent] == ["http.response.start"]


@given(st.lists(st.integers(0, 400), max_size=5))
def test_a_refusal_in_pieces(cuts):
    """However a refusal is cut on its way, it arrives whole, with the headers it had."""
    problem = ProblemError(429, "too_fast", "Wait. Nothing was sent or charged.", retry_after=7)
    answer = problem_answer(problem)
    places = [0, *sorted(min(cut, len(answer.body)) for cut in cuts), len(answer.body)]

    async def cut(_scope, _receive, send):
        start = {"type": "http.response.start", "status": 429, "headers": answer.raw_headers}
        await send(start)
        for begin, end in pairwise(places):
            piece = {"type": "http.response.body", "body": answer.body[begin:end]}
            await send(piece | {"more_body": True})
        await send({"type": "http.response.body", "body": b""})

    sent, _ = called(DialectFront(cut, dialects=DIALECTS), "/ai/generate-image")
    assert len(sent) == 2
    headers = dict(sent[0]["headers"])
    assert headers[b"retry-after"] == b"7"
    assert int(headers[b"content-length"]) == len(sent[1]["body"])
    assert json.loads(sent[1]["body"]) == {"statusCode": 429, "message": problem.detail}


def test_other_answers_pass_untouched():
    """What is no problem document is none of this."""
    plain = PlainTextResponse("a cat")
    sent, _ = called(DialectFront(plain, dialects=DIALECTS), "/sdapi/v1/options", method="GET")
    assert sent[1]["body"] == b"a cat"
