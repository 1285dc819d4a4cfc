"""Series: which pictures they have, in which order, with which seeds."""

import pickle

import pytest
from tests.sdk.series_vectors import ENTRIES, VECTORS

from novelai import SeriesError, TemplateError
from novelai.series import Axis, Series, cells_within, plan
from novelai.templates import Entry, Library

LIBRARY = Library(
    [
        Entry("hats", "cap\n3x top hat\n1x\n<big|small> hood"),
        Entry("coat", "red coat", "snippet"),
        Entry("many", "\n".join(map(str, range(501)))),
    ]
)
BASE = {"prompt": "1girl, __hats__", "model": "nai-diffusion-4-5-full", "steps": 23}


@pytest.mark.parametrize("case", VECTORS["plans"], ids=lambda case: case["id"])
def test_a_vector_holds(case):
    """The same order gives the same cells, or the same sentence."""
    document = case["document"]
    try:
        cells = plan(Series.from_document(document), Library(ENTRIES))
    except (SeriesError, TemplateError) as error:
        found = {"error": {"code": error.kind, "sentence": error.message}}
    else:
        if "prices" in case:
            cells = cells_within(cells, case["prices"], document["limit"]["anlas"])
        found = {
            "cells": [
                {
                    "cell": cell.number,
                    "line": cell.line,
                    "round": cell.round,
                    "place": [*cell.place],
                    "labels": [*cell.labels],
                    "params": cell.params,
                }
                for cell in cells
            ]
        }
    assert found == {key: case[key] for key in ("cells", "error") if key in case}


def planned(*axes, base=BASE, **options):
    return plan(Series(base=base, axes=axes, **{"roll_seed": 7, **options}), LIBRARY)


def refusal(*axes, **options):
    with pytest.raises(SeriesError) as caught:
        planned(*axes, **options)
    return caught.value


def test_an_order_without_axes_is_one_picture():
    """Its roll is that of round 0; its own seed holds."""
    (cell,) = planned()
    assert (cell.number, cell.line, cell.round, cell.place, cell.labels) == (0, 0, 0, (), ())
    assert cell.params["prompt"] == cell.roll.texts["prompt"]
    assert 0 <= cell.params["seed"] < 2**32
    (same,) = planned(base={**BASE, "seed": 5})
    assert same.params == {**cell.params, "seed": 5}


def test_x_is_the_fastest_and_lines_the_slowest():
    """Places count from X on, whatever the order of the cells."""
    axes = [Axis("steps", [20, 28]), Axis("scale", [4, 5, 6]), Axis("sampler", ["a", "b"])]
    cells = planned(*axes, prompts=["p", "q"], repeat=2)
    assert len(cells) == 2 * 2 * 12
    assert [cell.number for cell in cells] == list(range(48))
    assert [cell.place for cell in cells[:3]] == [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
    assert cells[6].place == (0, 0, 1)
    assert [(cell.line, cell.round) for cell in cells[::12]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert cells[7].params["sampler"] == "b"
    assert cells[7].labels == ("28", "4", "b")


def test_cells_of_a_round_share_roll_and_seed():
    """So what differs comes from the axes; on request each has a seed of its own."""
    axes = [Axis("steps", [20, 28])]
    rounds = [planned(*axes, repeat=6)[start : start + 2] for start in range(0, 12, 2)]
    assert all(one.roll == two.roll for one, two in rounds)
    assert all(one.params["seed"] == two.params["seed"] for one, two in rounds)
    assert len({one.params["seed"] for one, _ in rounds}) == 6
    assert len({one.params["prompt"] for one, _ in rounds}) > 1
    each = planned(*axes, repeat=6, seeds="each")
    assert len({cell.params["seed"] for cell in each}) == 12
    assert [cell.roll for cell in each] == [cell.roll for pair in rounds for cell in pair]
    shared = planned(repeat=3, seeds="shared")
    assert [cell.params["seed"] for cell in shared] == [one.params["seed"] for one, _ in rounds[:3]]


def test_all_options_of_a_list_in_turn():
    """Labels are as written; nothing has a label, too; what is nested rolls on."""
    cells = planned(Axis.list("HATS"))
    assert [cell.labels[0] for cell in cells] == ["cap", "top hat", "—", "<big|small> hood"]
    prompts = [cell.params["prompt"] for cell in cells]
    assert prompts[:3] == ["1girl, cap", "1girl, top hat", "1girl, "]
    assert prompts[3] in {"1girl, big hood", "1girl, small hood"}
    (chosen,) = planned(Axis.list("hats", ["<big|small> hood"]))
    assert chosen.params["prompt"] == prompts[3]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a", "a, x"),
        ("", "x"),
        ("a, ", "a, x "),
        ("a | b", "a, x | b"),
        ("||a|b||, c", "||a|b||, c, x"),
        ("a, text: Hi", "a, x, text: Hi"),
        ("a,text: Hi", "a, x,text: Hi"),
        ("text: Hi", "x, text: Hi"),
        ("a [text: Hi]", "a, x, [text: Hi]"),
        ("a, Text: Hi | b", "a, x, Text: Hi | b"),
        ("<a|a> b", "a b, x"),
    ],
)
def test_tags_go_where_they_count(prompt, expected):
    """At the end of the first part of a mix, before text to be written; not into a choice."""
    base = {**BASE, "prompt": prompt}
    plain, tagged = planned(Axis.tags([None, "<x|x>"]), base=base)
    assert tagged.params["prompt"] == expected
    assert plain.params["prompt"] == prompt.replace("<a|a>", "a")
    assert [plain.labels, tagged.labels] == [("—",), ("<x|x>",)]


