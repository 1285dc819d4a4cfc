"""Standard output and error that lack characters: pipes and consoles of Windows, old locales."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.processes import PATIENCE

from novelai.cli.streams import READABLE, accept_all_characters

ENCODINGS = ["cp932", "cp1252", "ascii", "cp949", "cp437", "utf-8"]
PROMPT = "café 猫 … 🐈 “naïve”"


@pytest.fixture(scope="module", autouse=True)
def registered():
    accept_all_characters()


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_written(encoding, text):
    """No character, not even half of one, makes an output stream raise."""
    written = text.encode(encoding, READABLE).decode(encoding)
    assert text.isascii() <= (written == text)


def test_what_is_lacking_stays_readable():
    """Letters lose their accents, signs become those of ASCII, the rest is told by its code."""
    written = "café – “naïve” … × 猫 🐈".encode("ascii", READABLE).decode()
    assert written == 'cafe - "naive" ... x \\u732b \\U0001f408'
    assert "猫 é".encode("cp932", READABLE).decode("cp932") == "猫 e"


COMMANDS = [
    ["generate", PROMPT, "--size", "64x64", "--steps", "1", "-o", "猫.png"],
    ["info", "猫.png"],
    ["info", "猫.png", "--json"],
    ["generate", "--help"],
]
PROGRAM = """
import json, sys
from novelai.cli import main
for words in json.loads(sys.argv[1]):
    sys.argv[1:] = words
    try:
        main()
    except SystemExit as end:
        assert not end.code, (words, end.code)
    print(flush=True)
"""


@pytest.mark.parametrize("encoding", ["cp932", "cp1252", "ascii"])
def test_a_paid_picture_is_no_traceback(emulator, url, here, encoding):
    """A command that spent Anlas, and those that show the prompt, end well on any stream."""
    environment = {
        "NOVELAI_API_KEY": emulator.token,
        "NOVELAI_BASE_URL": url,
        "PYTHONIOENCODING": f"{encoding}:strict",
    }
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(COMMANDS)],
        capture_output=True,
        cwd=here,
        env={**os.environ, **environment},
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    output = ran.stdout.decode(encoding, "replace")
    (record,) = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert PROMPT in str(record)
    assert "Usage" in output
