"""Forms and cache keys: how pictures come along, and how they are left out."""

import json
from typing import Any

import httpx2
import pytest
from tests.emulator.bodies import b64, generation, png

from novelai.emulator import Emulator
from novelai.emulator.cache import ImageCache

pytestmark = pytest.mark.anyio
PATH = "/ai/generate-image"
KEY = "ab" * 32


def _form(body: dict[str, Any], **parts: bytes) -> dict[str, Any]:
    files = [(name, ("blob", data, "image/png")) for name, data in parts.items()]
    request = ("blob", json.dumps(body).encode(), "application/json")
    return {"files": [*files, ("request", request)]}


async def test_a_form_equals_its_json(client: httpx2.AsyncClient) -> None:
    """A picture in a part gives the same answer as the same picture in base64."""
    as_json = generation(action="img2img", image=b64(png()))
    as_form = generation(action="img2img", image="image")
    first = await client.post(PATH, json=as_json)
    second = await client.post(PATH, **_form(as_form, image=png()))
    assert first.content == second.content


async def test_an_unknown_part(client: httpx2.AsyncClient) -> None:
    """Base64 where a part's name belongs is refused with its beginning."""
    body = generation(action="img2img", image=b64(png()))
    answer = await client.post(PATH, **_form(body))
    assert answer.status_code == 400
    message = answer.json()["message"]
    assert message == 'image field references unknown form part "iVBOR…"'
    answer = await client.post(PATH, **_form(generation(action="img2img", image="photo")))
    assert answer.json()["message"] == 'image field references unknown form part "photo"'


async def test_a_form_without_a_request(client: httpx2.AsyncClient) -> None:
    """A form needs its `request` part, and must be readable at all."""
    answer = await client.post(PATH, files=[("image", ("blob", png(), "image/png"))])
    assert answer.status_code == 400
    broken = await client.post(
        PATH, content=b"nothing", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert broken.status_code == 400


async def test_a_form_is_recorded(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """The record has the decoded request and the length of every part, not the token."""
    body = generation(action="img2img", image="image")
    await client.post(PATH, **_form(body, image=png()))
    record = emulator.requests[0]
    assert record.body == body
    assert record.parts == {"image": len(png())}
    assert record.headers["authorization"] == "Bearer <redacted>"
    assert emulator.token not in repr(record)


async def test_an_unknown_key_then_its_data_then_the_key_alone(
    client: httpx2.AsyncClient,
) -> None:
    """A key is refused until its data came along once; afterwards it stands for the data."""
    alone = generation(action="img2img", image_cache_secret_key=KEY)
    refused = await client.post(PATH, json=alone)
    assert refused.status_code == 400
    assert refused.json() == {
        "statusCode": 400,
        "message": "INVALID_CACHE_KEYS",
        "details": {"invalidKeys": [KEY]},
    }
    both = generation(action="img2img", image_cache_secret_key=KEY, image=b64(png()))
    with_data = await client.post(PATH, json=both)
    again = await client.post(PATH, json=alone)
    assert with_data.status_code == again.status_code == 200
    assert with_data.content == again.content


async def test_all_unknown_keys_are_named(client: httpx2.AsyncClient) -> None:
    """The refusal lists every key that is missing, of vibes and precise references too."""
    body = generation(
        reference_image_multiple_cached=[{"cache_secret_key": "k1"}, {"cache_secret_key": "k2"}],
        mask_cache_secret_key="k0",
    )
    answer = await client.post(PATH, json=body)
    assert answer.json()["details"] == {"invalidKeys": ["k0", "k1", "k2"]}


async def test_cached_vibes(client: httpx2.AsyncClient) -> None:
    """A cached vibe with data works in JSON and in forms, and alone afterwards."""
    encoding = b"an encoding of some length"
    entry = {"cache_secret_key": KEY, "data": b64(encoding)}
    body = generation(reference_image_multiple_cached=[entry], reference_strength_multiple=[0.5])
    first = await client.post(PATH, json=body)
    entry["data"] = "ref_multiple_0"
    second = await client.post(PATH, **_form(body, ref_multiple_0=encoding))
    del entry["data"]
    third = await client.post(PATH, json=body)
    assert first.status_code == 200
    assert first.content == second.content == third.content


async def test_the_cache_is_bounded() -> None:
    """The least recently used pictures go first; one that never fits is not kept."""
    cache = ImageCache(capacity=10)
    cache.store("a", b"1234")
    cache.store("b", b"1234")
    assert cache.get("a") == b"1234"
    cache.store("c", b"1234")
    assert cache.get("b") is None
    assert cache.get("a") == cache.get("c") == b"1234"
    cache.store("huge", b"x" * 11)
    assert cache.get("huge") is None
    cache.store("a", b"12345678")
    assert cache.get("a") == b"12345678"
    assert cache.get("c") is None
