"""Text that databases do not take."""

import pytest
from tests.server_api.people import TINY


@pytest.mark.parametrize("prompt", ["a\u0000cat", "\u0000"])
def test_a_prompt_with_a_null(ann, prompt):
    """A character that one database takes and the other does not is never a failure of ours."""
    answer = ann("POST", "/api/jobs", json={"params": {**TINY, "prompt": prompt}})
    assert answer.status_code in (202, 422), answer.text


@pytest.mark.parametrize("name", ["model", "job", "kind"])
def test_a_filter_with_a_null(ann, name):
    """In a filter of the gallery it is refused."""
    assert ann.get("/api/images", params={name: "a\u0000"}).status_code == 422


def test_a_search_with_a_null(ann):
    """In a search it is no word."""
    answer = ann.get("/api/images", params={"q": "zzz\u0000zzz"})
    assert (answer.status_code, answer.json()["images"]) == (200, [])
