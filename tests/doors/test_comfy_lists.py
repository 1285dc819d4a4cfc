"""ComfyUI's clients ask what there is before they draw."""

import httpx2
import pytest
from tests.doors.test_comfy_workflows import ended, workflow


@pytest.fixture
def client(server):
    with httpx2.Client(base_url=server, timeout=60) as client:
        yield client


def test_nodes_are_whole(client):
    """Each node is described as ComfyUI describes it, also alone."""
    nodes = client.get("/object_info").json()
    members = {
        "input", "input_order", "output", "output_is_list", "output_name", "name",
        "display_name", "description", "python_module", "category", "output_node",
    }  # fmt: skip
    for name, node in nodes.items():
        assert set(node) == members
        assert node["name"] == name
        assert len(node["output"]) == len(node["output_is_list"]) == len(node["output_name"])
        for kind, inputs in node["input"].items():
            assert node["input_order"][kind] == list(inputs)
        assert client.get(f"/object_info/{name}").json() == {name: node}
    assert {name for name, node in nodes.items() if node["output_node"]} == {
        "SaveImage", "PreviewImage", "SaveImageWebsocket",
    }  # fmt: skip
    assert client.get("/object_info/Foo").json() == {}


def test_folders_of_models(client):
    """Every folder that is listed can be read; NovelAI's models are checkpoints."""
    folders = client.get("/models").json()
    assert {"checkpoints", "configs", "controlnet", "loras", "vae"} <= set(folders)
    found = {folder: client.get(f"/models/{folder}").json() for folder in folders}
    assert "nai-diffusion-4-5-full" in found["checkpoints"]
    assert found["loras"] == []
    missing = client.get("/models/nowhere")
    assert missing.status_code == 404
    assert missing.json()["error"]["type"] == "not_found"


def test_small_lists(client):
    """What is not here is an empty list."""
    assert client.get("/embeddings").json() == []
    assert client.get("/extensions").json() == []
    assert client.get("/features").json()["supports_preview_metadata"] is True
    assert client.get("/system_stats").json()["devices"][0]["type"]
    assert client.post("/free", json={"unload_models": True}).status_code == 200
    assert client.post("/history", json={"clear": True}).status_code == 200


def test_below_api(client, seen):
    """Every address works with /api before it, as at ComfyUI; what is ours there stays ours."""
    answer = client.post("/api/prompt", json={"prompt": workflow()})
    entry = ended(client, answer.json()["prompt_id"])
    image = entry["outputs"]["9"]["images"][0]
    assert client.get("/api/view", params=image).headers["content-type"] == "image/png"
    assert answer.json()["prompt_id"] in client.get("/api/history").json()
    assert "queue_running" in client.get("/api/queue").json()
    assert "KSampler" in client.get("/api/object_info").json()
    assert client.get("/api/models/vae").json() == []
    assert client.get("/api/embeddings").json() == []
    assert isinstance(client.get("/api/models").json(), dict)
    refused = client.post("/api/prompt", json={"prompt": {}})
    assert refused.json()["error"]["type"] == "prompt_no_outputs"
    assert client.get("/api/nowhere").headers["content-type"] == "application/problem+json"
    assert seen.paid == 1


def test_history_by_number(client):
    """A client may ask for the newest entries only."""
    first, second = (
        client.post("/prompt", json={"prompt": workflow(seed=seed)}).json()["prompt_id"]
        for seed in (1, 2)
    )
    ended(client, first)
    ended(client, second)
    assert list(client.get("/history", params={"max_items": 1}).json()) == [second]


def test_an_interrupt_by_name(keyed, seen):
    """Who names a prompt takes back that one only."""
    key, secret = keyed.make()
    keyed.run(keyed.services.queue.pause(key, paused=True))
    headers = {"Authorization": f"Bearer {secret}"}
    try:
        with httpx2.Client(base_url=keyed.url, headers=headers) as client:
            ids = [
                client.post("/prompt", json={"prompt": workflow(seed=seed)}).json()["prompt_id"]
                for seed in (1, 2)
            ]
            client.post("/interrupt", json={"prompt_id": ids[0]})
            waiting = client.get("/queue").json()["queue_pending"]
            assert [row[1] for row in waiting] == ids[1:]
            client.post("/queue", json={"clear": True})
    finally:
        keyed.run(keyed.services.queue.pause(key, paused=False))
    assert seen.paid == 0
