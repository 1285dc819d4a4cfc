"""Prices: every published or measured figure."""

import json
from pathlib import Path

import pytest

from novelai.emulator.anlas import (
    director_price,
    free_images,
    generation_price,
    image_price,
    upscale_price,
)
from novelai.emulator.models import MODELS, Family

VECTORS = Path(__file__).parent.parent / "data" / "vectors"
PRICES = json.loads((VECTORS / "prices.json").read_text(encoding="utf-8"))["cases"]

SINGLE: list[tuple[Family, int, int, int, int]] = [
    *[("v4.5", *vector) for vector in (
        (832, 1216, 23, 17), (832, 1216, 28, 20), (1024, 1024, 28, 20), (1024, 1024, 29, 21),
        (1024, 1024, 50, 34), (1024, 1536, 28, 30), (2048, 1536, 50, 100), (1088, 1024, 1, 4),
        (512, 768, 28, 8),
    )],
    *[("v5", 1024, 1024, steps, price) for steps, price in (
        (1, 6), (2, 8), (10, 15), (28, 30), (29, 32), (30, 33), (35, 38), (40, 42), (45, 47),
        (50, 51),
    )],
    *[("v5", *vector) for vector in (
        (832, 1216, 23, 26), (832, 1216, 28, 30), (832, 1216, 30, 32), (512, 512, 1, 2),
        (512, 512, 28, 8), (512, 512, 29, 9), (512, 512, 50, 14), (1536, 1024, 1, 9),
        (1536, 1024, 28, 45), (1536, 1024, 29, 47), (1536, 1024, 50, 75), (1088, 1024, 1, 6),
        (1088, 1024, 28, 33), (1600, 1600, 28, 74),
    )],
    ("v1", 512, 768, 28, 5),
]  # fmt: skip


@pytest.mark.parametrize(("family", "width", "height", "steps", "price"), SINGLE)
def test_one_picture(family: Family, width: int, height: int, steps: int, price: int) -> None:
    """One picture without a subscription costs the measured price."""
    assert image_price(family=family, width=width, height=height, steps=steps) == price


@pytest.mark.parametrize("case", PRICES, ids=lambda case: case["id"])
def test_prices_are_those_of_the_web_client(case: dict) -> None:
    """Any model, size and subscription is charged what NovelAI's page counts."""
    model = MODELS[case["model"]]
    size = {
        "family": model.family,
        "width": case["width"],
        "height": case["height"],
        "steps": model.counted_steps or case["steps"],
    }
    picture = image_price(
        **size,
        strength=case["strength"],
        step_share=model.step_share,
        sm=case.get("smea", False),
        sm_dyn=case.get("smeaDyn", False),
    )
    free = free_images(**size, opus=case["isOpus"], usage_is_negative=case["opusExhausted"])
    total = generation_price(image=picture, samples=case["nSamples"], free=free)
    assert picture == case["per_sample"]
    assert (bool(free), total) == (case["free_sample"], case["total"])


@pytest.mark.parametrize("family", ["v3", "furry-v3", "v4", "v4.5"])
def test_families_before_v5_cost_the_same(family: Family) -> None:
    """The formula is one for V3, Furry V3, V4 and V4.5."""
    assert image_price(family=family, width=832, height=1216, steps=23) == 17


def test_smea_and_strength() -> None:
    """SMEA makes dearer, strength makes cheaper, and nothing is cheaper than 2."""
    portrait = {"family": "v3", "width": 832, "height": 1216, "steps": 23}
    assert image_price(**portrait, sm=True) == 21
    assert image_price(**portrait, sm=True, sm_dyn=True) == 24
    assert image_price(**portrait, strength=0.62) == 11
    square = {"family": "v4.5", "width": 1024, "height": 1024}
    assert image_price(**square, steps=23, strength=0.7) == 12
    assert image_price(**square, steps=28, strength=0.5) == 10
    assert image_price(**square, steps=1, strength=0.01) == 2


OPUS: list[tuple[Family, int, int, int, int, int]] = [
    ("v4.5", 1024, 1024, 28, 1, 0),
    ("v4.5", 832, 1216, 23, 2, 17),
    *[("v5", 1024, 1024, 28, n, (n - 1) * 30) for n in (1, 2, 3)],
    *[("v5", 1024, 1024, 10, n, (n - 1) * 15) for n in (2, 3, 4)],
    *[("v5", 1024, 1024, 29, n, n * 32) for n in (1, 2, 3, 4)],
]


@pytest.mark.parametrize(("family", "width", "height", "steps", "samples", "price"), OPUS)
def test_opus(
    family: Family, width: int, height: int, steps: int, samples: int, price: int
) -> None:
    """On Opus one picture of a normal request is free."""
    size = {"family": family, "width": width, "height": height, "steps": steps}
    free = free_images(**size, opus=True, usage_is_negative=False)
    assert generation_price(image=image_price(**size), samples=samples, free=free) == price


def test_a_used_up_allowance_ends_free_v5_pictures_only() -> None:
    """With a negative allowance V5 costs Anlas, and older models stay free."""
    size = {"width": 832, "height": 1216, "steps": 28, "opus": True, "usage_is_negative": True}
    assert free_images(family="v5", **size) == 0
    assert free_images(family="v4.5", **size) == 1


def test_references() -> None:
    """Precise references cost 5 per picture on every tier; vibes cost 2 from the fifth."""
    assert generation_price(image=20, samples=1, free=1, precise_references=1) == 5
    assert generation_price(image=20, samples=1, free=0, precise_references=1) == 25
    assert generation_price(image=20, samples=2, free=0, precise_references=2) == 60
    assert generation_price(image=20, samples=1, free=0, vibes=4) == 20
    assert generation_price(image=20, samples=1, free=0, vibes=5) == 22


def test_tools() -> None:
    """Upscaling costs 1 to 4 by area; background removal is never free."""
    areas = [(1024, 1024), (1024, 1025), (1747627, 1), (1747628, 1), (2446679, 1)]
    assert [upscale_price(width=w, height=h) for w, h in areas] == [1, 2, 2, 3, 4]
    normal = {"width": 832, "height": 1216}
    assert director_price(req_type="lineart", **normal, opus=False) == 20
    assert director_price(req_type="lineart", **normal, opus=True) == 0
    assert director_price(req_type="bg-removal", **normal, opus=True) == 65
    assert director_price(req_type="bg-removal", width=512, height=512, opus=True) == 65
