"""What no client should send is answered in A1111's shape, and nothing is spent."""

import base64
from io import BytesIO

import httpx2
import pytest
from PIL import Image
from tests.doors.test_a1111_pictures import encoded, plain

PATH = "/sdapi/v1/txt2img"
SMALL = {"prompt": "a cat", "width": 128, "height": 128, "steps": 2}


@pytest.fixture
def client(server):
    with httpx2.Client(base_url=server, timeout=60) as client:
        yield client


def animated() -> str:
    """An animated WebP, in base64."""
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], duration=100)
    return base64.b64encode(buffer.getvalue()).decode()


def refused(answer, status: int) -> str:
    """The sentence of a refusal, which has A1111's shape."""
    assert answer.status_code == status
    found = answer.json()
    assert {"error", "detail", "body", "errors"} <= set(found)
    if isinstance(found["detail"], list):
        assert status == 422
        assert all({"loc", "msg", "type"} <= set(one) for one in found["detail"])
    return found["errors"]


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ({"n_iter": 1000}, 422, "n_iter"),
        ({"n_iter": 11, "batch_size": 10}, 422, "more than 32"),
        ({"sampler_name": "Eular a"}, 404, "Sampler not found. Did you mean Euler a?"),
        ({"override_settings": {"sd_model_checkpoint": "sdxl"}}, 404, "Checkpoint not found"),
        ({"model": "flux"}, 404, "Checkpoint not found"),
        ({"steps": 0}, 422, "steps"),
        ({"cfg_scale": -4}, 422, "cfg_scale"),
        ({"width": "auto"}, 422, "width"),
        ({"width": 20_000, "height": 64}, 422, "width"),
        ({"width": -1}, 422, "width"),
        ({"prompt": ""}, 422, "prompt"),
        ({"prompt": "x" * 60_000}, 422, "prompt"),
        ({"seed": 2**40}, 422, "seed"),
        ({"denoising_strength": 7}, 422, "denoising_strength"),
        ({"alwayson_scripts": {"novelai": {"args": ["x"]}}}, 422, "args"),
        ({"alwayson_scripts": {"novelai": {"args": [{"n_sampels": 3}]}}}, 422, "n_sampels"),
        ({"prompt_syntax": "webui"}, 422, "prompt_syntax"),
    ],
)
def test_wrong_values(client, seen, change, status, told):
    """A wrong value is named."""
    assert told in refused(client.post(PATH, json=SMALL | change), status)
    assert seen.paid == 0


@pytest.mark.parametrize(
    "body",
    [b"{", b"[1]", b'"text"', b'{"prompt": "\xff\xfe"}', b"[" * 100_000, b"prompt=a+cat", b""],
)
def test_what_is_no_json_object(client, seen, body):
    """Broken JSON, invalid UTF-8 and JSON without an end are answered, not crashed on."""
    refused(client.post(PATH, content=body, headers={"content-type": "application/json"}), 422)
    assert seen.paid == 0


def test_a_body_that_is_too_large(client, seen):
    """Megabytes over the limit are refused with and without an announced length."""

    def chunks():
        for _ in range(65):
            yield b" " * 1_048_576

    assert client.post(PATH, content=chunks()).status_code == 413
    assert client.post(PATH, content=b" " * (65 * 1_048_576)).status_code == 413
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("images", "status", "told"),
    [
        ([], 404, "Init image not found"),
        (["http://127.0.0.1:1/cat.png"], 422, "is an address"),
        (["https://169.254.169.254/latest"], 422, "is an address"),
        (["no base64!"], 422, "init_images.0"),
        ([base64.b64encode(b"GIF89a").decode()], 422, "init_images.0"),
        ([plain()[:101]], 422, "init_images.0"),
        ([animated()], 422, "init_images.0"),
        ([encoded(Image.new("1", (12_000, 4_000)))], 422, "init_images.0"),
        ([plain(), plain()], 422, "more than one"),
    ],
)
def test_wrong_pictures(client, seen, images, status, told):
    """What is no picture is refused, and no address is fetched."""
    answer = client.post("/sdapi/v1/img2img", json=SMALL | {"init_images": images})
    assert told in refused(answer, status)
    answer = client.post("/sdapi/v1/extra-single-image", json={"image": (images or [""])[0]})
    if images != [plain(), plain()]:
        refused(answer, 422)
    assert seen.paid == 0


def test_an_empty_mask(client, seen):
    """A mask that repaints nothing is refused before anything is paid."""
    body = SMALL | {"init_images": [plain()], "mask": plain(colour="black")}
    assert "mask" in refused(client.post("/sdapi/v1/img2img", json=body), 422)
    assert seen.paid == 0


def test_unknown_paths(client):
    """Below ``/sdapi`` even what is not there answers in A1111's words."""
    assert refused(client.get("/sdapi/v1/nothing"), 404) == "Not Found"
    assert refused(client.get(PATH), 405) == "Method Not Allowed"


def test_the_same_key_pays_once(client, seen):
    """An Idempotency-Key gives the same picture again; for another wish it is a conflict."""
    headers = {"Idempotency-Key": "a1111-once"}
    first = client.post(PATH, json=SMALL, headers=headers)
    again = client.post(PATH, json=SMALL, headers=headers)
    assert first.json()["images"] == again.json()["images"]
    assert first.headers["x-job-id"] == again.headers["x-job-id"]
    assert seen.paid == 1
    other = client.post(PATH, json=SMALL | {"prompt": "a dog"}, headers=headers)
    assert "Idempotency-Key" in refused(other, 409)
    assert seen.paid == 1
