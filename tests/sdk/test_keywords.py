"""Keywords say in an editor what the parameters say: the same names, words and values."""

import ast
import inspect
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from novelai.catalogue import image_models, model_names
from novelai.constants import models, noise_schedules, samplers
from novelai.types import (
    ChatParams,
    CompletionParams,
    GenerateImageParams,
    TextParams,
    UpscaleParams,
)
from novelai.types.chat import ChatChanges, CompletionChanges
from novelai.types.fields import GenerateImageFields, GenerateImageStreamFields, ImageFields
from novelai.types.names import ImageModel, ModelName, NoiseSchedule, Sampler
from novelai.types.stream import GenerateImageStreamParams
from novelai.types.text import TextChanges

PAIRS = {
    GenerateImageFields: GenerateImageParams,
    GenerateImageStreamFields: GenerateImageStreamParams,
    TextChanges: TextParams,
    ChatChanges: ChatParams,
    CompletionChanges: CompletionParams,
}


def told_of(model: type) -> dict[str, str]:
    """What the docstrings of a model and those it builds on say of each field."""
    found = {}
    for cls in reversed(model.__mro__):
        _, _, told = inspect.cleandoc(cls.__dict__.get("__doc__") or "").partition("\nArgs:\n")
        section = told.partition("\n\n")[0]
        for name, text in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE):
            found[name] = " ".join(text.split())
    return found


def written_under(fields: type) -> dict[str, str]:
    """What stands in the source under each field of a class and those it builds on."""
    module = inspect.getmodule(fields)
    tree = ast.parse(Path(inspect.getfile(module)).read_text("utf-8"))
    (node,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == fields.__name__]
    bases = [base.id for base in node.bases if base.id != "TypedDict"]
    found = {
        name: text for base in bases for name, text in written_under(getattr(module, base)).items()
    }
    for field, text in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign):
            assert isinstance(text, ast.Expr), f"nothing is said of {field.target.id}"
            found[field.target.id] = " ".join(text.value.value.split())
    return found


@pytest.mark.parametrize("fields", PAIRS, ids=lambda one: one.__name__)
def test_a_keyword_says_what_the_parameter_says(fields):
    """The words under a keyword, which editors show, are those of the parameter."""
    model = PAIRS[fields]
    assert set(get_type_hints(fields)) == set(model.model_fields)
    # Those of completions are said to be `ChatParams` and a few more.
    more = told_of(ChatParams) if model is CompletionParams else {}
    assert written_under(fields) == more | told_of(model)


def test_the_prompt_is_the_only_field_beside_the_others():
    """`ImageFields`, which stand beside a prompt, are all but the prompt."""
    assert set(get_type_hints(GenerateImageFields)) - set(get_type_hints(ImageFields)) == {"prompt"}


def test_every_name_of_the_catalogue_is_offered():
    """Models, samplers and schedules that complete in an editor are those of the table."""
    specs = image_models().values()
    assert set(get_args(ImageModel)) == set(model_names())
    known = {name for spec in specs for name in spec.samplers}
    assert known == set(get_args(Sampler))
    assert {name for spec in specs for name in spec.noise_schedules} == set(get_args(NoiseSchedule))


def test_there_is_one_list_of_names():
    """The constants and the parameters offer the same list."""
    assert models.ImageModel is ImageModel
    assert samplers.Sampler is Sampler
    assert noise_schedules.NoiseSchedule is NoiseSchedule
    assert get_args(get_args(ModelName)[0]) == (ImageModel, str)


@pytest.mark.parametrize(
    "model", [GenerateImageParams, UpscaleParams], ids=lambda one: one.__name__
)
def test_any_other_name_is_text(model):
    """For pydantic, and in an OpenAPI document, a name is any text."""
    assert model.model_json_schema()["properties"]["model"]["type"] == "string"


def test_sequences_become_tuples():
    """Lists may be given wherever there are several; what is kept cannot be changed."""
    params = GenerateImageParams(prompt="a", characters=[{"prompt": "b"}], vibes=[])
    assert (type(params.characters), params.vibes) == (tuple, ())
    text = TextParams(stop_sequences=[[1, 2]], order=["top_k", 2])
    assert (text.stop_sequences, text.order) == (((1, 2),), (1, 2))
    chat = ChatParams(stop=["a"], logit_bias={1: 2})
    assert (chat.stop, chat.logit_bias, chat.stops) == (("a",), {1: 2.0}, ("a",))
    assert ChatParams().stops == ()
    with pytest.raises(ValueError, match=r"characters: Input should be a valid tuple"):
        GenerateImageParams(prompt="a", characters="ab")
