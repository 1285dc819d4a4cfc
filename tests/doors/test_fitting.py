"""A key with “fit into free” draws at every door what would cost something, and is told so."""

import base64
from dataclasses import replace
from urllib.parse import unquote

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from tests.doors.native.asking import body
from tests.doors.test_comfy_workflows import workflow
from tests.emulator.bodies import png

from novelai.cost import REFERENCE_ANLAS

DEAR = {"prompt": "a cat", "steps": 40, "width": 1024, "height": 1536}
SIZE = "1024x1536"
NOTES = (
    "Steps: 28 instead of 40, so that it is free.",
    "Size: 832x1216 instead of 1024x1536, so that it is free.",
)
PNG = base64.b64encode(png()).decode()
REFERENCE = {
    "director_reference_images": [PNG],
    "director_reference_descriptions": [{"caption": {"base_caption": "character"}}],
    "director_reference_information_extracted": [1],
    "director_reference_strength_values": [1],
    "director_reference_secondary_strength_values": [0],
}


def native(**changes):
    return body(**({"steps": 40, "width": 1024, "height": 1536} | changes))


def chat(client):
    turns = [{"role": "user", "content": "a cat"}]
    wish = {"model": "nai-diffusion-4-5-full", "messages": turns, "size": SIZE, "steps": 40}
    return client.post("/v1/chat/completions", json=wish)


def comfy(client):
    nodes = workflow(steps=40)
    nodes["5"]["inputs"] |= {"width": 1024, "height": 1536}
    answer = client.post("/prompt", json={"prompt": nodes})
    assert client.get(f"/api/jobs/{answer.json()['prompt_id']}/events").is_success
    return answer


DOORS = {
    "txt2img": lambda client: client.post("/sdapi/v1/txt2img", json=DEAR),
    "naifu": lambda client: client.post("/generate-stream", json=DEAR),
    "openai": lambda client: client.post(
        "/v1/images/generations", json={"prompt": "a cat", "size": SIZE, "steps": 40}
    ),
    "chat": chat,
    "comfyui": comfy,
    "nai2api": lambda client: client.post(
        "/nai2api/generate", json={"tag": "a cat", "steps": 40, "size": SIZE}
    ),
    "nai2api's address": lambda client: client.get(
        "/nai2api/generate", params={"tag": "a cat", "steps": 40, "size": SIZE}
    ),
    "native": lambda client: client.post("/ai/generate-image", json=native()),
    "native stream": lambda client: client.post("/ai/generate-image-stream", json=native()),
}


@pytest.fixture
def client(keyed):
    """A program whose key takes only what is free, and wants its orders to fit."""
    secret = keyed.make_key(free_only=True, fit_free=True)
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=60) as client:
        yield client


@pytest.mark.parametrize("door", DOORS)
def test_every_door_fits(client, seen, door):
    """What would be 402 is drawn for nothing, and the answer names each value that was changed."""
    answer = DOORS[door](client)
    assert answer.is_success, answer.text
    (sent,) = seen.bodies
    assert sent["parameters"]["steps"] == 28
    assert (sent["parameters"]["width"], sent["parameters"]["height"]) == (832, 1216)
    assert answer.headers.get("x-anlas-cost", "0") == "0"
    if door != "chat":
        told = unquote(answer.headers["x-novelai-notes"])
        assert all(note in told for note in NOTES)


def test_bots_are_told_in_the_document(client):
    """Nai2API's answers list the notes, too; an answer without any has no such member."""
    wish = {"tag": "a cat", "steps": 40, "size": "512x512"}
    assert client.post("/nai2api/generate", json=wish).json()["notes"] == [NOTES[0]]
    assert client.post("/nai2api/api/jobs", json=wish).json()["notes"] == [NOTES[0]]
    assert "notes" not in client.post("/nai2api/generate", json=wish | {"steps": 2}).json()


