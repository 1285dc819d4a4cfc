"""
The environment of novelai-sdk, which has the same import name and so cannot be beside ours.

It holds what `requirements-compare.lock` names, every file checked against its hash, with the same
releases of pydantic, FastAPI and all others that ours has.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from bench.processes import ROOT

__all__ = ["compared", "environment"]

LOCK = Path(__file__).with_name("requirements-compare.lock")
HOME = ROOT / ".venv-bench"


def compared() -> Path:
    """Return the interpreter of that environment; make it first unless it is as the lock says."""
    return environment(HOME, LOCK)


def environment(home: Path, lock: Path) -> Path:
    """Return the interpreter of an environment that holds what a lock names, made when missing.

    Raises:
        subprocess.CalledProcessError: it cannot be made.
    """
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = home / "installed"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if not done.exists() or done.read_text("utf-8") != digest:
        print(f"Making {home.name} from {lock.name} ... (once)", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [python, "-Im", "pip", "--disable-pip-version-check", "-qq", "--no-input"]
        subprocess.run([*pip, "install", "--require-hashes", "-r", lock], check=True)
        done.write_text(digest, "utf-8")
    return python
