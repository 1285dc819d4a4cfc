"""Put faults in, one at a time, and run the tests of their module.

A process that has loaded pytest and the libraries, and nothing of what may be changed, is forked
for each fault: the child loads the package with the fault in it, runs the tests until one fails,
and tells over a pipe which one that was. Nothing is written into the checkout.
"""

import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

from mutants.faults import Fault, find_faults
from mutants.targets import ROOT, SOURCE

__all__ = ["Result", "Survey", "Task", "load_faults", "run_all", "survey", "warm_up"]

LIBRARIES = (
    "alembic.command aiosqlite anyio.from_thread asyncpg cryptography.fernet fastapi hypothesis "
    "hypothesis.stateful httpx2 msgpack obstore opentelemetry.trace PIL.Image PIL.PngImagePlugin "
    "prometheus_client psutil pydantic pydantic_settings pytest rich sqlalchemy.ext.asyncio "
    "starlette.testclient trio typer uvicorn uvloop websockets xdist pytest_timeout"
).split()

QUIET_RUN = (
    "-q",
    "-x",
    "--assert=plain",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
)


@dataclass(frozen=True)
class Task:
    """One fault and the tests that have to notice it.

    Attributes:
        fault: what is put in.
        tests: files, folders or single tests, the quickest first.
        seconds: after so long the fault counts as noticed: something waits for ever.
    """

    fault: Fault
    tests: Sequence[str]
    seconds: float


@dataclass(frozen=True)
class Result:
    """How a run ended: `noticed_by` names the test that failed; empty when none did."""

    fault: Fault
    noticed_by: str


@dataclass(frozen=True)
class Survey:
    """What the tests of a module do while nothing is wrong.

    Attributes:
        failed: a test that fails; empty when all pass.
        percent: lines and branches of the module that ran, in percent.
        missing: lines, and branches as `12->15`, that did not.
        tests: the tests that ran a line, by its number.
        durations: seconds of each test.
    """

    failed: str
    percent: float
    missing: Sequence[str]
    tests: Mapping[int, Sequence[str]]
    durations: Mapping[str, float]

    def tests_of(self, line: int) -> list[str]:
        """Return the tests that a fault in a line has to meet, the quickest first.

        What runs when the module is loaded concerns all of them.
        """
        return sorted(self.tests.get(line) or self.durations, key=lambda name: self.durations[name])


@dataclass(eq=False)
class Watcher:
    """A pytest plugin that remembers the first failure and how long each test took."""

    on_test: Callable[[str], None] = field(default=lambda _: None)
    failed: str = ""
    durations: dict[str, float] = field(default_factory=dict)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell that a test begins."""
        self.on_test(nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remember what a test took, and whether it failed."""
        self.durations[report.nodeid] = self.durations.get(report.nodeid, 0.0) + report.duration
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        """Remember the name of a file that could not be loaded."""
        if report.failed and not self.failed:
            self.failed = report.nodeid or "collection"


class FaultyLoader(importlib.machinery.SourceFileLoader):
    """Loads one module from the syntax tree that holds the fault."""

    def __init__(self, name: str, path: str, tree: ast.Module) -> None:
        super().__init__(name, path)
        self._tree = tree

    def get_code(self, fullname: str) -> CodeType:
        """Compile the tree; neither the file nor its cache is looked at."""
        del fullname
        return compile(ast.fix_missing_locations(self._tree), self.path, "exec")


class FaultyFinder(importlib.abc.MetaPathFinder):
    """Finds that module before anything else does."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self._name, self._path, self._tree = name, str(path), tree

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the module's specification with the loader above."""
        del path, target
        if fullname != self._name:
            return None
        loader = FaultyLoader(fullname, self._path, self._tree)
        return importlib.util.spec_from_loader(fullname, loader, origin=self._path)


CLIENT = (
    "novelai.emulator novelai.async_client novelai.client novelai.types novelai.metadata".split()
)
"""What the server stands on: loaded before faults are put into the server, which it never asks."""


def warm_up(modules: Sequence[str]) -> None:
    """Load what every child needs and none of these modules is part of."""
    of_server = all(module.startswith("server/") for module in modules)
    for name in [*LIBRARIES, *(CLIENT if of_server else ())]:
        with suppress(ImportError):
            importlib.import_module(name)


