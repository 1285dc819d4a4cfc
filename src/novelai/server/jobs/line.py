"""The order in which an owner's queued jobs will run if nothing else comes, and places in it.

Each key's jobs have an order of their own, and a key's turn comes when its clock is furthest
behind. A job puts the clock forward, so that the sums of what stands before each job tell when its
turn comes: its place is found by looking for that moment in the line of each key, however many wait
there.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge

from novelai.server.model.job import stride

__all__ = ["Clocks", "Line", "Waiting"]

Clocks = Mapping[str, tuple[float, float]]
"""Clock and weight of keys, by their ids."""

Turn = tuple[int, float, int, float, int, str]
"""What comes before what: priority turned round, clock, lane, rank, order of submission, key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A queued job, as far as the order goes.

    Attributes:
        lane: of the jobs of a key the lower goes first.
        attempts: how often it was started; its key has paid for its turn with the first.
    """

    id: str
    key_id: str
    priority: int
    lane: int
    rank: float
    seq: int
    attempts: int
    cost_max: int

    @property
    def step(self) -> int:
        """By how much it puts the clock of a key of weight 1 forward."""
        return stride(self.cost_max) if self.attempts == 0 else 0

    @property
    def place(self) -> tuple[int, int, float, int]:
        """What comes before what among the jobs of its key."""
        return -self.priority, self.lane, self.rank, self.seq


class _OfKey:
    """The line of one key."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self.jobs: list[Waiting] = []
        self._before: list[int] = []  # of each, the sum of all steps in front

    def add(self, one: Waiting) -> None:
        at = self.find(one)
        if at < len(self.jobs):
            before = self._before[at]
        else:
            before = self._before[-1] + self.jobs[-1].step if self.jobs else 0
        self.jobs.insert(at, one)
        self._before.insert(at, before)
        self._shift(at + 1, one.step)

    def remove(self, one: Waiting) -> None:
        at = self.find(one)
        del self.jobs[at], self._before[at]
        if at:  # the sums count from the first one on
            self._shift(at, -one.step)

    def find(self, one: Waiting) -> int:
        return bisect_left(self.jobs, one.place, key=lambda job: job.place)

    def turn(self, at: int, clocks: Clocks) -> Turn:
        clock, weight = clocks.get(self.key_id, (0.0, 1.0))
        job = self.jobs[at]
        passed = (self._before[at] - self._before[0]) / weight
        return -job.priority, clock + passed, job.lane, job.rank, job.seq, self.key_id

    def turns(self, clocks: Clocks) -> Iterator[tuple[Turn, str]]:
        return ((self.turn(at, clocks), job.id) for at, job in enumerate(self.jobs))

    def count_before(self, turn: Turn, clocks: Clocks) -> int:
        return bisect_left(range(len(self.jobs)), turn, key=lambda at: self.turn(at, clocks))

    def _shift(self, at: int, by: int) -> None:
        self._before[at:] = [before + by for before in self._before[at:]]


class Line:
    """All that waits of one owner.

    Args:
        waiting: what waits now.
    """

    def __init__(self, waiting: Iterable[Waiting] = ()) -> None:
        self._jobs: dict[str, Waiting] = {}
        self._keys: dict[str, _OfKey] = {}
        for one in sorted(waiting, key=lambda one: one.place):
            self.add(one)

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, one: Waiting) -> None:
        """Let a job wait; as it is now, if it waits already."""
        self.remove(one.id)
        self._jobs[one.id] = one
        if one.key_id not in self._keys:
            self._keys[one.key_id] = _OfKey(one.key_id)
        self._keys[one.key_id].add(one)

    def remove(self, job_id: str) -> None:
        """Let a job wait no longer, if it does."""
        one = self._jobs.pop(job_id, None)
        if one is None:
            return
        line = self._keys[one.key_id]
        line.remove(one)
        if not line.jobs:
            del self._keys[one.key_id]

    def place(self, job_id: str, clocks: Clocks) -> int | None:
        """Return how many jobs come before one; ``None``: it does not wait."""
        one = self._jobs.get(job_id)
        if one is None:
            return None
        own = self._keys[one.key_id]
        turn = own.turn(own.find(one), clocks)
        return sum(line.count_before(turn, clocks) for line in self._keys.values())

    def order(
        self, clocks: Clocks, key_id: str | None = None, *, lane: int | None = None
    ) -> Iterator[str]:
        """Yield the ids of jobs in the order in which they will run.

        Args:
            clocks: of all keys that have jobs here.
            key_id: only the jobs of this key.
            lane: only the jobs of this lane.
        """
        turns = merge(*(line.turns(clocks) for line in self._lines(key_id)))
        return (job_id for _, job_id in turns if lane is None or self._jobs[job_id].lane == lane)

    def count(self, key_id: str | None = None, *, lane: int | None = None) -> int:
        """Return how many jobs wait, of all keys or of one, in all lanes or in one."""
        return sum(
            sum(lane is None or job.lane == lane for job in line.jobs)
            for line in self._lines(key_id)
        )

    def _lines(self, key_id: str | None) -> list[_OfKey]:
        return [line for line in self._keys.values() if key_id in (None, line.key_id)]
