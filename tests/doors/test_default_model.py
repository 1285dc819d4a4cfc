"""A key that may use one model draws with it at every door, without naming it."""

import base64
from io import BytesIO

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from PIL import Image
from tests.doors.native.asking import body

from novelai.server.keys.service import LOCAL
from novelai.server.model.key import Limits, default_model

ONLY = "nai-diffusion-4-5-curated"
USUAL = "nai-diffusion-4-5-full"
WISH = {"prompt": "a cat", "steps": 1}
SMALL = {"width": 512, "height": 512}
NODES = {
    "1": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 1,
            "steps": 1,
            "cfg": 5,
            "positive": "a cat",
            "latent_image": ["2", 0],
        },
    },
    "2": {"class_type": "EmptyLatentImage", "inputs": SMALL},
}
NOVELAI = {"1": {"class_type": "NovelAI", "inputs": WISH | {"size": "512x512"}}}


def unnamed(**changes):
    """A native body that names no model."""
    return {name: value for name, value in body(**changes).items() if name != "model"}


def link(client):
    wish = {"params": WISH | {"size": "512x512"}}
    written = client.post("/api/links", json=wish).json()["url"]
    return httpx2.get(written, timeout=60)


def chat(client):
    turns = [{"role": "user", "content": "a cat"}]
    return client.post("/v1/chat/completions", json={"model": "dall-e-3", "messages": turns})


def queue(client, workflow):
    """What happened to a workflow, when its job has ended."""
    job = client.post("/prompt", json={"prompt": workflow})
    assert job.is_success, job.text
    return client.get(f"/api/jobs/{job.json()['prompt_id']}/events")


def png():
    buffer = BytesIO()
    Image.new("RGB", (512, 512), "navy").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


DOORS = {
    "txt2img": lambda client: client.post("/sdapi/v1/txt2img", json=WISH | SMALL),
    "img2img": lambda client: client.post(
        "/sdapi/v1/img2img", json=WISH | SMALL | {"init_images": [png()]}
    ),
    "naifu": lambda client: client.post("/generate-stream", json=WISH | SMALL),
    "openai": lambda client: client.post("/v1/images/generations", json={"prompt": "a cat"}),
    "openai by another name": lambda client: client.post(
        "/v1/images/generations", json={"prompt": "a cat", "model": "gpt-image-1"}
    ),
    "chat": chat,
    "comfyui": lambda client: queue(client, NODES),
    "comfyui's own node": lambda client: queue(client, NOVELAI),
    "nai2api": lambda client: client.post("/nai2api/generate", json={"tag": "a cat", "steps": 1}),
    "nai2api's address": lambda client: client.get(
        "/nai2api/generate", params={"tag": "a cat", "steps": 1}
    ),
    "native": lambda client: client.post("/ai/generate-image", json=unnamed(steps=1)),
    "GET /generate": lambda client: client.get("/generate", params=WISH),
    "link": link,
    "/api/jobs": lambda client: client.post(
        "/api/jobs", json={"params": WISH}, headers={"Prefer": "wait=60"}
    ),
}


@pytest.fixture
def client(keyed):
    """A program whose key may use one model, which is not the usual one."""
    headers = {"Authorization": f"Bearer {keyed.make_key(models=(ONLY,))}"}
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=60) as client:
        yield client


@pytest.mark.parametrize("door", DOORS)
def test_every_door_draws_with_the_model_of_the_key(client, seen, door):
    """Who names no model gets the picture from the one that the key may use."""
    answer = DOORS[door](client)
    assert answer.is_success, answer.text
    assert {sent["model"] for sent in seen.bodies} == {ONLY}


@pytest.mark.anyio
async def test_mcp_draws_with_the_model_of_the_key(keyed, seen):
    """A tool without a model draws with the key's, prices it, and the list tells which it is."""
    secret = keyed.make_key(models=(ONLY,))
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        way = streamable_http_client(f"{keyed.url}/mcp", http_client=http)
        async with Client(way) as agent:
            drawn = await agent.call_tool("generate_image", {"prompt": "a cat", "size": "512x512"})
            priced = await agent.call_tool("estimate_cost", {})
            listed = await agent.call_tool("list_models", {})
    assert not drawn.is_error
    assert not priced.is_error
    assert [sent["model"] for sent in seen.bodies] == [ONLY]
    text = listed.content[0].text
    assert f"Without a model: {ONLY}" in text
    assert USUAL not in text


