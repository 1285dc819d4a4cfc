"""In which order waiting jobs run: a pure simulation of the claim.

Highest priority first; within it the key whose clock is furthest behind; of its jobs the lowest
rank. A clock goes on by what a job costs, so keys take turns however many jobs each has.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Waiting", "in_turn", "stride"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A queued job, as far as the order goes.

    Attributes:
        attempts: how often it was started; its key has paid for its turn with the first.
        vtime: its key's clock.
        weight: its key's share.
    """

    id: str
    key_id: str
    priority: int
    rank: float
    seq: int
    attempts: int
    cost_max: int
    vtime: float
    weight: float


def stride(cost_max: int, weight: float) -> float:
    """By how much a job puts its key's clock forward."""
    return (1 + cost_max) / weight


def in_turn(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Jobs in the order they will run if nothing else comes."""
    classes: defaultdict[int, defaultdict[str, list[Waiting]]]
    classes = defaultdict(lambda: defaultdict(list))
    for one in waiting:
        classes[one.priority][one.key_id].append(one)
    clocks: dict[str, float] = {}
    ordered: list[Waiting] = []
    for priority in sorted(classes, reverse=True):
        lines = {
            key: deque(sorted(line, key=lambda one: (one.rank, one.seq)))
            for key, line in classes[priority].items()
        }
        heap = [_turn(line[0], clocks) for line in lines.values()]
        heapq.heapify(heap)
        while heap:
            key = heapq.heappop(heap)[-1]
            served = lines[key].popleft()
            ordered.append(served)
            clock = clocks.get(key, served.vtime)
            step = stride(served.cost_max, served.weight) if served.attempts == 0 else 0.0
            clocks[key] = clock + step
            if lines[key]:
                heapq.heappush(heap, _turn(lines[key][0], clocks))
    return ordered


def _turn(first: Waiting, clocks: dict[str, float]) -> tuple[float, float, int, str]:
    return clocks.get(first.key_id, first.vtime), first.rank, first.seq, first.key_id
