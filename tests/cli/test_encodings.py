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
    ["generate", PROMPT, "--cost"],
    ["generate", "--prompt-file", "猫.txt", "--size", "64x64", "--steps", "1", "--json"],
    ["tool", "sketch", "猫.png"],
    ["upscale", "猫.png"],
    ["tags", "猫", "--lang", "jp"],
    ["catalogue"],
    ["chat", PROMPT],
    ["write", PROMPT],
    ["speak", PROMPT],
    ["account"],
    ["doctor"],
]
FAILING = [
    ["generate", PROMPT, "--sampler", "é猫", "--size", "64x64"],
    ["generate", PROMPT, "--é"],
    ["generate", "__é猫__", "--wildcards", "."],
    ["info", "é.txt"],
]
PROGRAM = """
import json, sys
from novelai.cli import main
commands, failing = json.loads(sys.argv[1])
for words in commands + failing:
    sys.argv[1:] = words
    try:
        main()
    except SystemExit as end:
        assert bool(end.code) == (words in failing), (words, end.code)
    print(flush=True)
"""


@pytest.mark.parametrize("encoding", ["cp932", "ascii"])
def test_a_paid_picture_is_no_traceback(emulator, url, here, encoding):
    """Every command says what it has to say, results and errors, on any stream."""
    (here / "猫.txt").write_text(PROMPT, "utf-8")
    environment = {
        "NOVELAI_API_KEY": emulator.token,
        "NOVELAI_BASE_URL": url,
        "PYTHONIOENCODING": f"{encoding}:strict",
    }
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps([COMMANDS, FAILING])],
        capture_output=True,
        cwd=here,
        env={**os.environ, **environment},
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    output = ran.stdout.decode(encoding, "replace")
    found = [json.loads(line) for line in output.splitlines() if line.startswith('{"file"')]
    assert PROMPT in str(found[0])
    assert "Usage" in output
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize("words", [["generate", "-"], ["chat"]])
def test_what_cannot_be_read_is_a_sentence(emulator, url, here, words):
    """Standard input in another encoding is told of, and nothing is sent."""
    ran = subprocess.run(
        [sys.executable, "-m", "novelai", *words],
        input=b"caf\xe9",
        capture_output=True,
        cwd=here,
        env={
            **os.environ,
            "NOVELAI_API_KEY": emulator.token,
            "NOVELAI_BASE_URL": url,
            "PYTHONIOENCODING": "utf-8",
        },
        timeout=PATIENCE,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(b"error: What standard input holds is no text in utf-8.")
    assert emulator.requests == []
