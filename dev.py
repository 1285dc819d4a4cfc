#!/usr/bin/env python3
"""
Run this checkout: the one front door, on the standard library alone.

    python3 dev.py serve [options]   the server on this machine (options go to `novelai serve`)
    python3 dev.py test [options]    every check, then every test; with options: pytest with them
    python3 dev.py check             format, lint, types, imports, made files; of the page too
    python3 dev.py page [script]     the page with hot reload, beside a running `serve`
    python3 dev.py types             write the OpenAPI document and the page's types of it
    python3 dev.py bench [options]   measure speed and memory
    python3 dev.py clients [options] run programs that people use against the server (options go
                                     to pytest); `open-webui` or `sillytavern` drives its page
    python3 dev.py deploy [options]  build and run the image, and try all that deploy/ holds
    python3 dev.py sbom [folder]     write down the parts of image and page, with their licences
    python3 dev.py chaos [options]   kill workers in the middle of paid work (options go to pytest)
    python3 dev.py lowest [options]  test client, FastAPI part and emulator on the lowest versions
    python3 dev.py coverage [tests]  tell which lines and branches some or all tests reach
    python3 dev.py mutants [options] put faults into the code and see whether the tests notice
    python3 dev.py docs [options]    build the documentation into site/ (`docs serve` shows it live)
    python3 dev.py lock [options]    refresh the lock files (options go to uv, e.g. --upgrade)

The first run makes .venv and installs what the lock files name, every file checked against its
hash, and builds the web page. Later runs see that nothing changed and go straight on. uv makes the
first run faster when it is on PATH; it is never needed, and neither is node: without one on PATH,
.venv gets its own.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        "This project needs Python {}.{} or newer; {} is Python {}.{}.".format(
            *OLDEST, sys.executable, *sys.version_info[:2]
        )
    )

from dev_venv import (  # noqa: E402
    LOCKS,
    ROOT,
    Abort,
    Run,
    Venv,
    capture,
    digest_files,
    do_once,
    file_lock,
    run_quietly,
    say,
    tool_in,
)

NODE_LOCK = "requirements-node.lock"
NODE_IS_NEW = (
    "const [a, b] = process.versions.node.split('.'); process.exit(+(a < 20 || a == 20 && b < 19))"
)
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Chromium without windows comes first: the same engine, and the tests take a third less time."""
ARCHIVED = BROWSERS[:2]
"""Debian's names for it."""
FONTS = ("fonts-ipafont-gothic", "fonts-wqy-microhei")
"""Letters for the Japanese and Chinese in the pictures of the page."""
PEERS = ("nginx-light",)
"""Servers that the client is tested against where they are installed."""

LOWEST_EXTRAS = ("fastapi", "emulator", "cli", "login", "tokens")
LOWEST_TESTS = ("-q", "tests/sdk", "tests/fastapi", "tests/emulator")
LOWEST_TOOLS = """
    blockbuster httpx hypothesis trio websockets
    pytest pytest-random-order pytest-timeout pytest-xdist
""".split()
"""What these tests need beside the package, in versions that go with its own."""