@pytest.mark.anyio
async def test_agents_are_told(keyed, seen):
    """MCP's tool draws, and says in a text what was changed."""
    secret = keyed.make_key(free_only=True, fit_free=True)
    async with httpx2.AsyncClient(
        headers={"Authorization": f"Bearer {secret}"}, timeout=60
    ) as http:
        way = streamable_http_client(f"{keyed.url}/mcp", http_client=http)
        async with Client(way) as agent:
            wish = {"prompt": "a cat", "size": "512x512", "steps": 40}
            drawn = await agent.call_tool("generate_image", wish)
    assert not drawn.is_error
    assert NOTES[0] in [one.text for one in drawn.content if one.type == "text"]
    assert seen.bodies[0]["parameters"]["steps"] == 28


def test_both_passes_of_a_hires_fix_fit(client, seen):
    """The second pass, too, and each note is said once."""
    wish = {"prompt": "a cat", "steps": 40, "width": 512, "height": 768, "n_iter": 2}
    wish |= {"enable_hr": True, "hr_scale": 2}
    answer = client.post("/sdapi/v1/txt2img", json=wish)
    assert answer.is_success, answer.text
    assert answer.headers["x-anlas-cost"] == "0"
    assert [sent["parameters"]["steps"] for sent in seen.bodies] == [28] * 4
    assert sorted(sent["parameters"]["width"] for sent in seen.bodies) == [512, 512, 832, 832]
    told = unquote(answer.headers["x-novelai-notes"])
    assert told.count(NOTES[0]) == told.count("Size: 832x1216 instead of 1024x1536") == 1


def test_a_native_body_loses_its_references(client, keyed, seen):
    """What a client says about pictures that are left out is left out with them."""
    wish = native(steps=4, width=512, height=512, **REFERENCE)
    answer = client.post("/ai/generate-image", json=wish)
    assert answer.is_success, answer.text
    sent = seen.bodies[0]["parameters"]
    assert not [value for name, value in sent.items() if "director_reference" in name and value]
    assert "Character references: none instead of 1" in unquote(answer.headers["x-novelai-notes"])
    # A key that may spend, and does not want it, still pays for the reference.
    paying = {"Authorization": f"Bearer {keyed.make_key()}"}
    dear = client.post("/ai/generate-image", json=wish | {"input": "a dog"}, headers=paying)
    assert dear.headers["x-anlas-cost"] == str(REFERENCE_ANLAS)
    assert len(seen.bodies[1]["parameters"]["director_reference_images"]) == 1


def test_what_is_never_free_is_refused(client, seen):
    """Enlarging costs on every account: that is 402 as before."""
    upscale = {"image": PNG, "upscaler_1": "NovelAI", "upscaling_resize": 2}
    refused = client.post("/sdapi/v1/extra-single-image", json=upscale)
    assert refused.status_code == 402
    assert "Nothing was sent or charged." in refused.json()["errors"]
    assert seen.paid == 0


def test_our_own_addresses_take_what_was_asked_for(client, seen):
    """Whoever uses the server's own API says what they want: there it is refused."""
    params = {"prompt": "a cat", "steps": 40}
    assert client.get("/generate", params=params).status_code == 402
    assert client.post("/api/jobs", json={"params": params}).status_code == 402
    assert seen.paid == 0


def test_the_same_address_before_and_after(keyed, seen):
    """A bot's address that was drawn before its key wanted this is drawn anew, not refused."""
    key, secret = keyed.make()
    headers = {"Authorization": f"Bearer {secret}"}
    params = {"tag": "a cat at night", "steps": 40, "size": "512x512"}
    address = f"{keyed.url}/nai2api/generate"
    first = httpx2.get(address, params=params, headers=headers, timeout=60)

    def fitting(limits):
        return replace(limits, fit_free=True)

    keyed.run(keyed.services.keys.change("local", key.id, fitting))
    then = httpx2.get(address, params=params, headers=headers, timeout=60)
    again = httpx2.get(address, params=params, headers=headers, timeout=60)
    assert (first.status_code, then.status_code) == (200, 200)
    assert then.headers["x-job-id"] == again.headers["x-job-id"] != first.headers["x-job-id"]
    assert seen.paid == 2
