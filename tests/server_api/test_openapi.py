"""The OpenAPI document: complete, and changed only on purpose."""

import json
import os
from pathlib import Path

import pytest

from novelai.server.app import create_app
from novelai.server.settings import Settings

KEPT = Path(__file__).with_name("openapi.json")
VERBS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document():
    return create_app(Settings(demo=True, _env_file=None)).openapi()


def routes(document):
    return [
        (f"{verb.upper()} {path}", operation)
        for path, operations in document["paths"].items()
        for verb, operation in operations.items()
        if verb in VERBS and path.startswith("/api/")
    ]


def test_every_route_is_described(document):
    """Each route of the API has a sentence, a tag, a form of its answer, and of its failures."""
    described = routes(document)
    assert len(described) > 50
    for name, operation in described:
        assert operation["summary"][0].isupper(), name
        assert " " in operation["summary"], name
        assert operation["tags"], name
        answers = operation["responses"]
        assert set(answers) >= {"4XX", "5XX"}, name
        for status, answer in answers.items():
            if status.startswith(("4", "5")):
                assert set(answer["content"]) == {"application/problem+json"}, (name, status)
            elif status not in ("204", "304"):
                assert answer["content"], (name, status)
                assert all(media.get("schema") for media in answer["content"].values()), name


def test_it_is_as_it_was(document):
    """The API changes on purpose only: ``python3 dev.py types`` writes it and its types anew."""
    now = {**document, "info": {**document["info"], "version": "any"}}
    text = json.dumps(now, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("REFRESH_OPENAPI"):
        KEPT.write_text(text, encoding="utf-8")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert now["paths"].keys() == kept["paths"].keys()
    for path, operations in now["paths"].items():
        assert operations == kept["paths"][path], path
    assert now == kept, "see `python3 dev.py types`"
