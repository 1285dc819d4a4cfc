#!/usr/bin/env python3
"""
Run this checkout: the one front door, on the standard library alone.

    python3 dev.py serve [options]   the server on this machine (options go to `novelai serve`)
    python3 dev.py test [options]    every check, then every test; with options: pytest with them
    python3 dev.py check             format, lint, types, import order
    python3 dev.py bench [options]   measure speed and memory
    python3 dev.py chaos [options]   kill workers in the middle of paid work (options go to pytest)
    python3 dev.py docs [options]    build the documentation into site/ (`docs serve` shows it live)
    python3 dev.py lock [options]    refresh the lock files (options go to uv, e.g. --upgrade)

The first run makes .venv and installs what the lock files name, every file checked against its
hash. Later runs see that nothing changed and go straight on. uv makes the first run faster when it
is on PATH; it is never needed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        "This project needs Python {}.{} or newer; {} is Python {}.{}.".format(
            *OLDEST, sys.executable, *sys.version_info[:2]
        )
    )

ROOT = Path(__file__).resolve().parent

LOCKS = {
    "server": "requirements.lock",
    "tests": "requirements-dev.lock",
    "docs": "requirements-docs.lock",
}
"""What each level installs. The first lock is in the other two, and all three agree."""

CHECKS = {
    "ruff format": ("ruff", "format", "--check"),
    "ruff check": ("ruff", "check"),
    "basedpyright": ("basedpyright",),
    "lint-imports": ("lint-imports",),
}

Run = Callable[[Sequence[str]], int]


class Stop(Exception):  # noqa: N818 - no error of the program: a sentence for the person at it
    """The run ends here; the message says why and what to do."""


def say(sentence: str) -> None:
    """Tell the person what happens, apart from what the command itself prints."""
    print(sentence, file=sys.stderr, flush=True)


def run_quietly(command: Sequence[str]) -> int:
    """Run a command in the checkout; show its output only when it fails."""
    # The lock goes to the child (see `alone`), so nothing that may be inherited is closed.
    done = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        close_fds=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        sys.stderr.buffer.write(done.stdout)
        sys.stderr.flush()
    return done.returncode


@contextmanager
def alone(path: Path) -> Generator[None]:
    """
    Hold the lock on a file that exists; wait for whoever holds it.

    On POSIX the processes started meanwhile hold it too: when dev.py is killed, the pip that it
    leaves behind still keeps others out.
    """
    with path.open("rb") as file:
        os.set_inheritable(file.fileno(), True)
        if not take(file, wait=False):
            say("Another dev.py is changing .venv; waiting for it …")
            take(file, wait=True)
        yield


def take(file: IO[bytes], *, wait: bool) -> bool:
    """Lock an open file and tell whether that worked; closing the file unlocks it."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(1 << 30)  # far behind the text, which others must still be able to read
        while True:
            try:
                # LK_LOCK gives up after ten seconds.
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
            else:
                return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class House:
    """The virtual environment of one checkout: is it as the locks say, and if not, make it so."""

    root: Path
    run: Run
    uv: str | None
    python: str = sys.executable
    interpreter: str = f"{sys.version} {sys.base_prefix}"

    @property
    def venv(self) -> Path:
        """The folder of the environment."""
        return self.root / ".venv"

    @property
    def identity(self) -> str:
        """What an environment cannot outlive: its interpreter and its place on the disk."""
        return f"{self.interpreter} {self.venv}"

    def tool(self, name: str) -> str:
        """Return the path of a program in the environment."""
        return str(
            self.venv / "Scripts" / f"{name}.exe" if os.name == "nt" else self.venv / "bin" / name
        )

    def digest(self, level: str) -> str:
        """Return a fingerprint of all that decides how the environment comes out."""
        digest = hashlib.sha256(self.identity.encode())
        for name in (LOCKS[level], "pyproject.toml", "src/novelai/_version.py"):
            digest.update((self.root / name).read_bytes())
        return digest.hexdigest()

    def state(self) -> dict[str, Any]:
        """Return what the last run wrote down, if there was one."""
        try:
            return json.loads((self.venv / "dev.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    def write_state(self, **installed: str) -> None:
        """Write down what is installed; with nothing: that an install has begun."""
        fresh = self.venv / "dev.json.new"
        fresh.write_text(json.dumps({"identity": self.identity, "installed": installed}), "utf-8")
        fresh.replace(self.venv / "dev.json")

    def is_ready(self, level: str) -> bool:
        """Tell whether the environment is whole and as the lock says."""
        installed = self.state().get("installed", {}).get(level)
        return installed == self.digest(level) and Path(self.tool("python")).exists()

    def is_sound(self) -> bool:
        """Tell whether the environment can be added to; otherwise it is made again."""
        if not Path(self.tool("python")).exists():
            return False
        if state := self.state():
            return state["identity"] == self.identity and bool(state["installed"])
        # Somebody made it by hand: keep it if it belongs to the same interpreter.
        return self.run_in_venv(
            f"import sys; sys.exit(f'{{sys.version}} {{sys.base_prefix}}' != {self.interpreter!r})"
        )

    def run_in_venv(self, code: str) -> bool:
        """Run a line of Python in the environment and tell whether it ended well."""
        return self.run([self.tool("python"), "-I", "-c", code]) == 0

    def prepare(self, level: str) -> None:
        """
        Bring the environment to a level: `"server"` or `"tests"`.

        Raises `Stop` when a step fails. Whatever ended an install before its end, the next run
        starts from an empty environment.
        """
        if self.is_ready(level):
            return
        with alone(self.root / "dev.py"):
            if self.is_ready(level):
                return
            ready = [name for name in LOCKS if self.is_ready(name)]
            self.make()
            self.write_state()
            say(f"Installing {LOCKS[level]} … (half a minute or so, once)")
            self.install("--require-hashes", "-r", LOCKS[level])
            self.install("--no-deps", "--no-build-isolation", "-e", ".")
            installed = [name for name in LOCKS if name in {*ready, "server", level}]
            self.write_state(**{name: self.digest(name) for name in installed})

    def make(self) -> None:
        """Make an empty environment unless there is a sound one."""
        if self.is_sound():
            return
        say("Making .venv …")
        # Without pip, which takes most of the time and which uv can do without.
        if self.run([self.python, "-Im", "venv", "--clear", "--without-pip", str(self.venv)]):
            raise Stop(
                "This Python could not make .venv (its words are above). If it has no module "
                f"`venv`, install that first; on Debian and Ubuntu: {self.apt('venv')}"
            )

    def install(self, *what: str) -> None:
        """Install with uv if there is one, else with pip; raise `Stop` if that fails."""
        target = ("--python", self.tool("python"), "--compile-bytecode")
        if self.uv and not self.run([self.uv, "pip", "install", "--quiet", *target, *what]):
            return
        self.ensure_pip()
        pip = [self.tool("python"), "-Im", "pip", "--disable-pip-version-check"]
        if self.run([*pip, "--no-input", "--quiet", "install", *what]):
            raise Stop(f"pip could not install {what[-1]} (its words are above).")

    def ensure_pip(self) -> None:
        """Put pip into the environment unless it is there."""
        found = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pip') is None)"
        if self.run_in_venv(found):
            return
        if self.run([self.tool("python"), "-Im", "ensurepip", "--default-pip"]):
            raise Stop(
                "This Python has no `ensurepip`, so .venv gets no pip. Install it (on Debian and "
                f"Ubuntu: {self.apt('venv')}) or install uv, then run the same command again."
            )

    def apt(self, part: str) -> str:
        """Return the command that installs a part that Debian packages apart from Python."""
        return "apt install python{}.{}-{}".format(*sys.version_info[:2], part)


def serve_arguments(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return what `novelai` is run with: without a key the server shows itself on the emulator."""
    demo = not environment.get("NOVELAI_API_KEY") and "--demo" not in arguments
    return ["serve", *arguments, *(["--demo"] if demo else [])]


def serve(house: House, arguments: list[str]) -> int:
    """Run the server; this process becomes it where the system knows how."""
    house.prepare("server")
    novelai = house.tool("novelai")
    command = [novelai, *serve_arguments(arguments, os.environ)]
    if os.name != "nt":
        os.execv(novelai, command)  # noqa: S606
    return subprocess.run(command, check=False).returncode


def check(house: House, arguments: list[str]) -> int:
    """Run the checks side by side, show what they print in order, and name those that failed."""
    if arguments:
        raise Stop("`check` takes no options.")
    house.prepare("tests")
    running: list[tuple[str, subprocess.Popen[bytes], IO[bytes]]] = []
    for name, (tool, *options) in CHECKS.items():
        output = tempfile.TemporaryFile()  # noqa: SIM115 - closed below, once it has been shown
        command = [house.tool(tool), *options]
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
    failed = 0 if arguments else check(house, [])
    # A file stays with one worker, so that what its tests share is made once.
    options = arguments or ["-n", "2", "--dist", "loadfile"]
    command = [house.tool("python"), "-m", "pytest", *options]
    return subprocess.run(command, cwd=ROOT, check=False).returncode or failed


def bench(house: House, arguments: list[str]) -> int:
    """Measure."""
    house.prepare("tests")
    command = [house.tool("python"), "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def docs(house: House, arguments: list[str]) -> int:
    """Build the documentation; a broken link or a name that is not there fails the build."""
    house.prepare("docs")
    command = [house.tool("zensical"), *(arguments or ["build", "--clean", "--strict"])]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def chaos(house: House, arguments: list[str]) -> int:
    """Run the tests that kill processes."""
    house.prepare("tests")
    command = [house.tool("python"), "-m", "pytest", "-m", "chaos", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


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
    for level, groups in wanted.items():
        command = [uv, "pip", "compile", "pyproject.toml", *groups, *arguments]
        command += ["--universal", "--generate-hashes", "--python-version", "3.11", "--quiet"]
        command += ["--custom-compile-command", "python3 dev.py lock"]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--output-file", LOCKS[level]]
        if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
            return code
    return 0


COMMANDS = {
    "serve": serve,
    "test": test,
    "check": check,
    "bench": bench,
    "chaos": chaos,
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
    try:
        return COMMANDS[arguments[0]](house, arguments[1:])
    except Stop as stop:
        say(f"dev.py: {stop}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
