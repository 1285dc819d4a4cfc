"""Templates: what is text, what is picked, and what is refused."""

import pickle
import random
import time
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.series_vectors import ENTRIES, VECTORS

from novelai import ConfigurationError, InvalidParamsError, TemplateError
from novelai.templates import (
    Choice,
    Entry,
    Library,
    Name,
    Option,
    Pick,
    draw,
    expand,
    parse,
    read_texts,
    write_texts,
)

HOSTILE = {
    "huge": "x\n" * 524_288,
    "long": "\n".join(map(str, range(12_000))),
    "swell": "abcdefgh" * 6_000,
}
MODES = {
    "in order": {"*": "order"},
    "shuffle": {"*": "shuffle"},
    "a choice in order": {"<a|b>": "order"},
}
"""A case tells how it picks by the beginning of its note."""

QUICK = 5.0
"""Seconds; each takes a fraction of one. What grows faster than its input would take minutes."""

LIBRARY = Library(
    [
        Entry("hair", "red hair\n3x black hair\nsilver hair"),
        Entry("hats", "top hat\nberet\ncap\nfedora\nhood"),
        Entry("maybe", "1x"),
        Entry("coat", "red coat", "snippet"),
        Entry("outfit", "__coat__, <hat|scarf>", "snippet"),
        Entry("flat", "ink", "snippet", undesired="shading"),
        Entry("shiny", "gloss", "snippet", undesired="<matte|dull>"),
        Entry("looks", "__flat__\n__shiny__"),
        Entry("lost", "__nowhere__"),
    ]
)


def expanded(text, library=LIBRARY, **options):
    return expand({"prompt": text}, library, **{"roll_seed": 1, **options}).texts["prompt"]


def refusal(text, library=LIBRARY, **options):
    with pytest.raises(TemplateError) as caught:
        expanded(text, library, **options)
    return caught.value


def seen(text, rounds=range(60), **options):
    """What a template becomes in many rounds."""
    return {expanded(text, round=number, **options) for number in rounds}


# The vectors.


@pytest.mark.parametrize("case", VECTORS["templates"], ids=lambda case: case["id"])
def test_a_vector_holds(case):
    """The same template gives the same text and picks, or the same sentence."""
    hostile = [Entry(name, HOSTILE[name]) for name in case.get("hostile", ())]
    modes = next((mode for note, mode in MODES.items() if case["note"].startswith(note)), {})
    try:
        roll = expand(
            case["fields"],
            Library([*ENTRIES, *hostile]),
            roll_seed=case.get("roll_seed", 1),
            round=case.get("round", 0),
            modes=modes,
            forced=case.get("forced", {}),
            replay=[Pick(**pick) for pick in case.get("replay", ())],
            unknown=case.get("unknown", "refuse"),
        )
    except TemplateError as error:
        found = {"error": {"code": error.kind, "sentence": error.message}}
    else:
        picks = [{"site": pick.site, "text": pick.text} for pick in roll.picks]
        found = {"expected": roll.texts, "picks": picks}
    assert found == {key: case[key] for key in ("expected", "picks", "error") if key in case}


# Text.

SIGNS = (
    "{ } [ ] {{ }} [[ ]] 1.3:: :: -2:: 0.5:: | || ||a|b|| text: Text: text:: , . : ; 1girl ( ) "
    "(a:1.2) red_hair source#hug fate/stay \\m/ \\o/ \\||/ |_| ^_^ 0_0 :> >:) :3 \" ' 3x 100% "
    "3x3 日本語 、 。 é 😀 $$ 2$$ - ~ = * \n \t #a _ a_b"
).split(" ")