def test_lists_and_options_name_what_the_key_may_use(client):
    """What is offered, and what is chosen already, can be drawn with."""
    options = client.get("/sdapi/v1/options").json()
    assert options["sd_model_checkpoint"] == ONLY
    assert [one["title"] for one in client.get("/sdapi/v1/sd-models").json()] == [ONLY]
    assert client.get("/").json()["model"] == ONLY
    nodes = client.get("/object_info").json()
    assert nodes["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"] == [[ONLY]]
    models = [one["id"] for one in client.get("/v1/models").json()["data"]]
    assert models[0] == ONLY
    assert "gpt-image-1" in models
    assert USUAL not in models
    catalogue = client.get("/api/models").json()
    assert (catalogue["default"], [one["id"] for one in catalogue["models"]]) == (ONLY, [ONLY])
    assert client.get("/api/start").json()["models"] == catalogue
    assert client.get("/api/cost", params=WISH).is_success


@pytest.mark.parametrize("models", [("glm-4-6",), ("nai-diffusion-9-full", ONLY)])
def test_a_form_always_has_something_to_choose(keyed, models):
    """Whatever a key may use, the model that a form begins with is one of those that it shows."""
    headers = {"Authorization": f"Bearer {keyed.make_key(models=models)}"}
    shown = httpx2.get(f"{keyed.url}/api/models", headers=headers).json()
    assert shown["default"] in [one["id"] for one in shown["models"]]


def test_a_forbidden_option_is_refused_aloud(client, seen):
    """A model that the key may not use is not stored, and the client is told so."""
    refused = client.post("/sdapi/v1/options", json={"sd_model_checkpoint": USUAL})
    assert refused.status_code == 403
    assert USUAL in refused.json()["detail"]
    assert ONLY in refused.json()["detail"]
    assert client.get("/sdapi/v1/options").json()["sd_model_checkpoint"] == ONLY
    assert client.post("/sdapi/v1/options", json={"sd_model_checkpoint": ONLY}).is_success
    named = WISH | {"override_settings": {"sd_model_checkpoint": USUAL}}
    assert client.post("/sdapi/v1/txt2img", json=named).status_code == 403
    assert seen.paid == 0


def test_a_choice_that_was_taken_away_counts_no_more(keyed, seen):
    """A model that was chosen before the key was limited gives way to one that it may use."""
    key, secret = keyed.make()
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=60) as client:
        client.post("/sdapi/v1/options", json={"sd_model_checkpoint": "nai-diffusion-3"})
        keyed.run(keyed.services.keys.limit(LOCAL, key.id, Limits(models=(ONLY,))))
        assert client.get("/sdapi/v1/options").json()["sd_model_checkpoint"] == ONLY
        assert client.post("/sdapi/v1/txt2img", json=WISH | SMALL).is_success
    assert [sent["model"] for sent in seen.bodies] == [ONLY]


def test_a_link_keeps_its_picture_when_the_key_is_limited(keyed, seen):
    """A link that was looked at shows the same picture, whatever its key may draw with now."""
    key, secret = keyed.make()
    wish = {"params": WISH | {"size": "512x512"}}
    headers = {"Authorization": f"Bearer {secret}"}
    url = httpx2.post(f"{keyed.url}/api/links", json=wish, headers=headers).json()["url"]
    first = httpx2.get(url, timeout=60)
    keyed.run(keyed.services.keys.limit(LOCAL, key.id, Limits(models=(ONLY,))))
    assert httpx2.get(url, timeout=60).content == first.content
    assert seen.paid == 1


def test_enlarging_chooses_no_model(client, seen):
    """Like a director tool, the one way to enlarge is no model that a key must name."""
    wish = {"image": png(), "upscaler_1": "NovelAI", "upscaling_resize": 2}
    assert client.post("/sdapi/v1/extra-single-image", json=wish).is_success
    assert seen.paid == 1


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (None, USUAL),
        (("nai-diffusion-3", USUAL), USUAL),
        (("nai-diffusion-3", "nai-diffusion-4-full"), "nai-diffusion-3"),
        (("glm-4-6", "nai-diffusion-3"), "nai-diffusion-3"),
        (("nai-diffusion-9-full",), "nai-diffusion-9-full"),
        (("glm-4-6",), USUAL),
        ((), USUAL),
    ],
)
def test_the_model_of_who_names_none(keyed, models, expected):
    """NovelAI's default where it is allowed, otherwise the first picture model of the key."""
    key, _ = keyed.make(models=models)
    assert default_model(key) == expected
