"""The virtual environment of a checkout, for dev.py: on the standard library alone."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent

LOCKS = {
    "server": "requirements.lock",
    "tests": "requirements-dev.lock",
    "docs": "requirements-docs.lock",
}
"""What each level installs. The first lock is in the other two, and all three agree."""

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
