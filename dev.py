#!/usr/bin/env python3
"""
Run this checkout: the one front door, on the standard library alone.

    python3 dev.py serve [options]   the server on this machine (options go to `novelai serve`)
    python3 dev.py test [options]    every check, then every test; with options: pytest with them
    python3 dev.py check             format, lint, types and import order, of the page too
    python3 dev.py page [script]     the page with hot reload, beside a running `serve`
    python3 dev.py types             write the OpenAPI document and the page's types of it
    python3 dev.py bench [options]   measure speed and memory
    python3 dev.py chaos [options]   kill workers in the middle of paid work (options go to pytest)
    python3 dev.py mutants [options] put faults into the code and see whether the tests notice
    python3 dev.py docs [options]    build the documentation into site/ (`docs serve` shows it live)
    python3 dev.py lock [options]    refresh the lock files (options go to uv, e.g. --upgrade)

The first run makes .venv and installs what the lock files name, every file checked against its
hash, and builds the web page. Later runs see that nothing changed and go straight on. uv makes the
first run faster when it is on PATH; it is never needed, and neither is node: without one on PATH,
.venv gets its own.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        "This project needs Python {}.{} or newer; {} is Python {}.{}.".format(
            *OLDEST, sys.executable, *sys.version_info[:2]
        )
    )

from dev_browser import prepare_browser  # noqa: E402
from dev_house import LOCKS, ROOT, House, Stop, alone, run_quietly, say  # noqa: E402

NODE_LOCK = "requirements-node.lock"
OLDEST_NODE = "20.19"
NODE_IS_NEW = (
    "const [a, b] = process.versions.node.split('.'); process.exit(+(a < 20 || a == 20 && b < 19))"
)

CHECKS = {
    "ruff format": ("ruff", "format", "--check"),
    "ruff check": ("ruff", "check"),
    "basedpyright": ("basedpyright",),
    "lint-imports": ("lint-imports",),
}
PAGE_CHECKS = {
    "prettier": ("run", "format:check"),
    "eslint": ("run", "lint"),
    "types of the API": ("run", "types:check"),
    "svelte-check": ("run", "check"),
    "vitest": ("run", "test"),
}


def show(*command: str) -> int:
    """Run a command in the checkout, in front of the person."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@dataclass(frozen=True, kw_only=True)
