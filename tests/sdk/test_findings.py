"""Wrong values: all of them named at once, in an error that both this package and pydantic know."""

import copy
import inspect
import pickle

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError, field_validator, model_validator
from tests.sdk.making import archive, final, frames, png
from tests.sdk.services import Service, gather, reply, streamed, use

import novelai.types
from novelai import InvalidParamsError, InvalidRequestError, NovelAIError, UnknownModelWarning
from novelai.types import (
    Character,
    CharacterReference,
    ChatMessage,
    ChatParams,
    CompletionParams,
    ControlNet,
    GenerateImageParams,
    GenerateImageStreamParams,
    I2iParams,
    InpaintParams,
    LineArtParams,
    SuggestTagsParams,
    TextParams,
    UpscaleParams,
    Vibe,
    VibeEncoding,
)
from novelai.types.base import Params

COLOURS = ["sync", "asyncio"]
SECRET = "a-secret-prompt"
WRONG = {
    GenerateImageParams: {"prompt": SECRET, "steps": 99},
    GenerateImageStreamParams: {"prompt": SECRET, "stream": "morse"},
    Character: {"prompt": SECRET, "position": "Z9"},
    CharacterReference: {"image": b"a", "fidelity": 2},
    ChatMessage: {"role": "owl", "content": SECRET},
    ChatParams: {"top_p": 2},
    CompletionParams: {"suffix": SECRET, "best_of": 0},
    ControlNet: {"images": []},
    I2iParams: {"image": b"a", "strength": 7},
    InpaintParams: {"image": b"a", "mask": b"a", "strength": 7},
    LineArtParams: {"image": ""},
    SuggestTagsParams: {"prompt": ""},
    TextParams: {"max_length": 0},
    UpscaleParams: {"image": ""},
    Vibe: {"image": b"a", "strength": 7},
    VibeEncoding: {"model": "a", "encoding": b""},
}
WAYS = {
    "construction": lambda cls, fields: cls(**fields),
    "validation": lambda cls, fields: cls.model_validate(fields),
    "replacement": lambda cls, fields: cls.model_construct(**fields).replace(**fields),
}


def fields_of(caught):
    return [field for field, _ in caught.value.problems]


