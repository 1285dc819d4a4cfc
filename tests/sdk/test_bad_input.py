"""Wrong parameters are found before anything is sent, and named."""

from io import StringIO

import pytest
from tests.sdk.services import KEY, Service, reply

from novelai import AsyncNovelAI, InvalidParamsError, NovelAI
from novelai.types import Character, GenerateImageParams, Vibe

PICTURE = {"image": b"x"}
MASKED = {"image": b"x", "mask": b"x"}
SECRET = "SECRET-PROMPT"
V5, V4, V3, V2 = (
    "nai-diffusion-5-full",
    "nai-diffusion-4-full",
    "nai-diffusion-3",
    "nai-diffusion-2",
)

WRONG = [
    ({"prompt": ""}, "prompt", "must not be empty"),
    ({"prompt": " \n"}, "prompt", "must not be empty"),
    ({"prompt": 5}, "prompt", "valid string"),
    ({"prompt": "a\ud800"}, "prompt", "surrogate"),
    ({"prompt": "x" * 51_200}, "prompt", "at most 51200 characters, got 51238 (38 of them added"),
    ({"negative_prompt": "x" * 51_200}, "negative_prompt", "at most 51200 characters, got 51"),
    ({"size": (786, 786)}, "size", "multiples of 64, got 786x786; nearest is 768x768"),
    ({"size": (0, 64)}, "size", "at least 64x64 pixels, got 0x64"),
    ({"size": (-64, 64)}, "size", "at least 64x64 pixels, got -64x64"),
    ({"size": (2048, 1600)}, "size", "at most 3145728 pixels, got 2048x1600 = 3276800"),
    ({"size": "poster"}, "size", "one of portrait, landscape"),
    ({"size": 5}, "size", "WIDTHxHEIGHT in pixels"),
    ({"size": (832,)}, "size", "got (832,)"),
    ({"size": "832x"}, "size", "got '832x'"),
    ({"steps": 0}, "steps", "must be 1 to 50, got 0"),
    ({"steps": 51}, "steps", "must be 1 to 50, got 51"),
    ({"steps": 2.5}, "steps", "valid integer"),
    ({"scale": -0.1}, "scale", "must be 0 to 25, got -0.1"),
    ({"scale": 10.5}, "scale", "must be 0 to 10, got 10.5"),
    ({"scale": float("nan")}, "scale", "got nan"),
    ({"scale": 26, "model": V2}, "scale", "must be 0 to 25, got 26"),
    ({"cfg_rescale": 1.1}, "cfg_rescale", "must be 0 to 1, got 1.1"),
    ({"seed": -1}, "seed", "must be 0 to 4294967295, got -1"),
    ({"seed": 2**32}, "seed", "must be 0 to 4294967295, got 4294967296"),
    ({"n_samples": 0}, "n_samples", "must be 1 to 8, got 0"),
    ({"n_samples": 5}, "n_samples", "must be 1 to 4 at 832x1216, got 5"),
    ({"image_format": "gif"}, "image_format", "png or webp, got 'gif'"),
    ({"quality": "best"}, "quality", "standard or light, got 'best'"),
    ({"quality": "light"}, "quality", "'light' is not one of NAI Diffusion V4.5 Full's: standard"),
    ({"uc_preset": "worst"}, "uc_preset", "heavy, light"),
    ({"uc_preset": "furry_focus", "model": V3}, "uc_preset", "heavy, light, human_focus, none"),
    ({"sampler": "plms"}, "sampler", "'plms' is not one of NAI Diffusion V4.5 Full's: k_euler"),
    ({"noise_schedule": "native", "model": V5}, "noise_schedule", "'native' is not one of"),
    ({"smea": True}, "smea", "NAI Diffusion V4.5 Full does not have it"),
    ({"smea_dyn": True, "model": V3}, "smea_dyn", "needs smea"),
    ({"smea": True, "model": V3, "i2i": PICTURE}, "smea", "cannot be combined with i2i"),
    ({"smea": True, "model": V3, "inpaint": MASKED}, "smea", "cannot be combined with"),
    ({"decrisp": True}, "decrisp", "does not have it"),
    ({"variety_boost": True, "model": V5}, "variety_boost", "does not have it"),
    ({"cfg_rescale": 0.5, "model": V2}, "cfg_rescale", "does not have it"),
    ({"transparent_background": True}, "transparent_background", "does not have it"),
    ({"i2i": {**PICTURE, "strength": 1}}, "i2i.strength", "must be 0.01 to 0.99, got 1"),
    ({"i2i": {**PICTURE, "noise": 1}}, "i2i.noise", "must be 0 to 0.99, got 1"),
    ({"i2i": {"image": b""}}, "i2i.image", "not empty"),
    ({"i2i": {"image": 7}}, "i2i.image", "must be a path, bytes"),
    ({"i2i": {"image": "https://example.org/a.png"}}, "i2i.image", "is a URL"),
    ({"inpaint": PICTURE}, "inpaint.mask", "required"),
    ({"inpaint": MASKED, "i2i": PICTURE}, "inpaint", "cannot be combined with i2i"),
    ({"inpaint": MASKED, "model": V2}, "inpaint", "cannot inpaint"),
    ({"inpaint": {**MASKED, "strength": 0.5}, "model": V3}, "inpaint.strength", "strength 1 only"),
    ({"inpaint": {**MASKED, "strength": 0}}, "inpaint.strength", "must be 0.01 to 1, got 0"),
    ({"vibes": [PICTURE], "model": V5}, "vibes", "does not take vibes"),
    ({"vibes": [Vibe(encoding=b"e")], "model": V3}, "vibes", "takes pictures, not encodings"),
    ({"vibes": [{}]}, "vibes.0.image", "give a picture or an encoding"),
    ({"vibes": [{**PICTURE, "strength": 2}]}, "vibes.0.strength", "must be -1 to 1, got 2"),
    ({"vibes": [{**PICTURE, "info_extracted": 0}]}, "vibes.0.info_extracted", "0.01 to 1, got 0"),
    ({"vibes": [PICTURE] * 17}, "vibes", "must be at most 16, got 17"),
    ({"character_references": [PICTURE], "model": V5}, "character_references", "does not take"),
    ({"character_references": [PICTURE], "model": V4}, "character_references", "does not take"),
    (
        {"character_references": [PICTURE], "vibes": [PICTURE]},
        "character_references",
        "cannot be combined with vibes",
    ),
    (
        {"character_references": [{**PICTURE, "fidelity": 1.5}]},
        "character_references.0.fidelity",
        "must be 0 to 1, got 1.5",
    ),
    (
        {"character_references": [{**PICTURE, "type": "pose"}]},
        "character_references.0.type",
        "character, style, character&style, got 'pose'",
    ),
    ({"characters": [Character(prompt="a")] * 7}, "characters", "takes at most 6, got 7"),
    ({"characters": [Character(prompt="a")], "model": V3}, "characters", "takes at most 0, got 1"),
    (
        {"characters": [{"prompt": SECRET, "position": (0.5, 1.5)}]},
        "characters.0.position",
        "each 0 to 1, or a cell from A1 to E5, got (0.5, 1.5)",
    ),
    ({"characters": [{"prompt": "a", "position": "F1"}]}, "characters.0.position", "got 'F1'"),
    ({"model": V5, "size": (1536, 2048), "steps": 50}, "steps", "150 Anlas a picture"),
    ({"colour": "red"}, "colour", "not permitted"),
]


