"""How texts are asked for: ranges, names, presets."""

import pytest
from pydantic import ValidationError

from novelai import InvalidParamsError
from novelai._operations.text import _parameters
from novelai.presets import SAMPLERS, preset_names
from novelai.types import ChatParams, CompletionParams, LogitBias, TextParams
from novelai.types.chat import ChatChanges, ChatFields, CompletionChanges, CompletionFields
from novelai.types.text import TextChanges, TextFields

WRONG = [
    ("max_length", 0, "must be 1 to 2048, got 0"),
    ("max_length", 2049, "must be 1 to 2048, got 2049"),
    ("temperature", 0.05, "must be 0.1 to 100, got 0.05"),
    ("top_k", -1, "must be 0 or more, got -1"),
    ("top_p", 1.5, "must be 0 to 1, got 1.5"),
    ("min_p", -0.5, "must be 0 to 1, got -0.5"),
    ("typical_p", 2, "must be 0 to 1, got 2.0"),
    ("tail_free_sampling", 2, "must be 0 to 1, got 2.0"),
    ("top_g", 65537, "must be 0 to 65536, got 65537"),
    ("top_a", float("inf"), "must be 0 or more, got inf"),
    ("cfg_scale", float("nan"), "must be 0 or more, got nan"),
    ("mirostat_lr", 2, "must be 0 to 1, got 2.0"),
    ("repetition_penalty_range", 8193, "must be 0 to 8192, got 8193"),
    ("repetition_penalty_slope", 11, "must be 0 to 10, got 11.0"),
    ("repetition_penalty_frequency", -17, "must be -16 to 16, got -17.0"),
    ("repetition_penalty_presence", 17, "must be -16 to 16, got 17.0"),
    ("num_logprobs", 31, "must be 0 to 30, got 31"),
    ("order", ["temperature", 0], "must name each sampler once"),
    ("order", [11], "must be 0 to 10, got 11"),
    ("order", ["heat"], "valid integer"),
    ("math1_temp", float("nan"), "finite"),
    ("phrase_rep_pen", "huge", "'off'"),
    ("stop_sequences", [[1]] * 1025, "at most 1024"),
    ("bad_words_ids", [[1]] * 2049, "at most 2048"),
]


@pytest.mark.parametrize(("field", "value", "sentence"), WRONG)
def test_a_story_out_of_range_is_refused(field, value, sentence):
    """A wrong value is refused when the parameters are made, with field, limit and value."""
    with pytest.raises(ValidationError) as caught:
        TextParams(**{field: value})
    (problem, *_) = caught.value.errors()
    assert problem["loc"][0] == field
    assert sentence in problem["msg"]


def test_a_shortest_length_above_the_longest_is_refused():
    """A text cannot have to be longer than it may be."""
    with pytest.raises(ValidationError, match="at most max_length"):
        TextParams(min_length=41)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("max_tokens", 0, "must be 1 or more, got 0"),
        ("temperature", -1, "must be 0 or more, got -1.0"),
        ("top_p", 2, "must be 0 to 1, got 2.0"),
        ("min_p", 2, "must be 0 to 1, got 2.0"),
        ("frequency_penalty", 3, "must be -2 to 2, got 3.0"),
        ("presence_penalty", -3, "must be -2 to 2, got -3.0"),
        ("n", 0, "must be 1 or more, got 0"),
        ("logprobs", 0, "must be 1 or more, got 0"),
        ("stop", [""], "at least 1"),
        ("stop", "\ud83d", "half of a character"),
    ],
)
def test_a_chat_out_of_range_is_refused(field, value, sentence):
    """A wrong value of a chat is refused when its parameters are made."""
    with pytest.raises(ValidationError, match=f"(?s){field}.*{sentence}"):
        ChatParams(**{field: value})


def test_one_stop_text_needs_no_list():
    """A stop text may be given alone."""
    assert ChatParams(stop="END").stop == ("END",)


@pytest.mark.parametrize(
    ("fields", "changes", "params"),
    [
        (TextFields, TextChanges, TextParams),
        (ChatFields, ChatChanges, ChatParams),
        (CompletionFields, CompletionChanges, CompletionParams),
    ],
)
def test_keywords_are_the_parameters(fields, changes, params):
    """Whatever a parameter object takes can be given as a keyword, and a preset's name."""
    assert changes.__annotations__.keys() == params.model_fields.keys()
    assert fields.__annotations__.keys() == changes.__annotations__.keys() | {"preset"}


