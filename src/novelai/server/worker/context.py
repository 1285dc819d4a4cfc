"""What a worker works with."""

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from random import Random, SystemRandom

from novelai.server.accounts.service import AccountService
from novelai.server.events.bus import Bus
from novelai.server.jobs.previews import Previews
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database

__all__ = ["ChangeTracker", "Timing", "WorkerContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds.

    Attributes:
        lease: how long an account is held without a beat.
        beat: between two beats.
        pacing: between two generations of one account.
        call: the longest a call may take.
        settle: how long NovelAI may take to finish and charge a call whose answer was lost.
        told: after how long the balance is looked at for a charge, when the call itself has been
            seen to end. Not more than `settle`.
        stale: after how long the balance is asked for before a call that should cost nothing.
        encoding: how long a job keeps its account while another one encodes the vibe it needs.
        give_up: how long the balance is asked for before an uncertain job is left to its owner.
        poll: how often is looked for work without being told.
        sweep: how often is looked for expired leases and doubtful accounts.
    """

    lease: float = 20.0
    beat: float = 5.0
    pacing: float = 0.0
    call: float = 300.0
    settle: float = 60.0
    told: float = 5.0
    stale: float = 600.0
    encoding: float = 15.0
    give_up: float = 600.0
    poll: float = 2.0
    sweep: float = 2.0

    @property
    def first_look(self) -> float:
        """Return after how long the balance is looked at first where a call was seen to end."""
        return min(self.told, self.settle)


class ChangeTracker:
    """Remembers when each record was first seen as it is."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[Hashable, float]] = {}

    def seconds_unchanged(self, records: Mapping[str, Hashable], now: float) -> Mapping[str, float]:
        """Seconds for which each record has been what it is; others are forgotten.

        Args:
            records: all there are now, by name.
            now: seconds of a clock that only goes forward.
        """
        known = self._since
        self._since = {
            name: known[name] if name in known and known[name][0] == record else (record, now)
            for name, record in records.items()
        }
        return {name: now - since for name, (_, since) in self._since.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """Everything a worker needs.

    Attributes:
        mine: the attempts that this process makes; see `Job.run`.
        broken: the job at which NovelAI broke last, by account; forgotten when one succeeds.
        running: watches the leases of running jobs.
        doubtful: watches the accounts of uncertain jobs.
        looked: attempts whose balance this process looked at once, before it was time to decide.
        monotonic: seconds of a clock that only goes forward, for this process's own waits.
        rng: jitter.
    """

    database: Database
    blobs: Blobs
    clock: Clock
    bus: Bus
    accounts: AccountService
    previews: Previews
    timing: Timing = field(default_factory=Timing)
    mine: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    broken: dict[str, str] = field(default_factory=dict[str, str])
    running: ChangeTracker = field(default_factory=ChangeTracker)
    doubtful: ChangeTracker = field(default_factory=ChangeTracker)
    looked: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    monotonic: Callable[[], float] = time.monotonic
    rng: Random = field(default_factory=SystemRandom)
