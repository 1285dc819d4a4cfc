"""The command line."""

import re
import subprocess
import sys

import httpx2
import pytest
from tests.cli.processes import novelai, running
from typer.testing import CliRunner

from novelai import NovelAI, __version__
from novelai.cli.app import app

WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {library!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from novelai.cli import main
sys.argv = ["novelai", *{arguments!r}]
main()
"""


def without(library: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command where a library is not installed."""
    program = WITHOUT.format(library=library, arguments=arguments)
    return subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )


def test_it_tells_its_version():
    """`novelai --version` prints the version and nothing else."""
    done = subprocess.run(novelai("--version"), check=True, capture_output=True, text=True)
    assert done.stdout == f"{__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["emulate", "--help"]])
def test_help_is_there(words):
    """Every command explains itself."""
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert "Usage" in done.output


def test_an_unknown_command_is_refused():
    """A command that does not exist ends with an error that names it."""
    done = CliRunner().invoke(app, ["dance"])
    assert done.exit_code != 0
    assert "dance" in done.output


@pytest.mark.parametrize("command", ["serve", "emulate"])
@pytest.mark.parametrize("options", [["--port", "70000"], ["--log-level", "loud"]])
def test_a_wrong_option_is_one_sentence(command, options):
    """A value that cannot work is refused with its name, before anything starts."""
    done = CliRunner().invoke(app, [command, *options])
    assert done.exit_code == 2
    assert options[0] in done.stderr


@pytest.mark.parametrize(
    ("library", "command", "extra"),
    [
        ("typer", "serve", "server"),
        ("fastapi", "serve", "server"),
        ("starlette", "emulate", "emulator"),
    ],
)
def test_a_missing_extra_is_named(library, command, extra):
    """Where an optional library is missing, the sentence says what to install."""
    done = without(library, command, "--port", "0")
    assert done.returncode != 0
    assert f"pip install 'novelai-fastapi[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_emulator_runs_as_a_process():
    """`novelai emulate` prints what to export, answers, and stops when told."""
    with running(*novelai("emulate", "--fast", "--port", "0")) as program:
        url = program.wait_for(r"export NOVELAI_BASE_URL=(\S+)")[1]
        token = program.wait_for(r"export NOVELAI_API_KEY=(\S+)")[1]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert httpx2.get(url).json()["name"] == "novelai.emulator"
        with NovelAI(token, base_url=url) as client:
            assert client.image.generate(prompt="1girl", size=(128, 192))[0].size == (128, 192)
        code, took = program.stop()
    assert code in {0, -15, 143}
    assert took < 5
    assert "Traceback" not in program.output
