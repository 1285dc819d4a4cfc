"""Parameters: defaults, names, derived values."""

from pathlib import Path
from typing import get_type_hints

import pytest
from pydantic import ValidationError

from novelai.catalogue import model_spec
from novelai.errors import FixedFieldWarning
from novelai.types import (
    Character,
    CharacterReference,
    GenerateImageParams,
    GenerateImageStreamParams,
    I2iParams,
    InpaintParams,
    Vibe,
)
from novelai.types.fields import GenerateImageFields, GenerateImageStreamFields


def test_defaults():
    """A prompt alone asks for what the page asks for."""
    params = GenerateImageParams(prompt="a")
    assert params.model == "nai-diffusion-4-5-full"
    assert (params.dimensions, params.steps, params.n_samples) == ((832, 1216), 23, 1)
    assert (params.action, params.image_format, params.seed) == ("generate", "png", None)
    assert (params.quality_preset, params.effective_uc_preset) == ("standard", "heavy")


MEDIUM = "nai-diffusion-5-full-medium"
OWN = {
    "steps": 14,
    "sampler": "k_euler_ancestral",
    "uc_preset": "heavy",
    "negative_prompt": None,
    "cfg_rescale": 0,
}
"""What Medium sets by itself."""


@pytest.mark.filterwarnings("error")
def test_medium_starts_with_its_own_values():
    """V5 Full (Medium) asks for its own steps, sampler and texts, without a warning."""
    for given in ({}, OWN, {"negative_prompt": "", "sampler": "ddim"}):
        params = GenerateImageParams(prompt="a", model=MEDIUM, **given)
        assert {name: getattr(params, name) for name in OWN} == OWN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 28),
        ("sampler", "k_euler"),
        ("uc_preset", "light"),
        ("negative_prompt", "fog"),
        ("cfg_rescale", 0.3),
    ],
)
def test_what_medium_sets_by_itself_is_not_changed(field, value):
    """A value given for such a field is passed over, with a warning where it was given."""
    with pytest.warns(FixedFieldWarning, match=rf"Medium\) sets {field} by itself") as caught:
        params = GenerateImageParams(prompt="a", model=MEDIUM, **{field: value})
    assert [Path(one.filename).name for one in caught] == [Path(__file__).name]
    assert {name: getattr(params, name) for name in OWN} == OWN
    text = model_spec("nai-diffusion-5-full").uc["heavy"]
    assert params.processed_negative_prompt == f"nsfw, {text}"


def test_medium_passes_over_what_characters_do_not_want():
    """Undesired content of a character is the model's own as well: none."""
    girl = Character(prompt="girl", negative_prompt="hat", position="A1")
    with pytest.warns(FixedFieldWarning, match=r"characters\.negative_prompt"):
        params = GenerateImageParams(prompt="a", model=MEDIUM, characters=[girl])
    assert params.characters == (girl.model_copy(update={"negative_prompt": ""}),)


def test_values_of_the_wrong_kind_are_errors_on_medium_too():
    """What no model would take is refused, and not passed over."""
    with pytest.raises(ValidationError, match="steps"):
        GenerateImageParams(prompt="a", model=MEDIUM, steps=99)


def test_characters_suffice_without_a_prompt():
    """On V4 and later the prompt may be empty where a character is sent."""
    cat = Character(prompt="cat")
    params = GenerateImageParams(prompt="", characters=[cat])
    assert params.processed_prompt == ", very aesthetic, masterpiece, no text"
    for characters in ([], [cat.model_copy(update={"enabled": False})]):
        with pytest.raises(ValidationError, match="must not be empty"):
            GenerateImageParams(prompt="", characters=characters)


def test_params_are_frozen():
    """What was checked cannot change afterwards."""
    params = GenerateImageParams(prompt="a", characters=[Character(prompt="b")])
    with pytest.raises(ValidationError, match="frozen"):
        params.steps = 99
    assert isinstance(params.characters, tuple)


@pytest.mark.parametrize(
    ("fields", "params"),
    [
        (GenerateImageFields, GenerateImageParams),
        (GenerateImageStreamFields, GenerateImageStreamParams),
    ],
)
def test_the_keywords_are_the_fields(fields, params):
    """`GenerateImageFields` names exactly the fields of `GenerateImageParams`."""
    assert set(get_type_hints(fields)) == set(params.model_fields)


def test_params_have_a_json_schema():
    """The schema can be shown in an API document, ranges included."""
    properties = GenerateImageParams.model_json_schema()["properties"]
    assert (properties["steps"]["minimum"], properties["steps"]["maximum"]) == (1, 50)
    assert set(properties) == set(GenerateImageParams.model_fields)


