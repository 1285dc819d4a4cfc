"""The price told before is the price paid."""

from random import Random

import httpx2
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.contract.worlds import SMALL, painted, sent_to

from novelai import InsufficientAnlasError, NovelAI
from novelai.catalogue import image_models
from novelai.emulator import Emulator
from novelai.types import (
    CharacterReference,
    GenerateImageParams,
    I2iParams,
    InpaintParams,
    Vibe,
)

ENCODING = b"\x8a" + bytes(64)
PRICED = [spec.id for spec in image_models().values() if spec.price_factor is not None]
SIDES = st.sampled_from(range(64, 1601, 64))
STRENGTH = st.integers(1, 99).map(lambda percent: percent / 100)
COLOURS = ("red", "green", "blue", "teal", "gold", "navy")


def vibes(model: str, count: int, encoded: int) -> list[Vibe]:
    """`count` different vibes, some of which carry their encoding."""
    ready = encoded if image_models()[model].vibes == "encoded" else 0
    return [
        Vibe(encoding=ENCODING) if i < ready else Vibe(image=painted(COLOURS[i], (64, 64)))
        for i in range(count)
    ]


@st.composite
def wishes(draw: st.DrawFn) -> GenerateImageParams:
    """Any parameters whose price is known; mostly small, so that drawing takes no time."""
    model = draw(st.sampled_from(PRICED))
    spec = image_models()[model]
    size = draw(
        st.sampled_from([SMALL, SMALL, (832, 1216), (1024, 1024)]) | st.tuples(SIDES, SIDES)
    )
    fields = {
        "prompt": "1girl",
        "model": model,
        "size": size,
        "steps": draw(st.integers(1, 50) | st.sampled_from([28, 29])),
        "n_samples": draw(st.sampled_from([1, 1, 1, 2, 3])),
    }
    source = painted("teal", (64, 64))
    kind = draw(st.sampled_from(["text", "i2i", "inpaint", "vibes", "references"]))
    if kind == "i2i":
        fields["i2i"] = I2iParams(image=source, strength=draw(STRENGTH))
    elif kind == "inpaint":
        strength = draw(STRENGTH) if spec.inpaint_strength else 1
        mask = painted("white", (64, 64))
        fields["inpaint"] = InpaintParams(image=source, mask=mask, strength=strength)
    elif kind == "vibes" and spec.vibes:
        count = draw(st.integers(1, 6))
        fields["vibes"] = vibes(model, count, draw(st.integers(0, count)))
    elif kind == "references" and spec.references:
        count = draw(st.integers(1, 3))
        fields["character_references"] = [CharacterReference(image=source)] * count
    elif spec.smea:
        fields["smea"] = draw(st.booleans())
        fields["smea_dyn"] = fields["smea"] and draw(st.booleans())
    try:
        return GenerateImageParams(**fields)
    except ValidationError:  # more pictures than the size allows, or dearer than the service allows
        assume(False)
        raise


def pay(emulator: Emulator, url: str, params: GenerateImageParams) -> int:
    """Generate with a client that remembers nothing; return what it cost."""
    before = emulator.account().anlas
    with NovelAI(
        emulator.token,
        base_url=url,
        transport=httpx2.HTTPTransport(verify=False),
        rng=Random(0),
    ) as client:
        client.image.generate(params)
    return before - emulator.account().anlas


@settings(max_examples=40)
@given(params=wishes(), opus=st.booleans(), exhausted=st.booleans())
def test_the_balance_falls_by_the_price(served, params, opus, exhausted):
    """For any parameters, on Opus or not, the account pays exactly what was calculated."""
    emulator, url = served
    emulator.reset()
    account = emulator.account()
    account.tier = 3 if opus else 1
    account.usage_is_negative = exhausted
    told = params.calculate_anlas(is_opus=opus, allowance_exhausted=exhausted)
    assert pay(emulator, url, params) == told.total_anlas


@pytest.mark.parametrize(
    ("model", "size", "steps", "anlas"),
    [
        ("nai-diffusion-4-5-full", (832, 1216), 23, 17),
        ("nai-diffusion-4-5-full", (832, 1216), 28, 20),
        ("nai-diffusion-4-full", (1024, 1024), 29, 21),
        ("nai-diffusion-3", (1024, 1024), 50, 34),
        ("nai-diffusion-4-5-curated", (1024, 1536), 28, 30),
        ("nai-diffusion-3", (512, 768), 28, 8),
        ("nai-diffusion-5-full", (832, 1216), 23, 26),
        ("nai-diffusion-5-full", (64, 64), 28, 2),
        ("nai-diffusion-5-full-medium", (832, 1216), 14, 17),
        ("nai-diffusion-5-full-medium", (1024, 1024), 14, 18),
        ("nai-diffusion-5-full-medium", (512, 768), 14, 8),
        ("nai-diffusion-5-full-medium", (640, 640), 14, 8),
        ("nai-diffusion-5-full-medium", (1472, 1472), 14, 35),
    ],
)
def test_known_prices(emulator, url, model, size, steps, anlas):
    """Prices NovelAI's page shows are told and paid."""
    emulator.account().tier = 1
    params = GenerateImageParams(prompt="1girl", model=model, size=size, steps=steps)
    assert params.calculate_anlas().total_anlas == anlas
    assert pay(emulator, url, params) == anlas


@pytest.mark.parametrize(
    ("model", "strength", "anlas"),
    [
        ("nai-diffusion-5-full-medium", 0.5, 9),
        ("nai-diffusion-5-curated", 1, 17),
        ("nai-diffusion-5-full", 1, 26),
    ],
)
def test_known_prices_of_inpainting(emulator, url, model, strength, anlas):
    """Inpainting costs what the model does that inpaints, by its strength."""
    emulator.account().tier = 1
    picture, mask = painted("teal", (832, 1216)), painted("white", (832, 1216))
    params = GenerateImageParams(
        prompt="1girl",
        model=model,
        size="portrait",
        inpaint=InpaintParams(image=picture, mask=mask, strength=strength),
    )
    assert params.calculate_anlas().total_anlas == anlas
    assert pay(emulator, url, params) == anlas


def test_what_cannot_be_paid_is_not_drawn(emulator, url):
    """Without enough Anlas the answer is 402, nothing is charged and the balance stays."""
    emulator.account().tier = 1
    emulator.account().fixed_anlas = 16
    with pytest.raises(InsufficientAnlasError) as caught:
        pay(emulator, url, GenerateImageParams(prompt="1girl"))
    assert (caught.value.status, caught.value.charged) == (402, "no")
    assert (caught.value.required, caught.value.available) == (17, 16)
    assert emulator.account().anlas == 16
    assert len(sent_to(emulator)) == 1


def test_the_subscription_tells_what_the_price_needs(emulator, url):
    """Tier, balance and the state of the V5 allowance are read from the account."""
    account = emulator.account()
    account.usage_percent, account.usage_is_negative = -1, True
    account.purchased_anlas = 5
    with NovelAI(emulator.token, base_url=url, transport=httpx2.HTTPTransport(verify=False)) as own:
        told = own.user.get_subscription()
    assert (told.is_opus, told.anlas, told.usage.is_negative) == (True, 10_005, True)
    account.active = False
    with NovelAI(emulator.token, base_url=url, transport=httpx2.HTTPTransport(verify=False)) as own:
        assert not own.user.get_subscription().is_opus
