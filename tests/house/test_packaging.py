"""The package as it is shipped: one version, honest extras, a light front door."""

import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

import novelai
from novelai._version import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_the_version_is_written_once():
    """The version has one home, and the build takes it from there."""
    assert PROJECT["project"]["dynamic"] == ["readme", "version"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "src/novelai/_version.py"
    assert novelai.__version__ == __version__
    homes = [
        path.name
        for path in (ROOT / "src").rglob("*.py")
        if re.search(r"^__version__\s*(:.*)?=", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert homes == ["_version.py"]


def test_the_changelog_begins_with_this_version():
    """The newest entry of the changelog is for the version in the code."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\S+) - (unreleased|\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    assert newest is not None, "a heading reads '## 0.1.0 - unreleased' or '## 0.1.0 - 2026-10-31'"
    assert newest[1] == __version__


def test_importing_the_package_loads_nothing_optional():
    """`import novelai` works on the core install and loads no picture library."""
    optional = ["PIL", "cryptography", "fastapi", "numpy", "rich", "starlette", "typer", "uvicorn"]
    code = f"import sys, novelai; print(*sorted(sys.modules.keys() & {set(optional)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "src", check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []


def test_every_public_name_is_there():
    """Each name in an `__all__` exists and is named once."""
    wrong = []
    for found in pkgutil.walk_packages(novelai.__path__, "novelai."):
        if found.name.endswith(("__main__", "migrations.env")):  # programs, not modules
            continue
        module = importlib.import_module(found.name)
        names = getattr(module, "__all__", [])
        wrong += [f"{found.name}.{name}" for name in names if not hasattr(module, name)]
        wrong += [f"{found.name}.{name} twice" for name in set(names) if names.count(name) > 1]
    assert wrong == []


def test_all_is_every_extra():
    """`novelai-fastapi[all]` installs every other extra."""
    extras = PROJECT["project"]["optional-dependencies"]
    named = re.fullmatch(r"novelai-fastapi\[(.+)\]", extras["all"][0])
    assert set(named[1].split(",")) == extras.keys() - {"all"}
    assert len(extras["all"]) == 1


def test_the_package_is_typed():
    """Type checkers of those who use the package read its annotations."""
    assert (ROOT / "src" / "novelai" / "py.typed").exists()


def test_entry_points_lead_somewhere():
    """The `novelai` command and the pytest plugin can be loaded."""
    project = PROJECT["project"]
    targets = [*project["scripts"].values(), *project["entry-points"]["pytest11"].values()]
    assert len(targets) == 2
    for target in targets:
        module, _, name = target.partition(":")
        loaded = importlib.import_module(module)
        assert not name or callable(getattr(loaded, name))


@pytest.fixture(scope="module")
def metadata():
    """What an index shows of the package, made as a build makes it."""
    return ProjectMetadata(str(ROOT), PluginManager()).core


def test_an_index_knows_where_the_project_is(metadata):
    """The addresses that an index lists all lead into the repository."""
    assert metadata.urls.keys() == {"Repository", "Documentation", "Changelog", "Issues"}
    home = metadata.urls["Repository"]
    assert all(url.startswith(home) for url in metadata.urls.values())


def test_links_of_the_description_lead_somewhere(metadata):
    """README's links to files lead to this version in the repository; code is as it was."""
    home, text = metadata.urls["Repository"], (ROOT / "README.md").read_text("utf-8")
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)]+)\)", metadata.readme)
    assert len(links) == len(re.findall(r"\]\(", text)) > 10
    for sign, link in links:
        found = re.fullmatch(rf"{home}/(blob|tree|raw)/v{__version__}/([^#]+)(#.*)?", link)
        assert found is not None or link.startswith("https://"), link
        if found is not None:
            path = ROOT / found[2]
            assert path.exists(), link
            assert found[1] == ("raw" if sign else "tree" if path.is_dir() else "blob")
    fences = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
    assert fences.findall(metadata.readme) == fences.findall(text)
    assert metadata.readme_content_type == "text/markdown"


BOUNDED = {
    "aiosqlite": "storage/engine.py is built on its private parts",
    "uvicorn": "http/connections.py and emulator/serve.py are built on its protocols",
}
"""What may not be newer than what was looked at, and why."""


def test_no_dependency_is_pinned():
    """A library leaves the choice of versions to those who install it: lower bounds only."""
    project = PROJECT["project"]
    asked = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        asked += extra
    pinned = [text for text in asked if re.search(r"==|<|~=", text.partition(";")[0])]
    assert {re.match(r"[\w-]+", text)[0] for text in pinned} == set(BOUNDED)


BUILDERS = {"wheel": WheelBuilder, "sdist": SdistBuilder}


@pytest.fixture(params=BUILDERS)
def build(request, tmp_path, monkeypatch):
    """Builds from a checkout without page/; returns the names of what is in the package."""
    monkeypatch.delenv("NOVELAI_BUILD_PAGE", raising=False)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    package = tmp_path / "src" / "novelai"
    package.mkdir(parents=True)
    shutil.copy(ROOT / "src" / "novelai" / "_version.py", package)

    def made():
        builder = BUILDERS[request.param](str(tmp_path))
        (path,) = builder.build(directory=str(tmp_path / "dist"), versions=["standard"])
        if request.param == "wheel":
            with zipfile.ZipFile(path) as wheel:
                return wheel.namelist()
        with tarfile.open(path) as sdist:
            return sdist.getnames()

    return made


def test_a_package_without_its_page_is_not_made(build, tmp_path, monkeypatch):
    """Unless that is asked for: a server that has no page to show is no accident of a build."""
    with pytest.raises(RuntimeError, match=r"The page is not there: .*static.index\.html"):
        build()
    assert not list(tmp_path.glob("dist/*.*"))
    monkeypatch.setenv("NOVELAI_BUILD_PAGE", "0")
    assert build()


def test_a_package_carries_its_page(build, tmp_path):
    """What git ignores is shipped all the same, and a page that is there needs no node."""
    static = tmp_path / "src" / "novelai" / "server" / "static"
    static.mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html>")
    assert any(name.endswith("novelai/server/static/index.html") for name in build())