def test_novelai_s_signs_come_back_as_they_are():
    """Twenty thousand prompts in them are unchanged, to the last byte, and pick nothing."""
    source = random.Random(20_000)
    for number in range(20_000):
        count = source.randrange(1, 24)
        gaps = ["", " ", ", "] if number % 2 else [" "]
        text = "".join(
            part
            for _ in range(count)
            # Two signs beside each other must not make a name; hearts stand alone.
            for part in (source.choice([*SIGNS, " <3 "]), source.choice(gaps))
        ).replace("__", "_ _")
        roll = expand({"prompt": text, "negative_prompt": text}, LIBRARY, roll_seed=number)
        assert roll.texts == {"prompt": text, "negative_prompt": text}
        assert roll.picks == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ", ,",
        "<o>",
        "<a b>",
        "<|>",
        "< | >",
        "<||>",
        "<|>_<|>",
        "<3|4>",
        "<a|b",
        "a|b>",
        "<a|<b|c",
        "<2$$",
        "<2$$>",
        "<2$$ | >",
        "<||a|b||>",
        "<a ||b|c|| d>",
        "____",
        "__ __",
        "__-__",
        "_____",
        "__a",
        "a__",
        "__a, b__",
        "__a\nb__",
        "__a#__",
        "__a#b c__",
        f"__{'a' * 65}__",
        f"__a#{'1' * 17}__",
        "\\a \\\\ \\| \\> \\_ \\",
        "<a> | <b>",
        "<a <b> c>",
    ],
)
def test_this_is_text(text):
    """It only looks like a choice or a name."""
    assert parse(text) == ((text,) if text else ())
    assert expanded(text) == text


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("<a|b>", ["a", "b"]),
        ("<a|>", ["a", ""]),
        ("< a | b >", ["a", "b"]),
        ("<a\n|\nb>", ["a", "b"]),
        ("<a||b>", ["a", "", "b"]),
        ("<a|||b>", ["a", "", "", "b"]),
        ("<a||b|c>", ["a", "", "b", "c"]),
        ("<a ||b|c|| d|e>", ["a ||b|c|| d", "e"]),
        ("<||a|b||, x||y>", ["||a|b||, x", "", "y"]),
        ("<{a}|[b]|1.2::c::>", ["{a}", "[b]", "1.2::c::"]),
        ("<3x a|b>", ["a", "b"]),
        ("<3x3 eyes|3xa>", ["3x3 eyes", "3xa"]),
        ("<1x|b>", ["", "b"]),
        ("< 3|4>", ["3", "4"]),
        ("<33|4>", ["33", "4"]),
        ("<a <3|b>", ["a <3", "b"]),
        ("<a <o> c|b>", ["a <o> c", "b"]),
        ("<a\\|b|c\\>d|e\\\\|\\<f|\\__g__>", ["a|b", "c>d", "e\\", "<f", "__g__"]),
        ("<a\\b|\\m/>", ["a\\b", "\\m/"]),
        ("<text: a|b>", ["text: a", "b"]),
        ("<2$$a>", ["a"]),
        ("<2$$a$$b|c$d>", ["b", "c$d"]),
    ],
)
def test_the_options_of_a_choice(text, options):
    """Blanks at both ends go; all else in an option stays."""
    (choice,) = parse(text)
    assert choice.text == text
    assert ["".join(option.parts) for option in choice.options] == options


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\<a|b>", "<a|b>"),
        ("\\\\<a|b>", "\\<a|b>"),
        ("\\__hair__", "__hair__"),
        ("\\__hair__ and __coat__", "__hair__ and red coat"),
        ("\\__hair, __coat__", "__hair, red coat"),
        ("<x\\|y <\\>|\\>>", "<x\\|y >"),
        ("<\\>|<\\>>", "<\\>|<\\>>"),
    ],
)
def test_escapes(text, expected):
    r"""``\<`` and ``\__`` everywhere; ``\>``, ``\|`` and ``\\`` in what is a choice only."""
    assert expanded(text, unknown="keep") == expected


def words(signs):
    # Weights, blanks at the ends and NovelAI's groups have tests of their own.
    return st.text(signs, min_size=1, max_size=6).filter(
        lambda word: word == word.strip() and "||" not in word
    )


OUTSIDE = words("ab <>|_,3$:{}")  # a backslash can be quoted in a choice only
INSIDE = words("ab <>|_,3$:{}\\")


def quote(word, signs):
    """Write a text so that no sign in it means anything."""
    word = "".join(f"\\{sign}" if sign in signs else sign for sign in word)
    return word.replace("__", "\\__")


@st.composite
def choices(draw, depth):
    """Options as `plain` gives them, and a choice as it is written."""
    options = draw(st.lists(templates(depth), min_size=2, max_size=3))
    # The blank tells the first option from a heart or a take.
    return [parts for parts, _ in options], f"< {'|'.join(text for _, text in options)}>"


@st.composite
def templates(draw, depth=0):
    """A template as `plain` gives it, and as it is written."""
    parts, text = [], ""
    for _ in range(draw(st.integers(1, 3))):
        if depth < 2 and draw(st.booleans()):
            part, written = draw(choices(depth + 1))
        elif parts and isinstance(parts[-1], str):
            continue
        else:
            part = draw(INSIDE if depth else OUTSIDE)
            written = quote(part, "<>|\\" if depth else "<")
        parts.append(part)
        text += written
    return parts, text


def plain(template):
    return [
        part if isinstance(part, str) else [plain(option.parts) for option in part.options]
        for part in template
    ]


@given(templates())
def test_what_is_written_is_read(template):
    """Choices in choices, with every sign quoted in their texts, are read as they were meant."""
    parts, text = template
    assert plain(parse(text)) == parts


@given(st.text("<>|\\_$,-#x123ab \n", max_size=60))
def test_any_text_is_a_template(text):
    """Whatever is typed is expanded, always to the same, or refused for a weight or a take."""
    try:
        first = expanded(text, unknown="keep")
    except TemplateError as error:
        kind = error.kind
    else:
        kind = None
        assert first == expanded(text, unknown="keep")
        assert "<" in text or "__" in text or "\\" in text or first == text
    assert kind in {None, "weight", "take"}


# Names.


