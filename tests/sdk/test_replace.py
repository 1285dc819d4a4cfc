"""Copies with other values, and objects that were made past the checks."""

import copy
import pickle

import pytest
from pydantic import ValidationError
from tests.sdk.making import archive, png
from tests.sdk.services import Service, gather, reply, use

from novelai import InvalidParamsError
from novelai.types import (
    Character,
    CharacterReference,
    ChatMessage,
    ChatParams,
    ColorizeParams,
    ControlNet,
    GenerateImageParams,
    GenerateImageStreamParams,
    I2iParams,
    InpaintParams,
    SuggestTagsParams,
    TextParams,
    UpscaleParams,
    Vibe,
)
from novelai.types.base import ensure_checked
from novelai.utils.anlas import calculate_anlas_from_params

PICTURE = png(size=(64, 64))
VIBE = Vibe(encoding=b"encoded")
PARAMS = GenerateImageParams(prompt="cat", size="square", seed=1, steps=20)
EACH = [
    PARAMS,
    GenerateImageParams(prompt="cat", model="nai-diffusion-3", sampler="ddim", uc_preset="strong"),
    GenerateImageParams(prompt="cat", size="128x192", characters=[Character(prompt="a")]),
    GenerateImageParams(prompt="cat", vibes=[VIBE], inpaint=InpaintParams(image="a", mask="b")),
    GenerateImageParams(prompt="cat", character_references=[CharacterReference(image=PICTURE)]),
    GenerateImageParams(
        prompt="c", model="nai-diffusion-5-curated", tag_hint_transparent_background=True
    ),
    GenerateImageStreamParams(prompt="cat", stream="sse"),
    I2iParams(image=PICTURE, strength=0.4),
    VIBE,
    TextParams(order=["temperature"], bad_words_ids=[[1]]),
    ChatParams(stop=["a"], logit_bias={1: 2.0}),
    ColorizeParams(image=PICTURE, defry=2),
    UpscaleParams(image=PICTURE),
    SuggestTagsParams(prompt="cat"),
]


@pytest.mark.parametrize("params", EACH)
def test_a_copy_without_changes_is_the_same(params):
    """`replace` keeps values, kind, and which fields were set."""
    again = params.replace()
    assert again == params
    assert type(again) is type(params)
    assert again.model_fields_set == params.model_fields_set


def test_a_changed_copy():
    """The named fields change, the others stay, and the original is as it was."""
    again = PARAMS.replace(seed=12, size="128x192", characters=[Character(prompt="b")])
    assert again == GenerateImageParams(
        prompt="cat", size=(128, 192), seed=12, steps=20, characters=[Character(prompt="b")]
    )
    assert PARAMS.seed == 1


def test_another_name_of_a_field():
    """A field may be changed by whichever of its names it was made with."""
    clear = GenerateImageParams(
        prompt="a", model="nai-diffusion-5-curated", transparent_background=True
    )
    assert not clear.replace(tag_hint_transparent_background=False).transparent_background


@pytest.mark.parametrize(
    ("params", "changes", "field", "sentence"),
    [
        (PARAMS, {"steps": 999}, "steps", "must be 1 to 50, got 999"),
        (PARAMS, {"stepz": 3}, "stepz", "did you mean steps?"),
        (PARAMS, {"i2i": {"image": PICTURE, "strenth": 0.5}}, "i2i.strenth", "mean strength?"),
        (PARAMS, {"characters": [{"promt": "a"}]}, "characters.0.promt", "did you mean prompt?"),
        (PARAMS, {"colour": "red"}, "colour", "not permitted"),
        (PARAMS, {"noise_schedule": "nice"}, "noise_schedule", "is not one of"),
        (TextParams(), {"temprature": 1}, "temprature", "did you mean temperature?"),
        (VIBE, {"strength": 2}, "strength", "must be -1 to 1"),
    ],
)
def test_a_wrong_change_is_named(params, changes, field, sentence):
    """A wrong value and a misspelt field are found at once, as in a new object."""
    with pytest.raises(InvalidParamsError, match=sentence) as caught:
        params.replace(**changes)
    assert field in [name for name, _ in caught.value.problems]


def test_a_misspelt_keyword_is_named():
    """`generate(stepz=3)` says what may have been meant."""
    with pytest.raises(InvalidParamsError, match="did you mean steps"):
        use("sync", Service(reply()), lambda client: client.image.generate(prompt="a", stepz=3))


def put_in(params, **values):
    """Change a frozen object from behind."""
    again = copy.copy(params)
    for name, value in values.items():
        object.__setattr__(again, name, value)
    return again


def written_into(params, **values):
    again = params.replace()
    vars(again).update(values)
    return again


