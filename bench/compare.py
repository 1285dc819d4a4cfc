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

__all__ = ["compared"]

LOCK = Path(__file__).with_name("requirements-compare.lock")
HOME = ROOT / ".venv-bench"
DONE = HOME / "installed"


def compared() -> Path:
    """Return the interpreter of that environment; make it first unless it is as the lock says."""
    python = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if not DONE.exists() or DONE.read_text("utf-8") != digest:
        print("Making .venv-bench with novelai-sdk ... (once)", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True)
        pip = [python, "-Im", "pip", "--disable-pip-version-check", "-qq", "--no-input"]
        subprocess.run([*pip, "install", "--require-hashes", "-r", LOCK], check=True)
        DONE.write_text(digest, "utf-8")
    return python
