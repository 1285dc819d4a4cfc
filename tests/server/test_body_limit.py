"""A body over the limit is not taken, however it comes."""

import pytest
from tests.server.conftest import visiting


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A server that takes a thousand bytes."""
    with visiting(tmp_path_factory.mktemp("narrow"), body_limit=1000) as visitor:
        yield visitor


def in_pieces(size):
    for _ in range(size // 100):
        yield b" " * 100


@pytest.mark.parametrize("announced", [True, False])
def test_it_is_counted(narrow, announced):
    """413 in a sentence, with a length announced or in chunks without one."""
    content = b" " * 2000 if announced else in_pieces(2000)
    headers = {"content-type": "application/json"}
    answer = narrow.post("/api/jobs", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_what_fits_is_read(narrow):
    """Up to the limit a body is taken as it is."""
    answer = narrow.post("/api/queue", json={"paused": False}, headers=narrow.proof)
    assert answer.json() == {"paused": False}