def show(*command: str) -> int:
    """Run a command in the checkout, in front of the person."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@dataclass(frozen=True, kw_only=True)
class Page:
    """The web page: built into the server's static files whenever one of its sources changed."""

    venv: Venv
    which: Callable[[str], str | None] = shutil.which

    @property
    def folder(self) -> Path:
        """The sources."""
        return self.venv.root / "page"

    def digest(self, *patterns: str) -> str:
        """Return a fingerprint of some of the sources."""
        found = (path for pattern in patterns for path in sorted(self.folder.glob(pattern)))
        return digest_files(self.folder, (path for path in found if path.is_file()))

    def prepare(self) -> None:
        """Install the page's packages and build it, as far as needed; or raise `Abort`."""
        index = self.venv.root / "src" / "novelai" / "server" / "static" / "index.html"
        stamps = self.folder / "node_modules"  # a new install of the packages takes them away
        do_once(
            self.venv.root,
            stamps / ".dev-installed",
            lambda: self.digest("package-lock.json", "package.json", ".npmrc"),
            lambda: self.step("ci", "--no-audit", "--no-fund"),
        )
        do_once(
            self.venv.root,
            stamps / ".dev-built",
            lambda: self.digest("*.*", "src/**/*", "public/**/*"),
            lambda: self.step("run", "build"),
            index.exists,
        )

    def step(self, *command: str) -> None:
        """Run npm in the page's folder; raise `Abort` if that fails."""
        say(f"The page: npm {' '.join(command[:2])} …")
        if self.venv.run([*self.npm(), *command]):
            raise Abort(f"npm {' '.join(command[:2])} failed (its words are above).")

    def npm(self) -> list[str]:
        """Return npm with the page's folder: the system's, else one that .venv gets."""
        node, npm = self.which("node"), self.which("npm")
        if not node or not npm or self.venv.run([node, "-e", NODE_IS_NEW]):
            npm = self.venv.tool("npm")
            if not Path(npm).exists():
                say("No node 20.19 or newer on PATH; installing one into .venv …")
                self.venv.install("--require-hashes", "-r", NODE_LOCK)
            # The scripts of packages ask PATH for node.
            folder = str(Path(npm).parent)
            if folder not in os.environ["PATH"].split(os.pathsep):
                os.environ["PATH"] = os.pathsep.join((folder, os.environ["PATH"]))
        return [npm, "--prefix", str(self.folder)]


def find_browser(
    environment: Mapping[str, str], which: Callable[[str], str | None] = shutil.which
) -> str | None:
    """Return the Chromium that the page's tests run in: the one named, else one on PATH."""
    return environment.get("CHROMIUM") or next(filter(None, map(which, BROWSERS)), None)


def install_browser(run: Run) -> bool:
    """Install the first browser that the archive has, with fonts and peers; tell whether it did."""
    run(["apt-get", "-qq", "update"])
    # Debian starts a server that it installs, but not at this run level.
    install = ["env", "RUNLEVEL=1", "apt-get", "-qq", "-y", "--no-install-recommends", "install"]
    return any(run([*install, browser, *FONTS, *PEERS]) == 0 for browser in ARCHIVED)


def prepare_browser() -> None:
    """Tell the tests through CHROMIUM where Chromium is; root gets one where apt-get is."""
    found = find_browser(os.environ)
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        say("Installing Chromium for the tests of the page … (a minute or two, once)")
        install_browser(partial(run_quietly, keeps_lock=False))
        found = find_browser(os.environ)
    if not found:
        raise Abort(
            f"The page's tests need Chromium: on Debian, apt install {ARCHIVED[0]} "
            f"{' '.join(FONTS)}; elsewhere name one with CHROMIUM=/path/to/it. All the other tests "
            "run with python3 dev.py test --ignore tests/web"
        )
    os.environ["CHROMIUM"] = found