PASTS = {
    "copied": PARAMS.model_copy(update={"steps": 999}),
    "misspelt": PARAMS.model_copy(update={"stepz": 9}),
    "constructed": GenerateImageParams.model_construct(prompt="cat", steps=999),
    "without a prompt": GenerateImageParams.model_construct(steps=2),
    "put in": put_in(PARAMS, steps=999),
    "written into": written_into(PARAMS, steps=999),
    "nested": PARAMS.model_copy(
        update={"i2i": I2iParams(image=PICTURE).model_copy(update={"strength": 7})}
    ),
    "in a list": PARAMS.model_copy(
        update={"characters": (Character.model_construct(prompt=3, enabled="perhaps"),)}
    ),
    "deep": PARAMS.model_copy(
        update={"controlnet": ControlNet.model_construct(images=(Vibe.model_construct(),))}
    ),
}


def test_a_part_that_nobody_checked_is_found_where_it_is_put_in():
    """An object made past the checks does not get into a new one; the field is named in full."""
    for part in (
        Character.model_construct(prompt="a", position=7),
        put_in(Character(prompt="a"), position=7),
    ):
        with pytest.raises(ValidationError) as caught:
            GenerateImageParams(prompt="a", characters=[part])
        assert caught.value.errors()[0]["loc"][:3] == ("characters", 0, "position")


@pytest.mark.parametrize("past", PASTS)
@pytest.mark.parametrize("colour", ["sync", "asyncio"])
def test_nothing_unchecked_is_priced_or_sent(colour, past):
    """However an object came by a wrong value, it is found before it is priced or sent."""
    params = PASTS[past]
    service = Service(reply(200, archive(PICTURE)))
    for call in (
        lambda client: client.image.generate(params),
        lambda client: gather(client.image.generate_stream(params), []),
        lambda client: client.image.api_request(params),
        lambda client: client.image.enhance(PICTURE, params=params),
        lambda client: client.image.variations(PICTURE, params=params),
    ):
        with pytest.raises(InvalidParamsError):
            use(colour, service, call)
    for price in (params.calculate_anlas, lambda: calculate_anlas_from_params(params)):
        with pytest.raises(InvalidParamsError):
            price()
    assert service.calls == 0


OTHERS = {
    "tool": (
        ColorizeParams(image=PICTURE).model_copy(update={"defry": 9}),
        lambda client, params: client.tools.augment(params),
    ),
    "upscale": (
        UpscaleParams(image=PICTURE).model_copy(update={"image": ""}),
        lambda client, params: client.tools.upscale(params),
    ),
    "tags": (
        SuggestTagsParams.model_construct(prompt=""),
        lambda client, params: client.image.suggest_tags(params),
    ),
    "text": (
        TextParams().model_copy(update={"max_length": 0}),
        lambda client, params: client.text.generate("a", params=params),
    ),
    "chat": (
        ChatParams().model_copy(update={"n": 0}),
        lambda client, params: client.text.chat("a", params=params),
    ),
    "message": (
        ChatMessage(role="user", content="a").model_copy(update={"role": "nobody"}),
        lambda client, params: client.text.chat([params]),
    ),
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("colour", ["sync", "asyncio"])
def test_every_entrance_checks(colour, other):
    """Tools, upscaling, tags and text refuse what nobody checked, before anything is sent."""
    params, call = OTHERS[other]
    service = Service(reply(200, archive(PICTURE)))
    with pytest.raises(InvalidParamsError):
        use(colour, service, lambda client: call(client, params))
    if hasattr(params, "calculate_anlas"):
        with pytest.raises(InvalidParamsError):
            params.calculate_anlas()
    assert service.calls == 0


def test_a_right_copy_is_sent():
    """A copy past the checks whose values are right is priced and sent as if it were new."""
    params = PARAMS.model_copy(update={"seed": 7})
    service = Service(reply(200, archive(PICTURE)))
    for one in (params, pickle.loads(pickle.dumps(PARAMS)), copy.deepcopy(PARAMS)):
        assert one.calculate_anlas() == PARAMS.calculate_anlas()
        use("sync", service, lambda client, one=one: client.image.generate(one))
    assert [b'"seed":7' in request.content for request in service.requests] == [True, False, False]


@pytest.mark.parametrize("params", EACH)
def test_what_was_checked_is_not_checked_again(params):
    """An object that came out of the validator is taken as it is."""
    assert ensure_checked(params) is params


def test_what_a_model_fixes_is_left_behind_with_it():
    """Values that V5 Full (Medium) sets by itself do not go along to another model."""
    medium = GenerateImageParams(prompt="a cat", model="nai-diffusion-5-full-medium")
    full = medium.replace(model="nai-diffusion-5-full")
    assert full == GenerateImageParams(prompt="a cat", model="nai-diffusion-5-full")
    assert full.replace(model=medium.model) == medium
    assert medium.calculate_anlas().total_anlas == 17