@pytest.mark.parametrize(
    "text",
    ["__hair__", "__HAIR__", "__ hair __", "__ｈａｉｒ__", "a__hair__b", "__hair#1__", "__hair___"],
)
def test_a_name_is_found_however_it_is_written(text):
    """Case, width, blanks at its ends and what stands beside it do not matter."""
    (name,) = (part for part in parse(text) if isinstance(part, Name))
    assert name.key == "hair"
    assert text[name.start :].startswith(name.text)
    assert "hair" in expanded(text)
    assert "__h" not in expanded(text).lower()


@pytest.mark.parametrize(
    ("label", "called"),
    [
        ("a b", "__A_b__"),
        ("a  b", "__a b__"),
        ("clothes/hats & caps (all)", "__clothes/hats_&_caps_(all)__"),
        ("don't-v1.2+", "__don't-v1.2+__"),
        ("髪の色", "__髪の色__"),
        ("か\u3099", "__が__"),
        ("が", "__か\u3099__"),
        ("straße", "__STRASSE__"),
        ("x" * 64, f"__{'X' * 64}__"),
    ],
)
def test_what_an_entry_may_be_called(label, called):
    """Letters of any language, digits, blanks and some signs."""
    library = Library([Entry(label, "here", "snippet")])
    assert expanded(called, library) == "here"
    assert library.find(called.strip("_")) is next(iter(library))


@pytest.mark.parametrize(
    "label", ["", " ", "_a", "a_", "a__b", "a,b", "a|b", "a#1", "-", "x" * 65, "a\nb", "<a>"]
)
def test_a_name_that_cannot_be_called_is_refused(label):
    """What no template can name is said at once."""
    with pytest.raises(ConfigurationError, match="cannot be called: a name is letters"):
        Library([Entry(label, "x")])


def test_two_entries_with_one_name_are_refused():
    """A list and a snippet share their names."""
    with pytest.raises(ConfigurationError, match='"Hair_Color" and "hair color" are one name'):
        Library([Entry("Hair_Color", "x"), Entry("hair color", "y", "snippet")])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("__hiar__", 'No snippet or list is called "hiar". Did you mean "hair"?'),
        ("__zzzzzz__", 'No snippet or list is called "zzzzzz".'),
        ("<a|__hair2__>", 'No snippet or list is called "hair2". Did you mean "hair"?'),
        ("__lost__", 'No snippet or list is called "nowhere", which "lost" names.'),
    ],
)
def test_an_unknown_name_is_refused(text, sentence):
    """With the one that was meant, and whoever names it; also where no roll would come to it."""
    whole = f"solo, {text}"
    error = refusal(whole)
    assert (error.kind, error.message, error.field) == ("unknown_name", sentence, "prompt")
    assert whole[error.start : error.end] == text.removeprefix("<a|").removesuffix(">")


def test_a_name_in_a_folder_may_have_been_meant():
    """Whoever forgets the folder is told of it."""
    library = Library([Entry("clothes/hats", "cap")])
    assert refusal("__hats__", library).message.endswith('Did you mean "clothes/hats"?')


def test_unknown_names_can_stay():
    """On request they are text, wherever they stand."""
    text = "__who#1__, <__who__|__who__>, __lost__"
    expected = "__who#1__, __who__, __nowhere__"
    assert expanded(text, unknown="keep") == expected
    assert expanded("__hair__", None, unknown="keep") == "__hair__"


# Lists.


def test_what_a_line_of_a_list_is():
    """Blank lines and comments do not count, ends are cleared, bars are text, weights count."""
    text = "\ufeff# no\r\n a , \n\n\t#no\n,,\n3x b|c\n2x\n\\#d\n3x3 e\n<f|g>, \\<h\n"
    text += "5x , i,\n|_|\n1x \\#j"
    library = Library([Entry("l", text)])
    options = [["a"], ["b|c"], [], ["#d"], ["3x3 e"], [Choice, ", <h"], ["i"], ["|_|"], ["#j"]]
    content = library.read("l").options
    assert [option.weight for option in content] == [1, 3, 2, 1, 1, 1, 5, 1, 1]
    kinds = [
        [part if isinstance(part, str) else type(part) for part in option.parts]
        for option in content
    ]
    assert kinds == options


def test_weights_decide_how_often_an_option_comes():
    """Three of five rounds, and not one option is left out."""
    counts = Counter(expanded("__hair__", round=number) for number in range(2_000))
    assert counts.keys() == {"red hair", "black hair", "silver hair"}
    assert 0.55 < counts["black hair"] / 2_000 < 0.65
    assert 0.16 < counts["red hair"] / 2_000 < 0.24


