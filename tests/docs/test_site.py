"""The documentation is true: its programs run, its links lead somewhere, its names exist."""

import ast
import importlib
import re
import subprocess
import sys

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.docs.readme import ROOT, Readme

from novelai.emulator import Emulator

DOCS = ROOT / "docs"
PAGES = sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))
SMALL, PORTRAIT = (512, 768), (832, 1216)
RECIPES = {
    "lighthouse.png": SMALL,
    "lighthouse_large.png": (1024, 1536),
    **{f"harbour_{number}.png": PORTRAIT for number in (1, 2, 3)},
    **{f"portrait{name}.png": PORTRAIT for name in ("", *(f"_laughing_{n}" for n in (1, 2, 3)))},
    "dancer.png": PORTRAIT,
    "night.png": PORTRAIT,
    **{f"seasons/{number:03}.png": (640, 640) for number in (0, 1, 2)},
}
TRANSLATED = [name for name in PAGES if name.startswith(("ja/", "zh/"))]
ABROAD = {f"clients/{name}.md" for name in ("bots", "koishi", "one-api", "sillytavern")}
"""The pages of programs that are used most in Japan and China, in both languages."""
SHORTER = {"ja/cli.md", "ja/switching.md"}
"""Which leave long lists to the English page: help texts, and tests of novelai-sdk."""
SERVER = {
    f"guides/{name}.md"
    for name in ("server", "http", "operations", "kubernetes", "page", "check-service")
}
PLUGIN_TEST = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "error")


def page(name: str) -> Readme:
    return Readme((DOCS / name).read_text("utf-8"))


def programs(name: str) -> list[str]:
    if name in TRANSLATED:
        return []  # their code is that of the English page, see below
    return [block for block in page(name).blocks("python") if "def test_" not in block]


def shown_tests(name: str) -> list[str]:
    if name in TRANSLATED:
        return []
    return [block for block in page(name).blocks("python") if "def test_" in block]


@pytest.fixture(scope="module")
def emulator():
    return Emulator(fast=True)


@pytest.fixture(scope="module")
def url(emulator):
    with emulator.serve() as url:
        yield url


@pytest.mark.parametrize("name", [name for name in PAGES if programs(name)])
def test_its_programs_run(name, emulator, url, tmp_path, monkeypatch, logged_as_before):
    """Copied one after another into a session, the Python blocks of a page run."""
    emulator.reset()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOVELAI_API_KEY", emulator.token)
    monkeypatch.setenv("NOVELAI_BASE_URL", url)
    session = {"__name__": "session"}
    for number, block in enumerate(programs(name), 1):
        exec(compile(block, f"{name}, block {number}", "exec"), session)
    assert {request.status for request in emulator.requests} <= {200, 201}
    if name.endswith("guides/recipes.md"):
        for path, size in RECIPES.items():
            with Image.open(path) as picture:
                assert (path, picture.size) == (path, size)
    if isinstance(session.get("app"), Starlette):
        with TestClient(session["app"]) as browser:
            assert browser.get("/openapi.json").status_code == 200


@pytest.mark.parametrize("name", [name for name in PAGES if shown_tests(name)])
def test_its_tests_pass(name, tmp_path):
    """The tests a page shows pass with the plugin of the package."""
    for number, block in enumerate(shown_tests(name)):
        (tmp_path / f"test_shown_{number}.py").write_text(block)
    command = [sys.executable, "-m", "pytest", *PLUGIN_TEST]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert f"{len(shown_tests(name))} passed" in done.stdout, done.stdout + done.stderr


def test_its_links_lead_somewhere():
    """Every link to a page leads to a page that is there."""
    links = [(name, target.partition("#")[0]) for name in PAGES for target in page(name).links]
    assert len(links) > 50
    broken = [one for one in links if one[1] and not ((DOCS / one[0]).parent / one[1]).exists()]
    assert broken == []


@pytest.mark.parametrize("name", PAGES)
def test_what_it_describes_exists(name):
    """Every name whose docstring a page takes in can be imported."""
    missing = []
    for described in re.findall(r"^::: (\S+)$", page(name).text, re.MULTILINE):
        module, _, rest = described.rpartition(".")
        try:
            importlib.import_module(described)
        except ModuleNotFoundError:
            if not hasattr(importlib.import_module(module), rest):
                missing.append(described)
    assert missing == []


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("reference/")])
def test_no_private_name_is_shown(name):
    """What is described from a private module is shown without the module's path."""
    text = page(name).text
    private = re.findall(r"^::: \S*\._\S+\n(?!    options:\n      show_root_)", text, re.MULTILINE)
    assert private == []


def test_every_page_can_be_reached():
    """The navigation holds each page once, and nothing else."""
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    listed = re.findall(r"(\S+\.md)$", navigation, re.MULTILINE)
    assert sorted(listed) == PAGES


def original_of(translated: str) -> str:
    """The English page of a translated one."""
    name = translated.partition("/")[2]
    return next(one for one in (f"guides/{name}", name) if (DOCS / one).exists())


def uncommented(kind: str, block: str) -> str:
    """A code block without its comments, which a translation may have in its own words."""
    if kind == "python":
        return ast.dump(ast.parse(block))
    return re.sub(r" *# .*", "", block)


def shown(name: str) -> list[str]:
    """The code of a page; the help texts of the command line stand on the English page alone."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page(name).text, re.DOTALL | re.MULTILINE)
    return [uncommented(kind, block) for kind, block in blocks if kind != "text"]


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translated_page_shows_the_same_code(name):
    """A translated page has the code of its original, but for comments, and leads to it."""
    original = original_of(name)
    assert shown(name) == shown(original)
    assert "../" * name.count("/") + original in page(name).links


@pytest.mark.parametrize("name", [name for name in TRANSLATED if name not in SHORTER])
def test_a_translated_page_has_the_same_parts(name):
    """A translated page has the headings, tables and rows of its original."""
    english, translated = page(original_of(name)).text, page(name).text
    for part in (r"^#+ ", r"^\| "):
        assert len(re.findall(part, translated, re.MULTILINE)) == len(
            re.findall(part, english, re.MULTILINE)
        ), part


def test_every_guide_of_the_client_is_translated():
    """Each guide but those of the server has a Japanese page, some pages of clients two."""
    guides = {name for name in PAGES if name.startswith(("guides/", "switching"))} - SERVER
    japanese = {original_of(name) for name in TRANSLATED if name.startswith("ja/")}
    assert japanese == guides | ABROAD | {"quickstart.md"}
    assert {original_of(name) for name in TRANSLATED if name.startswith("zh/")} == ABROAD
