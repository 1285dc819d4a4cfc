"""Prices in Anlas."""

import pytest

from novelai.catalogue import image_models, model_spec
from novelai.cost import generation_cost
from novelai.errors import FixedFieldWarning
from novelai.types import CharacterReference, GenerateImageParams, I2iParams, InpaintParams, Vibe

OLD = ["nai-diffusion-3", "nai-diffusion-4-full", "nai-diffusion-4-5-full", "nai-diffusion-furry-3"]
V45 = "nai-diffusion-4-5-full"
V5 = ["nai-diffusion-5-full", "nai-diffusion-5-curated"]

OLD_PRICES = [
    (832, 1216, 23, 17),
    (832, 1216, 28, 20),
    (1024, 1024, 28, 20),
    (1024, 1024, 29, 21),
    (1024, 1024, 50, 34),
    (1024, 1536, 28, 30),
    (2048, 1536, 50, 100),
    (1088, 1024, 1, 4),
    (512, 768, 28, 8),
]
V5_PRICES = [
    *[
        (1024, 1024, steps, price)
        for steps, price in {
            1: 6, 2: 8, 10: 15, 28: 30, 29: 32, 30: 33, 35: 38, 40: 42, 45: 47, 50: 51,
        }.items()
    ],
    *[(832, 1216, steps, price) for steps, price in {23: 26, 28: 30, 30: 32}.items()],
    *[(512, 512, steps, price) for steps, price in {1: 2, 28: 8, 29: 9, 50: 14}.items()],
    *[(1536, 1024, steps, price) for steps, price in {1: 9, 28: 45, 29: 47, 50: 75}.items()],
    (1088, 1024, 1, 6),
    (1088, 1024, 28, 33),
    (1600, 1600, 28, 74),
]  # fmt: skip


def price(model=V45, width=1024, height=1024, steps=28, **more):
    return generation_cost(model_spec(model), width=width, height=height, steps=steps, **more)


@pytest.mark.parametrize("model", OLD)
@pytest.mark.parametrize(("width", "height", "steps", "anlas"), OLD_PRICES)
def test_models_up_to_v4_5_cost_what_the_page_says(model, width, height, steps, anlas):
    """One picture without a subscription costs what the web client shows."""
    assert price(model, width, height, steps).total_anlas == anlas


@pytest.mark.parametrize("model", V5)
@pytest.mark.parametrize(("width", "height", "steps", "anlas"), V5_PRICES)
def test_v5_costs_half_as_much_again(model, width, height, steps, anlas):
    """V5's factor comes after the first rounding and before the second."""
    assert price(model, width, height, steps).total_anlas == anlas


@pytest.mark.parametrize(("dyn", "anlas"), [(False, 21), (True, 24)])
def test_smea_costs_more(dyn, anlas):
    """SMEA takes a fifth more, SMEA DYN two fifths."""
    estimate = price("nai-diffusion-3", 832, 1216, 23, smea=True, smea_dyn=dyn)
    assert estimate.total_anlas == anlas


@pytest.mark.parametrize(
    ("width", "height", "steps", "strength", "anlas"),
    [(832, 1216, 23, 0.62, 11), (1024, 1024, 23, 0.7, 12), (1024, 1024, 28, 0.5, 10)],
)
def test_strength_scales_the_price(width, height, steps, strength, anlas):
    """Image to image and inpainting pay the share that strength says."""
    estimate = price(V45, width, height, steps, strength=strength)
    assert (estimate.total_anlas, estimate.strength_factor) == (anlas, strength)


def test_no_picture_costs_less_than_two():
    """However small and weak, a picture costs 2 Anlas."""
    assert price(V45, 64, 64, 1, strength=0.01).total_anlas == 2


@pytest.mark.parametrize(
    ("model", "width", "height", "steps", "samples", "anlas"),
    [
        (V45, 1024, 1024, 28, 1, 0),
        (V45, 832, 1216, 23, 2, 17),
        *[(V5[0], 1024, 1024, 28, n, anlas) for n, anlas in enumerate((0, 30, 60), 1)],
        *[(V5[0], 1024, 1024, 10, n, anlas) for n, anlas in enumerate((15, 30, 45), 2)],
        *[(V5[0], 1024, 1024, 29, n, anlas) for n, anlas in enumerate((32, 64, 96, 128), 1)],
    ],
)
def test_opus_pays_for_one_picture_less(model, width, height, steps, samples, anlas):
    """With Opus one picture of at most 1,048,576 pixels and 28 steps is free."""
    estimate = price(model, width, height, steps, n_samples=samples, is_opus=True)
    assert estimate.total_anlas == anlas
    assert estimate.opus_discount_applied == (steps <= 28)


