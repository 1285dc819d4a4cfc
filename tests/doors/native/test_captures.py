"""Requests that novelai.net's own page and other programs sent reach NovelAI as they were."""

import json
from typing import Any

import pytest
from tests.doors.native.asking import asked
from tests.emulator.bodies import CAPTURES, b64, capture, png, sent_as_captured

NAMES = sorted(path.stem for path in CAPTURES.glob("*.json"))

PICTURES = {
    "image",
    "mask",
    "reference_image",
    "reference_image_multiple",
    "director_reference_images",
}
SHAPES = {f"{name}_cached" for name in PICTURES} | {f"{name}_cache_secret_key" for name in PICTURES}
"""How pictures travel: compared by their presence."""

OURS = {
    "n_samples": 1,
    "image_format": "png",
    "inpaintImg2ImgStrength": 1,
    "stream": "msgpack",
    "sm": False,
    "sm_dyn": False,
    "strength": 0.7,
}
"""What is sent besides, with the value that NovelAI takes when it is left out."""

PANEL = {"inpaintImg2ImgStrength"}
"""Of the page's panel for inpainting: without a mask it counts for nothing, and is as usual."""

FILLED_IN = {"v4.5-full__generate__no-v4-prompt-500": {"v4_prompt", "v4_negative_prompt"}}
"""A capture that NovelAI failed on: what was missing is added."""

TOP = {"recaptcha_token", "parameters"}


def resent(server: str, item: dict[str, Any]) -> Any:
    """Send a capture, and its pictures where their keys are not known, as the page does."""
    answer = asked(server, item["path"], **sent_as_captured(item))
    if answer.status_code != 400 or "INVALID_CACHE_KEYS" not in answer.text:
        return answer
    item = json.loads(json.dumps(item))
    parameters = item["body"]["parameters"]
    if "image_cache_secret_key" in parameters:
        parameters["image"] = b64(png((832, 1216)))
    for entry in parameters.get("director_reference_images_cached", []):
        entry["data"] = b64(png((1024, 1536)))
    item["multipart_parts"] = None
    return asked(server, item["path"], **sent_as_captured(item))


def has_picture(parameters: dict[str, Any], name: str) -> bool:
    forms = (name, f"{name}_cached", f"{name}_cache_secret_key")
    return any(parameters.get(form) for form in forms)


def matters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Fields whose value counts: no pictures, and nothing that is not set."""
    apart = PICTURES | SHAPES | {"stream"}
    return {name: value for name, value in parameters.items() if name not in apart}


@pytest.mark.parametrize("name", NAMES)
def test_a_captured_request_reaches_novelai_as_it_was(server, seen, name):
    """Every field that matters is what was captured, and the answer is a success."""
    item = capture(name)
    answer = resent(server, item)
    assert answer.status_code == 200, answer.text
    (request,) = seen.requests
    theirs, ours = item["body"], request.body
    if "parameters" not in theirs:
        assert {n: v for n, v in ours.items() if n != "image"} == {
            n: v for n, v in theirs.items() if n not in {"image", "use_new_shared_trial"}
        }
        return
    assert {n: v for n, v in ours.items() if n not in TOP} == {
        n: v for n, v in theirs.items() if n not in TOP
    }
    given, arrived = matters(theirs["parameters"]), matters(ours["parameters"])
    differs = {n for n in given if (given[n] or None) != (arrived.get(n) or None)}
    assert differs <= (set() if theirs["action"] == "infill" else PANEL)
    added = {n: v for n, v in arrived.items() if n not in given}
    added = {n: v for n, v in added.items() if n not in FILLED_IN.get(name, ())}
    assert {n: v for n, v in added.items() if OURS.get(n) != v} == {}
    for picture in PICTURES:
        forms = (theirs["parameters"], ours["parameters"])
        assert has_picture(forms[0], picture) == has_picture(forms[1], picture), picture


def test_the_cache_key_capture_works_by_its_key_alone(server, seen):
    """Once its picture was sent, the capture that holds only a key is accepted as it is."""
    item = capture("v5-full__img2img__browser-cache-key-only")
    assert resent(server, item).status_code == 200
    item["body"]["parameters"]["seed"] += 1
    plain = dict(item, multipart_parts=None)
    assert asked(server, item["path"], **sent_as_captured(plain)).status_code == 200
    assert [one.parts["image"] > 0 for one in seen.requests] == [True, True]
