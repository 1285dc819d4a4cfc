"""What several of these tests need: a clone, and what is built of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dev_venv import ROOT
from tests.deploy.tools import tool

from novelai._version import __version__


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """What is committed, and nothing else."""
    folder = tmp_path_factory.mktemp("fresh") / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder


@pytest.fixture(scope="session")
def packages(clone, tmp_path_factory):
    """The folder with wheel and sdist, built by the command of the release."""
    folder = tmp_path_factory.mktemp("dist")
    environment = {
        name: value for name, value in os.environ.items() if name != "NOVELAI_BUILD_PAGE"
    }
    command = [tool("python"), "-m", "build", "--outdir", folder, clone]
    built = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert built.returncode == 0, built.stdout.decode()[-4_000:]
    return folder


@pytest.fixture(scope="session")
def wheel(packages):
    """The wheel."""
    (path,) = packages.glob(f"*-{__version__}-*.whl")
    return path


@pytest.fixture
def empty(tmp_path):
    """Variables of a person who has uv and pipx and nothing else of ours."""
    folders = {
        "HOME": tmp_path / "home",
        "PIPX_HOME": tmp_path / "pipx",
        "PIPX_BIN_DIR": tmp_path / "bin",
        "UV_TOOL_DIR": tmp_path / "tools",
        "NOVELAI_SERVER_DATA": tmp_path / "data",
    }
    (tmp_path / "home").mkdir()
    path = os.pathsep.join((str(Path(tool("uvx")).parent), os.environ["PATH"]))
    python = {"UV_PYTHON": sys.base_prefix, "UV_PYTHON_DOWNLOADS": "never"}
    return {name: str(folder) for name, folder in folders.items()} | python | {"PATH": path}
