"""The guide to the HTTP API knows every route and every code."""

import re
from typing import get_args

import pytest
from tests.docs.readme import ROOT

from novelai.server.app import create_app
from novelai.server.model.job import RefusalCode
from novelai.server.settings import Settings

GUIDE = (ROOT / "docs" / "guides" / "http.md").read_text("utf-8")
SOURCE = ROOT / "src" / "novelai" / "server"
INSIDE = {"http", "method_not_allowed", "stopped"}
"""Codes that say no more than their status."""


@pytest.fixture(scope="module")
def routes():
    paths = create_app(Settings(demo=True, _env_file=None)).openapi()["paths"]
    return {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}


def test_every_route_is_in_its_tables(routes):
    """Each described route has a row, and each row a route."""
    assert set(re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", GUIDE, re.MULTILINE)) == routes


def test_every_code_is_in_its_table():
    """What a program may have to tell apart is named: refused orders and other failures."""
    codes = set(get_args(RefusalCode))
    for file in SOURCE.rglob("*.py"):
        if "compat" not in file.parts:
            codes |= set(re.findall(r"ProblemError\(\s*\d+,\s*\"(\w+)\"", file.read_text("utf-8")))
    assert codes - INSIDE <= set(re.findall(r"`(\w+)`", GUIDE))
