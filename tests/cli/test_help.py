"""The guide to the command line is true."""

import re

import pytest
from tests.cli.help_blocks import COMMANDS, GUIDE, blocks, help_of

from novelai.cli.exits import MEANINGS
from novelai.types.generation import DEFAULT_MODEL


def test_every_command_is_in_the_guide():
    """And nothing that is no command."""
    assert sorted(blocks()) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_guide_shows_the_help(command):
    """Word for word; ``python tests/cli/help_blocks.py`` writes it anew."""
    assert blocks()[command] == help_of(command)


def test_the_exit_codes_are_listed(run):
    """In the guide, and at the end of ``novelai --help``."""
    listed = re.findall(r"^\| (\d+) \| (.+) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert listed == [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]
    shown = " ".join(run("--help").stdout.split())
    assert all(f"{int(code)} {meaning}" in shown for code, meaning in MEANINGS.items())


def test_the_default_model_is_named():
    """The help says which model is used when none is given."""
    assert DEFAULT_MODEL in help_of("generate")
