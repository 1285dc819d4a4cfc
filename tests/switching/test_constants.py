"""The constants are the catalogue's: one truth, several names."""

from typing import get_args

import pytest

from novelai.catalogue import base_model, image_models, model_spec, size_presets
from novelai.constants import (
    models,
    negative_prompts,
    noise_schedules,
    positions,
    samplers,
    sizes,
    tools,
)
from novelai.types import Character, EmotionParams, GenerateImageParams


def texts_of(module) -> list[str]:
    """The constants of a module that are a single value."""
    values = [getattr(module, name) for name in module.__all__ if name.isupper()]
    return [value for value in values if isinstance(value, str)]


def test_every_model_constant_is_a_real_id():
    """A constant names a model the service has, under the service's own id."""
    since_v3 = {model for model in image_models() if model[-1].isdigit() or model[14:15].isdigit()}
    assert set(texts_of(models)) == since_v3 - {"nai-diffusion-2"}
    assert len(texts_of(models)) >= 8


def test_every_model_has_a_name_for_type_checkers():
    """`ImageModel` admits every model of the catalogue, and spellings that lead to one."""
    admitted = set(get_args(models.ImageModel))
    assert set(image_models()) <= admitted
    assert {base_model(model) for model in admitted} == set(image_models())


def test_every_sampler_is_one_of_a_model():
    """`Sampler` is what the models together take, and each constant is one of them."""
    taken = {sampler for spec in image_models().values() for sampler in spec.samplers}
    assert set(get_args(samplers.Sampler)) == taken
    assert {"ddim", "k_euler"} <= set(texts_of(samplers)) <= taken


def test_every_noise_schedule_is_one_of_a_model():
    """`NoiseSchedule` is what the models together take, and each constant is one of them."""
    taken = {schedule for spec in image_models().values() for schedule in spec.noise_schedules}
    assert set(get_args(noise_schedules.NoiseSchedule)) == taken
    assert set(texts_of(noise_schedules)) == taken


def test_every_size_has_its_pixels():
    """`PRESET_MAP` is the catalogue's table of sizes."""
    assert dict(size_presets()) == sizes.PRESET_MAP


@pytest.mark.parametrize("cell", get_args(positions.PositionPreset))
def test_every_cell_is_a_place(cell):
    """Each cell of the grid can be a character's place."""
    assert Character(prompt="a", position=cell).center(snap=True) != (0, 0)


@pytest.mark.parametrize("mood", get_args(tools.Emotion))
def test_every_mood_can_be_asked_for(mood):
    """Each mood is one the emotion tool takes."""
    assert EmotionParams(image=b"picture", emotion=mood).emotion == mood


@pytest.mark.parametrize("preset", get_args(get_args(negative_prompts.UCPreset)[1]))
def test_other_names_of_presets_are_accepted(preset):
    """novelai-sdk's name for a preset leads to the service's."""
    assert GenerateImageParams(prompt="a", uc_preset=preset).uc_preset == "heavy"


def test_preset_texts_are_those_of_the_default_model():
    """The texts are ready to be appended to a prompt, and are V4.5 Full's."""
    spec = model_spec(GenerateImageParams(prompt="a").model)
    assert f", {spec.quality['standard']}" == negative_prompts.QUALITY_TAGS
    texts = dict(negative_prompts.UNDESIRED_CONTENT_PRESETS)
    assert texts.pop(negative_prompts.UC_STRONG) == texts[negative_prompts.UC_HEAVY]
    assert {name: text.strip(", ") for name, text in texts.items()} == dict(spec.uc)
    assert set(texts_of(negative_prompts)) - {negative_prompts.QUALITY_TAGS} == {*texts, "strong"}