@pytest.mark.parametrize(
    "text", ["<0x a|b>", "<101x a|b>", "<a|  007777x b >", f"<{'9' * 5000}x|b>"]
)
def test_a_weight_out_of_range_is_refused(text):
    """The option is quoted, shortened, and its place told."""
    error = refusal(f"solo {text}")
    option = next(one.strip() for one in text.strip("<>").split("|") if "x" in one)
    assert error.kind == "weight"
    assert error.message.startswith(f'A weight is 1 to 100: "{option[:60]}')
    assert len(error.message) < 100
    assert f"solo {text}"[error.start : error.end] == option


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<5-2$$a|b>", '"5-2$$" is no number of options; write 2-5$$.'),
        ("<101$$a|b>", "At most 100 options are taken at once."),
        ("<0-101$$a|b>", "At most 100 options are taken at once."),
        (f"<{'9' * 5000}$$a|b>", "At most 100 options are taken at once."),
    ],
)
def test_a_take_out_of_range_is_refused(text, sentence):
    """Whether or not there are so many options."""
    error = refusal(f"solo {text}")
    assert (error.kind, error.message) == ("take", sentence)
    assert f"solo {text}"[error.start : error.end] == text[1 : text.rindex("$$") + 2]


# Takes.


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("<2$$a|b|c>", {2}),
        ("<1-3$$a|b|c>", {1, 2, 3}),
        ("<0-1$$a|b|c>", {0, 1}),
        ("<0$$a|b>", {0}),
        ("<9$$a|b|c>", {3}),
        ("<100$$__hats__>", {5}),
        ("<2-3$$__hats__>", {2, 3}),
        ("<2$$__hats__|a>", {2}),
    ],
)
def test_a_take_never_repeats_an_option(text, sizes):
    """As many as it says, each another one; all of them when there are fewer."""
    found = [text.split(", ") if text else [] for text in seen(text)]
    assert {len(one) for one in found} == sizes
    assert all(len(set(one)) == len(one) for one in found)


def test_a_take_joins_with_what_it_is_told():
    """A comma by default; an empty option takes its joiner along."""
    assert seen("<2$$ and $$a|b>") == {"a and b", "b and a"}
    assert seen("<2$$$$a|b>") == {"ab", "ba"}
    assert seen("<3$$a||b>") == {"a, b", "b, a"}


def test_a_take_counts_weights():
    """A heavy option is nearly always among those that are taken."""
    counts = Counter(
        hat
        for number in range(400)
        for hat in expanded("<2$$60x a|b|c|d|e>", round=number).split(", ")
    )
    assert counts["a"] > 390
    assert all(60 < counts[other] < 140 for other in "bcde")


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_a_take_walks_what_is_left(seed, weights):
    """The same as picking from a list that gets shorter, which is how the rule is written."""
    options = [(f"o{number}", weight) for number, weight in enumerate(weights)]
    text = f"<100$${'|'.join(f'{weight}x {name}' for name, weight in options)}>"
    expected = []
    for turn in range(len(weights)):
        point = draw(f"{seed}/prompt/{text}/0/{turn}", sum(weight for _, weight in options))
        while point >= options[0][1]:
            point -= options[0][1]
            options.append(options.pop(0))
        expected.append(options.pop(0)[0])
        options.sort()
    assert expanded(text, roll_seed=seed) == ", ".join(expected)


# Places, ties, modes.


def test_text_that_is_moved_changes_no_pick():
    """Every place keeps its pick when others come, go or change places."""
    before = expand({"prompt": "__hair__, <a|b|c>, __hats__, __hair__"}, LIBRARY, roll_seed=5)
    after = expand(
        {"prompt": "x, <p|q> __hats__ y, __hair__, <a|b|c>, z, __hair__"}, LIBRARY, roll_seed=5
    )
    new = {pick.site for pick in after.picks} - {pick.site for pick in before.picks}
    assert new == {"prompt/<p|q>"}
    assert set(before.picks) < set(after.picks)


def test_fields_and_rounds_roll_for_themselves():
    """Two fields, rounds or seeds are no copies of each other."""
    fields = {
        "prompt": "__hats__",
        "negative_prompt": "__hats__",
        "characters.0.prompt": "__hats__",
    }
    rolls = [expand(fields, LIBRARY, roll_seed=3, round=number) for number in range(30)]
    assert any(len(set(roll.texts.values())) == 3 for roll in rolls)
    assert len({roll.texts["prompt"] for roll in rolls}) == 5
    assert len({expanded("__hats__", roll_seed=seed) for seed in range(30)}) == 5


def test_a_tie_is_one_pick_in_the_whole_picture():
    """In all fields, in picks of others, for snippets with choices in them, and for takes."""
    fields = {
        "prompt": "__hats#1__, {__hats#1__}, <__hats#1__|__hats#1__>, __outfit#x__, "
        "<2$$__hats#2__>",
        "characters.0.prompt": "__hats#1__, __outfit#x__, <3$$__hats#2__>",
    }
    for number in range(20):
        texts = expand(fields, LIBRARY, roll_seed=number).texts
        first, second, third, *outfit = texts["prompt"].split(", ")
        assert second == f"{{{first}}}"
        assert third == first
        again, *other = texts["characters.0.prompt"].split(", ")
        assert again == first
        assert other[:4] == outfit[:4]


