"""What no client should send, where a dialect's own tests do not: refused, and nothing spent."""

import json
from typing import Any

import httpx2
import pytest
from PIL import Image
from tests.doors.spoken import BY_NAME, SPOKEN
from tests.doors.test_a1111_pictures import encoded, half, plain
from tests.doors.test_comfy_workflows import ended, workflow

ELSEWHERE = "http://169.254.169.254/latest"
WITH_TESTS_OF_ITS_OWN = ("a1111", "native", "openai")
JSON = {"Content-Type": "application/json"}


def asked(server: str, path: str, content: bytes | str) -> httpx2.Response:
    return httpx2.post(server + path, content=content, headers=JSON, timeout=60)


def drawn(node: str, **inputs: Any) -> dict[str, Any]:
    """A workflow with other values in one of its nodes."""
    graph = workflow()
    graph[node]["inputs"] |= inputs
    return {"prompt": graph}


def own(**inputs: Any) -> dict[str, Any]:
    """A workflow of one NovelAI node."""
    given = {"prompt": "a cat", "size": "128x128", "steps": 2, **inputs}
    return {"prompt": {"1": {"class_type": "NovelAI", "inputs": given}}}


def opaque() -> str:
    """A mask with an alpha channel that says nothing; its left half is white."""
    mask = Image.new("RGBA", (128, 128), "black")
    mask.paste("white", (0, 0, 64, 128))
    return encoded(mask)


@pytest.mark.parametrize(
    "spoken",
    [one for one in SPOKEN if not one.name.startswith(WITH_TESTS_OF_ITS_OWN)],
    ids=lambda one: one.name,
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'"text"',
        b"\xff{}",
        b'{"prompt": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"prompt": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b"prompt=a+cat",
    ],
    ids=["empty", "cut", "text", "bytes", "utf-8", "open", "deep", "form"],
)
def test_what_is_no_json_object(server, seen, spoken, body):
    """Broken JSON, invalid UTF-8 and nests without end are told in the dialect's words."""
    spoken.told(asked(server, spoken.path, body), spoken.invalid)
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (drawn("5", batch_size=1000), "batch_size"),
        (drawn("5", width="auto"), "width"),
        (drawn("5", height=-1), "height"),
        (drawn("5", width=10**9, height=10**9), "width"),
        (drawn("6", text="\ud800"), "half of a character"),
        (drawn("3", steps=100_000), "steps"),
        (drawn("3", cfg="high"), "cfg"),
        (own(n_samples=1000), "n_samples"),
        (own(size="auto"), "size"),
        (own(seed="many"), "seed"),
        (own(i2i={"image": ELSEWHERE}), "i2i.image"),
        (own(vibes=[{"image": ELSEWHERE}]), "vibes.0.image"),
    ],
)
def test_workflows(server, seen, wish, told):
    """A value that cannot be is named in ComfyUI's words; nothing is fetched."""
    spoken = BY_NAME["comfy"]
    assert told in spoken.told(asked(server, spoken.path, json.dumps(wish)), 400)
    assert seen.paid == 0


def test_a_workflow_s_mask_of_another_size(server, seen):
    """A mask that does not fit is found before anything is sent, and told in the history."""
    wish = own(inpaint={"image": plain(), "mask": half("L", (64, 64))})
    with httpx2.Client(base_url=server, timeout=60) as client:
        entry = ended(client, client.post("/prompt", json=wish).json()["prompt_id"])
    kind, failure = entry["status"]["messages"][-1]
    assert kind == "execution_error"
    assert "mask" in failure["exception_message"]
    assert seen.paid == 0


def test_a_workflow_s_unknown_checkpoint(server, seen):
    """A checkpoint of somebody else is not found."""
    wish = drawn("4", ckpt_name="sdxl.safetensors")
    spoken = BY_NAME["comfy"]
    assert "ckpt_name" in spoken.told(asked(server, spoken.path, json.dumps(wish)), 400)
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ({"n_samples": 0}, 422, "n_samples"),
        ({"width": "auto"}, 422, "width"),
        ({"width": 10**9, "height": 10**9}, 422, "width"),
        ({"steps": -1}, 422, "steps"),
        ({"seed": 2**40}, 422, "seed"),
        ({"prompt": "\ud800"}, 422, "half of a character"),
        ({"sampler": "eular_a"}, 404, "Did you mean Euler a?"),
    ],
)
def test_naifu(server, seen, change, status, told):
    """A value that cannot be is named in the words of naifu's clients."""
    spoken = BY_NAME["naifu"]
    wish = json.dumps(dict(spoken.wish) | change)
    assert told in spoken.told(asked(server, spoken.path, wish), status)
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"addition": {"characterKeep": {"base64": ELSEWHERE}}}, "is an address"),
        ({"addition": {"vibeTransferList": [{"base64": ELSEWHERE}]}}, "is an address"),
        ({"addition": {"vibeTransferList": [{"base64": plain()}] * 50}}, "vibes"),
        ({"addition": {"imageToImageBase64": "%%"}}, "imageToImageBase64"),
        ({"addition": {"imageToImageBase64": plain(), "i2iforce": 9}}, "strength"),
        ({"addition": {"imageToImageBase64": plain()}, "mask": plain(colour="black")}, "white"),
        ({"tag": "\ud800"}, "half of a character"),
    ],
)
def test_what_chat_front_ends_add(server, seen, change, told):
    """Addresses, too much of something and masks that mark nothing are told in a sentence."""
    spoken = BY_NAME["nai2api"]
    wish = json.dumps(dict(spoken.wish) | change)
    assert told in spoken.told(asked(server, "/nai2api/generate", wish), 422)
    assert seen.paid == 0


@pytest.mark.parametrize("mask", [opaque(), half("L", (64, 64))], ids=["opaque", "other size"])
@pytest.mark.parametrize("front", ["", "data:image/png;base64,"])
def test_masks_that_are_understood(server, seen, mask, front):
    """An opaque alpha channel says nothing, and a mask of another size is fitted."""
    addition = {"imageToImageBase64": front + plain()}
    wish = dict(BY_NAME["nai2api"].wish) | {"addition": addition, "mask": front + mask}
    answer = asked(server, "/nai2api/generate", json.dumps(wish))
    assert answer.status_code == 200
    assert seen.bodies[0]["action"] == "infill"
