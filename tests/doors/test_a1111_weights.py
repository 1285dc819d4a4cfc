"""Weights keep their meaning between A1111 and NovelAI, whichever way they go."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novelai.server.compat.a1111.weights import (
    Span,
    from_a1111,
    from_novelai,
    to_a1111,
    to_novelai,
    translate,
)

WORDS = st.from_regex(r"[a-z][a-z ]{0,8}[a-z0-9]", fullmatch=True)
WEIGHTS = st.integers(-30, 300).map(lambda value: value / 100)
SPANS = st.lists(st.builds(Span, WORDS, WEIGHTS), min_size=1, max_size=6)


def merged(spans):
    """Texts without blanks and commas around them, weights to the fourth place."""
    found = []
    for span in spans:
        text = span.text.strip(" ,")
        if text:
            found.append((text, round(span.weight, 4)))
    return found


def apart(spans):
    """Spans with a comma between each, so that neighbours of one weight stay two."""
    return [part for span in spans for part in (span, Span(", ", 1.0))]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("(smile:1.2)", "1.2::smile::"),
        ("1girl, (smile:1.2), hat", "1girl, 1.2::smile::, hat"),
        ("((smile)), hat", "1.21::smile::, hat"),
        ("((smile:1.5))", "1.65::smile::"),
        ("(a, (b:2):0.5)", "0.5::a::, b"),
        (r"miku \(vocaloid\), (hat:0.8)", "miku (vocaloid), 0.8::hat::"),
        ("(year 2024:1.3)", "1.3::year 2024 ::"),
        ("2(hat:1.5)", "2 1.5::hat::"),
        ("<lora:style:0.8>, (hat:1.5)", ", 1.5::hat::"),
        ("(hat:1.5) BREAK coat", "1.5::hat::, coat"),
    ],
)
def test_a1111_weights_are_sent_as_numbers(typed, sent):
    """What only A1111 can mean is translated without being asked."""
    assert translate(typed, "auto") == sent


@pytest.mark.parametrize(
    "typed",
    ["miku (vocaloid)", "1.2::smile::, ((hat))", "{{smile}}, (hat:1.2)", "[hat]", "a (b) c", ""],
)
def test_what_may_be_meant_as_it_is_stays(typed):
    """Names with parentheses, and prompts in NovelAI's own way, are not touched."""
    assert translate(typed, "auto") == typed
    assert translate(typed, "novelai") == typed


def test_on_request_single_brackets_are_weights():
    """With the syntax stated, a single parenthesis and a bracket count as A1111 counts them."""
    assert translate("(hat), [coat]", "a1111") == "1.1::hat::, 0.9091::coat::"


def test_older_models_get_braces():
    """V3 and older know no numbers: the nearest count of braces is written."""
    assert translate("(hat:1.1), coat, (rain:0.9)", "auto", numeric=False) == (
        "{{hat}}, coat, [[rain]]"
    )


@settings(max_examples=60)
@given(SPANS)
def test_novelai_reads_what_is_written_for_it(spans):
    """Any weights, written for NovelAI and read as it does, are the same weights."""
    spans = apart(spans)
    assert merged(from_novelai(to_novelai(spans))) == merged(spans)


@settings(max_examples=60)
@given(SPANS)
def test_a1111_reads_what_is_written_for_it(spans):
    """Any weights, written for A1111 and read as it does, are the same weights."""
    spans = apart(spans)
    assert merged(from_a1111(to_a1111(spans))) == merged(spans)


@settings(max_examples=60)
@given(SPANS)
def test_there_and_back(spans):
    """From A1111 to NovelAI and back: nothing is lost."""
    there = from_novelai(to_novelai(from_a1111(to_a1111(apart(spans)))))
    assert merged(from_a1111(to_a1111(there))) == merged(apart(spans))


@settings(max_examples=60)
@given(st.text(alphabet="ab12 ,.:()[]{}\\<>-|", max_size=60))
def test_nothing_typed_is_too_odd(prompt):
    """Whatever is typed is read and written in both ways without an error."""
    for read in (from_a1111, from_novelai):
        spans = read(prompt)
        assert all(math.isfinite(span.weight) for span in spans)
        assert isinstance(to_novelai(spans), str)
        assert isinstance(to_novelai(spans, numeric=False), str)
        assert isinstance(to_a1111(spans), str)
    assert isinstance(translate(prompt, "a1111"), str)


@pytest.mark.parametrize(
    "part", ["(", "(a", "[a", "{", " ", "9", ":9", "<lora:", "\\(", "(:", "::"]
)
def test_a_long_prompt_takes_no_long_time(part):
    """The longest prompt NovelAI takes is translated at once, whatever it repeats."""
    prompt = part * (51_200 // len(part))
    for spans in (from_a1111(prompt), from_novelai(prompt)):
        assert isinstance(to_novelai(spans, numeric=False), str)
    assert isinstance(translate(f"{prompt} (a:2)", "auto"), str)


@settings(max_examples=60)
@given(st.text(alphabet="ab ()\\", max_size=30))
def test_escaped_text_is_literal(text):
    """Text without weights is read as the same text once it is written for A1111."""
    written = to_a1111([Span(text)]) if text else ""
    assert "".join(span.text for span in from_a1111(written)) == text