def test_only_what_was_given_is_sent():
    """Without wishes a request holds lengths and how the text is written, nothing else."""
    assert _parameters(TextParams(), use_string=True) == {
        "max_length": 40,
        "min_length": 1,
        "use_string": True,
    }


def test_samplers_in_use_are_put_in_order():
    """A sampler that is given runs, though no order is: requests must name it there."""
    params = TextParams(temperature=0.8, top_k=20, mirostat_tau=4, cfg_scale=1.2, math1_temp=1)
    assert params.effective_order == (6, 1, 0, 8, 9)
    assert TextParams(max_length=9).effective_order is None


def test_samplers_are_known_by_name_and_code():
    """An order may be written with names, codes or both."""
    assert TextParams(order=["top_p", 3, "unified"]).order == (2, 3, 9)
    assert sorted(SAMPLERS.values()) == list(range(11))


def test_a_preset_is_what_the_page_sends():
    """A preset's samplers, their order, penalties and biases are the web page's."""
    sent = _parameters(TextParams.preset("carefree"), use_string=True)
    assert sent.pop("repetition_penalty_whitelist")[:3] == (49256, 49264, 49231)
    biases = sent.pop("logit_bias_exp")
    assert [(bias["sequence"], bias["bias"]) for bias in biases] == [((23,), -0.08), ((21,), -0.08)]
    assert sent == {
        "temperature": 1.35,
        "top_k": 12,
        "top_p": 0.85,
        "top_a": 0.1,
        "tail_free_sampling": 0.915,
        "order": (2, 3, 0, 4, 1),
        "repetition_penalty": 2.8,
        "repetition_penalty_range": 2048,
        "repetition_penalty_slope": 0.02,
        "repetition_penalty_frequency": 0.02,
        "repetition_penalty_presence": 0,
        "phrase_rep_pen": "aggressive",
        "max_length": 40,
        "min_length": 1,
        "generate_until_sentence": True,
        "bracket_ban": True,
        "use_string": True,
    }


def test_a_preset_can_be_changed():
    """What is given beside a preset wins, and equal names are told apart by their model."""
    assert TextParams.preset("Carefree", max_length=99).max_length == 99
    slopes = [
        TextParams.preset("Fresh Coffee", model=model).repetition_penalty_slope
        for model in ("kayra-v1", "clio-v1")
    ]
    assert slopes == [1, 3.33]
    chat = ChatParams.preset("Default")
    assert (chat.temperature, chat.top_k, chat.top_p, chat.min_p) == (1, 40, 0.95, None)


@pytest.mark.parametrize("model", ["kayra-v1", "clio-v1", "glm-4-6"])
def test_every_preset_is_valid(model):
    """Each preset makes valid parameters, and names all samplers it sets in its order."""
    names = preset_names(model)
    assert len(names) == {"kayra-v1": 10, "clio-v1": 8, "glm-4-6": 1}[model]
    for name in names:
        if model == "glm-4-6":
            ChatParams.preset(name, model=model)
            continue
        params = TextParams.preset(name, model=model)
        used = {
            code for field, code in SAMPLERS.items() if getattr(params, field, None) is not None
        }
        assert set(params.order) == used


def test_an_unknown_preset_names_the_known_ones():
    """A preset that does not exist is refused with those that do."""
    with pytest.raises(InvalidParamsError, match="'Nope' is not one of kayra-v1's: Carefree, "):
        TextParams.preset("Nope")
    with pytest.raises(InvalidParamsError, match="none are known"):
        TextParams.preset("Carefree", model="llama-3-erato-v1")


def test_a_bias_is_sent_whole():
    """The service wants both of a bias's switches said."""
    bias = LogitBias(sequence=[1, 2], bias=-0.5)
    (sent,) = _parameters(TextParams(logit_bias_exp=[bias]), use_string=True)["logit_bias_exp"]
    assert sent == {
        "sequence": (1, 2),
        "bias": -0.5,
        "ensure_sequence_finish": False,
        "generate_once": False,
    }
