"""Every documented refusal, word for word, and free of charge."""

from typing import Any

import httpx2
import pytest
from tests.emulator.bodies import V3, V4, V5, V45, b64, generation, png

from novelai.emulator import Emulator

RULE = "Validation error: error validating request: "
INTERNAL = (500, "Internal Server Error")
GO_FIELD = "json: cannot unmarshal string into Go struct field "
NO_HOST = "invalid.prod-ai.svc.cluster.local"
NO_ENCODER = (
    f'Error encoding v4 director references: Post "http://{NO_HOST}:8081/encode-director": '
    f"dial tcp: lookup {NO_HOST}: no such host"
)
REFERENCE = b64(png((1024, 1536)))


def _director(**changes: Any) -> dict[str, Any]:
    return {
        "director_reference_images": [REFERENCE],
        "director_reference_descriptions": [
            {"caption": {"base_caption": "character", "char_captions": []}, "legacy_uc": False}
        ],
        "director_reference_information_extracted": [1],
        "director_reference_strength_values": [1],
        "director_reference_secondary_strength_values": [0],
    } | changes


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    del body["parameters"][name]
    return body


ENCODING = b64(b"no picture at all")
CASES: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "unknown model": (
        generation(model="nai-diffusion-5"),
        (400, "Validation error: model nai-diffusion-5 doesn't exist"),
    ),
    "no model": (generation(model=""), (400, "Validation error: model  doesn't exist")),
    "refused inpainting id": (
        generation(model="nai-diffusion-5-curated-inpainting", action="infill"),
        (400, "Validation error: model nai-diffusion-5-curated-inpainting doesn't exist"),
    ),
    "base model with infill": (
        generation(action="infill"),
        (400, f"Model {V45} doesn't support action infill"),
    ),
    "inpainting model with generate": (
        generation(model=f"{V45}-inpainting"),
        (400, f"Model {V45}-inpainting doesn't support action generate"),
    ),
    "picture with generate": (
        generation(image=b64(png())),
        (400, RULE + "image is not allowed for regular generations, use img2img or infill"),
    ),
    "long prompt": (
        generation("x" * 51_201),
        (
            400,
            RULE + "request contains an excessively-long prompt (51201 chars; max 51200)",
        ),
    ),
    "vibe with precise reference": (
        generation(reference_image_multiple=[ENCODING], **_director()),
        (
            400,
            RULE + "cannot mix reference and director_reference at the same time, "
            "got 1 refs, 1 director refs",
        ),
    ),
    "single and multiple vibes": (
        generation(reference_image=ENCODING, reference_image_multiple=[ENCODING]),
        (
            400,
            RULE + "reference_image and reference_image_multiple cannot be set at the same time",
        ),
    ),
    "unequal director lists": (
        generation(**_director(director_reference_strength_values=[])),
        (
            400,
            RULE + "director_reference fields must have matching lengths: "
            "images=1, descriptions=1, informations=1, strengths=0",
        ),
    ),
    "director information": (
        generation(**_director(director_reference_information_extracted=[0.5])),
        (
            400,
            RULE + "director_reference_information_extracted must be EXACTLY 1.0 "
            "for each entry at this time",
        ),
    ),
    "director canvas": (
        generation(**_director(director_reference_images=[b64(png((832, 1216)))])),
        (400, "Error encoding v4 director references: non-200 response: 400"),
    ),
    "director alpha": (
        generation(
            **_director(director_reference_images=[b64(png((1024, 1536), (0, 0, 0, 9), "RGBA"))])
        ),
        (400, "Error encoding v4 director references: non-200 response: 400"),
    ),
    "director on V5": (
        generation(model=V5, **_director()),
        (
            400,
            NO_ENCODER,
        ),
    ),
    "no v4_prompt": (_without(generation(), "v4_prompt"), INTERNAL),
    "no v4_negative_prompt": (_without(generation(), "v4_negative_prompt"), INTERNAL),
    "no negative_prompt": (_without(generation(), "negative_prompt"), INTERNAL),
    "smea on V4": (generation(model=V4, sm=True), INTERNAL),
    "sampler on V4": (generation(sampler="ddim_v3"), INTERNAL),
    "unknown sampler on V3": (generation(model=V3, sampler="guess"), INTERNAL),
    "v4_prompt on V3": (
        generation(model=V3, v4_prompt={"caption": {"base_caption": "a", "char_captions": []}}),
        INTERNAL,
    ),
    "v4_negative_prompt on V2": (
        generation(model="nai-diffusion-2", v4_negative_prompt={"legacy_uc": False}),
        INTERNAL,
    ),
    "huge size": (generation(width=4096, height=4096), INTERNAL),
    "no steps": (generation(steps=0), INTERNAL),
    "raw vibe on V4.5": (generation(reference_image_multiple=[b64(png())]), INTERNAL),
    "vibe on V5": (generation(model=V5, reference_image_multiple=[ENCODING]), INTERNAL),
    "encoded vibe on V3": (generation(model=V3, reference_image_multiple=[ENCODING]), INTERNAL),
    "data URL": (
        generation(action="img2img", image="data:image/png;base64," + b64(png())),
        INTERNAL,
    ),
    "no picture bytes": (generation(action="img2img", image=b64(b"text")), INTERNAL),
    "picture missing": (generation(action="img2img"), INTERNAL),
    "wrong type": (
        generation(width="832"),
        (
            500,
            "json: cannot unmarshal string into Go struct field Parameters.width of type int",
        ),
    ),
    "wrong type in a list": (
        generation(director_reference_descriptions=["character"]),
        (
            500,
            GO_FIELD + "Parameters.director_reference_descriptions of type image.V4ConditionInput",
        ),
    ),
    "fraction for a whole number": (
        generation(steps=23.5),
        (
            500,
            "json: cannot unmarshal number 23.5 into Go struct field Parameters.steps of type int",
        ),
    ),
}


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/ai/generate-image", "/ai/generate-image-stream"])
@pytest.mark.parametrize("name", CASES)
async def test_a_broken_rule_is_refused(
    emulator: Emulator, client: httpx2.AsyncClient, name: str, path: str
) -> None:
    """Both endpoints refuse with the service's status and words, and charge nothing."""
    body, (status, message) = CASES[name]
    answer = await client.post(path, json=body)
    assert answer.status_code == status
    assert answer.json() == {"statusCode": status, "message": message}
    assert answer.content.endswith(b"}\n")
    assert answer.headers["content-type"] == "application/json"
    assert emulator.account().anlas == 10_000
    assert not emulator.requests[-1].completed


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "EOF"),
        (b'{"input": ', "unexpected end of JSON input"),
        (b"hello", "invalid character 'h' looking for beginning of value"),
        (b"[]", "json: cannot unmarshal array into Go value of type image.GenerateImageRequest"),
    ],
)
async def test_a_body_that_is_no_object(
    client: httpx2.AsyncClient, content: bytes, message: str
) -> None:
    """What cannot be decoded is answered in the decoder's words."""
    answer = await client.post("/ai/generate-image", content=content)
    assert (answer.status_code, answer.json()["message"]) == (500, message)


