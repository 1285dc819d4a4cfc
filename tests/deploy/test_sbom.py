"""Every part of the image and of the page comes under a licence that is known and suits ours."""

import json

import pytest
from tests.deploy.sbom import licence_of, suits, unsuitable, write


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """The parts of both, and the folder with their files."""
    folder = tmp_path_factory.mktemp("sbom")
    return write(folder), folder


@pytest.mark.parametrize("name", ["server", "page"])
def test_licences_suit(parts, name):
    """Nothing that people are given asks more of them than ours."""
    found, folder = parts
    assert len(found[name]) > 50
    assert unsuitable(found[name]) == []
    written = json.loads((folder / f"{name}.cdx.json").read_text("utf-8"))
    assert written["bomFormat"] == "CycloneDX"
    assert all(one["version"] and one["purl"] for one in written["components"])


def test_what_is_shipped_is_named(parts):
    """The parts that matter most are among them."""
    found, _ = parts
    names = {
        name: {one["name"].lower() for one in components} for name, components in found.items()
    }
    assert {"fastapi", "sqlalchemy", "uvicorn", "pillow"} <= names["server"]
    assert {"svelte", "swagger-ui-dist"} <= names["page"]
    assert "pytest" not in names["server"]


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", True),
        ("(MIT OR GPL-3.0-only)", True),
        ("MIT AND PSF-2.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("", False),
    ],
)
def test_what_suits(licence, expected):
    """A choice suits when one of it does, and what comes together when all of it does."""
    assert suits(licence) is expected


@pytest.mark.parametrize(
    ("told", "licence"),
    [
        ([{"license": {"id": "MIT"}}, {"license": {"name": "whatever"}}], "MIT"),
        ([{"expression": "MIT OR CC0-1.0"}], "MIT OR CC0-1.0"),
        ([{"license": {"name": "License :: OSI Approved :: BSD License"}}], "BSD-3-Clause"),
        ([{"license": {"name": "ours"}}], ""),
        ([], ""),
    ],
)
def test_what_a_part_says(told, licence):
    """Identifiers count, then classifiers; a name of somebody's own is not known."""
    assert licence_of({"name": "a", "licenses": told}) == licence
