"""Bodies nobody should send: every one gets an answer, and none stops the emulator."""

import json
from typing import Any

import anyio
import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.emulator.bodies import V3, V5, V45, b64, generation, png

from novelai.emulator import Emulator

FIELDS = sorted(
    {
        *generation()["parameters"],
        "action",
        "sampler",
        "noise_schedule",
        "n_samples",
        "strength",
        "scale",
        "image",
        "mask",
        "sm",
        "stream",
        "image_format",
        "skip_cfg_above_sigma",
        "inpaintImg2ImgStrength",
        "extra_noise_seed",
        "reference_image_multiple",
        "reference_strength_multiple",
        "reference_image_multiple_cached",
        "director_reference_images",
        "director_reference_descriptions",
        "director_reference_strength_values",
        "image_cache_secret_key",
        "upscaled_enhance",
        "tag_hint_transparent_background",
    }
)
SMALL = st.sampled_from([0, 1, 2, 64, 128, 0.5, -1, 1e300, 10**30, True, None, "", "x", [], {}])
LEAVES = SMALL | st.text(max_size=8) | st.just(b64(png((64, 64))))
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["caption", "base_caption", "char_captions", "centers", "x", "y"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=5,
)


@settings(max_examples=120)
@given(
    model=st.sampled_from([V45, V5, V3, f"{V45}-inpainting"]),
    changes=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3),
    path=st.sampled_from(["/ai/generate-image", "/ai/generate-image-stream"]),
)
def test_any_body_gets_an_answer(model: str, changes: dict[str, Any], path: str) -> None:
    """Whatever the fields hold, the answer is a picture or a refusal in the service's form.

    The service refuses much with a 500 of that form; a failure of the emulator itself is raised.
    """
    emulator = Emulator(fast=True)
    body = generation(model=model, **{"width": 64, "height": 64, "steps": 1, **changes})

    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=emulator.app)
        headers = {"Authorization": f"Bearer {emulator.token}"}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://emulator", headers=headers
        ) as client:
            return await client.post(path, json=body)

    answer = anyio.run(ask)
    assert answer.status_code in (200, 400, 402, 500)
    if answer.status_code != 200:
        told = answer.json()
        assert set(told) <= {"statusCode", "message", "details"}
        assert told["statusCode"] == answer.status_code
        assert told["message"]
        assert answer.content.endswith(b"}\n")
        assert emulator.account().anlas == 10_000
    assert not emulator.account().generating


@pytest.mark.anyio
@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b"\xff\xfe", b'{"input": NaN}', b'{"input": "\\ud800"}', b"{" * 10],
)
async def test_strange_json(client: httpx2.AsyncClient, content: bytes) -> None:
    """Deep, wrongly encoded and not quite JSON is refused."""
    answer = await client.post("/ai/generate-image", content=content)
    assert answer.status_code in (400, 500)


@pytest.mark.anyio
async def test_half_a_character(client: httpx2.AsyncClient) -> None:
    """A prompt with a lone surrogate is drawn; the half character is replaced."""
    content = json.dumps(generation("1girl \ud800", seed=1))
    answer = await client.post("/ai/generate-image", content=content)
    assert answer.status_code == 200


@pytest.mark.anyio
async def test_a_character_far_away(client: httpx2.AsyncClient) -> None:
    """Coordinates outside the picture are no error."""
    caption = {"char_caption": "girl", "centers": [{"x": 1e300, "y": -7}]}
    body = generation(char_captions=[caption], use_coords=True)
    assert (await client.post("/ai/generate-image", json=body)).status_code == 200
