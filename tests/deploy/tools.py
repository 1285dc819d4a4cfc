"""Other people's programs that only the tests of the deployment need, by a lock of their own."""

from functools import cache
from pathlib import Path

from bench.compare import environment
from dev_venv import ROOT, file_lock, tool_in

__all__ = ["CACHE", "tool"]

HERE = Path(__file__).parent
CACHE = ROOT / ".cache" / "deploy"


@cache
def home() -> Path:
    """Return the folder of the environment, made when it is not there as the lock says."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with file_lock(ROOT / "dev.py"):  # several workers may ask at once
        environment(CACHE / "tools", HERE / "tools.lock")
    return CACHE / "tools"


def tool(name: str) -> str:
    """Return the path of a program, installed when it is missing."""
    return tool_in(home(), name)
