"""Everything the emulator remembers and everything that decides how it behaves."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from string import ascii_letters, digits

from novelai.emulator.accounts import Accounts, EmulatedAccount
from novelai.emulator.cache import ImageCache
from novelai.emulator.faults import Script
from novelai.emulator.job import Job, Work
from novelai.emulator.recorder import MAX_RECORDS, Recorder


@dataclass(kw_only=True)
class World:
    """The state behind one emulator.

    Attributes:
        fast: Draw the coarse, cheap pictures.
        step_seconds: Pause per sampling step.
        seed: Decides the default token and every seed a request leaves open.
        clock: Unix seconds.
        tokens: The only tokens accepted, or None.
        old_host: Account calls are answered as the host they moved away from answers them.
        repaired_chat: Chat that is asked for at once holds its text.
        records: How many requests are remembered.
        strict: Remark what the web client would not send.
    """

    fast: bool
    step_seconds: float
    seed: int
    clock: Callable[[], float]
    tokens: tuple[str, ...] | None
    old_host: bool = False
    repaired_chat: bool = False
    records: int = MAX_RECORDS
    strict: bool = False
    cache: ImageCache = field(default_factory=ImageCache)
    script: Script = field(default_factory=Script)
    recorder: Recorder = field(init=False)
    jobs: set[Job] = field(default_factory=set[Job])
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.records)
        self.begin()

    def begin(self) -> None:
        """Start from nothing, as at the first moment."""
        for job in list(self.jobs):
            job.stop()
        self.rng: random.Random = random.Random(self.seed)
        self.token: str = self.new_token()
        self.accounts: Accounts = Accounts(self.clock, self.tokens)
        self.accounts.add(self.token)
        self.cache.clear()
        self.script.clear()
        self.recorder.clear()

    def new_token(self) -> str:
        """Return a persistent token: `pst-` and 64 letters and digits."""
        return "pst-" + "".join(self.rng.choices(ascii_letters + digits, k=64))

    def lock(self, account: EmulatedAccount) -> bool:
        """Take the account's one place for a generation; False when it is taken."""
        with self._guard:
            if account.generating:
                account.locked_out += 1
                return False
            account.generating = True
            return True

    def charge(self, account: EmulatedAccount, amount: int) -> None:
        """Take Anlas from an account that a generation may be charging at the same moment."""
        with self._guard:
            account.charge(amount)

    def start(self, account: EmulatedAccount, work: Work) -> Job:
        """Run `work` for an account whose place was taken; the place is freed when it ends."""
        job: Job

        def free() -> None:
            account.generating = False
            self.jobs.discard(job)

        # The thread may end before the assignment; the guard makes `free` wait for it.
        with self._guard:
            job = Job(work, lambda: self._freely(free))
            self.jobs.add(job)
        return job

    def _freely(self, free: Callable[[], None]) -> None:
        with self._guard:
            free()
