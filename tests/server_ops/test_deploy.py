"""What is in deploy/ and in the guides fits the program."""

import configparser
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from sqlalchemy.engine import make_url
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


SERVICES = {
    "server": "server.env",
    "worker": "server.env",
    "database": "database.env",
    "store": "store.env",
}
THEIRS = {
    "database.env": {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"},
    "store.env": {
        "GARAGE_RPC_SECRET",
        "GARAGE_DEFAULT_ACCESS_KEY",
        "GARAGE_DEFAULT_SECRET_KEY",
        "GARAGE_DEFAULT_BUCKET",
    },
}
"""The variables of other programs, as their own manuals name them."""


def example(name):
    """Return the variables of an example with their values."""
    text = (DEPLOY / f"{name}.example").read_text("utf-8")
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def test_the_compose_file_is_whole(compose):
    """Services, volumes and files that are named are there; secrets come by a file of their own."""
    services = compose["services"]
    assert {name: service["env_file"] for name, service in services.items()} == SERVICES
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            is_file = source.startswith("./")
            assert (DEPLOY / source).is_file() if is_file else source in compose["volumes"]
        assert "environment" not in service
    build = services["server"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    assert services["server"]["ports"] == ["127.0.0.1:8000:8000"]
    assert not any("ports" in services[name] for name in ("worker", "database", "store"))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_its_bounds(compose, name):
    """Memory, processes and logs are limited, no privilege is left over, and it starts again."""
    service = compose["services"][name]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert service["restart"] == "unless-stopped"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["database", "store"])
def test_images_are_pinned_and_kept(compose, name):
    """Another program comes in one release, which its makers still publish."""
    image = compose["services"][name]["image"]
    assert re.search(r":v?\d+\.\d+", image)
    assert "minio" not in image
    assert "healthcheck" in compose["services"][name]


@pytest.mark.parametrize("name", ["server", "worker"])
def test_its_commands_exist(compose, name):
    """What the containers run is a command with these options, and has time to stop."""
    from tests.cli.help_blocks import help_of

    command, *options = compose["services"][name]["command"]
    shown = help_of(command)
    assert all(option in shown for option in options)
    grace = Settings.model_fields["grace"].default
    assert int(compose["services"][name]["stop_grace_period"].rstrip("s")) > grace


def test_the_examples_of_the_secrets_are_complete(compose):
    """What a container uses stands in its file, and is known to the program that reads it."""
    assert set(example("server.env")) <= set(variables())
    for name, names in THEIRS.items():
        assert set(example(name)) == names
    for name, service in compose["services"].items():
        used = re.findall(r"\$\$(\w+)", yaml.safe_dump(service))
        assert set(used) <= set(example(SERVICES[name]))
    for name in set(SERVICES.values()):
        for variable, value in example(name).items():
            if re.search(r"KEY$|KEY_ID$|PASSWORD$|SECRET$|TOKEN$", variable):
                assert value in {"", "CHANGE-ME"}


def test_the_examples_agree():
    """Filled in as they are, server, database and store find each other."""
    server, database = example("server.env"), example("database.env")
    store = tomllib.loads((DEPLOY / "garage.toml").read_text("utf-8"))
    url = make_url(server["NOVELAI_SERVER_DATABASE"])
    assert (url.username, url.database) == (database["POSTGRES_USER"], database["POSTGRES_DB"])
    assert (url.host, url.password) == ("database", database["POSTGRES_PASSWORD"])
    assert server["NOVELAI_SERVER_S3_REGION"] == store["s3_api"]["s3_region"]
    port = store["s3_api"]["api_bind_addr"].rpartition(":")[2]
    assert server["NOVELAI_SERVER_S3_ENDPOINT"] == f"http://store:{port}"
    assert server["NOVELAI_SERVER_BUCKET"] == example("store.env")["GARAGE_DEFAULT_BUCKET"]
    assert {store["metadata_dir"], store["data_dir"]} == {
        "/var/lib/garage/meta",
        "/var/lib/garage/data",
    }


def manifests():
    """Every object of the manifests, with the file's name."""
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        for one in yaml.safe_load_all(path.read_text("utf-8")):
            yield path.stem, one


def objects(kind):
    return {
        (file, one["metadata"]["name"]): one for file, one in manifests() if one["kind"] == kind
    }


DEPLOYMENTS = objects("Deployment") | objects("Job")


@pytest.mark.parametrize("deployment", DEPLOYMENTS.values(), ids=map("-".join, DEPLOYMENTS))
def test_a_pod_has_its_bounds(deployment):
    """It runs as the image's user, writes to what is mounted alone, and has time to stop."""
    from tests.cli.help_blocks import help_of

    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    words = [word for word in container["args"] if re.fullmatch(r"serve|worker|keys|create", word)]
    shown = help_of(" ".join(words))
    options = [word for word in container["args"] if word.startswith("--")]
    assert all(option in shown for option in options)
    assert pod["terminationGracePeriodSeconds"] > Settings.model_fields["grace"].default
    user = re.search(r"--uid (\d+)", (DEPLOY / "Dockerfile").read_text("utf-8"))[1]
    assert pod["securityContext"]["runAsUser"] == int(user)
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {one["mountPath"] for one in container["volumeMounts"]} == {"/tmp", "/data"}
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in pod["volumes"]
    }
    assert container["resources"]["limits"]["memory"]
    assert ("readinessProbe" in container) == (words == ["serve"])


