"""The processes of a measurement: what is measured has its own, on a processor core of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["ROOT", "Cores", "Worker", "environment"]

ROOT = Path(__file__).resolve().parents[1]


class Cores:
    """One core for what is measured, another for what serves and asks it, where there are two."""

    def __init__(self) -> None:
        ours = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        self.measured: int | None = ours[0] if len(ours) > 1 else None
        self.others: int | None = ours[1] if len(ours) > 1 else None


def environment(own: Mapping[str, str], cache: Path) -> dict[str, str]:
    """
    Return the environment of every process: the person's `own`, less what changes figures.

    Bytecode is kept in `cache`, whatever the person's environment says: a program that is compiled
    anew at each start would be a measurement of the compiler.
    """
    names = [name for name in own if not name.startswith(("NOVELAI_", "PYTHON"))]
    return {
        **{name: own[name] for name in names},
        "NOVELAI_API_KEY": "pst-" + "0" * 64,
        "PYTHONPYCACHEPREFIX": str(cache),
    }


class Worker:
    """
    One of `bench.workers` in a process of its own, which ends with the `with` block.

    Args:
        module: its name.
        job: what it is to do.
        env: its environment.
        python: the interpreter, and so the environment of packages, that runs it.
    """

    def __init__(
        self,
        module: str,
        job: Mapping[str, Any],
        *,
        env: Mapping[str, str],
        python: Path | None = None,
    ) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [python or sys.executable, "-m", f"bench.workers.{module}", json.dumps(job)],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A worker ends when nobody can ask it any more.
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def answer(self) -> dict[str, Any]:
        """Return what the worker says next; raise if it ended without a word."""
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"bench.workers.{self._module} failed; its words are above")
        return json.loads(line)

    def tell(self, command: str) -> None:
        """Give the worker a command; `answer` returns what it says to that."""
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def ask(self, command: str) -> dict[str, Any]:
        """Return what the worker says to a command."""
        self.tell(command)
        return self.answer()
