"""novelai-sdk's own tests, run against this package: its drop-in promise, in its own words.

The tests come from its sdist on the package index, checked against a hash, and are kept in pytest's
cache only. Each that does not pass is named here and in docs/switching.md with the fact behind it.
"""

import json
import os
import subprocess
import tarfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bench.compare import environment

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = {"anlas", "characters", "client", "size_inference", "tags", "tools", "user", "v5"}
CONVERTING = {"characters", "v5"}
"""Modules that look at what the converters give."""

DIFFERENT = {
    "test_inferred_size_extreme_aspect_ratio_respects_api_limits": "the limit is the area",
    "test_line_art_infers_size_from_image": "small pictures are enlarged, as on the web",
    "test_line_art_hits_augment_image": "small pictures are enlarged, as on the web",
    "test_upscale_hits_upscale_endpoint": "the web sends declared_blur_sigma",
    "test_unsupported_models_raise_not_implemented": "V2 has a price",
    "test_missing_training_steps_left_raises": "answers lose fields; strict readers fail",
    "test_existing_models_keep_params_version_three": "4 for all models since V5's launch",
    "test_disabled_character_does_not_enable_use_coords": "disabled characters are not sent",
    "test_controlnet_is_rejected_for_v5": "refused, in other words",
    "test_character_references_are_rejected_for_v5": "refused, in other words",
    "test_v5_only_parameters_are_rejected_for_non_v5": "refused, in other words",
}
"""Tests that do not pass, and why."""


@pytest.fixture(scope="module")
def python(request):
    """The interpreter of an environment with what those tests and this package need."""
    home = request.config.cache.mkdir("novelai-sdk-tests") / "venv"
    try:
        return environment(home, HERE / "novelai-sdk-tests.lock")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"what novelai-sdk's tests need cannot be installed here: {error}")


@pytest.fixture(scope="module")
def sources(request, python):
    """The folder of its sdist."""
    home = request.config.cache.mkdir("novelai-sdk-tests")
    archive = home / "novelai_sdk-0.14.1.tar.gz"
    if not archive.exists():
        pip = [python, "-Im", "pip", "--disable-pip-version-check", "-qq", "--no-input"]
        # Built for its name and version only, with the hatchling that is there.
        download = ["download", "--no-deps", "--no-build-isolation", "--no-binary", ":all:"]
        lock = ["--require-hashes", "-r", HERE / "novelai-sdk-sdist.lock", "-d", home]
        try:
            subprocess.run([*pip, *download, *lock], check=True)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"novelai-sdk 0.14.1 cannot be downloaded here: {error}")
    with tarfile.open(archive) as packed:
        packed.extractall(home, filter="data")
    return home / "novelai_sdk-0.14.1"


@pytest.fixture(scope="module")
def outcomes(python, sources, tmp_path_factory):
    """Which of its tests pass, by module and name, parameters included."""
    folder = tmp_path_factory.mktemp("outcomes")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    report = folder / "report.xml"
    subprocess.run(
        [
            *(python, "-m", "pytest", sources / "tests", "-q", "--tb=line"),
            *("-c", folder / "pytest.ini", f"--junitxml={report}", "-p", "no:cacheprovider"),
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        cwd=folder,
        timeout=100,
        check=False,
    )
    cases = list(ET.parse(report).iter("testcase"))
    return {
        (case.get("classname", "").rpartition("test_")[2], case.get("name", "")): len(case) == 0
        for case in cases
    }


def test_its_tests_pass(outcomes):
    """All modules are collected, and all pass but those whose fact is known."""
    assert {module for module, _ in outcomes} == MODULES
    failed = {name.partition("[")[0] for (_, name), passed in outcomes.items() if not passed}
    assert failed == set(DIFFERENT)
    assert (len(outcomes), sum(outcomes.values())) == (93, 81)
    former = [passed for (module, _), passed in outcomes.items() if module not in CONVERTING]
    assert (len(former), sum(former)) == (62, 56)


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_is_documented(name):
    """Each is named in the guide for those who switch."""
    assert f"`{name}`" in (ROOT / "docs" / "switching.md").read_text("utf-8")


def test_an_httpx_client_takes_the_place_of_the_own(python, emulator, url):
    """Over real connections: pictures, streams, a log without what was typed, and no double pay."""
    done = subprocess.run(
        [python, HERE / "programs" / "through_httpx.py"],
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT / "src"),
            "NOVELAI_BASE_URL": url,
            "NOVELAI_API_KEY": emulator.token,
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    seen = {"size": [64, 64], "seed": 1, "stream": ["intermediate", "intermediate", "final"]}
    assert found["waiting"] == found["loop"] == seen
    assert found["refused"] == {"kind": "ConnectionFailedError", "charged": "no"}
    assert found["requests"] > 0
    assert found["told"] == []
    paths = [request.path for request in emulator.requests]
    assert paths.count("/ai/generate-image") == paths.count("/ai/generate-image-stream") == 2