def test_opus_pays_for_v5_when_the_allowance_is_used_up():
    """The V5 allowance limits V5 only."""
    spent = {"is_opus": True, "allowance_exhausted": True}
    assert price(V5[0], **spent).total_anlas == 30
    assert price(V45, **spent).total_anlas == 0


@pytest.mark.parametrize(
    ("references", "samples", "opus", "anlas"),
    [(1, 1, True, 5), (1, 1, False, 25), (2, 2, False, 60)],
)
def test_precise_references_cost_five_per_picture(references, samples, opus, anlas):
    """A precise reference costs 5 Anlas for each picture, and leaves Opus's free picture free."""
    estimate = price(n_samples=samples, references=references, is_opus=opus)
    assert estimate.total_anlas == anlas
    assert estimate.character_reference_anlas == 5 * references * samples


@pytest.mark.parametrize(
    ("vibes", "to_encode", "anlas"), [(2, 2, 24), (5, 0, 22), (4, 0, 20), (6, 1, 26)]
)
def test_vibes_cost_their_encoding_and_two_beyond_four(vibes, to_encode, anlas):
    """Two Anlas for each encoding, and two for each vibe after the fourth."""
    assert price(vibes=vibes, vibes_to_encode=to_encode).total_anlas == anlas


def test_medium_effort_counts_its_own_steps():
    """V5 Full (Medium) costs the same however many steps are asked for."""
    square = {"prompt": "a", "size": "square", "model": "nai-diffusion-5-full-medium"}
    with pytest.warns(FixedFieldWarning):
        many = GenerateImageParams(**square, steps=50)
    assert many.calculate_anlas() == GenerateImageParams(**square).calculate_anlas()
    assert many.calculate_anlas().total_anlas == 18
    assert many.calculate_anlas(is_opus=True).total_anlas == 0


def test_inpainting_on_v5_curated_costs_what_v4_5_does():
    """The price is that of the model which inpaints, and so is Opus's allowance."""
    inpaint = InpaintParams(image=b"x", mask=b"x")
    square = GenerateImageParams(prompt="a", model=V5[1], size="square", steps=28, inpaint=inpaint)
    assert square.calculate_anlas().total_anlas == 20
    assert square.calculate_anlas(is_opus=True, allowance_exhausted=True).total_anlas == 0


def test_v1_has_its_own_curve():
    """The first model's price follows its own formula."""
    assert price("nai-diffusion", 512, 768, 28).total_anlas == 5


def test_v1_with_another_sampler_has_no_known_price():
    """Where the formula does not hold, no number is made up."""
    assert price("nai-diffusion", 512, 768, 28, sampler="k_dpmpp_2m").total_anlas is None


def test_params_price_themselves():
    """`calculate_anlas` gathers size, strength, vibes and references from the parameters."""
    square = {"prompt": "a", "size": "square", "steps": 28}
    assert GenerateImageParams(**square).calculate_anlas().total_anlas == 20
    assert GenerateImageParams(**square).calculate_anlas(is_opus=True).total_anlas == 0
    i2i = GenerateImageParams(**square, i2i=I2iParams(image=b"x", strength=0.5))
    assert i2i.calculate_anlas().total_anlas == 10
    inpaint = InpaintParams(image=b"x", mask=b"x", strength=0.5)
    assert GenerateImageParams(**square, inpaint=inpaint).calculate_anlas().total_anlas == 10
    vibes = [Vibe(image=b"x"), Vibe(encoding=b"e")]
    with_vibes = GenerateImageParams(**square, vibes=vibes)
    assert with_vibes.calculate_anlas().vibe_encoding_anlas == 2
    assert with_vibes.calculate_anlas(vibes_encoded=2).vibe_encoding_anlas == 0
    references = [CharacterReference(image=b"x")]
    with_reference = GenerateImageParams(**square, character_references=references)
    assert with_reference.calculate_anlas(is_opus=True).total_anlas == 5


def test_raw_vibes_need_no_encoding():
    """V3 takes the picture itself, so nothing is paid for encoding it."""
    params = GenerateImageParams(prompt="a", model="nai-diffusion-3", vibes=[Vibe(image=b"x")])
    assert params.calculate_anlas().vibe_encoding_anlas == 0


@pytest.mark.parametrize("model", list(image_models()))
def test_every_model_but_the_oldest_has_a_price(model):
    """The price is a whole number, or unknown for a legacy model."""
    total = price(model, 1024, 1024, 28).total_anlas
    assert isinstance(total, int) or model_spec(model).generation == "legacy"