def load_faults(module: str) -> tuple[ast.Module, list[Fault]]:
    """Return the syntax tree of a module and the faults that can be put into it."""
    tree = ast.parse((SOURCE / module).read_text("utf-8"))
    return tree, find_faults(tree, module)


def run_all(
    tasks: Iterable[Task], trees: Mapping[str, ast.Module], *, workers: int
) -> Iterator[Result]:
    """Run tasks side by side, each in a process of its own; yield results as they come."""
    waiting = iter(tasks)
    running: dict[int, tuple[Task, int, float]] = {}
    while True:
        while len(running) < workers and (task := next(waiting, None)) is not None:
            reader, pid = fork(partial(try_fault, task, trees[task.fault.module]))
            running[reader] = (task, pid, time.monotonic() + task.seconds)
        if not running:
            return
        ready, _, _ = select.select(list(running), [], [], 0.5)
        for reader, (task, pid, deadline) in list(running.items()):
            late = time.monotonic() > deadline
            if reader in ready or late:
                if late:
                    os.killpg(pid, signal.SIGKILL)
                del running[reader]
                said = collect(reader, pid)
                noticed = "" if said == NOTHING else said or ("a time limit" if late else "a crash")
                yield Result(task.fault, noticed)


NOTHING = "-"


def try_fault(task: Task, tree: ast.Module) -> str:
    """Put the fault in and run the tests; return the name of the first that failed."""
    fault = task.fault
    fault.put_in()
    name = "novelai." + fault.module.removesuffix(".py").replace("/", ".")
    sys.meta_path.insert(0, FaultyFinder(name, SOURCE / fault.module, tree))
    watcher = Watcher()
    return run_pytest(task.tests, watcher) or NOTHING


def survey(module: str, tests: Sequence[str]) -> Survey:
    """Run the tests of a module as it is, in a process of its own, and see what they reach."""
    said = collect(*fork(partial(measure, SOURCE / module, tests)))
    found = json.loads(said)
    lines = {int(line): names for line, names in found.pop("tests").items()}
    return Survey(tests=lines, **found)


def measure(path: Path, tests: Sequence[str]) -> str:
    """Run the tests with their coverage counted; return a survey as JSON."""
    import coverage

    counted = coverage.Coverage(
        data_file=None,
        config_file=False,
        branch=True,
        include=[str(path)],
        concurrency=["greenlet", "thread"],
    )
    watcher = Watcher(on_test=counted.switch_context)
    counted.start()
    failed = run_pytest(tests, watcher)
    counted.stop()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        counted.json_report(outfile=file.name)
        (report,) = json.loads(Path(file.name).read_text("utf-8"))["files"].values()
    lines = {
        line: [name for name in names if name in watcher.durations]
        for line, names in counted.get_data().contexts_by_lineno(str(path)).items()
    }
    branches = [f"{start}->{end}" for start, end in report["missing_branches"]]
    return json.dumps(
        {
            "failed": failed,
            "percent": report["summary"]["percent_covered"],
            "missing": [*map(str, report["missing_lines"]), *branches],
            "tests": lines,
            "durations": watcher.durations,
        }
    )


def run_pytest(tests: Sequence[str], watcher: Watcher) -> str:
    """Run tests in this process until one fails; return its name."""
    import pytest

    os.chdir(ROOT)
    # Of its own: children that share pytest's numbered folders trip over each other's clearing.
    with tempfile.TemporaryDirectory() as folder:
        where = f"--basetemp={folder}/tests"
        code = pytest.main([*QUIET_RUN, where, *tests], plugins=[watcher])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return watcher.failed or f"pytest ended with {code!r}"
    return watcher.failed


def fork(work: Callable[[], str]) -> tuple[int, int]:
    """Do some work in a child; return a pipe that brings its answer, and its process id."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return reader, pid
    os.setpgid(0, 0)
    screen = os.dup(2)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    try:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(work().encode())
    except BaseException:  # noqa: BLE001 - the child must not run on as a second parent
        os.write(screen, traceback.format_exc().encode())
    finally:
        os._exit(0)


def collect(reader: int, pid: int) -> str:
    """Wait for a child's end; return its answer."""
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(pid, 0)
    return answer