def test_other_ties_and_none_are_other_picks():
    """A place without a tie does not follow one."""
    found = {
        tuple(expanded("__hats#1__, __hats#2__, __hats__", round=number).split(", "))
        for number in range(40)
    }
    assert any(one != two for one, two, _ in found)
    assert any(one != three for one, _, three in found)


@pytest.mark.parametrize("text", ["__hats__", "<top hat|beret|cap|fedora|hood>"])
def test_a_shuffle_gives_each_once_before_any_comes_again(text):
    """Four times all five, and not always in the same order."""
    hats = [expanded(text, round=number, modes={"*": "shuffle"}) for number in range(20)]
    rows = [tuple(hats[start : start + 5]) for start in range(0, 20, 5)]
    assert {frozenset(row) for row in rows} == {frozenset(rows[0])}
    assert len(rows[0]) == len(set(rows[0])) == 5
    assert len(set(rows)) > 1


def test_a_shuffle_takes_no_note_of_weights():
    """What is three times as likely comes no sooner again."""
    found = [expanded("__hair__", round=number, modes={"hair": "shuffle"}) for number in range(3)]
    assert len(set(found)) == 3


def test_modes_are_told_by_name_and_by_text():
    """A list by its name, however written, a choice by its text, all others by a star."""
    modes = {"Hats": "order", "<a|b>": "order", "*": "random"}
    found = [expanded("__hats__ <a|b> <c|d>", round=number, modes=modes) for number in range(10)]
    assert [one.rsplit(" ", 2)[0] for one in found] == [
        *"top hat,beret,cap,fedora,hood".split(",")
    ] * 2
    assert [one.split(" ")[-2] for one in found] == ["a", "b"] * 5
    assert (
        len({tuple(one.split(" ")[-1] for one in found[half : half + 4]) for half in (0, 4)}) == 2
    )


def test_an_option_can_be_forced():
    """By its number, whatever the roll says; so all of a list can be shown in turn."""
    found = [
        expanded("__hats__, <a|b>", forced={"HATS": number, "<a|b>": 1}) for number in range(5)
    ]
    assert found == ["top hat, b", "beret, b", "cap, b", "fedora, b", "hood, b"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"roll_seed": -1}, "roll_seed"),
        ({"roll_seed": 2**32}, "roll_seed"),
        ({"round": -1}, "round"),
        ({"modes": {"*": "sideways"}}, "modes"),
        ({"forced": {"hats": 5}}, "forced"),
        ({"forced": {"hats": -1}}, "forced"),
    ],
)
def test_an_argument_out_of_range_is_named(options, field):
    """Programs get a sentence, too."""
    with pytest.raises(InvalidParamsError) as caught:
        expanded("__hats__", **options)
    assert caught.value.field == field


# Empty picks.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a, __maybe__, b", "a, b"),
        ("a,__maybe__,b", "a,b"),
        ("__maybe__, b", "b"),
        (" __maybe__ , b", " b"),
        ("a, __maybe__", "a, "),
        ("a __maybe__, b", "a , b"),
        ("a, __maybe__ b, c", "a,  b, c"),
        ("a, __maybe__, __maybe__, b", "a, b"),
        ("__maybe__, __maybe__", ""),
        ("a, __maybe____maybe__, b", "a, b"),
        ("a | __maybe__, b", "a | , b"),
        ("a, __maybe__,\nb", "a, \nb"),
        ("a, <__maybe__, b|__maybe__, b>, c", "a, b, c"),
        ("a, <0$$x|y>, b", "a, b"),
        ("a, , b,,__coat__,", "a, , b,,red coat,"),
    ],
)
def test_an_empty_pick_takes_its_comma_along(text, expected):
    """The one behind it, if a comma or the start stands before; nothing else is tidied."""
    assert expanded(text) == expected


# Snippets.


def test_a_snippet_s_undesired_text_is_added_once():
    """From the prompt or a character, nested or picked, and expanded itself; in order of use."""
    texts = {"prompt": "__flat__, <__flat__>", "characters.0.prompt": "__shiny__ __flat__"}
    roll = expand({**texts, "negative_prompt": "lowres"}, LIBRARY, roll_seed=1)
    matte = roll.texts["negative_prompt"].removeprefix("lowres, shading, ")
    assert matte in {"matte", "dull"}
    assert expand(texts, LIBRARY, roll_seed=1).texts["negative_prompt"] == f"shading, {matte}"


def test_only_what_is_used_in_a_positive_text_counts():
    """Not an option that was not picked, and not what stands in a negative prompt already."""
    assert (
        "negative_prompt"
        not in expand({"prompt": "<x|x|__none__>"}, None, roll_seed=1, unknown="keep").texts
    )
    found = {
        expand({"prompt": "__looks__"}, LIBRARY, roll_seed=seed).texts["negative_prompt"]
        for seed in range(20)
    }
    assert found == {"shading", "matte", "dull"}
    negative = {"negative_prompt": "__flat__", "characters.0.negative_prompt": "__shiny__"}
    roll = expand({"prompt": "a", **negative}, LIBRARY, roll_seed=1)
    assert roll.texts == {
        "prompt": "a",
        "negative_prompt": "ink",
        "characters.0.negative_prompt": "gloss",
    }


