"""The strict mode: what the web client would not send is remarked, and answered all the same."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.emulator.bodies import CAPTURES, capture, frames, generation, sent_as_captured

from novelai.emulator import Emulator
from novelai.emulator.web_client import find_remarks

PATH = "/ai/generate-image"
VECTORS = Path(__file__).parents[1] / "data" / "vectors" / "bodies.json"
BODIES: dict[str, dict[str, Any]] = {
    case["id"]: case["expected"]
    for case in json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
}
NEW = sorted(
    path.stem
    for path in CAPTURES.glob("*.json")
    if capture(path.stem)["_meta"]["captured"] >= "2026-08"
)
WITHOUT_TEXTS = {"input", "parameters.negative_prompt"}
"""Where a capture's source put placeholders for texts."""


def remarks(body: dict[str, Any], path: str = PATH) -> dict[str, str]:
    return {one.field: one.says for one in find_remarks(path, body, 1)}


@pytest.mark.parametrize("case", BODIES)
def test_what_the_web_sends_gets_no_remark(case: str) -> None:
    """Every body that the web client composes is the web client's."""
    assert remarks(BODIES[case]) == {}


@pytest.mark.parametrize("name", NEW)
def test_what_the_web_sent_gets_no_remark(name: str) -> None:
    """Requests captured in autumn 2026 pass, but for texts that were taken out of them."""
    item = capture(name)
    if "no-v4-prompt" in name:
        expected = {"parameters.v4_prompt", "parameters.v4_negative_prompt"}
    elif "sillytavern" in name:
        expected = {"parameters.qualityToggle", "parameters.ucPreset", "parameters.sm"}
        assert expected <= remarks(item["body"]).keys()
        return
    else:
        expected = WITHOUT_TEXTS if "prompt text" in str(item["_meta"]["notes"]) else set()
        expected = expected & remarks(item["body"], item["path"]).keys()
    assert remarks(item["body"], item["path"]).keys() == expected


V5, MEDIUM, INPAINT, V45, V3, WEAK, PEOPLE, PICTURE = (
    "b-1", "b-13", "b-19", "b-25", "b-89", "b-20", "b-5", "b-2",
)  # fmt: skip


def changed(case: str, **changes: Any) -> dict[str, Any]:
    """Return a body of the web's with other parameters; None takes one out."""
    body = copy.deepcopy(BODIES[case])
    for name, value in changes.items():
        if value is None:
            del body["parameters"][name]
        else:
            body["parameters"][name] = value
    return body


@pytest.mark.parametrize(
    ("case", "changes", "field"),
    [
        (V5, {"qualityToggle": True}, "qualityToggle"),
        (V5, {"ucPreset": 0}, "ucPreset"),
        (V5, {"skip_cfg_above_sigma": 58}, "skip_cfg_above_sigma"),
        (V5, {"straight_alpha": False}, "straight_alpha"),
        (V5, {"tag_hint_transparent_background": False}, "tag_hint_transparent_background"),
        (V5, {"params_version": 3}, "params_version"),
        (V5, {"legacy": 0}, "legacy"),
        (V5, {"strength": 0.7}, "strength"),
        (V5, {"mask": "x"}, "mask"),
        (V5, {"noise_schedule": None}, "noise_schedule"),
        (V5, {"prefer_brownian": None}, "prefer_brownian"),
        (V5, {"sampler": "k_euler"}, "prefer_brownian"),
        (V5, {"sampler": "ddim"}, "sampler"),
        (V5, {"steps": 51}, "steps"),
        (V5, {"scale": 10.5}, "scale"),
        (V5, {"width": 786}, "width"),
        (V5, {"n_samples": 5}, "n_samples"),
        (V5, {"tag_hint_qt": 3}, "tag_hint_qt"),
        (V5, {"ucPresetId": "human_focus"}, "ucPresetId"),
        (V5, {"qualityPresetId": "light", "tag_hint_qt": 3}, None),
        (V5, {"ucPresetId": "light", "tag_hint_uc_preset": 3}, "negative_prompt"),
        (V5, {"use_coords": True}, "v4_prompt.use_coords"),
        (V5, {"negative_prompt": "other"}, "v4_negative_prompt.caption.base_caption"),
        (V5, {"reference_strength_multiple": [0.6]}, "reference_strength_multiple"),
        (MEDIUM, {"steps": 23}, "steps"),
        (MEDIUM, {"cfg_rescale": 0}, "cfg_rescale"),
        (MEDIUM, {"sampler": "k_euler"}, "sampler"),
        (INPAINT, {"img2img": {"strength": 1, "color_correct": True}}, "img2img"),
        (INPAINT, {"inpaintImg2ImgStrength": 0.5}, "img2img"),
        (INPAINT, {"color_correct": False}, "color_correct"),
        (INPAINT, {"add_original_image": True}, "add_original_image"),
        (INPAINT, {"reference_image_multiple": ["x"]}, "reference_image_multiple"),
        (WEAK, {"img2img": {"strength": 0.1, "color_correct": True}}, "img2img"),
        (V45, {"skip_cfg_above_sigma": 57}, "skip_cfg_above_sigma"),
        (V45, {"straight_alpha": True}, "straight_alpha"),
        (V45, {"cfg_rescale": None}, "cfg_rescale"),
        (PICTURE, {"color_correct": True}, "color_correct"),
        (PICTURE, {"strength": 1}, "strength"),
        (PICTURE, {"extra_noise_seed": None}, "extra_noise_seed"),
        (V3, {"v4_prompt": {}}, "v4_prompt"),
        (V3, {"use_coords": False}, "use_coords"),
        (V3, {"sm": None}, "sm"),
        (V3, {"characterPrompts": [{"prompt": "a"}]}, "characterPrompts"),
    ],
)
def test_what_the_web_does_not_send_is_named(
    case: str, changes: dict[str, Any], field: str | None
) -> None:
    """One field of the web's bodies changed, taken out or added is found, by its name."""
    wanted = "input" if field is None else f"parameters.{field}"
    assert wanted in remarks(changed(case, **changes))


