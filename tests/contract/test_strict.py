"""The client sends what NovelAI's web client sends: a strict emulator has nothing to remark."""

import pytest
from tests.contract.worlds import SMALL, painted, world_of

from novelai.catalogue import image_models
from novelai.emulator import Emulator
from novelai.types import Character, CharacterReference, I2iParams, InpaintParams, Vibe

pytestmark = pytest.mark.anyio

SOURCE, MASK = painted("teal"), painted("white")
PLACED = Character(prompt="cat", position=(0.5, 0.5))
MODELS = [spec.id for spec in image_models().values() if spec.generation != "legacy"]


def wishes(model):
    """Return calls that the model takes, by what is special about them."""
    spec = image_models()[model]
    weak = InpaintParams(image=SOURCE, mask=MASK, strength=0.5)
    offered = {
        "plain": (True, {}),
        "another preset": (len(spec.uc) > 1 and not spec.fixed, {"uc_preset": "light"}),
        "no presets": (not spec.fixed, {"quality": False, "uc_preset": "none"}),
        "text to avoid": (not spec.fixed, {"negative_prompt": "fog, rain"}),
        "text to draw": (True, {"prompt": 'a sign "HELLO", \u300c\u732b\u300d'}),
        "mix": (True, {"prompt": "cat | dog, Text: hi"}),
        "another sampler": (not spec.fixed, {"sampler": "k_dpmpp_2m"}),
        "variety": (spec.variety_sigma is not None, {"variety_boost": True}),
        "transparent": (spec.transparency, {"transparent_background": True}),
        "characters": (spec.characters > 0, {"characters": [PLACED, PLACED]}),
        "img2img": (True, {"i2i": I2iParams(image=SOURCE)}),
        "infill": (True, {"inpaint": InpaintParams(image=SOURCE, mask=MASK)}),
        "weak infill": (spec.inpaint_strength, {"inpaint": weak}),
        "vibes": (spec.vibes is not None, {"vibes": [Vibe(image=SOURCE), Vibe(image=MASK)]}),
        "reference": (spec.references, {"character_references": [CharacterReference(image=MASK)]}),
    }
    return {name: fields for name, (there, fields) in offered.items() if there}


@pytest.mark.parametrize("model", MODELS)
async def test_the_client_speaks_as_the_web_does(model):
    """No field is added, left out or of another value, whatever is asked for."""
    emulator = Emulator(fast=True, strict=True)
    emulator.account().fixed_anlas = 100_000
    async with world_of("inside", emulator, "http://emulator") as world:
        for fields in wishes(model).values():
            usual = {"prompt": "1girl", "model": model, "size": SMALL, "seed": 5}
            await world.generate(**usual | fields)
    assert len(emulator.requests) >= len(wishes(model))
    assert [f"{one.field}: {one.says}" for one in emulator.remarks] == []