@pytest.mark.anyio
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic pst-x", "pst-x"])
async def test_no_token_no_answer(client: httpx2.AsyncClient, header: str | None) -> None:
    """A missing, unknown or badly framed token is unauthorised on every route that needs one."""
    del client.headers["authorization"]
    headers = {"authorization": header} if header else {}
    for method, path in [
        ("GET", "/user/subscription"),
        ("POST", "/ai/generate-image"),
        ("POST", "/ai/generate-image-stream"),
        ("POST", "/ai/encode-vibe"),
    ]:
        answer = await client.request(method, path, headers=headers)
        assert answer.content == b'{"statusCode":401,"message":"Unauthorized"}\n'


@pytest.mark.anyio
async def test_a_revoked_token_is_refused(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """Revoking takes effect with the next request."""
    emulator.account().revoked = True
    assert (await client.get("/user/subscription")).status_code == 401


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("POST", "/ai/generate-image/request-price"), ("GET", "/ai/upscale")],
)
async def test_dead_routes(client: httpx2.AsyncClient, method: str, path: str) -> None:
    """A route that does not exist is a compact 404."""
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["statusCode"]) == (404, 404)


@pytest.mark.anyio
async def test_an_empty_account_pays_nothing(
    emulator: Emulator, client: httpx2.AsyncClient
) -> None:
    """Without enough Anlas the request is refused before anything is drawn."""
    account = emulator.account()
    account.tier, account.fixed_anlas, account.purchased_anlas = 1, 1, 0
    answer = await client.post("/ai/generate-image", json=generation())
    assert answer.status_code == 402
    assert answer.json() == {
        "statusCode": 402,
        "message": "Not enough Anlas. Required: 2, Available: 1",
    }
    assert account.anlas == 1


@pytest.mark.anyio
async def test_encode_vibe_refusals(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """encode-vibe names what is missing and which models it serves."""
    image = b64(png())
    cases = [
        ({"model": V45}, 400, "Error verifying request: image is required"),
        ({"model": V5, "image": image}, 500, "Internal Server Error"),
        (
            {"model": V3, "image": image},
            400,
            "This model does not support vibe transfer through this endpoint",
        ),
        ({"model": "x", "image": image}, 400, "Validation error: model x doesn't exist"),
        ({"model": V45, "image": b64(b"x")}, 500, "Internal Server Error"),
    ]
    for body, status, message in cases:
        answer = await client.post("/ai/encode-vibe", json=body)
        assert answer.json() == {"statusCode": status, "message": message}
    assert emulator.account().anlas == 10_000
