"""
The environments of others, which cannot be beside ours.

novelai-sdk has the same import name; its environment has the same releases of pydantic, FastAPI and
all others that ours has. novelai-api asks for old releases of what others need new. Each holds what
its lock names, every file checked against its hash.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.processes import ROOT

__all__ = ["compared", "environment"]

LOCKS = {"sdk": "requirements-compare.lock", "api": "requirements-compare-api.lock"}


def compared() -> dict[str, Path]:
    """Return their interpreters; make those first that are not as their lock says."""
    return {
        name: environment(
            ROOT / (".venv-bench" if name == "sdk" else f".venv-bench-{name}"),
            Path(__file__).with_name(lock),
        )
        for name, lock in LOCKS.items()
    }


def environment(home: Path, lock: Path, *options: str) -> Path:
    """Return the interpreter of an environment that holds what a lock names, made when missing.

    uv makes it where there is one, in a tenth of pip's time. Options go to `install`.

    Raises:
        subprocess.CalledProcessError: it cannot be made.
    """
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = home / "installed"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if not done.exists() or done.read_text("utf-8") != digest:
        print(f"Making {home.name} from {lock.name} ... (once)", file=sys.stderr, flush=True)
        uv = shutil.which("uv")
        bare = ["--without-pip"] if uv else []
        subprocess.run([sys.executable, "-m", "venv", "--clear", *bare, home], check=True)
        pip = [python, "-Im", "pip", "--disable-pip-version-check", "-qq", "--no-input", "install"]
        install = [uv, "pip", "install", "--quiet", "--python", python] if uv else pip
        subprocess.run([*install, *options, "--require-hashes", "-r", lock], check=True)
        done.write_text(digest, "utf-8")
    return python