def test_parts_of_the_order_vary():
    """Characters and vibes by their numbers, several fields at once; the order stays as it is."""
    base = {**BASE, "characters": [{"prompt": "a"}, {"prompt": "b"}], "vibes": [{"strength": 1}]}
    cells = planned(
        Axis(("characters.1.prompt", "vibes.0.strength"), [("__coat__", 0.5), ("c", 0.7)]),
        Axis("size", [[832, 1216], "square"]),
        base=base,
    )
    assert [cell.labels for cell in cells] == [
        ("__coat__ · 0.5", "832, 1216"),
        ("c · 0.7", "832, 1216"),
        ("__coat__ · 0.5", "square"),
        ("c · 0.7", "square"),
    ]
    assert cells[0].params["characters"] == [{"prompt": "a"}, {"prompt": "red coat"}]
    assert cells[3].params["vibes"] == [{"strength": 0.7}]
    assert cells[3].params["size"] == "square"
    assert base["characters"][1] == {"prompt": "b"}


@pytest.mark.parametrize(
    ("axes", "options", "kind", "sentence"),
    [
        ([Axis("stepz", [1])], {}, "axis", '"stepz" cannot vary.'),
        ([Axis("characters.0.image", [1])], {}, "axis", '"characters.0.image" cannot vary.'),
        (
            [Axis("characters.0.prompt", ["a"])],
            {},
            "axis",
            '"characters.0.prompt" cannot vary: the order has no such part.',
        ),
        (
            [Axis("vibes.2.strength", [1])],
            {"base": {**BASE, "vibes": [{}]}},
            "axis",
            '"vibes.2.strength" cannot vary: the order has no such part.',
        ),
        ([Axis("steps", [])], {}, "axis", "An axis needs at least one value."),
        ([Axis("steps", range(101))], {}, "axis", "An axis has at most 100 values."),
        ([Axis.list("many")], {}, "axis", "An axis has at most 500 values."),
        ([Axis.list("hats", ["fez"])], {}, "axis", '"fez" is no option of "hats".'),
        ([Axis(("steps", "scale"), [(1,)])], {}, "axis", "Each value of this axis is 2 values."),
        ([], {"repeat": 0}, "axis", "A series is done once or more often."),
        (
            [Axis("steps", [1])] * 4,
            {},
            "too_many_axes",
            "A series varies at most 3 things.",
        ),
        (
            [Axis("steps", range(100)), Axis("scale", range(11))],
            {},
            "too_many_pictures",
            "A series has at most 1,000 pictures; this one has 1,100.",
        ),
        (
            [],
            {"repeat": 10**12, "pictures": 1},
            "too_many_pictures",
            "A series has at most 1,000 pictures; this one has 1,000,000,000,000.",
        ),
        ([], {"prompts": ["a"] * 501}, "too_many_pictures", "A series has at most 500 prompts."),
    ],
)
def test_what_cannot_be_planned_is_refused(axes, options, kind, sentence):
    """With a sentence, before anything is made."""
    error = refusal(*axes, **options)
    assert (error.kind, error.message) == (kind, sentence)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.kind) == (SeriesError, sentence, kind)


def test_an_unknown_list_cannot_vary():
    """Nor can a snippet."""
    for name in ("coat", "nothing"):
        with pytest.raises(TemplateError, match=f'No list is called "{name}"'):
            planned(Axis.list(name))


def test_a_thousand_pictures_are_allowed():
    """And cut where the Anlas, or the number, end."""
    cells = planned(repeat=1_000)
    assert len(cells) == 1_000
    assert planned(repeat=1_000, pictures=3) == cells[:3]
    assert cells_within(cells, [5, 0, 6, *[1] * 997], 10) == cells[:2]
    assert cells_within(cells[:2], [5, 5], 10) == cells[:2]
    assert cells_within(cells, [1] * 1_000, 0) == []


def test_no_repr_shows_a_prompt():
    """Neither an order nor its cells give prompts away."""
    base = {"prompt": "SECRET", "characters": [{"prompt": "SECRET"}]}
    order = Series(
        base=base, roll_seed=1, prompts=["SECRET"], axes=[Axis.tags(["SECRET"])], modes={}
    )
    assert "SECRET" not in repr([order, plan(order)])