def test_unknown_names_are_cut() -> None:
    """A name of any length makes a remark of a line."""
    assert max(map(len, remarks({"x" * 9999: 1}))) == 100


@pytest.mark.parametrize(
    ("index", "name", "value"), [(0, "enabled", False), (0, "prompt", ""), (1, "uc", "other")]
)
def test_characters_are_compared(index: int, name: str, value: Any) -> None:
    """A character that is off, empty, or not the same in every place is named."""
    body = copy.deepcopy(BODIES[PEOPLE])
    body["parameters"]["characterPrompts"][index][name] = value
    assert any("characterPrompts" in f"{field} {says}" for field, says in remarks(body).items())


@pytest.mark.parametrize(
    ("case", "prompt", "found"),
    [
        (V5, 'a sign "HELLO", very aesthetic, masterpiece, no text', True),
        (V5, 'a sign "HELLO", very aesthetic, masterpiece, no text, teXt: HELLO', False),
        (V5, "a sign “HELLO”, very aesthetic, masterpiece, no text", True),
        (V5, 'a sign " ", very aesthetic, masterpiece, no text', False),
        (V5, 'a, very aesthetic, masterpiece, no text | b "HELLO"', False),
        (V5, 'a ||b "c"|d||, very aesthetic, masterpiece, no text', True),
        (V5, "2::japanese text::, very aesthetic, masterpiece, no text", False),
        (V5, "a | b, very aesthetic, masterpiece, no text", True),
        (V45, "a, very aesthetic, masterpiece, no text, teXt: b", True),
        (V45, "a, very aesthetic, masterpiece, no text | b", False),
        (V45, "a, best quality", True),
    ],
)
def test_texts_are_judged(case: str, prompt: str, found: bool) -> None:  # noqa: FBT001
    """Quality text has its place, and quoted text on V5 is there again as text to draw."""
    body = copy.deepcopy(BODIES[case])
    body["input"] = body["parameters"]["v4_prompt"]["caption"]["base_caption"] = prompt
    assert ("input" in remarks(body)) is found


@pytest.mark.parametrize("strengths", [[0.6, 0.6], [1, -0.5]])
def test_vibes_are_normalised(strengths: list[float]) -> None:
    """Two strengths whose sum is above one are divided by it, unless that is switched off."""
    given = {"reference_image_multiple": ["x", "y"], "reference_strength_multiple": strengths}
    field = "parameters.reference_strength_multiple"
    assert field in remarks(changed(V45, **given))
    off = changed(V45, normalize_reference_strength_multiple=False, **given)
    assert field not in remarks(off)


@pytest.mark.parametrize(
    "document", [None, [], 5, {"parameters": 5}, {"model": 5}, {"model": "nai-diffusion-5-full"}]
)
def test_odd_bodies_are_remarked_or_not(document: Any) -> None:
    """Whatever was sent, the judge says something or nothing."""
    assert isinstance(find_remarks(PATH, document, 1), list)