def test_a_negative_prompt_that_becomes_too_long_is_refused():
    """Its own text would go; with what is added to it, it does not."""
    negative = {"negative_prompt": "x" * (51_200 - len(", shading"))}
    roll = expand({"prompt": "__flat__", **negative}, LIBRARY, roll_seed=1)
    assert len(roll.texts["negative_prompt"]) == 51_200
    negative["negative_prompt"] += "x"
    with pytest.raises(TemplateError) as caught:
        expand({"prompt": "__flat__", **negative}, LIBRARY, roll_seed=1)
    assert (caught.value.kind, caught.value.field) == ("too_long", "negative_prompt")


# Replay.


def test_a_roll_is_replayed_although_its_list_has_changed():
    """Places that were picked keep their text and what it is not to show; new ones are drawn."""
    fields = {"prompt": "__looks__, __hats__, <a <b|c>|d>"}
    first = expand(fields, LIBRARY, roll_seed=1)
    kept = [Pick("prompt/looks", "fog", ("sun",)), *first.picks[1:]]
    others = Library([Entry("looks", "clear"), Entry("hats", "veil")])
    again = expand({"prompt": f"{fields['prompt']}, <e|f>"}, others, roll_seed=2, replay=kept)
    rest = first.texts["prompt"].partition(", ")[2]
    assert again.texts["prompt"] in {f"fog, {rest}, e", f"fog, {rest}, f"}
    assert again.texts["negative_prompt"] == "sun"
    whole = expand(fields, others, roll_seed=9, replay=first.picks)
    assert whole.texts == first.texts
    assert expand(fields, others, roll_seed=3, replay=whole.picks).texts == first.texts


# Limits.


def chain(length):
    """Snippets that stand in each other, the first one called ``n1``."""
    entries = [Entry(f"n{one}", f"__n{one + 1}__", "snippet") for one in range(1, length)]
    return Library([*entries, Entry(f"n{length}", "end", "snippet")])


def nested(depth):
    return "<a|" * depth + "b" + ">" * depth


LIST = "x" * 99 + "\n"
AT_THE_LIMIT = [
    ("__n1__", chain(10)),
    (nested(8), None),
    ("<a|b>" * 1_000, None),
    ("<100$$__l__>" * 10, Library([Entry("l", "\n".join(map(str, range(10_000))))])),
    ("a" * 51_200, None),
    ("__l__", Library([Entry("l", (LIST * 2_622)[: 256 * 1024])])),
    ("__s__", Library([Entry("s", "é" * 8 * 1024, "snippet", undesired="x" * 16 * 1024)])),
]
OVER_THE_LIMIT = [
    ("__n1__", chain(11), "too_deep", "Names refer to names more than 10 deep."),
    (nested(9), None, "too_deep", "Choices stand in choices more than 8 deep."),
    ("<a|b>" * 1_001, None, "too_many_picks", "One picture has more than 1,000 picks."),
    (
        "<100$$__l__>" * 11,
        Library([Entry("l", "\n".join(map(str, range(10_000))))]),
        "too_many_picks",
        "One picture has more than 1,000 picks.",
    ),
    ("a" * 51_201, None, "too_long", "The text is longer than 51,200 characters."),
    (
        "__l__",
        Library([Entry("l", (LIST * 2_622)[: 256 * 1024] + "x")]),
        "too_large",
        'The list "l" is larger than 256 KiB.',
    ),
    (
        "__l__",
        Library([Entry("l", "x\n" * 10_001)]),
        "too_many_options",
        'The list "l" has more than 10,000 options.',
    ),
    (
        "__s__",
        Library([Entry("s", "é" * 8 * 1024 + "e", "snippet")]),
        "too_large",
        'The snippet "s" is larger than 16 KiB.',
    ),
    (
        "__s__",
        Library([Entry("s", "", "snippet", undesired="x" * (16 * 1024 + 1))]),
        "too_large",
        'The snippet "s" is larger than 16 KiB.',
    ),
    ("__l__", Library([Entry("l", "\n#x\n, ,\n")]), "empty_list", 'The list "l" has no options.'),
]


@pytest.mark.parametrize(("text", "library"), AT_THE_LIMIT)
def test_what_is_allowed_goes(text, library):
    """The last value of each limit works."""
    roll = expand({"prompt": text}, library, roll_seed=1)
    assert 0 < len(roll.texts["prompt"]) <= 51_200


@pytest.mark.parametrize(("text", "library", "kind", "sentence"), OVER_THE_LIMIT)
def test_what_is_too_much_is_refused(text, library, kind, sentence):
    """One more is refused with a sentence."""
    error = refusal(text, library)
    assert (error.kind, error.message, error.field) == (kind, sentence, "prompt")


