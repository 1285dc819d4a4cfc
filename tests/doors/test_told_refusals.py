"""Why something was refused is logged once, and can be looked up by whose key it is."""

import logging

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from tests.doors.native.asking import body
from tests.doors.spoken import SPOKEN
from tests.doors.test_comfy_workflows import workflow
from tests.emulator.waiting import until

SECRET_PROMPT = "qqprivatewordqq"
LOGGER = "novelai.server.refusals"

every_that_takes_orders = pytest.mark.parametrize(
    "spoken", [one for one in SPOKEN if one.costly], ids=lambda one: one.name
)

WRONG = {
    "a1111": ("/sdapi/v1/txt2img", {"prompt": SECRET_PROMPT, "steps": SECRET_PROMPT}),
    "a1111, a list": ("/sdapi/v1/txt2img", {"prompt": [SECRET_PROMPT]}),
    "a1111, the model": ("/sdapi/v1/txt2img", {"prompt": "x", "sampler_name": SECRET_PROMPT * 4}),
    "naifu": ("/generate-stream", {"prompt": SECRET_PROMPT, "n_samples": SECRET_PROMPT}),
    "native": ("/ai/generate-image", body(SECRET_PROMPT, steps=[SECRET_PROMPT])),
    "native, the action": ("/ai/generate-image", body("x") | {"action": SECRET_PROMPT}),
    "nai2api": ("/nai2api/api/jobs", {"tag": SECRET_PROMPT, "steps": SECRET_PROMPT}),
    "comfy": ("/prompt", {"prompt": workflow(steps=SECRET_PROMPT)}),
    "openai": ("/v1/images/generations", {"prompt": SECRET_PROMPT, "n": SECRET_PROMPT}),
    "chat": ("/v1/chat/completions", {"messages": SECRET_PROMPT}),
    "own": ("/api/jobs", {"params": {"prompt": SECRET_PROMPT, "steps": SECRET_PROMPT}}),
    "own, no list": ("/api/jobs", {"params": SECRET_PROMPT}),
}


@pytest.fixture
def told(caplog):
    """The lines about refusals."""
    caplog.set_level(logging.INFO, LOGGER)
    return lambda: [one.getMessage() for one in caplog.records if one.name == LOGGER]


def refusals(keyed, secret):
    """What a key is told of its own."""
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx2.get(f"{keyed.url}/api/refusals", headers=headers).json()["refusals"]


@every_that_takes_orders
def test_a_refusal_is_logged_and_kept(keyed, seen, told, spoken):
    """Method, address, status, code and sentence; the same once more is counted."""
    secret = keyed.make_key(free_only=True)
    headers = {"Authorization": f"Bearer {secret}"}
    for times in (1, 2):
        answer = httpx2.post(keyed.url + spoken.path, json=spoken.costly, headers=headers)
        assert answer.status_code == 402
        until(lambda times=times: [one["times"] for one in refusals(keyed, secret)] == [times])
    (kept,) = refusals(keyed, secret)
    assert (kept["status"], kept["code"]) == (402, "free_only")
    route = spoken.path.removeprefix("/native")  # as it was declared, without what stands before
    assert kept["request"] == f"POST {route}"
    assert kept["detail"].startswith("This costs ")
    assert told() == [f"Refused POST {route}: 402 free_only: {kept['detail']}"] * 2
    assert seen.paid == 0


@pytest.mark.parametrize("case", WRONG)
def test_no_text_of_people_is_in_it(keyed, seen, told, case):
    """Wrong values are named by their fields; no prompt and no secret is logged or kept."""
    path, document = WRONG[case]
    secret = keyed.make_key()
    headers = {"Authorization": f"Bearer {secret}"}
    answer = httpx2.post(keyed.url + path, json=document, headers=headers)
    assert answer.is_client_error, answer.text
    until(lambda: refusals(keyed, secret))
    assert len(told()) == 1
    written = f"{told()}{refusals(keyed, secret)}"
    assert SECRET_PROMPT not in written
    assert secret not in written
    assert seen.paid == 0


def test_who_is_not_known_is_only_logged(keyed, told):
    """A wrong key is nobody's; it does not appear in the line."""
    wrong = {"Authorization": "Bearer nvs_wrongwrongwrong"}
    httpx2.post(f"{keyed.url}/sdapi/v1/txt2img", json={}, headers=wrong)
    httpx2.get(f"{keyed.url}/api/images", headers={"Origin": "https://evil.example"})
    until(lambda: len(told()) == 2)
    assert "401 unauthenticated" in told()[0]
    assert "403 foreign_site" in told()[1]
    assert "wrongwrong" not in told()[0]


def test_a_link_tells_the_key_behind_it(keyed, told):
    """What a link is refused belongs to the key that wrote it."""
    secret = keyed.make_key(free_only=True)
    headers = {"Authorization": f"Bearer {secret}"}
    wish = {"params": {"prompt": SECRET_PROMPT, "steps": 40}}
    url = httpx2.post(f"{keyed.url}/api/links", json=wish, headers=headers).json()["url"]
    assert httpx2.get(url, headers={"Accept": "image/*"}).status_code == 402
    until(lambda: refusals(keyed, secret))
    (kept,) = refusals(keyed, secret)
    assert (kept["request"], kept["code"]) == ("GET /generate", "free_only")
    assert SECRET_PROMPT not in "".join(told())


@pytest.mark.anyio
async def test_a_tool_tells_it_too(keyed, seen):
    """What MCP words as the error of a tool is kept under its code."""
    secret = keyed.make_key(free_only=True)
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {secret}"}) as http:
        way = streamable_http_client(f"{keyed.url}/mcp", http_client=http)
        async with Client(way) as agent:
            drawn = await agent.call_tool("generate_image", {"prompt": "a cat", "steps": 40})
    assert drawn.is_error
    until(lambda: refusals(keyed, secret))
    assert [one["code"] for one in refusals(keyed, secret)] == ["free_only"]
    assert seen.paid == 0
