"""What is a prompt in a turn of a chat, and how long it takes to find out."""

import time

import anyio
import pytest
from tests.doors.openai.drawing import data_url

from novelai.server.compat.openai.conversation import LONGEST_PROMPT, drawable, without_images
from novelai.server.model.problems import ProblemError


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("a cat", "a cat"),
        (f"a cat ![image]({data_url(b'old')})", "a cat"),
        (f"{data_url(b'old')} a dog", "a dog"),
        ("a <img src='x.png' alt='y'> dog", "a   dog"),
        ("![a](b) wow! [red] <3 dd", "wow! [red] <3 dd"),
        ("![never closed", "![never closed"),
        ("![](![](x) a", "![](  a"),
    ],
)
def test_quoted_pictures_are_no_prompt(text, prompt):
    """Markdown, tags and data URLs of pictures are left out; all else is the prompt."""
    assert anyio.run(drawable, text) == prompt


@pytest.mark.parametrize("text", ["", " \n", "![a](b)"])
def test_nothing_to_draw_is_refused(text):
    """A turn of nothing but pictures says not what to draw."""
    with pytest.raises(ProblemError, match="what to draw"):
        anyio.run(drawable, text)


def test_what_is_too_long_is_refused_and_not_cut():
    """The longest prompt passes; one character more is refused by name."""
    assert len(anyio.run(drawable, "a" * LONGEST_PROMPT)) == LONGEST_PROMPT
    with pytest.raises(ProblemError, match="messages"):
        anyio.run(drawable, "a" * (LONGEST_PROMPT + 1))


def test_megabytes_of_pictures_are_no_part_of_the_length():
    """A picture of some megabytes inside the text is left out whole."""
    text = f"a cat ![image](data:image/png;base64,{'A' * 4_000_000})"
    assert anyio.run(drawable, text) == "a cat"


@pytest.mark.parametrize(
    "piece", ["![", "![](", "<img ", "data:image/", "data:image/a;base64,", "d"]
)
def test_a_hostile_text_is_given_up_early(piece):
    """Beginnings of pictures that never end are read once, up to the longest prompt."""

    def seconds(count):
        before = time.thread_time()
        anyio.run(without_images, piece * count, LONGEST_PROMPT)
        return time.thread_time() - before

    short = min(seconds(4_000) for _ in range(3))
    assert min(seconds(64_000) for _ in range(3)) < 64 * short + 0.05