def test_a_library_has_at_most_5000_entries():
    """One more is refused."""
    entries = [Entry(f"n{number}", "x") for number in range(5_001)]
    assert len(Library(entries[:-1])) == 5_000
    with pytest.raises(ConfigurationError, match="at most 5,000"):
        Library(entries)


def test_a_circle_is_shown_where_it_closes():
    """Not by way of whom it is met; a long one is shortened; also through an undesired text."""
    ring = [Entry(f"n{one}", f"__n{(one + 1) % 500}__", "snippet") for one in range(500)]
    library = Library(
        [
            *ring,
            Entry("way in", "__Ping__", "snippet"),
            Entry("Ping", "a\nb __pong__"),
            Entry("pong", "<c|__ping__>", "snippet"),
            Entry("self", "x", "snippet", undesired="__self__"),
        ]
    )
    assert refusal("__way in__", library).message == '"Ping" refers to itself: Ping → pong → Ping.'
    assert refusal("__self__", library).message == '"self" refers to itself: self → self.'
    long = refusal("__n0__", library)
    assert long.kind == "circle"
    assert long.message.startswith('"n0" refers to itself: n0 → n1 → ')
    assert len(long.message) < 120
    assert expanded("a", library) == "a"


HOSTILE_TEXTS = {
    text * (100_000 // len(text)): text
    for text in (
        *"<|_>\\",
        "<||x",
        "<a|",
        "<|",
        "<<|>",
        "<a|b",
        "<a<b>",
        "<\\",
        "\\<",
        "2$$",
        "<2$$",
        "<1-2$$a$$",
        "__a",
        "__a#",
        "a__",
        "\\__a",
        "<3",
        "< ",
        "||",
        "999x ",
        "a, ",
    )
} | {
    "<" * 50_000 + ">" * 50_000: "pairs",
    "<a|" * 25_000 + ">" * 25_000: "choices in each other",
    f"<{' ' * 50_000}|{' ' * 50_000}>": "blanks",
    f"<a{'||' * 50_000}>": "groups",
    f"<{'9' * 100_000}x|b>": "a weight",
    f"<{'9' * 100_000}$$a|b>": "a take",
}


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=HOSTILE_TEXTS.values())
def test_no_text_is_slow(text):
    """100 kB made to be slow are read or refused in a fraction of a second."""
    begun = time.process_time()
    with suppress(TemplateError):
        expanded(text, unknown="keep")
    assert time.process_time() - begun < QUICK


def swelling(width):
    """Snippets that hold the next one many times, ten deep, and nothing in the end."""
    entries = [Entry(f"n{one}", f"__n{one + 1}__" * width, "snippet") for one in range(9)]
    return Library([*entries, Entry("n9", "", "snippet")])


@pytest.mark.parametrize(
    ("text", "library"),
    [
        ("__n0__", swelling(100)),
        ("__l__", Library([Entry("l", "<a|\n" * 260_000)])),
        ("<100$$__l__>" * 1_000, Library([Entry("l", "1x\n" * 9_999)])),
        (
            "__l__" * 1_000,
            Library([Entry("l", "\n".join(["__m__" * 20] * 2_000)), Entry("m", "1x")]),
        ),
        ("__n0__", Library([Entry(f"n{one}", f"__n{one + 1}__") for one in range(5_000)])),
    ],
)
def test_no_library_is_slow(text, library):
    """Names that multiply, a list of 1 MB and a chain of thousands are refused at once."""
    begun = time.process_time()
    assert refusal(text, library).kind in {"too_many_picks", "too_large", "unknown_name"}
    assert time.process_time() - begun < QUICK


def test_a_late_round_of_a_long_shuffle_is_quick():
    """What a round needs of a shuffle is drawn, and no more."""
    library = Library([Entry("l", "\n".join(map(str, range(10_000))))])
    begun = time.process_time()
    found = {
        expanded("__l__", library, round=number, modes={"l": "shuffle"}) for number in range(99)
    }
    assert time.process_time() - begun < QUICK
    assert len(found) == 99


# Folders.


def test_a_folder_is_a_library(tmp_path):
    """Lists, snippets, folders in names; UTF-8 with and without a mark, and UTF-16."""
    (tmp_path / "clothes" / "warm").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "hair.txt").write_text("red hair\n", "utf-8-sig")
    (tmp_path / "clothes" / "hats.TXT").write_bytes(b"beret\r\n")
    (tmp_path / "clothes" / "warm" / "coats.txt").write_text("毛皮\n", "utf-16")
    (tmp_path / "my look.snippet.txt").write_text(" <ink>\n, gloss\n", "utf-8")
    (tmp_path / ".git" / "no.txt").write_text("no")
    (tmp_path / ".no.txt").write_text("no")
    (tmp_path / "notes.md").write_text("no")
    library = Library.folder(tmp_path)
    assert {entry.name: entry.kind for entry in library} == {
        "hair": "list",
        "clothes/hats": "list",
        "clothes/warm/coats": "list",
        "my look": "snippet",
    }
    text = "__hair__, __clothes/hats__, __clothes/warm/coats__, __my_look__"
    assert expanded(text, library) == "red hair, beret, 毛皮, <ink>\n, gloss"
    assert len(Library.folder(str(tmp_path))) == 4


