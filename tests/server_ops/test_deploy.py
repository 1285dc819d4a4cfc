"""What is in deploy/ and in the guides fits the program."""

import configparser
import re
import shutil
import subprocess

import pytest
import yaml
from tests.docs.readme import ROOT

from novelai.cli.mcp import KEY
from novelai.server.settings import Settings

DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs" / "guides" / "server.md"
TEXTS = [
    *(path for path in DEPLOY.rglob("*") if path.is_file()),
    *(ROOT / "docs").rglob("*.md"),
    *ROOT.glob("README*.md"),
]


def variables():
    """Every variable that is a setting, with the setting's name."""
    return {
        str(field.validation_alias or f"NOVELAI_SERVER_{name.upper()}"): name
        for name, field in Settings.model_fields.items()
    }


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_variable_that_is_named_is_a_setting(path):
    """Nobody copies a line that does nothing."""
    named = re.findall(r"\bNOVELAI_SERVER_[A-Z0-9_]*[A-Z0-9]", path.read_text("utf-8"))
    assert [name for name in named if name not in {*variables(), KEY}] == []


def test_every_setting_is_in_the_guide():
    """With its default, and nothing else."""
    row = re.compile(r"^\| `(NOVELAI_\w+)` \| (.*?) ?\| .+ \|$", re.MULTILINE)
    listed = dict(row.findall(GUIDE.read_text("utf-8")))
    assert sorted(listed) == sorted(variables())
    for variable, default in listed.items():
        value = Settings.model_fields[variables()[variable]].default
        if default.startswith("`"):
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            assert default.strip("`") == shown.removesuffix(".0")


def test_every_setting_is_described():
    """In the docstring of the class, in the order of its fields."""
    described = re.findall(r"^        (\w+): ", Settings.__doc__, re.MULTILINE)
    assert described == list(Settings.model_fields)


@pytest.fixture
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def test_the_compose_file_is_whole(compose):
    """Services, volumes and files that are named are there; secrets come by a file."""
    services = compose["services"]
    assert set(services) == {"server", "worker", "database", "store", "bucket"}
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        named = {volume.partition(":")[0] for volume in service.get("volumes", ())}
        assert named <= set(compose["volumes"])
        assert "environment" not in service
        assert service["env_file"] == "server.env"
        assert "latest" not in service.get("image", "")
    build = services["server"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    assert services["server"]["ports"] == ["127.0.0.1:8000:8000"]


@pytest.mark.parametrize("name", ["server", "worker"])
def test_its_commands_exist(compose, name):
    """What the containers run is a command with these options, and has time to stop."""
    from tests.cli.help_blocks import help_of

    command, *options = compose["services"][name]["command"]
    shown = help_of(command)
    assert all(option in shown for option in options)
    grace = Settings.model_fields["grace"].default
    assert int(compose["services"][name]["stop_grace_period"].rstrip("s")) > grace


def test_the_example_of_the_secrets_is_complete(compose):
    """Each variable that a container uses stands in it, empty or to be changed."""
    example = (DEPLOY / "server.env.example").read_text("utf-8")
    given = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    used = re.findall(r"\$\$(\w+)", (DEPLOY / "compose.yaml").read_text("utf-8"))
    assert set(used) <= set(given)
    for name, value in given.items():
        if re.search(r"KEY$|PASSWORD$|TOKEN$", name):
            assert value in {"", "CHANGE-ME", "CHANGE-ME-TOO"}


def test_the_dockerfile():
    """Hashes are checked, nothing runs as root, and what is copied is there."""
    lines = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert "--require-hashes" in lines
    assert lines.rindex("USER novelai") < lines.index("ENTRYPOINT")
    assert "readyz" in lines
    for copied in re.findall(r"^COPY (?!--)(.+) \S+$", lines, re.MULTILINE):
        assert all((ROOT / name).exists() for name in copied.split())
    sent = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8")
    for name in re.findall(r"^!(.+)$", sent, re.MULTILINE):
        assert (ROOT / name).exists()


def test_the_unit(tmp_path):
    """It runs the server, waits for what is paid for, and systemd finds no fault in it."""
    text = (DEPLOY / "novelai.service").read_text("utf-8")
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(text)
    service = unit["Service"]
    assert service["ExecStart"].endswith("novelai serve")
    assert int(service["TimeoutStopSec"]) > Settings.model_fields["grace"].default
    assert service["DynamicUser"] == service["NoNewPrivileges"] == "yes"
    if shutil.which("systemd-analyze"):
        copy = tmp_path / "novelai.service"
        copy.write_text(text.replace(service["ExecStart"], "/bin/true serve"))
        checked = subprocess.run(
            ["systemd-analyze", "verify", copy], check=False, capture_output=True, text=True
        )
        assert checked.stderr.replace(str(copy), "") == ""
