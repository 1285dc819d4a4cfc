"""Bots of Nai2API's dialect send what they always send, and find what they always read."""

import base64
import time
from io import BytesIO

import httpx2
import pytest
from PIL import Image
from tests.doors.test_a1111_pictures import encoded, half, plain

WISH = {"tag": "1girl, hat", "size": "128x128", "steps": 2}


@pytest.fixture
def token(keyed):
    return keyed.make_key()


@pytest.fixture
def client(keyed):
    with httpx2.Client(base_url=f"{keyed.url}/nai2api", timeout=60) as client:
        yield client


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def finished(client, job_id: str, token: str):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = client.get(f"/api/jobs/{job_id}", params={"token": token}).json()
        if found["status"] in ("done", "failed"):
            return found
        time.sleep(0.02)
    raise AssertionError("it did not end")


def test_an_astrbot_plugin(client, token, seen):
    """The token is in the body and a header; the job is followed, its picture fetched."""
    body = {
        "token": token, "tag": "1girl, hat", "model": "nai-diffusion-4-5-full",
        "artist": "artist:someone", "size": "竖图", "cost": 0, "steps": 2, "scale": 6, "cfg": 0.1,
        "sampler": "k_euler_ancestral", "negative": "lowres", "nocache": 1,
        "noise_schedule": "karras",
    }  # fmt: skip
    answer = client.post("/api/jobs", json=body, headers={"x-user-token": token})
    assert answer.status_code == 200
    told = answer.json()
    assert told["status"] in ("queued", "running")
    assert told["queuedCount"] >= 0
    found = finished(client, told["id"], token)
    assert (found["status"], found["error"]) == ("done", None)
    assert found["imageUrl"].startswith("http")
    assert token not in found["imageUrl"]
    assert opened(httpx2.get(found["imageUrl"]).content).size == (832, 1216)
    path = f"/api/images/{told['id']}/content"
    assert opened(client.get(path, headers={"x-user-token": token}).content).size == (832, 1216)
    (sent,) = seen.bodies
    assert sent["input"].startswith("artist:someone, 1girl, hat")
    assert sent["parameters"]["cfg_rescale"] == 0.1


def test_what_is_taken_otherwise_is_told(client, token, seen):
    """Other programs' samplers and values out of range draw; ``notes`` and a header say so."""
    wish = WISH | {"token": token, "sampler": "UniPC", "scale": 30, "noise_schedule": "karras"}
    answer = client.post("/api/jobs", json=wish)
    name = "NAI Diffusion V4.5 Full"
    assert answer.json()["notes"] == [
        f"sampler UniPC became DPM++ 2M: {name} has no such sampler.",
        "scale 30 became 10: it is NovelAI's most.",
    ]
    assert "UniPC" in answer.headers["x-novelai-notes"]
    assert "UniPC" in client.get("/generate", params=wish).headers["x-novelai-notes"]
    assert client.post("/generate", json=wish).json()["notes"] == answer.json()["notes"]
    sent = [body["parameters"] for body in seen.bodies]
    assert {(one["sampler"], one["scale"]) for one in sent} == {("k_dpmpp_2m", 10)}


def test_a_token_in_the_body_is_enough(client, token):
    """Some plugins send it nowhere else."""
    answer = client.post("/api/jobs", json=WISH | {"token": token, "nocache": 1})
    assert answer.status_code == 200
    assert finished(client, answer.json()["id"], token)["status"] == "done"


def test_a_plain_address(client, token, seen):
    """The same address gives the same picture, paid once; ``nocache`` makes another one."""
    query = WISH | {"token": token, "artist": "", "scale": "", "sampler": "", "negative": ""}
    first = client.get("/generate", params=query)
    assert first.headers["content-type"] == "image/png"
    assert opened(first.content).size == (128, 128)
    assert client.get("/generate", params=query).content == first.content
    assert seen.paid == 1
    other = client.get("/generate", params=query | {"nocache": "1"})
    assert other.status_code == 200
    assert seen.paid == 2


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("横图", (1216, 832)), ("方图", (1024, 1024)), ("竖图2K", (1024, 1536)),
        ("横图4K", (2048, 1536)), ("128x192", (128, 192)),
    ],
)  # fmt: skip
def test_sizes_in_words(client, token, seen, words, size):
    """Sizes are words; the larger ones cost Anlas, which the key may spend."""
    answer = client.get(
        "/generate", params={"token": token, "tag": "a cat", "steps": 1, "size": words}
    )
    assert answer.status_code == 200
    sent = seen.bodies[0]["parameters"]
    assert (sent["width"], sent["height"]) == size