KINDS = [
    None,
    True,
    -1,
    10**400,
    1e308,
    "x",
    [],
    [5],
    {},
    {"caption": 5},
    {"caption": {"char_captions": 5}},
]


@pytest.mark.parametrize("value", KINDS, ids=str)
def test_fields_of_any_kind_are_read(value: Any) -> None:
    """A field of another type never breaks the judge."""
    bodies = [
        copy.deepcopy(BODIES[case]) | {"parameters": BODIES[case]["parameters"] | {name: value}}
        for case in (V5, V45, V3, INPAINT, PEOPLE)
        for name in BODIES[case]["parameters"]
    ]
    assert {type(find_remarks(PATH, body, 1)) for body in bodies} == {list}


def client_of(emulator: Emulator) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=emulator.app),
        base_url="http://emulator",
        headers={"Authorization": f"Bearer {emulator.token}"},
    )


@pytest.mark.anyio
async def test_remarks_are_listed() -> None:
    """In the record, in the emulator's list and at the control API; the answer is as ever."""
    strict, usual = Emulator(strict=True), Emulator()
    for emulator in (strict, usual):
        client = client_of(emulator)
        assert (await client.post(PATH, json=generation())).status_code == 200
        found = emulator.remarks
        assert bool(found) is (emulator is strict)
        assert found == emulator.requests[0].remarks
        listed = (await client.get("/_emulator/remarks")).json()
        assert [(one["request"], one["field"]) for one in listed] == [
            (one.request, one.field) for one in found
        ]
        told = (await client.get("/_emulator/state")).json()
        assert told["strict"] is (emulator is strict)
    assert "1girl" not in str(strict.remarks)
    strict.reset()
    assert strict.remarks == []


@pytest.mark.anyio
async def test_a_form_is_judged_as_json_is() -> None:
    """The web client's own multipart form leaves no remark but for the texts taken out of it."""
    emulator = Emulator(strict=True)
    item = capture("v5-full__infill__browser-multipart")
    answer = await client_of(emulator).post(item["path"], **sent_as_captured(item))
    assert answer.status_code == 200
    assert {one.field for one in emulator.remarks} == {"input"}


@pytest.mark.anyio
@pytest.mark.parametrize("side", [786, 7])
@pytest.mark.parametrize("kind", ["msgpack", "sse"])
async def test_a_size_off_the_grid_fails_while_drawing(
    emulator: Emulator, client: httpx2.AsyncClient, kind: str, side: int
) -> None:
    """A stream has begun by then: it ends with an error frame, and nothing is charged."""
    body = generation(width=side, height=side, stream=kind)
    emulator.account().tier = 1
    answer = await client.post("/ai/generate-image-stream", json=body)
    assert answer.status_code == 200
    told = {
        "event_type": "error",
        "message": "Error generating image, an internal error occurred",
    }
    if kind == "msgpack":
        assert frames(answer.content) == [told]
    else:
        shown = json.dumps(told, separators=(",", ":"))
        assert answer.text == f"event: error\ndata: {shown}\n\n"
    assert (emulator.account().anlas, emulator.account().generating) == (10_000, False)
    refused = await client.post(PATH, json=body)
    assert (refused.status_code, refused.json()["message"]) == (500, "Internal Server Error")


TESTS = """
import httpx2

def send(url, token, body):
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx2.post(f"{url}/ai/generate-image", json=body, headers=headers).is_success

def test_odd(novelai_emulator, novelai_emulator_url):
    send(novelai_emulator_url, novelai_emulator.token, BODY | {"odd": 1})

def test_web(novelai_emulator, novelai_emulator_url):
    send(novelai_emulator_url, novelai_emulator.token, BODY)

def test_shared(novelai_emulator_session, novelai_emulator_session_url):
    send(novelai_emulator_session_url, novelai_emulator_session.token, BODY | {"odd": 1})
"""


def test_the_plugin_fails_tests_in_strict_mode(tmp_path: Path) -> None:
    """With the option a test fails that sent what the web would not; without it, none does."""
    body = changed(V5, width=64, height=64, steps=1)
    (tmp_path / "test_it.py").write_text(f"BODY = {body!r}\n{TESTS}", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    usual, strict = (
        subprocess.run([*command, *more], capture_output=True, text=True, cwd=tmp_path, check=False)
        for more in ((), ("--novelai-strict",))
    )
    assert "3 passed" in usual.stdout
    assert "2 errors" in strict.stdout
    assert "odd: The web client does not send it." in strict.stdout
