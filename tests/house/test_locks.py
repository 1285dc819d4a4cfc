"""The lock files: the same files for everyone, whatever index they come from."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.clients.installed import CLIENTS as PROGRAMS

ROOT = Path(__file__).parents[2]
SERVER, TESTS, DOCS = "requirements.lock", "requirements-dev.lock", "requirements-docs.lock"
NODE = "requirements-node.lock"
SWITCHING = [
    f"tests/switching/novelai-sdk-{of}.lock" for of in ("tests", "sdist")
]  # the other package, and what its tests need
CLIENTS = ["tests/clients/newer.lock", "tests/clients/older.lock"]
OPEN_WEBUI = "tests/clients/pages/open-webui.lock"
"""Programs that people use, run unmodified."""
TOOLS = "tests/deploy/tools.lock"
"""What the tests of the deployment run."""
HASH = re.compile(r"    --hash=sha256:([0-9a-f]{64})( \\)?")


@dataclass(frozen=True)
class Pin:
    version: str
    hashes: frozenset[str]


def pins(name: str) -> dict[str, Pin]:
    """Read a lock; any line that is neither a pin, a hash of one nor a comment is an error."""
    found = {}
    lines = [line for line in (ROOT / name).read_text("utf-8").splitlines() if line]
    current = None
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        if match := HASH.fullmatch(line):
            found[current][1].add(match[1])
            continue
        requirement = Requirement(line.removesuffix("\\"))
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        assert requirement.url is None
        current = canonicalize_name(requirement.name)
        found[current] = (pin.version, set())
    return {key: Pin(version, frozenset(hashes)) for key, (version, hashes) in found.items()}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def direct(*, extra: str, groups: tuple[str, ...]) -> list[Requirement]:
    """List what the project itself asks for, extras that name extras included."""
    data = project()
    extras = data["project"]["optional-dependencies"]
    wanted = [Requirement(text) for text in data["project"]["dependencies"]]
    waiting, seen = [extra], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for requirement in map(Requirement, extras[name]):
            if requirement.name == data["project"]["name"]:
                waiting += requirement.extras
            else:
                wanted.append(requirement)
    for group in groups:
        wanted += map(Requirement, data["dependency-groups"][group])
    return wanted


@pytest.mark.parametrize("name", [SERVER, TESTS, DOCS, NODE, *CLIENTS, OPEN_WEBUI, TOOLS])
def test_every_pin_has_hashes(name):
    """Every line of a lock is an exact version with at least one hash."""
    locked = pins(name)
    assert len(locked) > (1 if name == NODE else 20)
    assert [key for key, pin in locked.items() if not pin.hashes] == []


@pytest.mark.parametrize(
    "name", [SERVER, TESTS, DOCS, NODE, *SWITCHING, *CLIENTS, OPEN_WEBUI, TOOLS]
)
def test_no_lock_names_a_place(name):
    """A lock works with any index: it names no host, no index and no folder."""
    text = (ROOT / name).read_text("utf-8")
    assert re.findall(r"://|file:|--index|--extra-index|--find-links|^-i |\s/\w+", text) == []


@pytest.mark.parametrize("name", [TESTS, DOCS])
def test_what_is_added_leaves_the_server_as_it_is(name):
    """The other locks hold the whole server's lock, version for version and hash for hash."""
    assert pins(SERVER).items() <= pins(name).items()


def test_tests_and_documentation_share_an_environment():
    """Whatever both the tests and the documentation need is locked in one version."""
    tests, docs = pins(TESTS), pins(DOCS)
    assert {name for name in tests.keys() & docs.keys() if tests[name] != docs[name]} == set()


@pytest.mark.parametrize(
    ("name", "groups"),
    [(SERVER, ("build",)), (TESTS, ("build", "dev")), (DOCS, ("build", "docs"))],
    ids=["server", "tests", "docs"],
)
def test_locks_keep_up_with_the_project(name, groups):
    """Whatever pyproject.toml asks for is locked, in a version that it allows."""
    locked = pins(name)
    behind = [
        str(requirement)
        for requirement in direct(extra="server", groups=groups)
        if (pin := locked.get(canonicalize_name(requirement.name))) is None
        or not requirement.specifier.contains(pin.version, prereleases=True)
    ]
    assert behind == [], "run: python3 dev.py lock"


@pytest.mark.parametrize("folder", ["page", "tests/clients", "tests/clients/pages"])
def test_npm_s_packages_name_no_place(folder):
    """A lock of npm holds a hash for every package and no host: any registry will do."""
    packages = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))["packages"]
    locked = {name: package for name, package in packages.items() if name}
    assert [name for name, package in locked.items() if "integrity" not in package] == []
    assert [name for name, package in locked.items() if "resolved" in package] == []


def test_the_page_ships_no_foreign_code_but_svelte():
    """The page has no dependencies at run time; what is installed only builds and checks it."""
    package = json.loads((ROOT / "page" / "package.json").read_text("utf-8"))
    assert "dependencies" not in package


def test_the_server_installs_no_tools():
    """`serve` installs nothing that only tests, checks and documentation need."""
    groups = project()["dependency-groups"]
    tools = {
        canonicalize_name(Requirement(text).name) for text in [*groups["dev"], *groups["docs"]]
    }
    assert tools & pins(SERVER).keys() == set()


@pytest.mark.parametrize("client", PROGRAMS, ids=lambda client: client.package)
def test_the_programs_that_are_run_are_named_with_their_versions(client):
    """The page of clients tells which version of each program is run, as the locks have it."""
    index = (ROOT / "docs" / "clients" / "index.md").read_text("utf-8")
    shown = dict(re.findall(r"^\| (.+?) \| ([\d.]+) \|$", index, re.MULTILINE))
    if client.lock == "node":
        package = json.loads((ROOT / "tests/clients/package.json").read_text("utf-8"))
        versions = {package["devDependencies"][client.package.removesuffix(" (npm)")]}
    else:
        lock = (ROOT / "tests" / "clients" / f"{client.lock}.lock").read_text("utf-8")
        versions = {*re.findall(rf"^{client.package}==([\d.]+)", lock, re.MULTILINE)}
    assert shown[client.package] in versions
