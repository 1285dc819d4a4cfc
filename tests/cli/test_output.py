"""File names made of prompts."""

from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from novelai.cli.output import Output, safe_name


@given(st.text())
def test_a_name_is_one_harmless_word(text):
    """Whatever a prompt holds, the name is letters, digits and hyphens, short enough, not empty."""
    name = safe_name(text)
    assert name
    assert all(letter.isalnum() or letter == "-" for letter in name)
    assert not name.startswith("-")
    assert len(name.encode()) <= 80
    assert Path(name).name == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1girl, cat ears", "1girl-cat-ears"),
        ("../../etc", "etc"),
        ("...", "picture"),
        ("猫耳、メイド", "猫耳-メイド"),
        ("a\x00b\x1b[2J", "a-b-2J"),
        ("word " * 40, "-".join(["word"] * 16)),
        ("長" * 40, "長" * 26),
    ],
)
def test_names_are_readable(text, name):
    """Words stay words, in any script; long prompts are cut between words or characters."""
    assert safe_name(text) == name


def test_a_link_laid_in_wait_is_not_followed(tmp_path):
    """A symbolic link at the name is taken for a file that is there."""
    (tmp_path / "cat.png").symlink_to(tmp_path / "elsewhere.png")
    path = Output(tmp_path, frozenset({".png"})).write(b"new", "cat.png")
    assert path.name == "cat-2.png"
    assert not (tmp_path / "elsewhere.png").exists()


def test_a_folder_with_a_dot_must_exist(tmp_path):
    """A name with a strange suffix is refused unless it is a folder already."""
    (tmp_path / "v4.5").mkdir()
    assert Output(tmp_path / "v4.5", frozenset({".png"})).file is None
    with pytest.raises(typer.BadParameter):
        Output(tmp_path / "v5.0", frozenset({".png"}))


def test_parts_are_added_to_either_name(tmp_path):
    """Layers are told apart under a name of one's own, too."""
    suffixes = frozenset({".png"})
    assert Output(tmp_path, suffixes).write(b"", "cat.png", "masked").name == "cat-masked.png"
    assert Output(tmp_path / "x.png", suffixes).write(b"", "cat.png", "blend").name == "x-blend.png"
