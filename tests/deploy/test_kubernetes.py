"""The manifests for Kubernetes, by its own schemas."""

import subprocess

import pytest
from dev_venv import ROOT
from tests.deploy.tools import tool

MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
OLDEST, NEWEST = "1.32", "1.37"


def validate(path, version):
    return subprocess.run(
        [tool("kubernetes-validate"), "--strict", "--kubernetes-version", version, path],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_manifest_fits_the_schemas(path, version):
    """Each field has a name and a type that Kubernetes knows."""
    done = validate(path, version)
    assert done.returncode == 0, done.stderr + done.stdout


def test_a_misspelt_field_is_noticed(tmp_path):
    """The schemas are strict: what they do not know does not pass."""
    text = (ROOT / "deploy" / "kubernetes" / "workers.yaml").read_text("utf-8")
    wrong = tmp_path / "workers.yaml"
    wrong.write_text(text.replace("readOnlyRootFilesystem", "readonlyRootFilesystem"), "utf-8")
    assert validate(wrong, NEWEST).returncode != 0