def test_a_folder_in_itself_is_read_once(tmp_path):
    """Links to folders are not followed."""
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [entry.name for entry in Library.folder(tmp_path)] == ["a"]


def test_a_file_that_no_template_can_name_is_passed_over(tmp_path):
    """With a warning: the others work."""
    (tmp_path / "90%.txt").write_text("x")
    (tmp_path / "a.txt").write_text("y")
    with pytest.warns(UserWarning, match=r"90%\.txt is passed over: a name is letters"):
        library = Library.folder(tmp_path)
    assert [entry.name for entry in library] == ["a"]


def test_a_large_file_is_refused_when_it_is_used(tmp_path):
    """And read only as far as is needed to know."""
    (tmp_path / "big.txt").write_text("x\n" * 2_000_000)
    (tmp_path / "wide.txt").write_text("é" * 1_000_000, "utf-16")
    (tmp_path / "a.txt").write_text("y")
    library = Library.folder(tmp_path)
    assert max(len(entry.text) for entry in library) < 600_000
    assert expanded("__a__", library) == "y"
    assert refusal("__big__", library).message == 'The list "big" is larger than 256 KiB.'
    assert refusal("__wide__", library).kind == "too_large"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.txt": b"\xff\xffx"}, "a.txt is no text in UTF-8 or UTF-16"),
        ({"a b.txt": b"x", "a_b.snippet.txt": b"y"}, "are one name for a template"),
    ],
)
def test_a_folder_that_cannot_be_a_library_is_refused(tmp_path, files, sentence):
    """The file is named."""
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ConfigurationError, match=sentence):
        Library.folder(tmp_path)


def test_a_folder_holds_at_most_64_mib(tmp_path):
    """Of what would be read of it."""
    for number in range(129):
        with (tmp_path / f"{number}.txt").open("wb") as file:
            file.truncate(600_000)
    with pytest.raises(ConfigurationError, match="holds more than 64 MiB of text"):
        Library.folder(tmp_path)
    (tmp_path / "0.txt").unlink()
    (tmp_path / "1.txt").unlink()
    assert len(Library.folder(tmp_path)) == 127


def test_a_file_is_no_folder(tmp_path):
    """Nor is what does not exist."""
    (tmp_path / "a.txt").write_text("x")
    for path in (tmp_path / "a.txt", tmp_path / "none"):
        with pytest.raises(ConfigurationError, match="is no folder"):
            Library.folder(path)


# Parameters, errors, what is shown.


def test_texts_are_found_in_parameters_and_put_back():
    """Prompt, negative prompt and those of each character; all else stays as it is."""
    fields = {
        "prompt": "a",
        "steps": 28,
        "characters": [{"prompt": "b", "position": "C3"}, {"prompt": "c", "negative_prompt": "d"}],
    }
    texts = read_texts(fields)
    assert texts == {
        "prompt": "a",
        "characters.0.prompt": "b",
        "characters.1.prompt": "c",
        "characters.1.negative_prompt": "d",
    }
    assert write_texts(fields, texts) == fields
    written = write_texts(
        fields, {"prompt": "A", "negative_prompt": "N", "characters.1.prompt": "C"}
    )
    assert written == {
        "prompt": "A",
        "negative_prompt": "N",
        "steps": 28,
        "characters": [{"prompt": "b", "position": "C3"}, {"prompt": "C", "negative_prompt": "d"}],
    }
    assert fields["prompt"] == "a"
    assert read_texts({"prompt": None, "characters": None}) == {}
    assert write_texts({"steps": 1}, {}) == {"steps": 1}


def test_an_error_survives_a_trip_between_processes():
    """With its kind and place."""
    error = refusal("solo, __hiar__")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (TemplateError, str(error), vars(error))
    assert (again.kind, again.start, again.end) == ("unknown_name", 6, 14)


def test_an_error_names_its_field():
    """Whether it is found while reading or while rolling."""
    for text in ("<0x a|b>", "__hiar__", "<a|b>" * 1_001):
        with pytest.raises(TemplateError) as caught:
            expand({"prompt": "a", "characters.1.prompt": text}, LIBRARY, roll_seed=1)
        assert caught.value.field == "characters.1.prompt"
        assert isinstance(caught.value, ValueError)


def test_no_repr_shows_a_text():
    """Neither a library, nor a template, nor a roll gives prompts away."""
    secret = "SECRET"
    library = Library([Entry("a", secret), Entry("b", secret, "snippet", undesired=secret)])
    texts = {"prompt": f"__a__, __b__, <{secret}|{secret}>"}
    roll = expand(texts, library, roll_seed=1)
    assert secret in roll.texts["prompt"]
    shown = [
        library,
        [*library],
        library.read("a"),
        parse(f"<{secret}|x>"),
        Option((secret,)),
        roll,
    ]
    assert secret not in repr([*shown, roll.picks])
