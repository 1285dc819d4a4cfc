"""The table of models."""

import warnings
from pathlib import Path

import pytest

from novelai.catalogue import (
    base_model,
    image_models,
    kindred_model,
    known_model,
    model_spec,
    quality_hint,
    sampler_takes_schedule,
    size_presets,
    uc_hint,
)
from novelai.errors import UnknownModelWarning
from novelai.types import GenerateImageParams

V5_HEAVY = (
    "lowres, artistic error, film grain, scan artifacts, worst quality, bad quality, jpeg "
    "artifacts, very displeasing, chromatic aberration, dithering, halftone, screentone, multiple "
    "views, logo, too many watermarks, negative space, blank page"
)
UNKNOWN = "nai-diffusion-9-full"

INPAINTING = {
    "nai-diffusion-5-full": "nai-diffusion-5-full-inpainting",
    "nai-diffusion-5-full-medium": "nai-diffusion-5-full-medium-inpainting",
    "nai-diffusion-5-curated": "nai-diffusion-4-5-curated-inpainting",
    "nai-diffusion-4-5-full": "nai-diffusion-4-5-full-inpainting",
    "nai-diffusion-4-5-curated": "nai-diffusion-4-5-curated-inpainting",
    "nai-diffusion-4-full": "nai-diffusion-4-full-inpainting",
    "nai-diffusion-4-curated-preview": "nai-diffusion-4-curated-inpainting",
    "nai-diffusion-3": "nai-diffusion-3-inpainting",
    "nai-diffusion-furry-3": "nai-diffusion-furry-3-inpainting",
}


def test_the_current_models_and_their_inpainting_ids():
    """V5 Curated inpaints with V4.5 Curated's id, all others with their own."""
    current = {name: spec for name, spec in image_models().items() if spec.generation != "legacy"}
    assert {name: spec.inpainting for name, spec in current.items()} == INPAINTING


UNDESIRED = {
    ("nai-diffusion-5-full", "heavy"): V5_HEAVY,
    ("nai-diffusion-4-5-full", "heavy"): V5_HEAVY,
    (
        "nai-diffusion-4-5-full",
        "human_focus",
    ): f"{V5_HEAVY}, @_@, mismatched pupils, glowing eyes, bad anatomy",
    ("nai-diffusion-5-curated", "light"): (
        "lowres, bad hands, bad anatomy, artistic error, sepia, white haze, worst "
        "quality, very displeasing, jpeg artifacts, 0::ai-generated::"
    ),
    ("nai-diffusion-4-5-curated", "light"): (
        "blurry, lowres, upscaled, artistic error, scan artifacts, jpeg artifacts, logo, "
        "too many watermarks, negative space, blank page"
    ),
    ("nai-diffusion-4-curated-preview", "heavy"): (
        "blurry, lowres, error, film grain, scan artifacts, worst quality, bad quality, "
        "jpeg artifacts, very displeasing, chromatic aberration, logo, dated, signature, "
        "multiple views, gigantic breasts, white blank page, blank page"
    ),
    ("nai-diffusion-4-full", "light"): (
        "blurry, lowres, error, worst quality, bad quality, jpeg artifacts, very "
        "displeasing, white blank page, blank page"
    ),
    ("nai-diffusion-3", "human_focus"): (
        "lowres, {bad}, error, fewer, extra, missing, worst quality, jpeg artifacts, bad "
        "quality, watermark, unfinished, displeasing, chromatic aberration, signature, "
        "extra digits, artistic error, username, scan, [abstract], bad anatomy, bad "
        "hands, @_@, mismatched pupils, heart-shaped pupils, glowing eyes"
    ),
    ("nai-diffusion-furry-3", "light"): (
        "{worst quality}, guide lines, unfinished, bad, url, tall image, widescreen, "
        "compression artifacts, unknown text"
    ),
}


@pytest.mark.parametrize(("model", "preset"), UNDESIRED)
def test_undesired_content_texts(model, preset):
    """The texts are the web client's, to the letter."""
    assert model_spec(model).uc[preset] == UNDESIRED[model, preset]


@pytest.mark.parametrize(
    ("models", "presets"),
    [
        (
            ["nai-diffusion-5-full", "nai-diffusion-5-curated", "nai-diffusion-4-5-full"],
            ["heavy", "light", "furry_focus", "human_focus", "none"],
        ),
        (
            ["nai-diffusion-4-5-curated", "nai-diffusion-3"],
            ["heavy", "light", "human_focus", "none"],
        ),
        (
            ["nai-diffusion-4-full", "nai-diffusion-4-curated-preview", "nai-diffusion-furry-3"],
            ["heavy", "light", "none"],
        ),
        (["nai-diffusion"], ["low_quality_bad_anatomy", "low_quality", "none"]),
    ],
)
def test_presets_are_in_the_page_s_order(models, presets):
    """The position of a preset is the number older clients sent for it."""
    assert [list(model_spec(model).uc) for model in models] == [presets] * len(models)


