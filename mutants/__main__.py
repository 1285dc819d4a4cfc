"""
Put small faults into the code, one at a time, and see whether the tests notice.

    python3 dev.py mutants                   every fault of every module of mutants/targets.py
    python3 dev.py mutants claims ledger     the modules whose names hold one of these words
    python3 dev.py mutants --coverage        only tell which lines and branches the tests reach
    python3 dev.py mutants --quick           a fixed sample, in less than two minutes

Each fault that no test noticed is printed with its line. Faults that cost nobody anything stand
with their reason in mutants/harmless.toml and are not counted.
"""

import argparse
import os
import random
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.postgres import SHARED, serve_postgres

from mutants.faults import Fault
from mutants.run import Survey, Task, load_faults, run_all, survey, warm_up
from mutants.targets import TARGETS

HARMLESS = Path(__file__).parent / "harmless.toml"
NOTICED_AT_LEAST = 0.9
SAMPLE = 12
SAMPLE_AT_LEAST = 0.75
"""Of a sample: one that happens to hold what is hard to notice need not stop anybody."""

ON_SQLITE = ("-k", "not postgres")
"""What tests a sample meets: a lock that only Postgres has may go unnoticed there."""

SLACK = 20.0
PATIENCE = 300.0
"""Seconds; what takes longer waits for ever."""


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; return 1 if the tests notice less than nine of ten faults."""
    options = read_arguments(arguments)
    targets = {
        module: tests
        for module, tests in TARGETS.items()
        if not options.words or any(word in module for word in options.words)
    }
    harmless = read_harmless()
    if options.quick:
        return run_sample(targets, harmless, seed=options.seed, workers=options.workers)
    with serve_postgres() as server:
        os.environ[SHARED] = str(server.pgdata)  # starting one takes longer than most faults
        results: list[bool] = []
        # The client's first: nothing of it may be loaded before.
        for module in sorted(targets, key=lambda module: module.startswith("server/")):
            warm_up([module])
            results.append(run_module(module, targets[module], harmless, options))
    return 0 if all(results) else 1


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="dev.py mutants", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("words", nargs="*", help="parts of modules' names; by default all")
    parser.add_argument("--coverage", action="store_true", help="put no faults in")
    parser.add_argument("--quick", action="store_true", help="a fixed sample")
    parser.add_argument("--seed", type=int, default=1, help="another sample")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="side by side")
    return parser.parse_args(arguments)


def read_harmless() -> Mapping[str, str]:
    """Return the faults that need not be noticed, each with its reason."""
    return tomllib.loads(HARMLESS.read_text("utf-8"))["harmless"]


def run_module(
    module: str, tests: Sequence[str], harmless: Mapping[str, str], options: argparse.Namespace
) -> bool:
    """Put all faults of a module in; tell whether the tests notice enough of them."""
    reached = survey(module, tests)
    seconds = sum(reached.durations.values())
    say(f"{module}: {reached.percent:.1f} % of lines and branches in {seconds:.0f} s of tests")
    if reached.failed:
        say(f"  {reached.failed} fails without any fault")
        return False
    if reached.missing:
        say(f"  not reached: {', '.join(reached.missing)}")
    if options.coverage:
        return True
    tree, faults = load_faults(module)
    counted = [fault for fault in faults if fault.name not in harmless]
    survivors = [
        result.fault
        for result in run_all(tasks_for(counted, reached), {module: tree}, workers=options.workers)
        if not result.noticed_by
    ]
    share = report(module, len(counted), survivors, spared=len(faults) - len(counted))
    return share >= NOTICED_AT_LEAST


def tasks_for(faults: Sequence[Fault], reached: Survey) -> Iterator[Task]:
    """Give each fault the tests that run its line."""
    for fault in faults:
        tests = reached.tests_of(fault.line)
        yield Task(fault, tests, SLACK + 4 * sum(reached.durations[test] for test in tests))


def run_sample(
    targets: Mapping[str, Sequence[str]], harmless: Mapping[str, str], *, seed: int, workers: int
) -> int:
    """Put a sample of all faults in."""
    warm_up(list(targets))
    loaded = {module: load_faults(module) for module in targets}
    counted = [
        fault for _, faults in loaded.values() for fault in faults if fault.name not in harmless
    ]
    sample = random.Random(seed).sample(counted, min(SAMPLE, len(counted)))
    trees = {module: tree for module, (tree, _) in loaded.items()}
    tasks = (Task(fault, (*ON_SQLITE, *targets[fault.module]), PATIENCE) for fault in sample)
    survivors = [r.fault for r in run_all(tasks, trees, workers=workers) if not r.noticed_by]
    share = report(f"sample {seed}", len(sample), survivors, spared=0)
    return 0 if share >= SAMPLE_AT_LEAST else 1


def report(what: str, count: int, survivors: Sequence[Fault], *, spared: int) -> float:
    """Print what was not noticed; return the share that was."""
    share = 1.0 - len(survivors) / count if count else 1.0
    note = f"; {spared} harmless ones left out" if spared else ""
    say(f"{what}: {count - len(survivors)} of {count} faults noticed, {share:.0%}{note}")
    for fault in survivors:
        say(f"  not noticed: {fault}")
    return share


def say(line: str) -> None:
    """Print at once: a run takes long."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
