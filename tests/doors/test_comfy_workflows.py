"""Clients with a ComfyUI workflow queue it, follow it and fetch the picture."""

import base64
import time
from io import BytesIO

import httpx2
import pytest
from PIL import Image


@pytest.fixture
def client(server):
    with httpx2.Client(base_url=server, timeout=60) as client:
        yield client


def workflow(**sampler):
    """ComfyUI's default workflow."""
    return {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 5, "steps": 2, "cfg": 6, "sampler_name": "euler_ancestral",
                "scheduler": "normal", "denoise": 1, "model": ["4", 0], "positive": ["6", 0],
                "negative": ["7", 0], "latent_image": ["5", 0], **sampler,
            },
        },
        "4": {
            "class_type": "CheckpointLoaderSimple",
            "inputs": {"ckpt_name": "nai-diffusion-4-5-curated"},
        },
        "5": {
            "class_type": "EmptyLatentImage",
            "inputs": {"width": 128, "height": 192, "batch_size": 1},
        },
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a (cat:1.2)", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "rain", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["8", 0]}},
    }  # fmt: skip


def ended(client, prompt_id: str):
    """The entry of history, which clients ask for until it is there."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        history = client.get("/history").json()
        if prompt_id in history:
            assert client.get(f"/history/{prompt_id}").json() == {prompt_id: history[prompt_id]}
            return history[prompt_id]
        time.sleep(0.02)
    raise AssertionError("it did not end")


def test_sillytavern(client, seen):
    """SillyTavern lists what there is, queues its workflow, and takes the first picture."""
    assert client.get("/system_stats").status_code == 200
    nodes = client.get("/object_info").json()
    names = nodes["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0]
    assert "nai-diffusion-4-5-full" in names
    sampler = nodes["KSampler"]["input"]["required"]
    assert "euler_ancestral" in sampler["sampler_name"][0]
    assert "karras" in sampler["scheduler"][0]
    assert nodes["VAELoader"]["input"]["required"]["vae_name"][0] == []
    answer = client.post("/prompt", json={"prompt": workflow(), "client_id": "x"})
    entry = ended(client, answer.json()["prompt_id"])
    assert entry["status"]["status_str"] == "success"
    (image,) = [one for node in entry["outputs"].values() for one in node["images"]]
    picture = client.get("/view", params=image)
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(picture.content)).size == (128, 192)
    (sent,) = seen.bodies
    assert sent["model"] == "nai-diffusion-4-5-curated"
    assert sent["input"].startswith("a 1.2::cat::")
    assert (sent["parameters"]["seed"], sent["parameters"]["scale"]) == (5, 6)


def test_a_novelai_node(client, seen):
    """A single node holds NovelAI's own parameters."""
    inputs = {"prompt": ["2", 0], "size": "128x128", "steps": 2, "variety_boost": True}
    graph = {
        "1": {"class_type": "NovelAI", "inputs": inputs | {"negative_prompt": ["3", 0]}},
        "2": {"class_type": "PrimitiveString", "inputs": {"value": "a dog"}},
        "3": {"class_type": "PrimitiveString", "inputs": {"value": ""}},
    }
    prompt_id = client.post("/prompt", json={"prompt": graph}).json()["prompt_id"]
    assert ended(client, prompt_id)["status"]["completed"]
    assert seen.bodies[0]["input"].startswith("a dog")


def test_what_is_taken_otherwise_is_told(client, seen):
    """Differences are told when a prompt is queued, and with its outputs; nothing costs more."""
    graph = workflow(steps=99, cfg=30, scheduler="beta", sampler_name="heun", denoise=0.5)
    graph["5"]["inputs"] |= {"width": 100, "height": 200}
    graph["10"] = {
        "class_type": "LoraLoader",
        "inputs": {"lora_name": "x", "model": ["4", 0], "clip": ["4", 1]},
    }
    graph["3"]["inputs"]["model"] = ["10", 0]
    answer = client.post("/prompt", json={"prompt": graph}).json()
    for field in ("steps 99", "cfg 30", "scheduler beta", "sampler_name heun", "denoise 0.5",
                  "width and height 100x200", "LoraLoader (node 10)"):  # fmt: skip
        assert [note for note in answer["notes"] if note.startswith(field)], field
    entry = ended(client, answer["prompt_id"])
    assert entry["outputs"]["9"]["text"] == answer["notes"]
    (sent,) = seen.bodies
    assert sent["parameters"]["steps"] == 50
    assert (sent["parameters"]["width"], sent["parameters"]["height"]) == (128, 192)