def test_how_presets_are_named_in_requests():
    """Ids and numbers are the page's."""
    names = ["none", "standard", "heavy", "light", "human_focus", "furry_focus"]
    assert [uc_hint(name).hint for name in names] == [0, 1, 2, 3, 4, 5]
    assert uc_hint("human_focus").id == "humanFocus"
    assert [quality_hint(name).hint for name in ("none", "standard", "light")] == [0, 1, 3]


@pytest.mark.parametrize(("model", "spec"), list(image_models().items()))
def test_every_row_is_complete(model, spec):
    """No model lacks a column, and each row agrees with itself."""
    assert spec.id == model
    assert spec.sampler in spec.samplers
    assert spec.noise_schedule in spec.noise_schedules
    assert 1 <= spec.steps <= 50
    assert 0 < spec.scale <= spec.max_scale
    assert "standard" in spec.quality
    assert list(spec.uc)[-1] == "none"
    assert spec.structured_prompt == spec.generation.startswith(("v4", "v5"))
    for preset in spec.uc:
        assert uc_hint(preset).id


@pytest.mark.parametrize(
    ("spelling", "model"),
    [
        ("nai-diffusion-4-curated", "nai-diffusion-4-curated-preview"),
        ("nai-diffusion-3-furry", "nai-diffusion-furry-3"),
        ("nai-diffusion-4-5-full-inpainting", "nai-diffusion-4-5-full"),
        ("nai-diffusion-5-full-medium-inpainting", "nai-diffusion-5-full-medium"),
        ("nai-diffusion-4-5-curated-inpainting", "nai-diffusion-4-5-curated"),
        ("nai-diffusion-3-inpainting", "nai-diffusion-3"),
    ],
)
def test_other_spellings_stand_for_a_model(spelling, model):
    """Ids of other packages and inpainting ids lead to the model they mean."""
    assert (base_model(spelling), known_model(spelling)) == (model, True)
    assert GenerateImageParams(prompt="a", model=spelling).request_model == model


def test_an_unknown_model_passes_with_one_warning():
    """It is sent as it is, its price is unknown, and the warning points at the caller."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        params = GenerateImageParams(prompt="a", model=UNKNOWN, sampler="new", scale=20)
        assert params.request_model == UNKNOWN
        assert params.processed_prompt == "a"
        assert params.calculate_anlas().total_anlas is None
    assert [(w.category, Path(w.filename).name) for w in caught] == [
        (UnknownModelWarning, Path(__file__).name)
    ]


@pytest.mark.parametrize(
    ("model", "kin"),
    [
        ("nai-diffusion-5-full-low", "nai-diffusion-5-full"),
        ("nai-diffusion-5-full-medium-2", "nai-diffusion-5-full-medium"),
        ("nai-diffusion-4-5-full-b", "nai-diffusion-4-5-full"),
    ],
)
def test_an_id_that_extends_a_known_one_has_its_traits(model, kin):
    """Words, limits and price are that one's, and a warning says so."""
    with pytest.warns(UnknownModelWarning, match=f"taken for a kind of {kin}$"):
        params = GenerateImageParams(prompt='a "sign"', model=model)
    known = GenerateImageParams(prompt='a "sign"', model=kin)
    assert params.request_model == model
    assert params.processed_prompt == known.processed_prompt
    assert params.calculate_anlas().total_anlas == known.calculate_anlas().total_anlas
    assert params.spec.inpainting == f"{model}-inpainting"
    with pytest.warns(UnknownModelWarning), pytest.raises(ValueError, match="scale"):
        GenerateImageParams(prompt="a", model=model, scale=11)


def test_an_id_that_extends_v5_curated_inpaints_like_it():
    """Where a model borrows its inpainting, so does its kin."""
    assert (
        model_spec("nai-diffusion-5-curated-b").inpainting == INPAINTING["nai-diffusion-5-curated"]
    )


@pytest.mark.parametrize("model", ["nai-diffusion-6-full", "nai-diffusion-xl", "nai-diffusion-5"])
def test_the_first_models_have_no_kin(model):
    """Their ids begin all others."""
    assert kindred_model(model) is None


@pytest.mark.parametrize("model", list(image_models()))
def test_known_models_do_not_warn(model):
    """A warning means something."""
    assert GenerateImageParams(prompt="a", model=model).spec is model_spec(model)


def test_sizes_are_the_page_s():
    """Every named size is a multiple of 64 and turned over has its twin."""
    sizes = size_presets()
    assert sizes["portrait"] == (832, 1216)
    assert sizes["wallpaper_landscape"] == (1920, 1088)
    assert all(width % 64 == height % 64 == 0 for width, height in sizes.values())
    assert {(height, width) for width, height in sizes.values()} == set(sizes.values())


def test_some_samplers_take_no_schedule():
    """The page leaves the noise schedule out for these."""
    taken = [sampler_takes_schedule(name) for name in ("k_euler", "k_lms", "ddim_v3", "plms")]
    assert taken == [True, False, False, False]
