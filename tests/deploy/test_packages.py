"""Wheel and sdist as they are released, and the one line that starts a server of them."""

import re
import shlex
import subprocess
import tarfile
import zipfile
from contextlib import contextmanager

import httpx2
import psutil
import pytest
from dev_venv import ROOT
from tests.cli.processes import running
from tests.deploy.tools import tool

SPEC = "novelai-fastapi[server]"
PAGE = "novelai/server/static/index.html"


def shown():
    """The lines of README that start a server without an installation."""
    text = (ROOT / "README.md").read_text("utf-8")
    return re.findall(r"`((?:uvx|pipx run) [^`]+)`", text)


def test_an_index_takes_them(packages):
    """Their descriptions can be shown, and both carry the page."""
    files = sorted(packages.iterdir())
    checked = subprocess.run(
        [tool("twine"), "check", "--strict", *files], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert [path.suffix for path in files] == [".whl", ".gz"]
    with zipfile.ZipFile(files[0]) as made:
        assert PAGE in made.namelist()
    with tarfile.open(files[1]) as made:
        assert any(name.endswith(PAGE) for name in made.getnames())


@contextmanager
def with_children(*command, **options):
    """Run a program that starts others: they end with it."""
    with running(*command, **options) as program:
        try:
            yield program
        finally:
            for one in psutil.Process(program.process.pid).children(recursive=True):
                one.kill()


@pytest.mark.parametrize("line", shown())
def test_one_line_starts_it(line, wheel, empty, tmp_path):
    """In an empty environment, by each line of README, with the page and a picture."""
    words = shlex.split(line)
    assert SPEC in words
    words[words.index(SPEC)] = f"{SPEC} @ {wheel.as_uri()}"
    with with_children(*words, "--port", "0", cwd=tmp_path, **empty) as program:
        url = program.wait_for(r"Open (http://[^/\s]+)")[1]
        with httpx2.Client(base_url=url, timeout=60) as visitor:
            page = visitor.get("/", headers={"Accept": "text/html"})
            assert "<script" in page.text
            drawn = visitor.get("/generate", params={"prompt": "a", "size": "128x192", "steps": 1})
            assert drawn.content.startswith(b"\x89PNG")


def test_both_lines_are_shown():
    """README has one for uv and one for pipx."""
    assert [line.split()[0] for line in shown()] == ["uvx", "pipx"]
