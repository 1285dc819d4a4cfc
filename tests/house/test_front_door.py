"""What contributors meet first says what is true, and runs what everybody runs."""

import re
import tomllib
from pathlib import Path

import yaml
from tests.clients.installed import CACHE

ROOT = Path(__file__).parents[2]


def read_yaml(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def withs(steps: list[dict]) -> list[dict]:
    return [step["with"] for step in steps if "with" in step]


def test_the_workflow_runs_everything() -> None:
    """Pushes and pull requests run `.ci/run` on the oldest Python that is supported."""
    workflow = read_yaml(".github/workflows/checks.yml")
    assert set(workflow[True]) == {"push", "pull_request"}  # YAML 1.1 takes `on` for true
    steps = workflow["jobs"]["checks"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    (python,) = [with_["python-version"] for with_ in withs(steps) if "python-version" in with_]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={python}"


def test_the_workflow_tests_the_lowest_versions() -> None:
    """Each Python that the package names meets the oldest dependencies that it allows."""
    job = read_yaml(".github/workflows/checks.yml")["jobs"]["lowest"]
    assert job["steps"][-1]["run"] == "python3 dev.py lowest"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert job["strategy"]["matrix"]["python"] == versions


def test_the_workflow_runs_programs_of_others() -> None:
    """The programs that people use are run on their own, installed once for each set of locks."""
    steps = read_yaml(".github/workflows/checks.yml")["jobs"]["clients"]["steps"]
    assert steps[-1]["run"] == "python3 dev.py clients"
    (cache,) = [step["with"] for step in steps if "cache" in step.get("uses", "")]
    assert ROOT / cache["path"] == CACHE
    for pattern in re.findall(r"'([^']+)'", cache["key"]):
        assert [*ROOT.glob(pattern)], pattern


def test_the_workflow_deploys() -> None:
    """The image is built and run, with what the tests of it need, by the one command."""
    from tests.deploy.image import NEEDED

    steps = read_yaml(".github/workflows/checks.yml")["jobs"]["deploy"]["steps"]
    *_, installed, tried = [step["run"] for step in steps if "run" in step]
    assert {"buildah", "debootstrap"} <= {*installed.split()} & {*NEEDED}
    assert tried.endswith("python3 dev.py deploy")


def test_the_checks_have_no_secrets() -> None:
    """They may read the code and nothing else; actions are pinned to a major version."""
    text = (ROOT / ".github/workflows/checks.yml").read_text("utf-8")
    assert "secrets" not in text
    assert read_yaml(".github/workflows/checks.yml")["permissions"] == {"contents": "read"}
    actions = re.findall(r"uses: (\S+)", text)
    assert actions
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in actions)


def test_a_release_is_checked_before_it_is_made() -> None:
    """What is published was checked and built in one run; each job has the rights that it needs."""
    text = (ROOT / ".github/workflows/release.yml").read_text("utf-8")
    workflow = read_yaml(".github/workflows/release.yml")
    assert workflow[True] == {"push": {"tags": ["v*"]}}
    assert workflow["permissions"] == {}
    jobs = workflow["jobs"]
    rights = {
        name: {right for right, level in job["permissions"].items() if level == "write"}
        for name, job in jobs.items()
    }
    assert rights == {
        "checks": set(),
        "packages": set(),
        "publish": {"id-token"},
        "image": set(),
        "docs": {"id-token", "pages"},
    }
    for name in ("publish", "image", "docs"):
        assert jobs[name]["needs"] == ["checks", "packages"]
        assert jobs[name]["environment"]
    assert [step["run"] for step in jobs["checks"]["steps"] if "run" in step] == [".ci/run"]
    assert not any("run" in step for step in jobs["publish"]["steps"])
    assert re.findall(r"secrets\.(\w+)", text) == ["IMAGE_TOKEN"]
    actions = re.findall(r"uses: (\S+)", text)
    makers = {action.partition("/")[0] for action in actions}
    assert makers == {"actions", "docker", "pypa"}
    assert all(re.search(r"@(v\d+|release/v1)$", action) for action in actions)
    assert "://" not in text


def test_hooks_run_locked_tools() -> None:
    """Every hook is local: a program of .venv, or dev.py; the tests that it names are there."""
    (repo,) = read_yaml(".pre-commit-config.yaml")["repos"]
    assert repo["repo"] == "local"
    for hook in repo["hooks"]:
        assert hook["language"] == "system"
        assert re.match(r"\.venv/bin/|python3 dev\.py ", hook["entry"]), hook["id"]
        for name in re.findall(r"tests/\S+", hook["entry"]):
            assert (ROOT / name).exists(), name


def test_forms_and_papers_are_there() -> None:
    """A bug and an idea have a form each; conduct and weaknesses have one private way."""
    for name in ("bug", "idea"):
        form = read_yaml(f".github/ISSUE_TEMPLATE/{name}.yml")
        assert {"name", "description", "body"} <= form.keys()
        ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
        assert len(ids) == len(set(ids)) > 0
    assert "dev.py test" in (ROOT / ".github/pull_request_template.md").read_text("utf-8")
    way = '"Report a vulnerability" on the repository\'s Security tab'
    for name in ("SECURITY.md", "CODE_OF_CONDUCT.md"):
        assert way in (ROOT / name).read_text("utf-8"), name
