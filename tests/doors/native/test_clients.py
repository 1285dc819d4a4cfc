"""Programs with a setting for NovelAI's address: each sends what it sends, and reads what it reads.

koishi's `token` backend, Risuai, LittleWhiteBox, st-chatu8 and novelai_canvas.
"""

import json
from io import BytesIO

import httpx2
import pytest
from PIL import Image
from tests.doors.native.asking import SECONDS, frames_in, pictures_in
from tests.doors.serving import serving, settings_for
from tests.emulator.bodies import png

PAGE = "http://127.0.0.1:8001"
"""Where SillyTavern's page, in which the browser clients run, comes from."""

CAPTIONS = {
    "v4_prompt": {
        "caption": {"base_caption": "1girl", "char_captions": []},
        "use_coords": False,
        "use_order": True,
    },
    "v4_negative_prompt": {"caption": {"base_caption": "lowres", "char_captions": []}},
}


@pytest.fixture(scope="module")
def browsed(upstream, tmp_path_factory):
    """A server with keys that the page's scripts may call."""
    folder = tmp_path_factory.mktemp("browsed")
    settings = settings_for(*upstream, folder, require_keys=True, allowed_origins=(PAGE,))
    with serving(settings) as served:
        yield served


def test_koishi_reads_the_subscription_then_draws(keyed, seen):
    """Its token backend checks `active`, posts with browser headers, and unpacks the archive."""
    headers = {
        "authorization": f"Bearer {keyed.make_key()}",
        "referer": "https://novelai.net/",
        "user-agent": "Mozilla/5.0",
        "content-type": "application/json",
    }
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=SECONDS) as http:
        account = http.get("/user/subscription").json()
        assert account["active"] is True
        assert account["tier"] == 3
        wish = {
            "model": "nai-diffusion-3",
            "input": "1girl, best quality",
            "action": "generate",
            "parameters": {
                "params_version": 1, "seed": 4, "n_samples": 1, "width": 512, "height": 768,
                "scale": 11, "steps": 28, "sampler": "k_euler_ancestral", "uc": "lowres",
                "negative_prompt": "lowres", "ucPreset": 2, "qualityToggle": False, "sm": False,
                "sm_dyn": False, "noise_schedule": "native", "add_original_image": False,
            },
        }  # fmt: skip
        answer = http.post("/ai/generate-image", json=wish)
    assert answer.headers["content-type"] in {"application/x-zip-compressed", "binary/octet-stream"}
    assert answer.headers["content-disposition"].endswith("filename=images.zip")
    assert Image.open(BytesIO(pictures_in(answer)[0])).size == (512, 768)
    assert seen.bodies[0]["parameters"]["scale"] == 11


def test_risuai_posts_to_the_whole_url(keyed, seen):
    """NAIImgUrl is the full address; the first entry of the archive is the picture."""
    wish = {
        "input": "1girl",
        "model": "nai-diffusion-4-5-full",
        "action": "generate",
        "parameters": {
            "params_version": 3, "width": 128, "height": 192, "scale": 5, "steps": 4,
            "sampler": "k_euler_ancestral", "n_samples": 1, "negative_prompt": "lowres",
            "seed": 99, "legacy": False, "sm": False, "sm_dyn": False, "reference_mode": False,
            "noise_schedule": "karras", "characterPrompts": [], "use_coords": False, **CAPTIONS,
        },
    }  # fmt: skip
    answer = httpx2.post(
        f"{keyed.url}/ai/generate-image",
        json=wish,
        headers={"Authorization": f"Bearer {keyed.make_key()}"},
        timeout=SECONDS,
    )
    assert answer.status_code == 200
    assert pictures_in(answer)[0].startswith(b"\x89PNG")
    assert seen.bodies[0]["parameters"]["reference_mode"] is False


@pytest.mark.parametrize("path", ["/ai/generate-image", "/native/ai/generate-image"])
def test_littlewhitebox_calls_from_the_browser(browsed, seen, path):
    """The preflight is allowed for the page that was named, and the headers can be read."""
    asked = httpx2.options(
        f"{browsed.url}{path}",
        headers={
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == PAGE
    wish = {
        "action": "generate",
        "input": "1girl",
        "model": "nai-diffusion-4-5-full",
        "parameters": {
            "params_version": 3, "width": 128, "height": 192, "steps": 4, "seed": len(path),
            "negative_prompt": "lowres", "sampler": "k_euler", "n_samples": 1, **CAPTIONS,
        },
    }  # fmt: skip
    answer = httpx2.post(
        f"{browsed.url}{path}",
        json=wish,
        headers={
            "Origin": PAGE,
            "Sec-Fetch-Site": "cross-site",
            "Authorization": f"Bearer {browsed.make_key()}",
        },
        timeout=SECONDS,
    )
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "X-Job-Id" in answer.headers["access-control-expose-headers"]
    assert len(pictures_in(answer)) == 1
    assert seen.paid == 1


@pytest.mark.parametrize("path", ["/ai/generate-image", "/ai/generate-image-stream"])
def test_st_chatu8_asks_for_msgpack(browsed, path):
    """`stream: "msgpack"`: frames on the stream's path, and the archive on the other."""
    wish = {
        "input": "1girl",
        "model": "nai-diffusion-4-5-full",
        "action": "generate",
        "parameters": {
            "params_version": 3, "width": 128, "height": 192, "steps": 4, "seed": 5,
            "negative_prompt": "lowres", "stream": "msgpack", "n_samples": 1, **CAPTIONS,
        },
    }  # fmt: skip
    answer = httpx2.post(
        f"{browsed.url}{path}",
        json=wish,
        headers={"Origin": PAGE, "Authorization": f"Bearer {browsed.make_key()}"},
        timeout=SECONDS,
    )
    if path.endswith("stream"):
        assert frames_in(answer)[-1]["event_type"] == "final"
    else:
        assert len(pictures_in(answer)) == 1


def test_novelai_canvas_in_native_mode(keyed, seen):
    """It reads the account, then sends a form with its pictures as parts."""
    headers = {"Authorization": f"Bearer {keyed.make_key()}"}
    wish = {
        "input": "1girl",
        "model": "nai-diffusion-4-5-full",
        "action": "img2img",
        "parameters": {
            "params_version": 4, "width": 128, "height": 192, "steps": 8, "seed": 6,
            "negative_prompt": "lowres", "image": "image", "strength": 0.5, "noise": 0,
            "extra_noise_seed": 5, "image_format": "webp", **CAPTIONS,
        },
    }  # fmt: skip
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=SECONDS) as http:
        assert http.get("/user/data").json()["subscription"]["active"] is True
        answer = http.post(
            "/ai/generate-image",
            files={
                "image": ("blob", png(), "image/png"),
                "request": ("blob", json.dumps(wish).encode(), "application/json"),
            },
        )
    (picture,) = pictures_in(answer)
    assert picture.startswith(b"RIFF")
    assert seen.bodies[0]["parameters"]["extra_noise_seed"] == 5
