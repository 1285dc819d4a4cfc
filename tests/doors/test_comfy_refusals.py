"""What a workflow asks for and cannot have is refused as ComfyUI refuses it, and costs nothing."""

import json

import httpx2
import pytest
from tests.doors.test_comfy_workflows import workflow

ANYTHING = object()


@pytest.fixture
def client(server):
    with httpx2.Client(base_url=server, timeout=60) as client:
        yield client


def latent(**inputs):
    """The default workflow with another size."""
    graph = workflow()
    graph["5"]["inputs"] |= inputs
    return graph


def with_node(kind, inputs, **sampler):
    """The default workflow with one node more."""
    return {**workflow(**sampler), "50": {"class_type": kind, "inputs": inputs}}


def prompt_text(text):
    graph = workflow()
    graph["6"]["inputs"]["text"] = text
    return graph


CONTROL = {"positive": ["6", 0], "control_net": ["51", 0], "image": ["52", 0], "strength": 1}
LOOP = {**workflow(), "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["61", 0]}},
        "61": {"class_type": "PrimitiveString", "inputs": {"value": ["6", 0]}}}  # fmt: skip


@pytest.mark.parametrize(
    ("graph", "kind", "told"),
    [
        (None, "no_prompt", "No prompt"),
        ([], "invalid_prompt", "API format"),
        ("x", "invalid_prompt", "API format"),
        ({}, "prompt_no_outputs", "has 0 KSampler"),
        ({"1": 5}, "missing_node_type", "class_type"),
        ({"1": {"inputs": {}}}, "missing_node_type", "class_type"),
        ({"nodes": [], "links": []}, "missing_node_type", "API format"),
        (with_node("Foo", {}), "missing_node_type", "'Foo' not found"),
        (with_node("Foo", {"text": ["6", 0]}), "missing_node_type", "'Foo' not found"),
    ],
)
def test_what_is_no_workflow(client, seen, graph, kind, told):
    """The whole is refused by the kind of error that ComfyUI has for it."""
    answer = client.post("/prompt", json={"prompt": graph})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"type", "message", "details", "extra_info"}
    assert error["type"] == kind
    assert told in error["message"]
    assert "Nothing was sent or charged" in error["message"]
    assert answer.json()["node_errors"] == {}
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("graph", "node", "field", "kind"),
    [
        (workflow(steps=-5), "3", "steps", "value_smaller_than_min"),
        (workflow(steps=10**6), "3", "steps", "value_bigger_than_max"),
        (workflow(steps="many"), "3", "steps", "invalid_input_type"),
        (workflow(steps=None), "3", "steps", "invalid_input_type"),
        (workflow(steps={}), "3", "steps", "invalid_input_type"),
        (workflow(steps=float("nan")), "3", "steps", "invalid_input_type"),
        (workflow(cfg=float("nan")), "3", "cfg", "invalid_input_type"),
        (workflow(cfg=float("inf")), "3", "cfg", "invalid_input_type"),
        (workflow(cfg=-1), "3", "cfg", "value_smaller_than_min"),
        (workflow(seed=-1), "3", "seed", "value_smaller_than_min"),
        (workflow(seed=2**64), "3", "seed", "value_bigger_than_max"),
        (workflow(sampler_name="nonsense"), "3", "sampler_name", "value_not_in_list"),
        (workflow(latent_image=["77", 0]), "3", "latent_image", "bad_linked_input"),
        (workflow(latent_image=["5"]), "3", "latent_image", "bad_linked_input"),
        (workflow(latent_image=["6", 0]), "3", "latent_image", "custom_validation_failed"),
        (workflow(positive=["4", 0]), "4", "text", "custom_validation_failed"),
        (workflow(positive=["3", 0]), "3", ANYTHING, "dependency_cycle"),
        (LOOP, "6", ANYTHING, "dependency_cycle"),
        (prompt_text(""), "6", "text", "custom_validation_failed"),
        (prompt_text("  "), "6", "text", "custom_validation_failed"),
        (prompt_text("cat " * 20_000), "3", "positive", "custom_validation_failed"),
        (latent(batch_size=100), "5", "batch_size", "value_bigger_than_max"),
        (latent(batch_size=0), "5", "batch_size", "value_smaller_than_min"),
        (latent(width=0), "5", "width", "value_smaller_than_min"),
        (latent(height=10**9), "5", "height", "value_bigger_than_max"),
        ({**workflow(), "30": workflow()["3"],
          "31": {"class_type": "SaveImage", "inputs": {"images": ["30", 0]}}},
         "30", "class_type", "custom_validation_failed"),
        (with_node("ControlNetApply", CONTROL, positive=["50", 0]), "50", ANYTHING, ANYTHING),
        (with_node("VAEEncode", {"pixels": ["52", 0]}, latent_image=["50", 0]),
         "50", ANYTHING, ANYTHING),
        ({"1": {"class_type": "NovelAI", "inputs": {"prompt": "a", "n": 3}}},
         "1", "n", "custom_validation_failed"),
    ],
)  # fmt: skip
def test_what_a_node_cannot_have(client, seen, graph, node, field, kind):
    """A value is refused by node and input, with ComfyUI's kind of error, and in a sentence."""
    answer = client.post("/prompt", content=json.dumps({"prompt": graph}))
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["error"]["type"] == "prompt_outputs_failed_validation"
    assert "Nothing was sent or charged" in body["error"]["message"]
    entry = body["node_errors"][node]
    assert entry["class_type"] == graph[node]["class_type"]
    assert isinstance(entry["dependent_outputs"], list)
    (error,) = entry["errors"]
    assert set(error) == {"type", "message", "details", "extra_info"}
    assert kind in (ANYTHING, error["type"])
    assert field in (ANYTHING, error["extra_info"].get("input_name"))
    assert seen.paid == 0