@pytest.mark.parametrize("cls", WRONG, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_value_is_both_errors(cls, way):
    """However an object is made, its error is a NovelAIError and pydantic's, and quotes nothing."""
    with pytest.raises(InvalidParamsError) as caught:
        WAYS[way](cls, WRONG[cls])
    error = caught.value
    assert isinstance(error, NovelAIError)
    assert isinstance(error, ValidationError)
    assert isinstance(error, ValueError)
    assert (error.charged, error.status) == ("no", None)
    assert (error.title, error.error_count()) == (cls.__name__, len(error.problems))
    assert [".".join(map(str, one["loc"])) for one in error.errors()] == fields_of(caught)
    assert error.field == fields_of(caught)[0]
    assert str(error) == error.message == "; ".join(f"{at}: {text}" for at, text in error.problems)
    assert SECRET not in f"{error!r} {error} {error.errors()} {error.json()}"


def test_every_public_parameter_model_is_tried():
    """No parameter model that people build is left out above; those of tools share one base."""
    public = [getattr(novelai.types, name) for name in novelai.types.__all__]
    models = {one for one in public if inspect.isclass(one) and issubclass(one, Params)}
    tools = {one for one in models if issubclass(one, LineArtParams.__mro__[1])}
    assert models - tools <= WRONG.keys() | {novelai.types.ControlNetImage, novelai.types.LogitBias}


def test_the_error_survives_pickles_and_copies():
    """What it says is the same in another process."""
    with pytest.raises(InvalidParamsError) as caught:
        GenerateImageParams(prompt="a", steps=99, sampler="k_eulr", characters=[{"promt": "b"}])
    error = caught.value
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is type(error)
        assert (str(other), other.problems, other.field) == (
            str(error), error.problems, error.field,
        )  # fmt: skip
        assert other.errors() == error.errors()


def test_json_that_is_none_is_named():
    """Text that is no JSON, or JSON with wrong values, is told the same way."""
    with pytest.raises(InvalidParamsError, match="Invalid JSON"):
        GenerateImageParams.model_validate_json("{")
    with pytest.raises(InvalidParamsError) as caught:
        GenerateImageParams.model_validate_json('{"prompt": "a", "steps": 99, "scale": 11}')
    assert fields_of(caught) == ["steps", "scale"]


def test_values_inside_of_others_are_pydantic_s_business():
    """A model of yours, or FastAPI's body, gets the findings with their whole path."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(GenerateImageParams).validate_python(
            {"prompt": "a", "vibes": [{"image": b"a", "strength": 9}]}
        )
    assert [one["loc"] for one in caught.value.errors()] == [("vibes", 0, "strength")]

    class Order(BaseModel):
        vibe: Vibe

        @field_validator("vibe", mode="before")
        @classmethod
        def _of_a_number(cls, value):
            return Vibe(image=b"a", strength=value)

    with pytest.raises(ValidationError) as caught:
        Order(vibe=9)
    assert [one["loc"] for one in caught.value.errors()] == [("vibe", "strength")]


def test_all_wrong_fields_are_named_at_once():
    """Single fields, nested ones, misspelt ones and what the model refuses, in one error."""
    with pytest.raises(InvalidParamsError) as caught:
        GenerateImageParams(
            steps=99,
            size=(100, 100),
            samler="k_euler",
            sampler="k_eulr",
            smea=True,
            i2i={"image": b"a", "strenght": 0.5, "noise": 4},
            characters=[{"prompt": "a", "position": "Z9"}],
        )
    assert set(fields_of(caught)) == {
        "prompt", "steps", "size", "samler", "sampler", "smea",
        "i2i.strenght", "i2i.noise", "characters.0.position",
    }  # fmt: skip
    said = dict(caught.value.problems)
    assert said["samler"].endswith("did you mean sampler?")
    assert said["sampler"].endswith("did you mean k_euler?")
    assert said["i2i.strenght"].endswith("did you mean strength?")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        # With another size six pictures may be fine, with another model SMEA, and so on.
        ({"prompt": "a", "size": "tiny", "n_samples": 6}, {"size"}),
        ({"prompt": "a", "model": 5, "smea": True}, {"model"}),
        ({"prompt": "a", "smea": "perhaps", "smea_dyn": True}, {"smea"}),
        ({"prompt": "", "characters": 3}, {"characters"}),
        ({"prompt": "a", "i2i": {"image": ""}, "n_samples": 8}, {"i2i.image"}),
        # These are wrong by themselves.
        ({"prompt": "", "steps": 99}, {"prompt", "steps"}),
        ({"prompt": 3, "scale": 11}, {"prompt", "scale"}),
        ({"prompt": "a", "steps": 0, "noise_schedule": "karas"}, {"steps", "noise_schedule"}),
    ],
)  # fmt: skip
def test_what_may_come_of_another_wrong_field_is_not_named(fields, named):
    """Only findings that stand whatever the wrong field was meant to be are told."""
    with pytest.raises(InvalidParamsError) as caught:
        GenerateImageParams(**fields)
    assert set(fields_of(caught)) == named


def test_a_rule_of_one_s_own_is_no_obstacle():
    """A subclass whose check complains of the whole still names the wrong field."""

    class Strict(GenerateImageParams):
        @model_validator(mode="after")
        def _never(self):
            raise ValueError("never")

    with pytest.raises(InvalidParamsError) as caught:
        Strict(prompt="a", steps=99)
    assert fields_of(caught) == ["steps"]
    with pytest.raises(InvalidParamsError, match=r"^Value error, never$"):
        Strict(prompt="a")


def test_texts_and_vibes_name_all_too():
    """The same for models with rules of their own."""
    with pytest.raises(InvalidParamsError) as caught:
        TextParams(max_length=20, min_length=30, top_p=2)
    assert set(fields_of(caught)) == {"top_p", "min_length"}
    with pytest.raises(InvalidParamsError) as caught:
        Vibe(strength=3)
    assert set(fields_of(caught)) == {"strength", "image"}


def test_warnings_taken_for_errors_do_not_hide_the_fields():
    """A program that makes errors of warnings reads of the wrong field first."""
    with pytest.raises(InvalidParamsError, match="steps"):  # tests make errors of all warnings
        GenerateImageParams(prompt="a", model="nai-difusion-3", steps=99)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nai-difusion-4-5-ful", "nai-diffusion-4-5-full"),
        ("NAI-Diffusion-5-Curated", "nai-diffusion-5-curated"),
        ("nai-diffusion-4.5-full", "nai-diffusion-4-5-full"),
    ],
)
def test_a_model_that_is_near_to_a_known_one(typed, meant):
    """The id is passed on, for it may be new, and the warning names the one that is near."""
    with pytest.warns(UnknownModelWarning, match=f"did you mean {meant}\\?$"):
        assert GenerateImageParams(prompt="a", model=typed).request_model == typed


def test_a_model_that_is_near_to_none():
    """Nothing is made up for a name that resembles none."""
    with pytest.warns(UnknownModelWarning) as caught:
        GenerateImageParams(prompt="a", model="gpt")
    assert "did you mean" not in str(caught[0].message)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.filterwarnings("ignore::novelai.UnknownModelWarning")
def test_the_service_s_refusal_names_the_near_model(colour):
    """When NovelAI says that a model does not exist, the error names the one that was meant."""
    refusal = (
        b'{"statusCode":400,"message":"Validation error: model nai-difusion-3 doesn\'t exist"}'
    )
    service = Service(reply(400, refusal))
    with pytest.raises(InvalidRequestError, match=r"Did you mean nai-diffusion-3\?$") as caught:
        use(colour, service, lambda client: client.image.generate("a", model="nai-difusion-3"))
    assert caught.value.charged == "no"


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda image: image.generate("a", stpes=3, scale=99), id="fields"),
        pytest.param(lambda image: image.generate_stream("a", stpes=3, scale=99), id="stream"),
        pytest.param(lambda image: image.generate("a", prompt="b"), id="two prompts"),
        pytest.param(lambda image: image.generate(), id="nothing"),
        pytest.param(lambda image: image.generate(3), id="a number"),
    ],
)
def test_a_wrong_call_sends_nothing(colour, call):
    """A call that cannot be meant is refused before a byte leaves."""
    service = Service(reply(200))
    with pytest.raises((InvalidParamsError, TypeError)):
        use(colour, service, lambda client: call(client.image))
    assert service.calls == 0


@pytest.mark.parametrize("colour", COLOURS)
def test_a_prompt_is_enough(colour):
    """The prompt may stand alone, or in front of keywords, also where it is watched."""
    service = Service(reply(200, archive(png())))
    (picture,) = use(colour, service, lambda client: client.image.generate("1girl, owl"))
    use(colour, service, lambda client: client.image.generate("1girl, owl", seed=7))
    assert picture.data == png()
    stream = Service(streamed(frames(final(png()))))
    events = use(
        colour,
        stream,
        lambda client: gather(client.image.generate_stream("1girl, owl", framing="msgpack"), []),
    )
    assert [event.event_type for event in events] == ["final"]
    sent = [*service.requests, *stream.requests]
    assert [b"1girl, owl" in request.content for request in sent] == [True] * 3
    assert b'"seed":7' in service.requests[1].content