IDS = [f"{number}-{field}" for number, (_, field, _) in enumerate(WRONG)]


@pytest.mark.parametrize(("fields", "field", "sentence"), WRONG, ids=IDS)
def test_the_error_names_field_value_and_limit(fields, field, sentence):
    """One finding for one mistake, before sending, and never with the prompt in it."""
    service = Service(reply())
    asked = {"prompt": SECRET, **fields}
    with NovelAI(KEY, transport=service) as client, pytest.raises(InvalidParamsError) as caught:
        client.image.generate(**asked)
    error = caught.value
    assert [name for name, _ in error.problems] == [field]
    assert error.field == field
    assert sentence in error.problems[0][1]
    assert str(error).startswith(f"{field}: ")
    assert SECRET not in str(error) + repr(error)
    assert (error.charged, error.status, service.calls) == ("no", None, 0)


def test_several_mistakes_are_named_at_once():
    """Nobody has to find them one by one."""
    with NovelAI(KEY) as client, pytest.raises(InvalidParamsError) as caught:
        client.image.generate(prompt="a", steps=0, seed=-1, i2i={"image": 7, "strength": 5})
    assert {name for name, _ in caught.value.problems} == {
        "steps",
        "seed",
        "i2i.image",
        "i2i.strength",
    }


def test_a_picture_may_cost_140_and_no_more():
    """The service refuses a picture above 140 Anlas; at 140 it does not."""
    smea = {"prompt": "a", "model": V3, "size": (1536, 2048), "steps": 50, "smea": True}
    assert GenerateImageParams(**smea, smea_dyn=True).calculate_anlas().per_image_anlas == 140


@pytest.mark.parametrize(
    ("arguments", "fields", "message"),
    [
        ((), {}, "or its fields as keywords"),
        ((GenerateImageParams(prompt="a"),), {"steps": 5}, "not both"),
        ((b"a cat",), {}, "not a bytes"),
        ((StringIO(),), {}, "not a StringIO"),
    ],
)
def test_calls_that_make_no_sense_are_type_errors(arguments, fields, message):
    """Parameters come as one object or as keywords."""
    with NovelAI(KEY) as client:
        for method in (client.image.generate, client.image.generate_stream):
            with pytest.raises(TypeError, match=message):
                method(*arguments, **fields)


@pytest.mark.anyio
async def test_the_async_client_checks_the_same():
    """Also a stream's parameters are checked at the call, before iterating."""
    client = AsyncNovelAI(KEY)
    with pytest.raises(InvalidParamsError):
        await client.image.generate(prompt="")
    with pytest.raises(InvalidParamsError):
        client.image.generate_stream(prompt="")
    await client.close()
