"""The page: where it is served, what protects it, what is kept."""

import gzip
import re
import tomllib
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from novelai.server.http.page import SCREENS, STATIC, mount_page

HEAD = '<!doctype html><head><script src="/assets/index-1.js"></script>'
INDEX = f"{HEAD}</head>"


ROOT = Path(__file__).parents[2]


def test_the_page_is_served_from_where_it_is_built():
    """The server looks where Vite writes, and the package carries that folder."""
    config = (ROOT / "page" / "vite.config.ts").read_text("utf-8")
    written = re.search(r'outDir: "(.+)"', config)[1]
    assert (ROOT / "page" / written).resolve() == STATIC.resolve()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    carried = [ROOT / name.lstrip("/") for name in project["tool"]["hatch"]["build"]["artifacts"]]
    assert STATIC.resolve() in carried


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text(INDEX, "utf-8")
    (folder / "icon.svg").write_text("<svg/>", "utf-8")
    (folder / "manifest.webmanifest").write_text("{}", "utf-8")
    for name in ("en-1.js", "ja-1.js", "zh-1.js"):
        (folder / "assets" / name).write_text("// words\n", "utf-8")
    for name in ("viewer-1.js", "viewer-1.css", "start-viewer-1.js"):
        (folder / "assets" / name).write_text("/* of the viewer */\n", "utf-8")
    lines = b"// a line\n" * 200
    (folder / "assets" / "index-1.js").write_bytes(lines)
    (folder / "assets" / "index-1.js.gz").write_bytes(gzip.compress(lines))
    return folder


@pytest.fixture(scope="module")
def reader(static):
    app = FastAPI(docs_url=None, redoc_url=None)
    mount_page(app, static=static)
    with TestClient(app) as client:
        yield client


def words(name):
    return f'<link rel="modulepreload" crossorigin href="/assets/{name}">'


@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_has_an_address(reader, path):
    """The address of a screen can be opened, reloaded and kept as a bookmark."""
    answer = reader.get(path)
    assert answer.text == HEAD + words("en-1.js") + "</head>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [("ja", "ja-1.js"), ("de-DE,zh-CN;q=0.8,en;q=0.5", "zh-1.js"), ("fr, de", "en-1.js")],
)
def test_words_come_in_the_readers_language(reader, wanted, name):
    """The page names the words of the first language that it has, so that they come at once."""
    answer = reader.get("/", headers={"Accept-Language": wanted})
    assert words(name) in answer.text
    assert answer.text.count("modulepreload") == 1
    assert answer.headers["vary"] == "Accept, Accept-Language"


def test_its_policy_is_strict(reader):
    """Scripts and styles come from this server only, and nobody may frame it."""
    text = reader.get("/").headers["content-security-policy"]
    policy = dict(part.split(" ", 1) for part in text.split("; "))
    assert policy["default-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in text
    assert reader.get("/").headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", [*SCREENS, "/docs"])
def test_nothing_comes_from_elsewhere(reader, path):
    """No page of the server loads from another host or holds a script: it works offline."""
    answer = reader.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    addresses = re.findall(r'(?:src|href)="([^"]*)"', answer.text)
    assert addresses
    for address in addresses:
        assert re.match(r"/[^/]", address)
    assert all(text == "" for text in re.findall(r"<script[^>]*>([^<]*)", answer.text))
    assert "<style" not in answer.text


def test_the_viewer_of_the_api_is_whole(reader):
    """What /docs loads is there."""
    addresses = re.findall(r'(?:src|href)="([^"]*)"', reader.get("/docs").text)
    assert len(addresses) == 4
    assert [reader.get(address).status_code for address in addresses] == [200] * 4


def test_a_new_page_is_seen_at_once(reader):
    """A browser asks for the page each time and keeps its files for good: their names change."""
    assert reader.get("/").headers["cache-control"] == "no-cache"
    asset = reader.get("/assets/index-1.js")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["x-content-type-options"] == "nosniff"


def test_what_is_packed_is_handed_out_as_it_lies_there(reader, static):
    """A browser that unpacks gets what the build packed, any other one the file itself."""
    packed = reader.get("/assets/index-1.js")
    plain = reader.get("/assets/index-1.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-type"] == plain.headers["content-type"]
    size = (static / "assets" / "index-1.js.gz").stat().st_size
    assert int(packed.headers["content-length"]) == size
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert "content-encoding" not in reader.get("/assets/en-1.js").headers


def test_its_other_files_are_there(reader):
    """The icon and the manifest have types that browsers accept; what is not there is a 404."""
    assert reader.get("/icon.svg").headers["content-type"] == "image/svg+xml"
    assert reader.get("/manifest.webmanifest").headers["content-type"] == (
        "application/manifest+json"
    )
    assert reader.get("/licenses.md").status_code == 404
    assert reader.get("/assets/none.js").status_code == 404


def test_a_server_without_its_page_says_so(tmp_path):
    """Where the page was not built, its address says what to do; nothing else fails."""
    app = FastAPI(docs_url=None, redoc_url=None)
    mount_page(app, static=tmp_path)
    with TestClient(app) as client:
        answer = client.get("/gallery")
    assert answer.status_code == 503
    assert "python3 dev.py serve" in re.sub(r"\s+", " ", answer.text)
