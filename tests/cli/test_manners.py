"""What every command line has: -h, -V, texts from files, a sentence for a taken port."""

import re
import socket
import subprocess
import sys
import tomllib

import pytest
from tests.cli.help_blocks import COMMANDS, GUIDE, help_of
from tests.cli.processes import PATIENCE

from novelai._version import __version__
from novelai.cli.app import GROUPS

PROMPTS = {
    "utf-8": "1girl, 猫".encode(),
    "utf-8 of Windows": "\ufeff1girl, 猫\r\n".encode(),
    "utf-16 of Windows": "1girl, 猫\r\n".encode("utf-16"),
    "utf-16-be": "\ufeff1girl, 猫".encode("utf-16-be"),
}
TINY = ("--size", "64x64", "--steps", "1")


@pytest.mark.parametrize("command", ["", *(group.info.name for group in GROUPS), *COMMANDS])
def test_help_is_short_too(run, command):
    """`-h` says what `--help` says, of every command and group."""
    ran = run(*command.split(), "-h", COLUMNS="80")
    assert ran.exit_code == 0
    assert [line.rstrip() for line in ran.lines] == help_of(command).splitlines()


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version(run, option):
    """One line, for people and scripts."""
    assert run(option).stdout == f"{__version__}\n"


@pytest.mark.parametrize("kind", PROMPTS)
def test_a_prompt_in_a_file(run, emulator, here, kind):
    """A file holds one prompt, in the encodings that editors write."""
    (here / "p.txt").write_bytes(PROMPTS[kind])
    ran = run("generate", "--prompt-file", "p.txt", *TINY)
    assert ran.exit_code == 0, ran.stderr
    (request,) = emulator.requests
    assert request.body["input"].startswith("1girl, 猫, ")


def test_prompts_of_all_kinds(run, emulator, here):
    """Arguments, files and standard input, in this order."""
    (here / "two.txt").write_text("two\nlines")
    words = ["one", "--prompt-file", "two.txt", "--prompt-file", "-"]
    ran = run("generate", *words, *TINY, "--pause", 0, "--no-quality", stdin="three\n")
    assert ran.exit_code == 0, ran.stderr
    sent = [request.body["input"] for request in emulator.requests]
    assert sent == ["one", "two\nlines", "three"]


@pytest.mark.parametrize("command", ["write", "chat", "speak"])
def test_texts_in_files(run, emulator, here, command):
    """Stories, questions and what is read aloud come from files, too."""
    (here / "text.txt").write_text("Once upon a time")
    ran = run(command, "--prompt-file", "text.txt")
    assert ran.exit_code == 0
    (request,) = emulator.requests
    # What is to be read aloud is in the query, which is not recorded.
    told = ran.stdout if command == "speak" else str(request.body)
    assert "Once upon a time" in told.replace("-", " ")
    both = run(command, "And then", "--prompt-file", "text.txt")
    assert (both.exit_code, len(emulator.requests)) == (2, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["generate"], "PROMPT"),
        (["write"], "PROMPT"),
        (["speak"], "TEXT"),
        (["generate", "--prompt-file", "none.txt"], "none.txt"),
        (["generate", "--prompt-file", "picture.png"], "picture.png is no text in UTF-8 or"),
        (["generate", "--prompt-file", "."], "directory"),
        (["generate", "--prompt-file", "empty.txt"], "PROMPT"),
    ],
)
def test_no_text_at_all(run, emulator, here, draw, words, said):
    """What is missing, or no text, is named before anything is sent."""
    draw("picture.png")
    (here / "empty.txt").touch()
    ran = run(*words)
    assert ran.exit_code == 2
    assert said in ran.stderr
    assert emulator.requests == []


@pytest.fixture
def taken():
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("command", [["emulate"], ["serve", "--demo"]])
def test_a_port_that_is_taken(run, here, taken, command):
    """One sentence with the way out, a code that is not 0, and nothing was opened."""
    ran = run(*command, "--port", taken, NOVELAI_SERVER_DATA=str(here / "data"))
    assert (ran.exit_code, ran.stdout) == (1, "")
    told = re.fullmatch(
        rf"error: Port {taken} of 127\.0\.0\.1 is taken by another program: choose another, such "
        r"as --port (\d+)\.\n",
        ran.stderr,
    )
    assert told is not None
    with socket.create_server(("127.0.0.1", int(told[1]))):
        pass  # that one is free
    assert not (here / "data").exists()


@pytest.mark.parametrize("command", [["emulate"], ["serve", "--demo"]])
def test_a_host_that_is_none(run, here, command):
    """Likewise for an address that this machine does not know."""
    ran = run(*command, "--host", "no such host", NOVELAI_SERVER_DATA=str(here / "data"))
    assert ran.exit_code == 2
    assert ran.stderr.startswith("error: --host no such host is no address of this machine")


WITHOUT = "import sys; sys.modules[sys.argv.pop(1)] = None; from novelai.cli import main; main()"


@pytest.mark.parametrize(
    ("library", "command", "extra"),
    [
        ("typer", "generate", "cli"),
        ("typer", "emulate", "emulator"),
        ("typer", "serve", "server"),
        ("uvicorn", "emulate", "emulator"),
    ],
)
def test_a_missing_extra_is_named(here, library, command, extra):
    """Whoever installed less is told what to install for this command."""
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, library, command],
        capture_output=True,
        cwd=here,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.endswith(f"pip install 'novelai-fastapi[{extra}]'\n")
    assert ran.stderr.count("\n") == 1


def test_the_emulator_brings_its_command():
    """`pip install 'novelai-fastapi[emulator]'` is enough for `novelai emulate`."""
    project = tomllib.loads((GUIDE.parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert "novelai-fastapi[cli]" in project["optional-dependencies"]["emulator"]
