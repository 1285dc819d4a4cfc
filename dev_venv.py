"""The virtual environment of a checkout, for dev.py: on the standard library alone."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
LOCKS = {
    "server": "requirements.lock",
    "tests": "requirements-dev.lock",
    "docs": "requirements-docs.lock",
}
"""What each level installs. The first lock is in the other two, and all three agree."""

APT = "apt install python{}.{}-venv".format(*sys.version_info[:2])

Run = Callable[[Sequence[str]], int]


class Abort(Exception):  # noqa: N818 - no error of the program: a sentence for the person at it
    """The run ends here; the message says why and what to do."""


def say(sentence: str) -> None:
    """Tell the person what happens, apart from what the command itself prints."""
    print(sentence, file=sys.stderr, flush=True)


def capture(
    command: Sequence[str], *, keeps_lock: bool = True
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in the checkout and keep what it prints; it holds what `file_lock` locked."""
    return subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        close_fds=not keeps_lock,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run_quietly(command: Sequence[str], *, keeps_lock: bool = True) -> int:
    """Run a command in the checkout; show its output only when it fails."""
    done = capture(command, keeps_lock=keeps_lock)
    if done.returncode:
        sys.stderr.buffer.write(done.stdout)
        sys.stderr.flush()
    return done.returncode


def do_once(
    root: Path,
    stamp: Path,
    digest: Callable[[], str],
    work: Callable[[], None],
    is_whole: Callable[[], bool] = lambda: True,
) -> None:
    """Do some work unless it was done for the same digest, which is what the stamp remembers.

    One process at a time does so in a checkout; the others wait, and find it done. What is not
    whole any more is done again, whatever the stamp says.
    """
    if is_whole() and read_text(stamp) == digest():
        return
    with file_lock(root / "dev.py"):
        wanted = digest()  # before the work: what changes meanwhile is for the next run
        if not (is_whole() and read_text(stamp) == wanted):
            stamp.unlink(missing_ok=True)
            work()
            stamp.write_text(wanted, "utf-8")


def read_text(path: Path) -> str:
    """Return what a file holds, nothing if it is not there."""
    return path.read_text("utf-8") if path.exists() else ""


def digest_files(root: Path, paths: Iterable[Path], salt: str = "") -> str:
    """Return a fingerprint of files: of their names and what is in them."""
    digest = hashlib.sha256(salt.encode())
    for path in paths:
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def file_lock(path: Path) -> Generator[None]:
    """
    Hold the lock on a file that exists; wait for whoever holds it.

    On POSIX the processes started meanwhile hold it too: when dev.py is killed, the pip that it
    leaves behind still keeps others out.
    """
    with path.open("rb") as file:
        os.set_inheritable(file.fileno(), True)
        if not lock_file(file, wait=False):
            say("Another dev.py is changing .venv; waiting for it …")
            lock_file(file, wait=True)
        yield


def lock_file(file: IO[bytes], *, wait: bool) -> bool:
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


def tool_in(environment: Path, name: str) -> str:
    """Return the path of a program in a virtual environment."""
    return str(environment / (f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}"))


@dataclass(frozen=True, kw_only=True)
class Venv:
    """The virtual environment of a checkout: is it as the locks say, and if not, make it so."""

    root: Path
    run: Run
    uv: str | None
    python: str = sys.executable
    version: str = sys.version.split()[0]

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.root / ".venv"

    def tool(self, name: str) -> str:
        """Return the path of a program in it."""
        return tool_in(self.folder, name)

    def digest(self, level: str) -> str:
        """Return a fingerprint of all that decides how a level comes out."""
        names = (LOCKS[level], "pyproject.toml", "src/novelai/_version.py")
        return digest_files(self.root, (self.root / name for name in names), self.identity())

    def identity(self) -> str:
        """Return what it cannot outlive: its interpreter and its place on the disk."""
        return f"{self.version} {self.folder}"

    def prepare(self, level: str) -> None:
        """
        Bring it to a level: a key of `LOCKS`.

        Raises `Abort` when a step fails. Whatever ended an install before its end, the next run
        starts from an empty environment.
        """
        begun = self.folder / "dev-begun"  # is there while an install is under way

        def install() -> None:
            server, sound = self.digest("server"), not begun.exists()
            self.folder.mkdir(exist_ok=True)
            begun.touch()
            self.make(sound=sound)
            begun.touch()
            say(f"Installing {LOCKS[level]} … (half a minute or so, once)")
            self.install("--require-hashes", "-r", LOCKS[level])
            self.install("--no-deps", "--no-build-isolation", "-e", ".")
            (self.folder / "dev-server").write_text(server, "utf-8")
            begun.unlink()

        do_once(
            self.root,
            self.folder / f"dev-{level}",
            partial(self.digest, level),
            install,
            lambda: Path(self.tool("python")).exists() and not begun.exists(),
        )

    def make(self, *, sound: bool = True) -> None:
        """Make it, empty, unless it is there, sound, and of the same interpreter and place."""
        identity = self.folder / "dev-identity"
        if found := read_text(identity):
            known = found == self.identity()
        else:  # somebody made it by hand
            known = f" {self.version}\n" in read_text(self.folder / "pyvenv.cfg")
        if not (sound and known and Path(self.tool("python")).exists()):
            say("Making .venv …")
            # Without pip, which takes most of the time and which uv can do without.
            if self.run([self.python, "-Im", "venv", "--clear", "--without-pip", str(self.folder)]):
                raise Abort(f"This Python has no `venv` that works (Debian, Ubuntu: {APT}).")
        identity.write_text(self.identity(), "utf-8")

    def install(self, *what: str) -> None:
        """Install with uv if there is one, else with pip; raise `Abort` if that fails."""
        python = self.tool("python")
        target = ("--python", python, "--compile-bytecode")
        if self.uv and not self.run([self.uv, "pip", "install", "--quiet", *target, *what]):
            return
        there = Path(self.tool("pip")).exists()
        if not there and self.run([python, "-Im", "ensurepip", "--default-pip"]):
            raise Abort(f"This Python has no `ensurepip` (Debian, Ubuntu: {APT}); uv will do, too.")
        pip = [python, "-Im", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
        if self.run([*pip, "install", *what]):
            raise Abort(f"pip could not install {what[-1]} (its words are above).")