def test_the_manifests_name_each_other():
    """Selectors find pods, settings and volumes are there, and the Ingress finds the server."""
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in DEPLOYMENTS.values()]
    budgets, services = objects("PodDisruptionBudget"), objects("Service")
    selectors = [one["spec"]["selector"]["matchLabels"] for one in objects("Deployment").values()]
    selectors += [one["spec"]["selector"]["matchLabels"] for one in budgets.values()]
    selectors += [one["spec"]["selector"] for one in services.values()]
    assert all(selector in labels for selector in selectors)
    settings = {
        one["metadata"]["name"]
        for kind in ("ConfigMap", "Secret")
        for one in objects(kind).values()
    }
    claims = {name for _, name in objects("PersistentVolumeClaim")}
    for one in DEPLOYMENTS.values():
        pod = one["spec"]["template"]["spec"]
        for source in pod["containers"][0]["envFrom"]:
            assert next(iter(source.values()))["name"] in settings
        used = {
            volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["volumes"]
        }
        assert used <= {None, *claims}
    (ingress,) = objects("Ingress").values()
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] in {name for _, name in services}


def test_the_settings_of_the_manifests():
    """Each is known, no secret stands where everybody may read, and none is filled in."""
    (plain,), (secret,) = (objects(kind).values() for kind in ("ConfigMap", "Secret"))
    assert {*plain["data"], *secret["stringData"]} <= set(variables())
    hidden = re.compile(r"KEY$|KEY_ID$|PASSWORD$|SECRET$|TOKEN$|DATABASE$")
    assert not any(map(hidden.search, plain["data"]))
    for value in secret["stringData"].values():
        assert value in {"", "CHANGE-ME"} or "CHANGE-ME@" in value


def copied():
    """Return what the Dockerfile copies from the checkout, by name."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    rows = re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE)
    return [name for row in rows for name in row.split()]


def test_the_dockerfile():
    """Hashes are checked, nothing runs as root, and an image without a page is not made."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert text.count("pip install --require-hashes") == text.count("-r ") == 2
    assert text.rindex("USER novelai") < text.index("ENTRYPOINT")
    assert "readyz" in text
    assert "static ./src/novelai/server/static" in text
    assert text.index("pip install --no-deps /wheels") < text.index("'index.html').stat()")


@pytest.mark.parametrize("name", copied())
def test_what_is_copied_is_there_and_is_sent(name):
    """A fresh clone holds each file that the Dockerfile copies, and the builder gets it."""
    tracked = subprocess.run(
        ["git", "ls-files", "--", name], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert tracked.stdout
    sent = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert f"!{name.partition('/')[0]}" in sent


def test_the_build_has_what_it_reads():
    """What pyproject.toml names is copied, the hook that sees to the page among it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "custom" in project["tool"]["hatch"]["build"]["hooks"]
    assert "readme" in project["project"]["dynamic"]
    read = {"README.md", *project["project"]["license-files"], "src"}
    assert {*read, "pyproject.toml", "hatch_build.py", "page"} <= set(copied())


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
