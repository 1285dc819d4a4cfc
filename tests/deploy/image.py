"""The image, built without an engine, and run as an engine would: by buildah, in namespaces.

The base under the Dockerfile's name is made by debootstrap: Debian 13 has the same Python.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dev_venv import ROOT
from tests.cli.processes import PATIENCE, Program, running
from tests.deploy.tools import CACHE

__all__ = ["BASE", "BuildError", "Builder", "Container", "contained", "why_not"]

BASE = "docker.io/library/python:3.13-slim-trixie"
PLACES = "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"
NEEDED = ("buildah", "debootstrap", "git", "nsenter", "unshare")
MADE_IN = 1_800
"""Seconds until a build counts as hanging."""
CERTIFICATES = Path("/etc/ssl/certs")


def why_not() -> str:
    """Return why no image can be built here; nothing where one can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "building the image without an engine needs root on Linux"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


class BuildError(RuntimeError):
    """The build ended with an error; the text is the end of what it printed."""


@dataclass(frozen=True)
class Builder:
    """A store of images of its own.

    Args:
        folder: where it is; a later run finds the layers of an earlier one there.
    """

    folder: Path = CACHE / "images"

    @cached_property
    def driver(self) -> str:
        """How layers are laid over each other: plain copies where the system has nothing better."""
        asked = self._buildah("overlay", "info")
        return "vfs" if asked.returncode else "overlay"

    def _buildah(self, driver: str, *words: str) -> subprocess.CompletedProcess[str]:
        place = ("--root", str(self.folder / driver), "--runroot", str(self.folder / "run"))
        return subprocess.run(
            ["buildah", *place, "--storage-driver", driver, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=MADE_IN,
        )

    def do(self, *words: str) -> str:
        """Run buildah; return what it printed.

        Raises:
            BuildError: it failed.
        """
        done = self._buildah(self.driver, *words)
        if done.returncode:
            raise BuildError(done.stdout[-4_000:])
        return done.stdout.strip()

    def has(self, image: str) -> bool:
        """Tell whether an image is in the store."""
        return self._buildah(self.driver, "inspect", "--type", "image", image).returncode == 0

    def make_base(self) -> None:
        """Make the base of Debian's packages unless it is there."""
        if self.has(BASE):
            return
        root = self.folder / "base"
        shutil.rmtree(root, ignore_errors=True)
        packages = "--include=python3,python3-venv,ca-certificates"
        subprocess.run(["debootstrap", "--variant=minbase", packages, "trixie", root], check=True)
        (root / "usr" / "bin" / "python").symlink_to("python3")
        container = self.do("from", "scratch")
        mounted = self.do("mount", container)
        subprocess.run(["cp", "-a", f"{root}/.", mounted], check=True)
        self.do("config", "--env", f"PATH={PLACES}", container)
        self.do("commit", container, BASE)
        self.do("rm", container)
        shutil.rmtree(root)

    def build(self, checkout: Path, name: str) -> None:
        """Build the image of a checkout; layers that did not change are taken as they are.

        Raises:
            BuildError: it could not be built.
        """
        self.make_base()
        file = str(checkout / "deploy" / "Dockerfile")
        options = ("--isolation", "chroot", "--format", "docker", "--pull-never", "--layers")
        self.do("bud", *options, *self._surroundings(), "-f", file, "-t", name, str(checkout))

    def _surroundings(self) -> list[str]:
        """Hand in what this machine knows of indexes and certificates; the image keeps none."""
        own = Path.home() / ".npmrc"
        npmrc = self.folder / "npmrc"
        npmrc.touch(mode=0o600)
        trusted = CERTIFICATES / "ca-certificates.crt"
        settings = [own.read_text("utf-8")] if own.is_file() else []
        settings += [f"cafile={trusted}"] if trusted.is_file() else []
        npmrc.write_text("\n".join((*settings, "")), "utf-8")
        shared = {npmrc: "/root/.npmrc", CERTIFICATES: CERTIFICATES, Path("/etc/pip.conf"): None}
        return [
            word
            for path, place in shared.items()
            if path.exists()
            for word in ("--volume", f"{path}:{place or path}:ro")
        ]

    def describe(self, image: str) -> dict[str, Any]:
        """Return how an engine is to run an image."""
        return json.loads(self.do("inspect", "--type", "image", image))["Docker"]["config"]

    @contextmanager
    def mounted(self, image: str) -> Generator[Path]:
        """Lay out the files of an image."""
        container = self.do("from", "--pull-never", image)
        try:
            yield Path(self.do("mount", container))
        finally:
            self.do("rm", container)


@dataclass(frozen=True)
class Container:
    """A process of an image, as process 1, with its user and a root that cannot be written to.

    It shares the network of this machine: nothing else of it.
    """

    program: Program
    config: dict[str, Any]
    environment: dict[str, str]

    @property
    def pid(self) -> int:
        """Its number outside; 0 when it has ended."""
        outside = self.program.process.pid
        children = Path(f"/proc/{outside}/task/{outside}/children")
        return int(children.read_text("ascii") or 0) if children.exists() else 0

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as its user."""
        user = next(
            line.split()[1]
            for line in Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines()
            if line.startswith("Uid:")
        )
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--root", "--wd"]
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return subprocess.run(
            [*enter, f"--setuid={user}", f"--setgid={user}", "env", "-i", *variables, *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def stop(self) -> int:
        """Stop it as an engine does; return its exit code."""
        os.kill(self.pid, getattr(signal, self.config["StopSignal"]))
        return self.program.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it without warning, if it has not ended.

        That its parent goes does not do: the system forgets that wish when a process changes users.
        """
        if (pid := self.pid) and self.program.process.poll() is None:
            os.kill(pid, signal.SIGKILL)
            self.program.process.wait(PATIENCE)


RUN = """
root=$0 volume=$1; shift
mount --bind "$root" "$root"; mount -o remount,ro,bind "$root"
mount -t tmpfs tmpfs "$root/tmp"; mount --bind "$volume" "$root/data"
mount --bind /dev "$root/dev"; mount -t proc proc "$root/proc"
exec env -i "$@"
"""
IN_ITS_FOLDER = ("sh", "-c", 'cd "$0" && exec "$@"')


@contextmanager
def contained(
    root: Path, config: dict[str, Any], volume: Path, command: Sequence[str] = (), **changes: str
) -> Generator[Container]:
    """Run an image's command, or another one of its program, for the length of a `with` block.

    Args:
        root: the files of the image.
        config: how it is to be run.
        volume: what is kept; it is given to the image's user.
        command: in the place of the image's own.
        changes: variables beside those of the image.
    """
    users = (root / "etc" / "passwd").read_text("utf-8").splitlines()
    uid = next(line.split(":")[2] for line in users if line.startswith(f"{config['User']}:"))
    os.chown(volume, int(uid), int(uid))
    environment = dict(one.split("=", 1) for one in config["Env"]) | changes
    variables = [f"{name}={value}" for name, value in environment.items()]
    words = [*config["Entrypoint"], *(command or config["Cmd"])]
    chroot = ["chroot", f"--userspec={uid}:{uid}", str(root)]
    words = [*IN_ITS_FOLDER, config["WorkingDir"], *words]
    namespaces = ["unshare", "--mount", "--pid", "--fork"]
    script = ["sh", "-ec", RUN, str(root), str(volume)]
    with running(*namespaces, *script, *variables, *chroot, *words, cwd=ROOT) as program:
        container = Container(program, config, environment)
        try:
            yield container
        finally:
            container.kill()
