"""
Write down the parts of the server's image and of its page, and under which licences they come.

    python3 dev.py sbom [folder]     into build/sbom, or another folder

`server.cdx.json` has what requirements.lock installs, `page.cdx.json` what builds the page and what
of it is in the page, both in CycloneDX's form. Debian's packages and Python are of the base image,
which its makers describe. It fails when a licence is not known, or does not go with ours.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dev
from bench.compare import environment
from dev_venv import LOCKS, ROOT, Venv, run_quietly
from packaging.utils import canonicalize_name
from tests.deploy.tools import CACHE, tool

__all__ = ["licence_of", "suits", "write"]

SUITABLE = frozenset(
    """
    0BSD Apache-2.0 BlueOak-1.0.0 BSD-2-Clause BSD-3-Clause CC0-1.0 CNRI-Python ISC MIT MIT-0
    MIT-CMU MPL-2.0 PSF-2.0 Python-2.0 Unlicense Zlib
    """.split()
)
"""Licences under which parts may be passed on beside MIT. MPL-2.0 asks for its own files alone."""
CLASSIFIERS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
LOOKED_UP = {"tiktoken": "MIT"}
"""Parts whose licence stands in a file alone."""

Component = dict[str, Any]


def licence_of(component: Component) -> str:
    """Return the licence of a part as SPDX writes it; nothing when it is not known."""
    told = component.get("licenses", [])
    expressions = [one["expression"] for one in told if "expression" in one]
    named = [one["license"] for one in told if "license" in one]
    expressions += [one["id"] for one in named if "id" in one]
    expressions += [CLASSIFIERS[one["name"]] for one in named if one.get("name") in CLASSIFIERS]
    return next(iter(expressions), LOOKED_UP.get(component["name"], ""))


def suits(licence: str) -> bool:
    """Tell whether a part under a licence may be passed on with this package."""
    choices = licence.strip("()").split(" OR ")
    return any(all(one in SUITABLE for one in choice.split(" AND ")) for choice in choices)


def describe_server() -> dict[str, Any]:
    """Return the parts that the server's lock installs."""
    lock = ROOT / LOCKS["server"]
    home = environment(CACHE / "server", lock).parent.parent
    told = _ask(
        tool("cyclonedx-py"), "environment", "--pyproject", str(ROOT / "pyproject.toml"),
        "--output-reproducible", str(home),
    )  # fmt: skip
    names = re.findall(r"^([\w.-]+)==", lock.read_text("utf-8"), re.MULTILINE)
    locked = {canonicalize_name(name) for name in names}
    # The environment's own pip is another one than the image's.
    told["components"] = [
        one for one in told["components"] if canonicalize_name(one["name"]) in locked
    ]
    return told


def describe_page() -> dict[str, Any]:
    """Return the parts that the page is built with and of."""
    npm, *_ = dev.Page(venv=Venv(root=ROOT, run=run_quietly, uv=None)).npm()
    with TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            told = json.loads((ROOT / "page" / name).read_text("utf-8"))
            # npm describes no package without a version, and the page has none.
            for one in (told, *([told["packages"][""]] if "packages" in told else [])):
                one["version"] = "0.0.0"
            Path(folder, name).write_text(json.dumps(told), "utf-8")
        words = ("sbom", "--sbom-format", "cyclonedx", "--package-lock-only")
        return _ask(npm, "--prefix", folder, *words)


def _ask(*command: str) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def write(folder: Path) -> dict[str, list[Component]]:
    """Write both files; return the parts by the name of each."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[Component]] = {}
    for name, told in (("server", describe_server()), ("page", describe_page())):
        text = json.dumps(told, indent=2, ensure_ascii=False)
        (folder / f"{name}.cdx.json").write_text(f"{text}\n", "utf-8")
        found[name] = told["components"]
    return found


def unsuitable(components: Iterable[Component]) -> list[str]:
    """Return the parts that may not be passed on, as far as is known, with their licences."""
    return [
        f"{one['name']}: {licence_of(one) or 'not known'}"
        for one in components
        if not suits(licence_of(one))
    ]


def main(arguments: list[str]) -> int:
    """Write the files, print how many parts have which licence; 1 when one does not suit."""
    folder = Path(arguments[0]) if arguments else ROOT / "build" / "sbom"
    found = write(folder)
    wrong: list[str] = []
    for name, components in found.items():
        print(f"{folder / name}.cdx.json: {len(components)} parts")
        licences = [licence_of(one) for one in components]
        for licence in sorted(set(licences), key=licences.count, reverse=True):
            print(f"  {licences.count(licence):4} {licence or 'not known'}")
        wrong += unsuitable(components)
    if wrong:
        print("These do not go with this package's licence:", *wrong, sep="\n  ", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