def test_what_is_as_asked_has_no_notes(client):
    """Without a difference there is no note."""
    answer = client.post("/prompt", json={"prompt": workflow(scheduler="karras")}).json()
    assert "notes" not in answer
    assert set(ended(client, answer["prompt_id"])["outputs"]["9"]) == {"images"}


def test_a_batch(client, seen):
    """A batch is as many pictures as it says, at the place of its node."""
    graph = workflow()
    graph["5"]["inputs"]["batch_size"] = 3
    entry = ended(client, client.post("/prompt", json={"prompt": graph}).json()["prompt_id"])
    names = [one["filename"] for one in entry["outputs"]["9"]["images"]]
    assert len(set(names)) == 3
    for name in names:
        assert client.get("/view", params={"filename": name}).status_code == 200
    assert [body["parameters"]["n_samples"] for body in seen.bodies] == [3]


PROGRAMS = [
    {"User-Agent": "node-fetch", "Accept": "*/*"},
    {"User-Agent": "Mozilla/5.0", "Accept": "*/*"},
    {"User-Agent": "python-requests/2", "Accept": "application/json, */*"},
    {"Accept": ""},
    {},
]
BROWSERS = [
    {"Accept": "text/html"},
    {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "User-Agent": "node-fetch"},
]


@pytest.mark.parametrize("headers", PROGRAMS)
@pytest.mark.parametrize(("path", "member"), [("/queue", "queue_running"), ("/", "model")])
def test_a_program_gets_json_where_the_page_is_too(client, headers, path, member):
    """Where the page and programs share an address, whoever does not name HTML gets JSON."""
    request = client.build_request("GET", path, headers=headers)
    if "Accept" not in headers:
        del request.headers["Accept"]
    assert member in client.send(request).json()


@pytest.mark.parametrize("headers", BROWSERS)
@pytest.mark.parametrize("path", ["/queue", "/"])
def test_a_browser_gets_the_page(client, headers, path):
    """Whoever names HTML gets the page, whatever it calls itself."""
    answer = client.get(path, headers=headers)
    assert answer.headers["content-type"].startswith("text/html")


def test_the_queue(client):
    """What waits is listed and can be taken back."""
    assert client.get("/queue").json() == {"queue_running": [], "queue_pending": []}
    assert client.get("/prompt").json() == {"exec_info": {"queue_remaining": 0}}
    assert client.post("/interrupt").status_code == 200
    assert client.post("/queue", json={"clear": True}).status_code == 200


@pytest.mark.parametrize("name", ["", "x.png", "job_x-0.png", "../../etc/passwd", "job_-9.png"])
def test_no_other_file_is_shown(client, name):
    """``/view`` shows pictures of jobs, and no file."""
    assert client.get("/view", params={"filename": name, "type": "output"}).status_code == 404


def test_naifu(client, seen):
    """A naifu client gets each picture as an event."""
    body = {"prompt": "a cat", "uc": "rain", "width": 128, "height": 128, "steps": 2, "scale": 5}
    body |= {"sampler": "k_euler_ancestral", "seed": 9, "n_samples": 1, "ucPreset": 0}
    answer = client.post("/generate-stream", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    event, number, data = answer.text.strip().split("\n")
    assert (event, number) == ("event: newImage", "id: 1")
    picture = base64.b64decode(data.removeprefix("data:"))
    assert Image.open(BytesIO(picture)).size == (128, 128)
    assert seen.paid == 1
    refused = client.post("/generate-stream", json=body | {"n_samples": 1000})
    assert refused.status_code == 422
    assert seen.paid == 1
