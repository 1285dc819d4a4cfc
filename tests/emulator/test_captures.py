"""Captured requests get the answers that were recorded with them."""

import hashlib
import json
import zipfile
from io import BytesIO

import httpx2
import pytest
from PIL import Image
from tests.emulator.bodies import CAPTURES, capture, frames, png, sent_as_captured

from novelai.emulator import Emulator

NAMES = sorted(path.stem for path in CAPTURES.glob("*.json"))


def _teach(emulator: Emulator, item: dict) -> None:
    """Let the emulator know the pictures that a capture names by cache key only."""
    parameters = item["body"].get("parameters", {})
    known = {
        parameters.get("image_cache_secret_key"): png((832, 1216)),
        **{
            entry["cache_secret_key"]: png((1024, 1536))
            for entry in parameters.get("director_reference_images_cached", [])
        },
    }
    for key, data in known.items():
        if key:
            emulator.remember_image(key, data)


def test_all_55_captures_are_here() -> None:
    """The data folder holds every captured request."""
    assert len(NAMES) == 55


@pytest.mark.anyio
@pytest.mark.parametrize("name", NAMES)
async def test_a_captured_request_is_answered_as_recorded(
    emulator: Emulator, client: httpx2.AsyncClient, name: str
) -> None:
    """Status, price, content type, archive, frames and text keys equal what was recorded."""
    item = capture(name)
    recorded = item.get("response") or {}
    _teach(emulator, item)
    before = emulator.account().anlas
    answer = await client.post(item["path"], **sent_as_captured(item))
    assert answer.status_code == recorded.get("status", 200), answer.text
    if "anlas_spent" in recorded:
        assert before - emulator.account().anlas == recorded["anlas_spent"]
    if "json" in recorded:
        assert answer.json() == recorded["json"]
    headers = {**recorded.get("headers", {})}
    if "content_type" in recorded:
        headers["content-type"] = recorded["content_type"]
    for header in ("content-type", "content-length", "cache-control"):
        if header in headers:
            assert answer.headers[header] == headers[header]
    if "attachment; filename=images.zip" in headers.get("content-disposition", ""):
        assert answer.headers["content-disposition"] == headers["content-disposition"]
    if "zip" in recorded:
        _check_archive(answer, recorded)
    if "frames" in recorded:
        _check_frames(answer, recorded["frames"])


def _check_archive(answer: httpx2.Response, recorded: dict) -> None:
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        found = [(entry.filename, entry.compress_type) for entry in packed.infolist()]
        assert found == [(entry["name"], entry["method"]) for entry in recorded["zip"]]
        picture = Image.open(BytesIO(packed.read(found[0][0])))
    png_facts = recorded.get("png")
    if png_facts is None:
        return
    assert picture.size == (png_facts["width"], png_facts["height"])
    text = png_facts["text"]
    if isinstance(text, dict):
        assert {2: "RGB", 6: "RGBA"}[png_facts["colorType"]] == picture.mode
        assert set(picture.text) == set(text)


def _check_frames(answer: httpx2.Response, recorded: object) -> None:
    found = frames(answer.content)
    if isinstance(recorded, int):
        assert len(found) == recorded
        return
    assert isinstance(recorded, list)
    assert [set(frame) for frame in found] == [set(frame) for frame in recorded]
    for name in ("event_type", "samp_ix", "step_ix", "sigma"):
        assert [frame.get(name) for frame in found] == [frame.get(name) for frame in recorded]
    assert len({frame["gen_id"] for frame in found}) == 1
    for frame in found[:-1]:
        assert frame["image"][:4] == b"\xff\xd8\xff\xe0"
    assert found[-1]["image"][:4] == b"RIFF"


@pytest.mark.anyio
async def test_comment_keys_equal_the_captured_comment(client: httpx2.AsyncClient) -> None:
    """The one complete `Comment` on record is repeated key by key, value by value."""
    item = capture("v4.5-full__generate__sillytavern-shape")
    answer = await client.post(item["path"], **sent_as_captured(item))
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        comment = json.loads(Image.open(BytesIO(packed.read("image_0.png"))).text["Comment"])
    expected = item["response"]["png"]["text"]["Comment"]
    assert list(comment) == list(expected)
    unsigned = {key: value for key, value in expected.items() if key != "signed_hash"}
    assert {key: comment[key] for key in unsigned} == unsigned
    assert len(comment["signed_hash"]) == len(expected["signed_hash"])


def test_captures_are_unchanged() -> None:
    """A capture that was edited would prove nothing: the folder's digest is fixed."""
    digest = hashlib.sha256()
    for name in NAMES:
        digest.update((CAPTURES / f"{name}.json").read_bytes())
    assert digest.hexdigest() == "6c3a6f0843f0340804560b479f8526d7018418b7fc17ffc2736feaf2b98ae406"
