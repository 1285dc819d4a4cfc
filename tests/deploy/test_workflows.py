"""The workflows: by GitHub's schema, and by a program that knows what is dangerous in them."""

import subprocess

from dev_venv import ROOT
from tests.deploy.tools import tool

WORKFLOWS = ROOT / ".github" / "workflows"


def run(name, *words):
    return subprocess.run([tool(name), *words], capture_output=True, text=True, check=False)


def test_they_fit_the_schema():
    """Each key is one that GitHub knows."""
    files = sorted(WORKFLOWS.glob("*.yml"))
    assert {path.stem for path in files} >= {"checks", "release"}
    done = run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    assert done.returncode == 0, done.stdout


def test_nothing_in_them_is_dangerous():
    """No input of strangers reaches a shell, and no job has a right that it does not need."""
    done = run("zizmor", "--offline", "--config", ROOT / ".github" / "zizmor.yml", WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "completed" in done.stderr


def test_danger_is_noticed(tmp_path):
    """A title of a stranger that is pasted into a command does not pass."""
    text = (WORKFLOWS / "checks.yml").read_text("utf-8")
    pasted = "- run: echo ${{ github.event.pull_request.title }} && .ci/run"
    assert "- run: .ci/run" in text
    wrong = tmp_path / "checks.yml"
    wrong.write_text(text.replace("- run: .ci/run", pasted), "utf-8")
    assert run("zizmor", "--offline", wrong).returncode != 0