def test_an_unknown_checkpoint(client, seen):
    """A model of another maker is refused with the names of those there are."""
    graph = workflow()
    graph["4"]["inputs"]["ckpt_name"] = "v1-5-pruned-emaonly.safetensors"
    body = client.post("/prompt", json={"prompt": graph}).json()
    (error,) = body["node_errors"]["4"]["errors"]
    assert error["type"] == "value_not_in_list"
    assert "nai-diffusion-4-5-full" in body["error"]["message"]
    assert seen.paid == 0


def test_no_checkpoint(client):
    """A client that names none gets the key's model, and is told so."""
    graph = workflow()
    graph["4"]["inputs"]["ckpt_name"] = ""
    notes = client.post("/prompt", json={"prompt": graph}).json()["notes"]
    assert any(note.startswith("ckpt_name was empty: nai-diffusion") for note in notes)


def test_a_text_is_not_repeated(client):
    """What was typed where it does not belong may be a prompt: it is not told."""
    secret = "what nobody else may read"
    for graph in (
        workflow(steps=secret),
        workflow(sampler_name=secret),
        prompt_text(secret * 3000),
    ):
        assert "nobody else" not in client.post("/prompt", json={"prompt": graph}).text


def test_what_is_no_picture_is_not_taken(client, seen):
    """Uploads that are none are refused in ComfyUI's shape."""
    for path in ("/upload/image", "/upload/mask", "/api/upload/image"):
        for files in ({"image": ("a.png", b"x", "image/png")}, {"other": ("a.png", b"x")}):
            answer = client.post(path, files=files)
            assert answer.status_code in (400, 422)
            assert "Nothing was sent or charged" in answer.json()["error"]["message"]
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ({"free_only": True}, 402),
        ({"models": ["nai-diffusion-3"]}, 403),
        ({"scopes": ("read",)}, 403),
    ],
)
def test_limits_of_a_key(keyed, seen, limits, status):
    """What a key may not do is refused in ComfyUI's shape, and costs nothing."""
    headers = {"Authorization": f"Bearer {keyed.make_key(**limits)}"}
    graph = latent(batch_size=4)
    with httpx2.Client(base_url=keyed.url, headers=headers) as client:
        answer = client.post("/prompt", json={"prompt": graph})
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"type", "message", "details", "extra_info"}
    assert answer.json()["node_errors"] == {}
    assert seen.paid == 0


@pytest.mark.parametrize(
    "path", ["/prompt", "/object_info", "/models", "/features", "/api/history"]
)
def test_without_a_key(keyed, path):
    """A missing key is told in ComfyUI's shape, at every address."""
    answer = httpx2.get(f"{keyed.url}{path}")
    assert answer.status_code == 401
    assert answer.json()["error"]["message"]
