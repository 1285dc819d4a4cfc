"""Answers beside facts: what is new, gone or of another kind is named, and no value is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novelai.cli.drift import facts
from novelai.cli.drift.comparison import (
    Answer,
    compare_absent_model,
    compare_call,
    compare_document,
    compare_metadata,
    compare_model,
    compare_price,
    compare_size,
    compare_subscription,
)
from novelai.cli.drift.plan import make_plan, models, picture_params
from novelai.emulator import Emulator
from novelai.metadata import ImageMetadata
from novelai.types import Subscription

SUBSCRIPTION = {
    "tier": 3,
    "active": True,
    "expiresAt": 1_893_456_000,
    "accountType": 0,
    "isGracePeriod": False,
    "paymentProcessorData": {"c": "SECRET", "e": {"f": 1}},
    "perks": {
        "maxPriorityActions": 1000,
        "startPriority": 10,
        "contextTokens": 8192,
        "unlimitedMaxPriority": True,
        "moduleTrainingSteps": 10_000,
    },
    "trainingStepsLeft": {"fixedTrainingStepsLeft": 1, "purchasedTrainingSteps": 0},
    "usage": {"percent": 100, "isNegative": False, "timeUntilNextPercent": 7888},
}
CALL = facts.TAGS_CALL


def said(found):
    return [(drift.about, drift.expected, drift.found) for drift in found]


def without(name):
    return {key: value for key, value in SUBSCRIPTION.items() if key != name}


def test_what_is_expected_is_no_drift():
    """An account's own objects are nobody's business."""
    assert said(compare_subscription("it", SUBSCRIPTION, opus=True)) == []
    assert said(compare_subscription("it", without("usage"), opus=False)) == []


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (without("tier"), [("it tier", "number", "nothing")]),
        (SUBSCRIPTION | {"tier": "3"}, [("it tier", "number", "text")]),
        (SUBSCRIPTION | {"tier": None}, [("it tier", "number", "null")]),
        (SUBSCRIPTION | {"active": 1}, [("it active", "flag", "number")]),
        (without("perks"), [("it perks", "object", "nothing")]),
        (SUBSCRIPTION | {"perks": []}, [("it perks", "object", "list")]),
        (SUBSCRIPTION | {"moons": {"big": 1}}, [("it moons", "no such field", "object")]),
        (
            SUBSCRIPTION | {"trainingStepsLeft": {"fixedTrainingStepsLeft": 1}},
            [("it trainingStepsLeft.purchasedTrainingSteps", "number", "nothing")],
        ),
        (without("usage"), [("it usage", "object", "nothing")]),
        ([], [("it", "an object", "list")]),
        (None, [("it", "an object", "null")]),
    ],
    ids=[
        *("gone", "text", "null", "number", "object", "list", "new", "nested", "usage"),
        *("no object", "nothing"),
    ],
)
def test_fields_are_compared(document, found):
    """Each difference is named once."""
    assert said(compare_subscription("it", document, opus=True)) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just("SECRET"),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.sampled_from(["tier", "perks", "tags", "usage", "x"]), values)
    ),
    max_leaves=12,
)


@given(document=JSON)
def test_no_value_is_shown(document):
    """Whatever comes: there are lines or none, and no text of the document is in them."""
    shapes = (facts.SUBSCRIPTION, facts.DATA, facts.COMMENT)
    lines = [drift.line for shape in shapes for drift in compare_document("it", document, shape)]
    assert "SECRET" not in "\n".join(lines)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(status=200, content_type="application/json"), []),
        (Answer(status=201), [(CALL.name, "status 200", "status 201")]),
        (Answer(status=0), [(CALL.name, "status 200", "status 0")]),
        (
            Answer(status=200, content_type="text/html"),
            [(f"{CALL.name} content-type", "application/json", "text/html")],
        ),
    ],
    ids=["as expected", "status", "none", "type"],
)
def test_calls_are_compared(answer, found):
    """By status, then by type."""
    assert said(compare_call(CALL, answer)) == found


def suggestions(text):
    return Answer(status=200, content_type="application/json", content=text)


@pytest.mark.parametrize(
    ("answer", "about"),
    [
        (suggestions(b'{"tags":[{"tag":"cat","count":10000,"confidence":0.5}]}'), []),
        (suggestions(b'{"tags":[]}'), []),
        (suggestions(b'{"tags":5}'), [f"{CALL.name} m tags"]),
        (suggestions(b'{"tags":["cat"]}'), [f"{CALL.name} tags"]),
        (suggestions(b'{"tags":[{"tag":"cat","count":1}]}'), [f"{CALL.name} tags confidence"]),
        (
            suggestions(b'{"tags":[{"tag":"cat","count":10001,"confidence":-1}]}'),
            [f"{CALL.name} tags count", f"{CALL.name} tags confidence"],
        ),
        (suggestions(b"no JSON"), [f"{CALL.name} m"]),
        (Answer(status=400), ["model m"]),
        (Answer(status=503), [CALL.name]),
    ],
    ids=["good", "none", "number", "texts", "field", "ranges", "no JSON", "gone", "down"],
)
def test_models_are_compared(answer, about):
    """A model that is gone is told from a service that fails, and suggestions are looked at."""
    assert [drift.about for drift in compare_model("m", CALL, answer)] == about


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (400, b'{"statusCode":400,"message":"Model not found"}', []),
        (400, b'{"statusCode":400,"message":"No such model"}', ["another sentence"]),
        (400, b"[]", ["another sentence"]),
        (404, b"", ["status 404"]),
        (200, b'{"tags":[]}', ["status 200: the service has it"]),
    ],
    ids=["refused", "reworded", "no object", "status", "there"],
)
def test_absent_models_are_compared(status, body, found):
    """By status and sentence."""
    answer = Answer(status=status, content=body)
    assert [drift.found for drift in compare_absent_model("m", answer)] == found


def test_prices_and_sizes_are_compared():
    """A price with the difference of two balances."""
    assert said(compare_price("x", 2, 10, 8)) == []
    assert said(compare_price("x", 2, 10, 5)) == [
        ("price of x", "2 Anlas", "5 Anlas less on the account")
    ]
    assert said(compare_size("x", (2, 4), (2, 4), "here")) == []
    assert said(compare_size("x", (2, 4), (4, 2), "here")) == [("x size", "2x4", "4x2")]


@pytest.fixture(scope="module")
def made():
    """A picture of the emulator, and the request for it."""
    from novelai import NovelAI

    emulator = Emulator()
    with emulator.serve() as url, NovelAI(emulator.token, base_url=url) as client:
        (picture,) = client.image.generate(picture_params())
    return emulator.requests[-1].body, picture.metadata


def changed(metadata, **changes):
    fields = {name: getattr(metadata, name) for name in ("title", "software", "source", "comment")}
    return ImageMetadata(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({}, []),
        ({"title": "A picture"}, ["picture Title"]),
        ({"software": None}, ["picture Software"]),
        ({"source": "NovelAI Diffusion V4.5 00000000"}, ["picture Source"]),
        ({"source": None}, ["picture Source"]),
        ({"comment": {"steps": 28}}, ["picture Comment steps"]),
        ({"comment": {"signed_hash": None}}, ["picture Comment signed_hash"]),
        ({"comment": {"prompt": "SECRET"}}, ["picture Comment prompt"]),
        ({"comment": {"uc": 5}}, ["picture Comment uc"]),
        ({"comment": {"request_type": "Img2ImgRequest"}}, ["picture Comment request_type"]),
    ],
    ids=[
        *("same", "title", "software", "hash", "source", "steps", "signature", "prompt", "kind"),
        "type",
    ],
)
def test_settings_are_compared(made, changes, about):
    """What a picture says of its making with what was asked for; texts are never shown."""
    request, metadata = made
    if "comment" in changes:
        changes = {"comment": {**metadata.comment, **changes["comment"]}}
    found = list(compare_metadata(picture_params().model, request, changed(metadata, **changes)))
    assert [drift.about for drift in found] == about
    lines = " ".join(drift.line for drift in found)
    assert [text for text in ("SECRET", "tea", "worst") if text in lines] == []


def test_a_picture_without_settings_is_one_line():
    """And not one for each of them."""
    assert said(compare_metadata("m", {}, None)) == [("picture", "embedded settings", "none")]


@pytest.mark.parametrize(
    ("tier", "used_up", "cap", "made"),
    [
        (3, False, 0, {"generation": 0}),
        (3, True, 0, {"generation": 0}),
        (3, False, 1, {"generation": 0, "upscale": 1}),
        (1, False, 0, {}),
        (1, False, 1, {"upscale": 1}),
        (1, False, 2, {"upscale": 1}),
        (1, False, 3, {"upscale": 1, "generation": 2}),
    ],
)
def test_a_plan_stays_within_its_cap(tier, used_up, cap, made):
    """The cheapest first; V4.5 does not draw on the allowance of V5."""
    usage = {"percent": 0, "isNegative": used_up}
    account = Subscription.model_validate({"tier": tier, "active": True, "usage": usage})
    plan = make_plan(account, cap)
    assert plan.prices == made
    assert plan.anlas <= cap
    assert {**plan.prices, **plan.left_out}.keys() == {"generation", "upscale"}


def test_every_row_says_where_it_was_seen():
    """An expectation without a source is an opinion."""
    rows = [row for row in vars(facts).values() if hasattr(row, "source")]
    assert len(rows) > 10
    assert all(row.source for row in rows)
    assert set(facts.ABSENT_MODELS).isdisjoint(models())