def serve_arguments(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return what `novelai` is run with: without a key the server shows itself on the emulator."""
    key = environment.get("NOVELAI_API_KEY", "").strip()
    demo = not key and "--demo" not in arguments
    return ["serve", *arguments, *(["--demo"] if demo else [])]


def serve(venv: Venv, arguments: list[str]) -> int:
    """Run the server; this process becomes it where the system knows how."""
    venv.prepare("server")
    Page(venv=venv).prepare()
    command = [venv.tool("novelai"), *serve_arguments(arguments, os.environ)]
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606
    return show(*command)


def check(venv: Venv, arguments: list[str]) -> int:
    """Run the checks side by side, show what they print in order, and name those that failed."""
    if arguments:
        raise Abort("`check` takes no options.")
    venv.prepare("tests")
    page = Page(venv=venv)
    page.prepare()
    npm = page.npm()
    commands = {
        "ruff format": [venv.tool("ruff"), "format", "--check"],
        "ruff check": [venv.tool("ruff"), "check"],
        "basedpyright": [venv.tool("basedpyright")],
        "types of what is public": [venv.tool("python"), "scripts/verify_types.py"],
        **{
            f"what is shown, by {name}": [venv.tool("python"), "scripts/check_shown.py", name]
            for name in ("basedpyright", "mypy", "pyrefly")
        },
        "lint-imports": [venv.tool("lint-imports")],
        "make_async": [venv.tool("python"), "scripts/make_async.py", "--check"],
        "architecture": [venv.tool("python"), "scripts/draw_architecture.py", "--check"],
        "prettier": [*npm, "run", "format:check"],
        "eslint": [*npm, "run", "lint"],
        "types of the API": [*npm, "run", "types:check"],
        "svelte-check": [*npm, "run", "check"],
        "vitest": [*npm, "run", "test"],
    }
    failed: list[str] = []
    with ThreadPoolExecutor(len(commands)) as pool:
        for name, done in zip(commands, pool.map(capture, commands.values()), strict=True):
            print(f"== {name}", flush=True)
            sys.stdout.buffer.write(done.stdout)
            sys.stdout.flush()
            failed += [name] if done.returncode else []
    if failed:
        print(f"\nFailed checks: {', '.join(failed)}\n", flush=True)
    return 1 if failed else 0


def test(venv: Venv, arguments: list[str]) -> int:
    """Run the checks and all tests; pytest prints last, and failed checks fail the run."""
    paths = [argument for argument in arguments if argument.startswith("tests")]
    all_or_web = not paths or any("tests/web" in one or one.strip("/") == "tests" for one in paths)
    with ThreadPoolExecutor(1) as pool:
        # The system's archive is asked while pip and the checks are at work.
        browser = pool.submit(prepare_browser) if all_or_web else None
        venv.prepare("tests")
        failed = 0 if arguments else check(venv, []) or run_tool("mutants", venv, ["--quick"])
        if browser:
            Page(venv=venv).prepare()
            browser.result()
    # A file stays with one worker, so that what its tests share is made once.
    options = arguments or ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    return show(venv.tool("python"), "-m", "pytest", *options) or failed


def clients(venv: Venv, arguments: list[str]) -> int:
    """Run unmodified programs against the server: small ones in tests, or a large one's page."""
    venv.prepare("tests")
    sources = Page(venv=venv)
    sources.npm()  # has node on PATH
    uv = str(Path(find_uv(venv)).parent)  # fills an environment in a tenth of pip's time
    os.environ["PATH"] = os.pathsep.join((os.environ["PATH"], uv))
    if not arguments or arguments[0].startswith("-"):
        return show(venv.tool("python"), "-m", "pytest", "tests/clients", *arguments)
    sources.prepare()
    prepare_browser()
    return show(venv.tool("python"), "-m", "tests.clients.pages", *arguments)


def page(venv: Venv, arguments: list[str]) -> int:
    """Run a script of the page; by default Vite, which shows each change at once."""
    venv.prepare("server")
    sources = Page(venv=venv)
    sources.prepare()
    return show(*sources.npm(), "run", *(arguments or ["dev"]))


def coverage(venv: Venv, arguments: list[str]) -> int:
    """Run tests and tell which lines and branches they do not reach."""
    venv.prepare("tests")
    tool = (venv.tool("python"), "-m", "coverage")
    show(*tool, "erase")
    failed = show(*tool, "run", "-m", "pytest", *arguments)
    show(*tool, "combine", "--quiet")
    return show(*tool, "report") or failed


def types(venv: Venv, arguments: list[str]) -> int:
    """Write down what the API is now: its OpenAPI document, and the page's types of it."""
    if arguments:
        raise Abort("`types` takes no options.")
    venv.prepare("tests")
    sources = Page(venv=venv)
    sources.prepare()
    os.environ["REFRESH_OPENAPI"] = "1"
    document = (venv.tool("python"), "-m", "pytest", "-q", "tests/server_api/test_openapi.py")
    return show(*document) or show(*sources.npm(), "run", "types")


def find_uv(venv: Venv) -> str:
    """Return uv: the one on PATH, else one that .venv gets."""
    uv = venv.uv or venv.tool("uv")
    if not Path(uv).exists():
        with file_lock(ROOT / "dev.py"):
            venv.make()
            venv.install("uv")
    return uv


def lowest(venv: Venv, arguments: list[str]) -> int:
    """Run tests in an environment whose direct dependencies are the oldest that are allowed."""
    uv, folder = find_uv(venv), ROOT / ".venv-lowest"
    python = tool_in(folder, "python")
    versions = str(folder / "versions.txt")
    extras = [word for name in LOWEST_EXTRAS for word in ("--extra", name)]
    compiled = ("compile", "pyproject.toml", *extras, "--resolution", "lowest-direct")
    steps = (
        ("venv", "--clear", "--python", sys.executable, str(folder)),
        ("pip", *compiled, "--python", python, "--output-file", versions),
        ("pip", "install", "--python", python, "-r", versions, *LOWEST_TOOLS),
        ("pip", "install", "--python", python, "--no-deps", "-e", "."),
    )
    for step in steps:
        if code := show(uv, "--quiet", *step):
            return code
    return show(python, "-m", "pytest", *(arguments or LOWEST_TESTS))


def lock(venv: Venv, arguments: list[str]) -> int:
    """Refresh the locks with uv. They hold hashes and markers, and no address of any index."""
    uv = find_uv(venv)
    server = ["--extra", "server", "--group", "build"]
    wanted = {
        LOCKS["server"]: server,
        LOCKS["tests"]: [*server, "--group", "dev", "--constraints", LOCKS["server"]],
        LOCKS["docs"]: [*server, "--group", "docs", "--constraints", LOCKS["tests"]],
        NODE_LOCK: ["--group", "node"],
    }
    for name, groups in wanted.items():
        sources = groups if name == NODE_LOCK else ["pyproject.toml", *groups]
        command = [uv, "pip", "compile", *sources, *arguments]
        command += ["--universal", "--generate-hashes", "--python-version", "3.11", "--quiet"]
        command += ["--custom-compile-command", "python3 dev.py lock"]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--output-file", name]
        if code := show(*command):
            return code
    return 0


TOOLS: Mapping[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "bench": ("tests", ("python", "-m", "bench"), ()),
    "chaos": ("tests", ("python", "-m", "pytest", "-m", "chaos"), ()),
    "deploy": ("tests", ("python", "-m", "pytest", "-o", "timeout=2400", "tests/deploy"), ()),
    "sbom": ("tests", ("python", "-m", "tests.deploy.sbom"), ()),
    "mutants": ("tests", ("python", "-m", "mutants"), ()),
    "docs": ("docs", ("zensical",), ("build", "--clean", "--strict")),
}
"""Commands that are one program: the level they need, the program, its options by default."""


def run_tool(name: str, venv: Venv, arguments: list[str]) -> int:
    """Run one of `TOOLS`."""
    level, (program, *words), options = TOOLS[name]
    venv.prepare(level)
    return show(venv.tool(program), *words, *(arguments or options))


COMMANDS: Mapping[str, Callable[[Venv, list[str]], int]] = {
    "serve": serve,
    "test": test,
    "check": check,
    "clients": clients,
    "page": page,
    "lowest": lowest,
    "coverage": coverage,
    "types": types,
    "lock": lock,
    **{name: partial(run_tool, name) for name in TOOLS},
}


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        asked = arguments[:1] in (["-h"], ["--help"], ["help"])
        print((__doc__ or "").strip(), file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    venv = Venv(root=ROOT, run=run_quietly, uv=shutil.which("uv"))
    os.environ["NOVELAI_BUILD_PAGE"] = "0"  # an install builds the page too unless told not to
    # Tests start hundreds of processes: each would compile the package anew, a tenth of their time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        return COMMANDS[arguments[0]](venv, arguments[1:])
    except Abort as abort:
        say(f"dev.py: {abort}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
