"""Series as documents: written, read back, and refused by the name of what is wrong."""

import json
from pathlib import Path

import pytest
from tests.sdk.series_vectors import ENTRIES, VECTORS

from novelai import SeriesError
from novelai.series import Axis, Series, entries_of, plan
from novelai.templates import Entry, Library

FULL = Series(
    base={"prompt": "1girl, <a|b>", "characters": [{"prompt": "girl"}], "size": (832, 1216)},
    roll_seed=7,
    prompts=["__hats__", {"prompt": "b", "steps": 9}],
    axes=[
        Axis(("sampler", "scale"), [("k_euler", 5), ("k_dpmpp_2m", 6.5)]),
        Axis.list("hats", ["cap"]),
        Axis.tags([None, "smile"]),
    ],
    modes={"hats": "shuffle", "*": "order"},
    repeat=2,
    seeds="each",
    pictures=9,
)
LIBRARY = Library(
    [Entry("hats", "cap\n__coat__ hat"), Entry("coat", "red", "snippet"), Entry("no", "no")]
)


@pytest.mark.parametrize("case", VECTORS["plans"], ids=lambda case: case["id"])
def test_a_document_comes_back(case):
    """Read and written, it is the same order, and JSON."""
    series = Series.from_document(case["document"])
    written = series.to_document()
    assert Series.from_document(json.loads(json.dumps(written))) == series
    assert written.items() >= {"roll_seed": series.roll_seed, "base": series.base}.items()


def test_all_of_a_series_comes_back():
    """Lines with fields, axes of each kind, modes and limits; the cells are the same."""
    document = json.loads(json.dumps(FULL.to_document()))
    assert document["axes"] == [
        {"fields": ["sampler", "scale"], "values": [["k_euler", 5], ["k_dpmpp_2m", 6.5]]},
        {"list": "hats", "values": ["cap"]},
        {"tags": [None, "smile"]},
    ]
    assert document["limit"] == {"pictures": 9}
    again = plan(Series.from_document(document), LIBRARY)
    cells = plan(FULL, LIBRARY)
    for one, other in zip(again, cells, strict=True):
        assert one.params | {"size": (832, 1216)} == other.params
        assert (one.labels, one.roll, one.place) == (other.labels, other.roll, other.place)


def test_a_line_may_be_fields():
    """They replace those of the base; the others stay."""
    series = Series(base={"prompt": "a", "steps": 5}, roll_seed=1, prompts=[{"steps": 9}, "b"])
    assert [(cell.params["prompt"], cell.params["steps"]) for cell in plan(series)] == [
        ("a", 9),
        ("b", 5),
    ]


def test_what_a_series_names_is_found():
    """With what that names in its turn, wherever it stands; nothing else."""
    assert [entry.name for entry in entries_of(FULL, LIBRARY)] == ["coat", "hats"]
    alone = Series(base={"prompt": "x"}, roll_seed=1, axes=[Axis("prompt", ["__coat__"])])
    assert [entry.name for entry in entries_of(alone, LIBRARY)] == ["coat"]
    chosen = Series(base={"prompt": "x"}, roll_seed=1, axes=[Axis.list("<a|__coat__>")])
    assert [entry.name for entry in entries_of(chosen, LIBRARY)] == ["coat"]
    named = Series(base={"prompt": "x"}, roll_seed=1, axes=[Axis.list("HATS")])
    assert [entry.name for entry in entries_of(named, Library(ENTRIES))] == []
    assert [entry.name for entry in entries_of(named, LIBRARY)] == ["coat", "hats"]


def document(**changes):
    return {"base": {"prompt": "a"}, "roll_seed": 1, **changes}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ([], ""),
        (document(base=None), "base"),
        (document(base=["a"]), "base"),
        (document(base={1: 2}), "base"),
        ({"base": {}}, "roll_seed"),
        (document(roll_seed="7"), "roll_seed"),
        (document(roll_seed=True), "roll_seed"),
        (document(prompt="a"), "prompt"),
        (document(prompts="a"), "prompts"),
        (document(prompts=["a", 7]), "prompts.1"),
        (document(axes={}), "axes"),
        (document(axes=["steps"]), "axes.0"),
        (document(axes=[{"values": [1]}]), "axes.0"),
        (document(axes=[{"field": "steps", "list": "a"}]), "axes.0"),
        (document(axes=[{"field": "steps"}]), "axes.0.values"),
        (document(axes=[{"field": "steps", "values": "1,2"}]), "axes.0.values"),
        (document(axes=[{"field": 7, "values": []}]), "axes.0.field"),
        (document(axes=[{"field": "steps", "values": [], "label": "x"}]), "axes.0.label"),
        (document(axes=[{"fields": "steps", "values": []}]), "axes.0.fields"),
        (document(axes=[{"fields": ["a"], "values": [1]}]), "axes.0.values.0"),
        (document(axes=[{"list": "a"}, {"list": "a", "values": [1]}]), "axes.1.values.0"),
        (document(axes=[{"tags": ["a", 1]}]), "axes.0.tags.1"),
        (document(axes=[{"tags": ["a"], "values": []}]), "axes.0.values"),
        (document(picks={"hair": "shuffled"}), "picks.hair"),
        (document(picks=["hair"]), "picks"),
        (document(repeat=1.5), "repeat"),
        (document(seeds="one"), "seeds"),
        (document(limit=5), "limit"),
        (document(limit={"images": 5}), "limit.images"),
        (document(limit={"pictures": 0}), "limit.pictures"),
        (document(limit={"anlas": -1}), "limit.anlas"),
    ],
)
def test_what_is_no_series_is_refused_by_name(wrong, field):
    """A sentence, the field, and no prompt."""
    with pytest.raises(SeriesError) as caught:
        Series.from_document(wrong)
    assert (caught.value.kind, caught.value.field) == ("document", field)
    assert caught.value.message.startswith(f"{field}:" if field else "A series")


def test_what_json_does_not_hold_is_named():
    """A picture has no place in a document."""
    for base, place in (
        ({"prompt": "a", "i2i": {"image": b"x"}}, "base.i2i.image"),
        ({"prompt": "a", "vibes": [{}, {"image": Path("x")}]}, "base.vibes.1.image"),
    ):
        with pytest.raises(SeriesError) as caught:
            Series(base=base, roll_seed=1).to_document()
        assert caught.value.field == place
    with pytest.raises(SeriesError, match=r"axes.0.values.1: is a bytes"):
        Series(base={}, roll_seed=1, axes=[Axis("prompt", ["a", b"b"])]).to_document()