@pytest.mark.parametrize(
    ("size", "dimensions"),
    [
        ("landscape", (1216, 832)),
        ("small_square", (640, 640)),
        ("wallpaper_portrait", (1088, 1920)),
        ("832x1216", (832, 1216)),
        ("1024X1024", (1024, 1024)),
        ("1024*1536", (1024, 1536)),
        ("64 x 64", (64, 64)),
        ((1536, 2048), (1536, 2048)),
        ([512, 768], (512, 768)),
    ],
)
def test_sizes_have_names_and_numbers(size, dimensions):
    """A size is a name, a pair, or WIDTHxHEIGHT."""
    assert GenerateImageParams(prompt="a", size=size).dimensions == dimensions


@pytest.mark.parametrize(
    ("size", "limit"),
    [((512, 704), 8), ((576, 704), 6), ((640, 640), 6), ((640, 704), 4), ((1536, 2048), 4)],
)
def test_the_area_limits_the_samples(size, limit):
    """Small pictures may be asked for in larger numbers."""
    fields = {"prompt": "a", "size": size, "steps": 1}
    assert GenerateImageParams(**fields, n_samples=limit).n_samples == limit
    if limit < 8:
        with pytest.raises(ValidationError, match=f"must be 1 to {limit}"):
            GenerateImageParams(**fields, n_samples=limit + 1)


@pytest.mark.parametrize(
    ("position", "snapped", "free"),
    [
        (None, (0.5, 0.5), (0.5, 0.5)),
        ("A1", (0.1, 0.1), (0.1, 0.1)),
        ("E5", (0.9, 0.9), (0.9, 0.9)),
        ("D2", (0.7, 0.3), (0.7, 0.3)),
        ((0, 1), (0.1, 0.9), (0, 1)),
        ((0.19, 0.21), (0.1, 0.3), (0.19, 0.21)),
        ((0.123456, 0.5), (0.1, 0.5), (0.123, 0.5)),
    ],
)
def test_positions_are_places_or_cells(position, snapped, free):
    """A cell's column comes first; free places have three decimals."""
    character = Character(prompt="a", position=position)
    assert (character.center(snap=True), character.center(snap=False)) == (snapped, free)


def test_the_preset_falls_back_to_the_model_s_first():
    """The default preset of newer models means the first of an older one."""
    params = GenerateImageParams(prompt="a", model="nai-diffusion")
    assert params.effective_uc_preset == "low_quality_bad_anatomy"
    assert params.processed_negative_prompt.startswith("nsfw, lowres, bad anatomy")


@pytest.mark.parametrize(
    ("name", "preset"), [("strong", "heavy"), ("humanFocus", "human_focus"), ("none", "none")]
)
def test_presets_are_known_by_the_page_s_names(name, preset):
    """Other spellings of the presets are understood."""
    assert GenerateImageParams(prompt="a", uc_preset=name).uc_preset == preset


def test_the_action_follows_from_the_pictures():
    """A base picture makes it img2img, a mask makes it infill."""
    picture = {"image": b"x"}
    i2i = GenerateImageParams(prompt="a", i2i=picture)
    inpaint = GenerateImageParams(prompt="a", inpaint={**picture, "mask": b"y"})
    assert (i2i.action, i2i.request_model) == ("img2img", "nai-diffusion-4-5-full")
    assert (inpaint.action, inpaint.request_model) == (
        "infill",
        "nai-diffusion-4-5-full-inpainting",
    )


def test_disabled_characters_are_left_out():
    """A disabled character counts for nothing."""
    many = [Character(prompt="a", enabled=index < 6) for index in range(9)]
    assert len(GenerateImageParams(prompt="a", characters=many).enabled_characters) == 6


@pytest.mark.parametrize(
    "value",
    [
        GenerateImageParams(
            prompt="a SECRET",
            negative_prompt="a SECRET",
            characters=[Character(prompt="SECRET", negative_prompt="SECRET")],
            inpaint=InpaintParams(image=b"SECRET", mask=b"SECRET"),
        ),
        I2iParams(image=b"SECRET"),
        Vibe(image=b"SECRET", encoding=b"SECRET"),
        CharacterReference(image=b"SECRET"),
    ],
)
def test_reprs_show_no_prompt_and_no_picture(value):
    """A log line with parameters in it gives nothing away and stays short."""
    assert "SECRET" not in repr(value)
    assert "SECRET" not in str(value)