def test_me(client, token):
    """Whose token it is, and what is left."""
    found = client.get("/api/me", params={"token": token}).json()
    assert found["name"] == "test"
    assert isinstance(found["balance"], int)


def test_a_tavern_plugin(client, token, seen):
    """What chat front ends add reaches NovelAI: a start, vibes, a kept character, roles."""
    body = {
        "model": "nai-diffusion-4-5-full",
        "prompt": "a cat",
        "size": "128x128",
        "steps": 2,
        "addition": {
            "imageToImageBase64": f"data:image/png;base64,{plain()}",
            "i2iforce": 0.5,
            "i2icl": 0.1,
            "multiRoleList": [{"prompt": "girl, red hair"}, {"prompt": "boy", "x": 0.9, "y": 0.5}],
            "vibeTransferList": [{"base64": plain(), "infoExtract": 0.5, "refStrength": 0.4}],
        },
    }
    answer = client.post("/generate", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["url"] == found["image_url"] == found["images"][0] == found["data"][0]["url"]
    assert opened(base64.b64decode(found["image"])).size == (128, 128)
    assert found["data"][0]["b64_json"] == found["image"]
    sent = seen.bodies[-1]
    assert (sent["action"], sent["parameters"]["strength"]) == ("img2img", 0.5)
    captions = sent["parameters"]["v4_prompt"]["caption"]["char_captions"]
    assert [one["char_caption"] for one in captions] == ["girl, red hair", "boy"]
    kept = {
        "characterKeep": {"base64": plain(), "keepVibe": True, "strength": 0.7, "fidelity": 0.6}
    }
    answer = client.post(
        "/api/generate", json={"token": token, "tag": "a cat", "size": "128x128", "addition": kept}
    )
    assert answer.status_code == 200


def test_a_tavern_mask(client, token, seen):
    """A mask beside the start repaints what is white in it."""
    body = WISH | {"token": token, "mask": half("L"), "inpaintStrength": 0.8}
    body |= {"addition": {"imageToImageBase64": encoded(opened(base64.b64decode(plain())))}}
    assert client.post("/generate", json=body).status_code == 200
    assert seen.bodies[-1]["action"] == "infill"


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ({"model": "sdxl"}, 422, "model"),
        ({"sampler": "unipcc"}, 422, "did you mean unipc?"),
        ({"size": "auto"}, 422, "size"),
        ({"steps": 0}, 422, "steps"),
        ({"steps": "many"}, 422, "steps"),
        ({"tag": ""}, 422, "prompt"),
        ({"addition": {"imageToImageBase64": "http://10.0.0.1/a.png"}}, 422, "is an address"),
    ],
)
def test_wrong_values(client, token, seen, change, status, told):
    """What is wrong is told in ``error``; nothing is spent."""
    answer = client.post("/api/jobs", json=WISH | {"token": token} | change)
    assert answer.status_code == status
    assert told in answer.json()["error"]
    assert seen.paid == 0


def test_who_has_no_token(client, seen):
    """Without a token, or with a wrong one, nothing is made."""
    assert client.post("/api/jobs", json=WISH).status_code == 401
    assert client.post("/api/jobs", json=WISH | {"token": "123456"}).status_code == 401
    assert client.get("/generate", params=WISH | {"token": "123456"}).status_code == 401
    assert client.get("/api/me", params={"token": "x"}).json()["error"].startswith("This key")
    assert client.post("/api/jobs", content=b"\xff{").status_code == 422
    assert seen.paid == 0


def test_a_token_sees_only_its_own(client, token, keyed, seen):
    """Another token finds neither the job nor its picture."""
    job = client.post("/api/jobs", json=WISH | {"token": token, "nocache": 1}).json()["id"]
    finished(client, job, token)
    other = {"token": keyed.make_key()}
    assert client.get(f"/api/jobs/{job}", params=other).status_code == 404
    assert client.get(f"/api/images/{job}/content", params=other).status_code == 404
    assert client.get(f"/api/images/{job}/content").status_code == 401


def test_a_budget_that_is_used_up(client, keyed, seen):
    """A refusal is a sentence, whatever the client says the cost is."""
    token = keyed.make_key(free_only=True)
    answer = client.post("/api/jobs", json=WISH | {"token": token, "steps": 40, "cost": 0})
    assert answer.status_code == 402
    assert "takes only what is free" in answer.json()["error"]
    assert seen.paid == 0
