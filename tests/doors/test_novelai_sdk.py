"""PyPI's novelai-sdk 0.14.1, in an environment of its own, with a key of this server."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from bench.compare import environment

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def other_python(request):
    """The interpreter of an environment with novelai-sdk, kept in pytest's cache."""
    home = request.config.cache.mkdir("novelai-sdk") / "venv"
    try:
        return environment(home, HERE / "novelai-sdk.lock")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"novelai-sdk 0.14.1 cannot be installed here: {error}")


@pytest.fixture
def run(other_python, keyed):
    """Run one of the program's parts with a key; gives what it printed."""

    def ran(part: str, **limits: object) -> dict:
        done = subprocess.run(
            [other_python, HERE / "programs" / "novelai_sdk.py", part],
            env=os.environ
            | {"NOVELAI_IMAGE_BASE": keyed.url, "NOVELAI_API_KEY": keyed.make_key(**limits)},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return ran


def test_all_of_it_works(run, seen):
    """Pictures, streams, tools, tags and the account are answered as NovelAI answers them."""
    found = run("one_by_one", budget_day=500)
    assert found["generate"] == [[128, 192]]
    assert found["samples"] == [[128, 192]] * 2
    for kind in ("characters", "i2i", "curated", "v3"):
        assert found[kind] == [[128, 192]], kind
    assert found["stream"][-1] == "final"
    assert set(found["stream"][:-1]) <= {"intermediate"}
    assert found["final"] == [128, 192]
    assert len(found["background"]) == 3
    assert len(found["line_art"]) == len(found["emotion"]) == 1
    assert found["upscale"] == [[256, 384]]
    assert found["tags"] > 0
    assert found["tags_jp"] > 0
    assert found["tier"] == 3
    assert 0 < found["anlas"] < 500
    assert {request.status for request in seen.requests} == {200}


def test_two_at_once_queue(run, seen):
    """Two generations in parallel are both served, one after the other."""
    assert run("at_once")["at_once"] == [[[128, 192]], [[128, 192]]]
    assert [request.status for request in seen.requests] == [200, 200]


def test_a_budget_reads_well(run, seen):
    """What the key may not pay for is an error of that package, with a sentence."""
    found = run("refused", free_only=True)
    assert found["refused"] == "AuthenticationError"
    assert seen.paid == 0
