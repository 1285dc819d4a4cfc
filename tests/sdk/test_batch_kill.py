"""A batch that is killed goes on, and nothing is paid for twice."""

import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest
from tests.sdk.batches import GENERATE, generations, times_paid

from novelai.emulator import Emulator, Fault

PROGRAM = Path(__file__).with_name("batch_program.py")
PATIENCE = 60.0

BEFORE = Fault(at="before", stall=threading.Event(), path=GENERATE)
"""It arrived, and is not run: the one who asked goes away first."""

AFTER = Fault(at="after", stall=threading.Event(), path=GENERATE)
"""It ran and was charged, and its answer is still to come."""

MOMENTS = [BEFORE, AFTER, None]
"""With ``None`` the program is killed wherever it is when so many are made."""


@dataclass
class Victim:
    """A run of the program."""

    emulator: Emulator
    url: str
    journal: Path
    count: int

    def start(self):
        command = [
            sys.executable,
            str(PROGRAM),
            self.emulator.token,
            self.url,
            str(self.journal),
            str(self.count),
        ]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def kill_after(self, made, moment):
        """Let it come so far, and kill it at a moment seen from the service's side."""
        process = self.start()
        try:
            self.wait(lambda: self.made() >= made, process)
            if moment is not None:
                seen = len(generations(self.emulator))
                self.emulator.script(moment)
                ran = moment is AFTER
                self.wait(lambda: self.stands(seen, ran=ran), process)
        finally:
            process.kill()
            process.communicate()

    def finish(self):
        """Run it to its end; return what it says of each call."""
        process = self.start()
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        return [line.split() for line in said.splitlines()]

    def made(self):
        return sum(request.completed for request in generations(self.emulator))

    def stands(self, seen, *, ran):
        """Tell whether the last request has come, and was run if it is to be."""
        asked = generations(self.emulator)
        if len(asked) <= seen:
            return False
        return asked[-1].completed if ran else self.waits(asked[-1])

    def waits(self, request):
        return request.finished_at is None and not request.completed

    def wait(self, condition, process):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.002)


@pytest.fixture
def victim(tmp_path):
    def make(count, tier):
        emulator.account().tier = tier
        return Victim(emulator, url, tmp_path / "run.jsonl", count)

    emulator = Emulator(fast=True, records=5_000)
    with emulator.serve() as url:
        yield make


def kill_and_finish(victim, kills):
    """Kill it so often, at different moments, then let it finish."""
    for number, moment in zip(range(kills), cycle(MOMENTS)):
        victim.kill_after((number + 1) * victim.count // (kills + 2), moment)
    return victim.finish()


def check_paid(victim, said):
    """Compare what it says with what the service saw, and with what is there."""
    paid = times_paid(victim.emulator)
    assert len(said) == victim.count
    assert max(paid.values()) == 1, "none was paid for twice"
    there = {path.name for path in victim.journal.parent.glob("[0-9]*.png")}
    for index, status, name, _cost in said:
        assert f"number {index}" in paid
        assert status in {"kept", "done", "lost"}
        assert (name in there) == (status != "lost")
    assert len(there) == sum(status != "lost" for _, status, _, _ in said)
    return Counter(status for _, status, _, _ in said)


def check_complete(victim, said):
    """Nothing costs anything, so all are there, and none is missing."""
    assert len(said) == victim.count
    assert {status for _, status, _, _ in said} == {"kept", "done"}
    assert len(list(victim.journal.parent.glob("[0-9]*.png"))) == victim.count
    assert victim.emulator.account().anlas == 10_000


def test_a_batch_that_costs_survives_kills(victim):
    """What was charged and lost is told; all others are there, each paid for once."""
    paying = victim(12, tier=1)
    said = kill_and_finish(paying, 3)
    counts = check_paid(paying, said)
    assert counts["lost"] <= 2, "the first kill came before anything was run"
    assert paying.emulator.account().anlas == 10_000 - 2 * 12


def test_a_free_batch_ends_complete(victim):
    """On Opus all are there in the end, and nothing was spent."""
    free = victim(12, tier=3)
    check_complete(free, kill_and_finish(free, 2))


@pytest.mark.chaos
@pytest.mark.parametrize("tier", [1, 3])
def test_two_hundred_survive_ten_kills(victim, tier):
    """The same with two hundred and ten."""
    many = victim(200, tier=tier)
    said = kill_and_finish(many, 10)
    if tier == 3:
        check_complete(many, said)
    else:
        assert check_paid(many, said)["lost"] <= 6
