"""What the import contracts cannot see: that they cover every module, and parts of packages."""

import ast
import tomllib
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "novelai"
CONTRACTS = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
}
LONG, TOO_LONG = 400, 800
CORE = CONTRACTS["the core decides and does no I/O"]["source_modules"]


def siblings() -> set[str]:
    """List the modules directly under `novelai`, except the version and the emulator."""
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    return {f"novelai.{name}" for name in found if not name.startswith("__")} - {
        "novelai._version",
        "novelai.emulator",
    }


def files_of(module: str) -> list[Path]:
    path = ROOT / "src" / Path(*module.split("."))
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_the_emulator_is_kept_from_every_module():
    """No module can be added that the emulator might borrow from unseen."""
    contract = CONTRACTS["the emulator knows nothing of the client it judges"]
    assert siblings() <= set(contract["forbidden_modules"])


@pytest.mark.parametrize("module", CORE)
def test_the_core_opens_no_connection(module):
    """The core may parse a URL or name a status, and can open neither connection nor process."""
    forbidden = {"urllib.request", "http.client", "http.server", "os.system", "time.sleep"}
    guilty = {str(path): imports_of(path) & forbidden for path in files_of(module)}
    assert {path: names for path, names in guilty.items() if names} == {}


def lengths():
    """Return how many lines each file has, by its path."""
    paths = [*PACKAGE.rglob("*.py"), *ROOT.glob("*.py")]
    return {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in paths
    }


@pytest.mark.filterwarnings("default:long files")
def test_no_module_is_long():
    """A file above 800 lines holds more than one noun; one above 400 is named, for a look."""
    long = {path: lines for path, lines in lengths().items() if lines > LONG}
    if long:
        warnings.warn(f"long files: {long}", stacklevel=1)
    assert {path: lines for path, lines in long.items() if lines > TOO_LONG} == {}


def test_the_map_of_the_server_is_complete():
    """Each folder and module of the server is named where people start to read."""
    server = PACKAGE / "server"
    told = ast.get_docstring(ast.parse((server / "__init__.py").read_text("utf-8"))) or ""
    found = {path.name for path in server.glob("*.py") if path.stem != "__init__"}
    found |= {f"{path.parent.name}/" for path in server.glob("*/__init__.py")}
    assert found - set(told.replace(",", " ").split()) == set()
