"""Unmodified programs, installed by lock files into a cache of the checkout, and how each is run.

They ask for different releases of the same libraries, so none of them is beside ours.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.compare import environment
from dev_venv import digest_files, do_once, file_lock

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".cache" / "clients"
NODE = CACHE / "node"
"""Where npm's packages are, and copies of the programs: they find packages only above them."""
PATIENCE = 100
"""Seconds until a program that does not end counts as hanging."""
MADE_UP = "sk-of-another-service"
"""What people enter where a program insists on a key and the server asks for none."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A package that people use, and a small program that uses it as its documentation says.

    Attributes:
        name: of the program in `programs/`, after `with_`.
        package: what it is called on PyPI or npm.
        lock: what installs it: `node`, or a lock in this folder.
        keyless: it has no field for a key, so that a secret goes into the address.
        may_refuse: kinds of keys with which its own defaults draw nothing: it asks for a model of
            its own choice, or for more than is free.
        hides: it shows a status at most, and not the sentence that came with it.
        draws: what its first picture is, with its own defaults.
    """

    name: str
    package: str
    lock: str
    keyless: bool = False
    may_refuse: tuple[str, ...] = ()
    hides: bool = False
    draws: str = "PNG 832x1216"

    def run(self, acts: tuple[str, ...], **environment: str) -> dict[str, Any]:
        """Run its program; gives its version and what came of each act."""
        is_node = self.lock == "node"
        folder = NODE if is_node else HERE
        program = folder / "programs" / f"with_{self.name}.{'mjs' if is_node else 'py'}"
        done = subprocess.run(
            [interpreter(self.lock), program, *acts],
            env=surroundings(os.environ) | environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4_000:]
        print(done.stderr[-4_000:])
        return json.loads(done.stdout.splitlines()[-1])


def surroundings(own: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which no program asks anybody but the server."""
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LANGSMITH_TRACING": "false"}
    named = {"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"}
    return {name: value for name, value in own.items() if name not in named} | quiet


@cache
def interpreter(lock: str) -> str:
    """Return what runs the programs of a lock, installed when it is not there as the lock says."""
    if lock == "node":
        install_packages(HERE, NODE)
        shutil.copytree(HERE / "programs", NODE / "programs", dirs_exist_ok=True)
        return shutil.which("node") or "node"
    CACHE.mkdir(parents=True, exist_ok=True)
    with file_lock(ROOT / "dev.py"):  # several workers may ask at once
        return str(environment(CACHE / lock, HERE / f"{lock}.lock"))


def install_packages(sources: Path, folder: Path) -> None:
    """Install what a package-lock.json names into a folder, unless it is there."""
    files = [sources / name for name in ("package.json", "package-lock.json")]

    def install() -> None:
        for file in files:
            shutil.copy(file, folder)
        npm = [shutil.which("npm") or "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(npm, cwd=folder, check=True)

    folder.mkdir(parents=True, exist_ok=True)
    do_once(ROOT, folder / "installed", lambda: digest_files(sources, files), install)


CLIENTS = [
    Client(name="openai", package="openai", lock="newer"),
    Client(name="openai", package="openai (npm)", lock="node"),
    Client(name="langchain", package="langchain-community", draws="PNG 1024x1024", lock="newer"),
    Client(
        name="langchain_openai", package="langchain-openai", may_refuse=("one model",), lock="newer"
    ),
    Client(name="litellm", package="litellm", lock="newer"),
    Client(name="ai_sdk", package="@ai-sdk/openai", lock="node"),
    Client(
        name="ai_sdk_compatible",
        package="@ai-sdk/openai-compatible",
        may_refuse=("one model",),
        lock="node",
    ),
    Client(name="pydantic_ai", package="pydantic-ai-slim", may_refuse=("one model",), lock="newer"),
    Client(name="nekoai", package="nekoai-api", may_refuse=("one model",), lock="newer"),
    Client(
        name="novelai_python", package="novelai-python", may_refuse=("one model",), lock="newer"
    ),
    Client(name="novelai_api", package="novelai-api", may_refuse=("one model",), lock="older"),
    Client(name="webuiapi", package="webuiapi", draws="PNG 512x512", lock="older"),
    Client(
        name="sd_backend_client",
        package="sd-backend-client",
        hides=True,
        may_refuse=("free only",),
        draws="PNG 512x512",
        lock="older",
    ),
    Client(
        name="comfyui_sdk",
        package="@saintno/comfyui-sdk",
        hides=True,
        draws="PNG 512x512",
        lock="node",
    ),
    Client(
        name="comfyui_client",
        package="@stable-canvas/comfyui-client",
        hides=True,
        draws="PNG 512x512",
        lock="node",
    ),
    Client(
        name="comfy_ui_client",
        package="comfy-ui-client",
        hides=True,
        draws="PNG 512x512",
        lock="node",
        keyless=True,
    ),
    Client(
        name="comfy_api_simplified",
        may_refuse=("one model",),
        package="comfy-api-simplified",
        hides=True,
        draws="PNG 512x512",
        lock="older",
    ),
    Client(name="mcp", package="mcp", draws="WEBP", lock="newer"),
    Client(
        name="mcp_inspector", package="@modelcontextprotocol/inspector", draws="WEBP", lock="node"
    ),
]

BY_PACKAGE = {client.package: client for client in CLIENTS}
