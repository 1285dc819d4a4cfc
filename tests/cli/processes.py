"""Programs started by tests: what they print, waited for line by line, and a sure end."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds until a program that does not do what is waited for counts as failed."""


class Program:
    """A running program and everything it has printed, on both channels."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[str] = []
        self._arrived = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            with self._arrived:
                self._lines.append(line)
                self._arrived.notify_all()
        with self._arrived:
            self._ended = True
            self._arrived.notify_all()

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return "".join(self._lines)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until what it printed holds `pattern`."""
        deadline = time.monotonic() + PATIENCE
        with self._arrived:
            while True:
                if found := re.search(pattern, self.output):
                    return found
                left = deadline - time.monotonic()
                if self._ended or left < 0:
                    raise AssertionError(f"{pattern!r} was not printed:\n{self.output}")
                self._arrived.wait(left)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal, wait for the end; gives the exit code and the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        took = time.monotonic() - started
        self._reader.join(PATIENCE)
        return code, took


@contextmanager
def running(*command: str, cwd: Path = ROOT, **environment: str) -> Iterator[Program]:
    """Run a program for the length of a `with` block; `environment` is added to the own one.

    A server among them keeps its data in a folder that goes with it.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data:
        own = {"PYTHONUNBUFFERED": "1", "NOVELAI_SERVER_DATA": data, **environment}
        yield from _run(command, cwd, {**os.environ, **own})


def _run(command: Sequence[str], cwd: Path, environment: dict[str, str]) -> Iterator[Program]:
    process = subprocess.Popen(
        [*command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    program = Program(process)
    try:
        yield program
    finally:
        process.kill()
        process.wait()
        program._reader.join(PATIENCE)
        process.stdout.close()


# A shell that runs the tests in the background has its children ignore Ctrl-C.
COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from novelai.cli import main
main()
"""


@contextmanager
def web_app(script: str, **environment: str) -> Iterator[str]:
    """Run one of the examples that are web apps; gives its address."""
    path = str(ROOT / "examples" / script)
    with running(sys.executable, path, PORT="0", **environment) as program:
        yield program.wait_for(r"running on (http://127\.0\.0\.1:\d+)")[1]


def novelai(*arguments: str) -> tuple[str, ...]:
    """The command line of `novelai` with these arguments, in this interpreter."""
    return (sys.executable, "-c", COMMAND, *arguments)