class Page:
    """The web page: built into the server's static files whenever one of its sources changed."""

    house: House
    which: Callable[[str], str | None] = shutil.which

    @property
    def folder(self) -> Path:
        """The sources."""
        return self.house.root / "page"

    @property
    def stamps(self) -> Path:
        """What was installed and built; it goes with the packages that it speaks of."""
        return self.folder / "node_modules" / ".dev.json"

    def digest(self, *patterns: str) -> str:
        """Return a fingerprint of some of the sources."""
        digest = hashlib.sha256()
        for pattern in patterns:
            for path in sorted(self.folder.glob(pattern)):
                if path.is_file():
                    digest.update(f"{path.relative_to(self.folder).as_posix()}\0".encode())
                    digest.update(path.read_bytes())
        return digest.hexdigest()

    def done(self) -> dict[str, str]:
        """Return the fingerprints of what is installed and built."""
        try:
            return json.loads(self.stamps.read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    def wanted(self) -> dict[str, str]:
        """Return the fingerprints of what should be."""
        return {
            "packages": self.digest("package-lock.json", "package.json", ".npmrc"),
            "page": self.digest("*.*", "src/**/*", "public/**/*"),
        }

    def prepare(self) -> None:
        """Install the page's packages and build it, as far as that is not done; or raise `Stop`."""
        if self.is_ready():
            return
        with alone(self.house.root / "dev.py"):
            wanted, done = self.wanted(), self.done()
            if done.get("packages") != wanted["packages"]:
                say("Installing the page's packages …")
                self.step("ci", "--no-audit", "--no-fund")
            if not self.is_ready():
                say("Building the page …")
                self.stamps.write_text(json.dumps({"packages": wanted["packages"]}), "utf-8")
                self.step("run", "build")
                self.stamps.write_text(json.dumps(wanted), "utf-8")

    def is_ready(self) -> bool:
        """Tell whether there is nothing to do."""
        index = self.house.root / "src" / "novelai" / "server" / "static" / "index.html"
        return self.done() == self.wanted() and index.exists()

    def step(self, *command: str) -> None:
        """Run npm in the page's folder; raise `Stop` if that fails."""
        if self.house.run([*self.npm(), *command]):
            raise Stop(f"npm {' '.join(command[:2])} failed (its words are above).")

    def npm(self) -> list[str]:
        """Return npm with the page's folder: the system's, else one that .venv gets."""
        node, npm = self.which("node"), self.which("npm")
        if not node or not npm or self.house.run([node, "-e", NODE_IS_NEW]):
            npm = self.house.tool("npm")
            if not Path(npm).exists():
                say(f"No node {OLDEST_NODE} or newer on PATH; installing one into .venv …")
                self.house.install("--require-hashes", "-r", NODE_LOCK)
            # The scripts of packages ask PATH for node.
            folder = str(Path(npm).parent)
            if folder not in os.environ["PATH"].split(os.pathsep):
                os.environ["PATH"] = os.pathsep.join((folder, os.environ["PATH"]))
        return [npm, "--prefix", str(self.folder)]


def serve_arguments(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return what `novelai` is run with: without a key the server shows itself on the emulator."""
    key = environment.get("NOVELAI_API_KEY", "").strip()
    demo = not key and "--demo" not in arguments
    return ["serve", *arguments, *(["--demo"] if demo else [])]


def serve(house: House, arguments: list[str]) -> int:
    """Run the server; this process becomes it where the system knows how."""
    house.prepare("server")
    Page(house=house).prepare()
    novelai = house.tool("novelai")
    command = [novelai, *serve_arguments(arguments, os.environ)]
    if os.name != "nt":
        os.execv(novelai, command)  # noqa: S606
    return show(*command)


def check(house: House, arguments: list[str]) -> int:
    """Run the checks side by side, show what they print in order, and name those that failed."""
    if arguments:
        raise Stop("`check` takes no options.")
    house.prepare("tests")
    page = Page(house=house)
    page.prepare()
    commands = {name: [house.tool(tool), *options] for name, (tool, *options) in CHECKS.items()}
    commands |= {name: [*page.npm(), *options] for name, options in PAGE_CHECKS.items()}
    running: list[tuple[str, subprocess.Popen[bytes], IO[bytes]]] = []
    for name, command in commands.items():
        output = tempfile.TemporaryFile()  # noqa: SIM115 - closed below, once it has been shown
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        running.append((name, process, output))
    failed: list[str] = []
    for name, process, output in running:
        if process.wait():
            failed.append(name)
        print(f"== {name}", flush=True)
        with output:
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
        sys.stdout.flush()
    if failed:
        print(f"\nFailed checks: {', '.join(failed)}\n", flush=True)
    return 1 if failed else 0


def test(house: House, arguments: list[str]) -> int:
    """Run the checks and all tests; pytest prints last, and failed checks fail the run."""
    house.prepare("tests")
    failed = 0 if arguments else check(house, []) or mutants(house, ["--quick"])
    if not arguments or any("tests/web" in argument for argument in arguments):
        Page(house=house).prepare()
        prepare_browser(house)
    # A file stays with one worker, so that what its tests share is made once.
    options = arguments or ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    return show(house.tool("python"), "-m", "pytest", *options) or failed


def page(house: House, arguments: list[str]) -> int:
    """Run a script of the page; by default Vite, which shows each change at once."""
    house.prepare("server")
    sources = Page(house=house)
    sources.prepare()
    return show(*sources.npm(), "run", *(arguments or ["dev"]))


def types(house: House, arguments: list[str]) -> int:
    """Write down what the API is now: its OpenAPI document, and the page's types of it."""
    if arguments:
        raise Stop("`types` takes no options.")
    house.prepare("tests")
    sources = Page(house=house)
    sources.prepare()
    os.environ["REFRESH_OPENAPI"] = "1"
    document = (house.tool("python"), "-m", "pytest", "-q", "tests/server_api/test_openapi.py")
    return show(*document) or show(*sources.npm(), "run", "types")


def bench(house: House, arguments: list[str]) -> int:
    """Measure."""
    house.prepare("tests")
    return show(house.tool("python"), "-m", "bench", *arguments)


def docs(house: House, arguments: list[str]) -> int:
    """Build the documentation; a broken link or a name that is not there fails the build."""
    house.prepare("docs")
    return show(house.tool("zensical"), *(arguments or ["build", "--clean", "--strict"]))


def chaos(house: House, arguments: list[str]) -> int:
    """Run the tests that kill processes."""
    house.prepare("tests")
    return show(house.tool("python"), "-m", "pytest", "-m", "chaos", *arguments)


def mutants(house: House, arguments: list[str]) -> int:
    """Put small faults into the code, one at a time, and count those that the tests notice."""
    house.prepare("tests")
    return show(house.tool("python"), "-m", "mutants", *arguments)


def lock(house: House, arguments: list[str]) -> int:
    """Refresh the locks with uv. They hold hashes and markers, and no address of any index."""
    uv = house.uv or house.tool("uv")
    if not Path(uv).exists():
        with alone(ROOT / "dev.py"):
            house.make()
            house.install("uv")
    server = ["--extra", "server", "--group", "build"]
    wanted = {
        "server": server,
        "tests": [*server, "--group", "dev", "--constraints", LOCKS["server"]],
        "docs": [*server, "--group", "docs", "--constraints", LOCKS["tests"]],
    }
    files = {LOCKS[level]: ["pyproject.toml", *groups] for level, groups in wanted.items()}
    files[NODE_LOCK] = ["--group", "node"]
    for name, sources in files.items():
        command = [uv, "pip", "compile", *sources, *arguments]
        command += ["--universal", "--generate-hashes", "--python-version", "3.11", "--quiet"]
        command += ["--custom-compile-command", "python3 dev.py lock"]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--output-file", name]
        if code := show(*command):
            return code
    return 0


COMMANDS = {
    "serve": serve,
    "test": test,
    "check": check,
    "page": page,
    "types": types,
    "bench": bench,
    "chaos": chaos,
    "mutants": mutants,
    "docs": docs,
    "lock": lock,
}


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        asked = arguments[:1] in (["-h"], ["--help"], ["help"])
        print((__doc__ or "").strip(), file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    house = House(root=ROOT, run=run_quietly, uv=shutil.which("uv"))
    os.environ["NOVELAI_BUILD_PAGE"] = "0"  # an install builds the page too unless told not to
    try:
        return COMMANDS[arguments[0]](house, arguments[1:])
    except Stop as stop:
        say(f"dev.py: {stop}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
