"""When to try again. Decides; never waits."""

from dataclasses import dataclass, fields
from math import inf

from novelai._responses import is_locked, retry_after
from novelai._wire import Outcome, Reply, Request, WaitReason
from novelai.errors import ConfigurationError

__all__ = ["RetryPolicy", "wait_reason"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long and how often a call is tried again.

    A generation, and whatever is paid, is repeated only when it surely did not run: on 429, or
    when the connection never opened. Other calls are also repeated on 5xx and on a broken
    connection. Nothing is repeated after the first byte of a stream.

    Args:
        max_attempts: attempts in all, for every reason but a lock held by another generation.
        max_wait: seconds in all to wait: for a lock (another program generating on the same
            account), and as ``Retry-After`` asks. When it would take longer, the error is raised
            at once, with ``retry_after`` if that was told.
        base_delay: seconds before the first repetition; it doubles with each, up to `max_delay`.
        max_delay: the longest single pause in seconds that is chosen here; ``Retry-After`` may ask
            for a longer one.
        jitter: a pause is shortened at random by up to this share, so that programs that collided
            do not collide again.

    Raises:
        ConfigurationError: a number that cannot work.
    """

    max_attempts: int = 3
    max_wait: float = 120.0
    base_delay: float = 1.0
    max_delay: float = 5.0
    jitter: float = 0.5

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ConfigurationError(
                    f"{field.name} must be a number, got a {type(value).__name__}."
                )
        if self.max_attempts < 1:
            raise ConfigurationError(f"max_attempts must be at least 1, got {self.max_attempts}.")
        if not 0 <= self.max_wait < inf:
            raise ConfigurationError(f"max_wait must be 0 or more seconds, got {self.max_wait:g}.")
        # Without a pause, a lock would be asked about for ever: attempts do not bound that.
        for name in ("base_delay", "max_delay"):
            seconds = getattr(self, name)
            if not 0 < seconds < inf:
                raise ConfigurationError(f"{name} must be more than 0 seconds, got {seconds:g}.")
        if not 0 <= self.jitter <= 1:
            raise ConfigurationError(f"jitter must be 0 to 1, got {self.jitter:g}.")

    def delay(
        self, attempt: int, request: Request, outcome: Outcome, *, waited: float, chance: float
    ) -> float | None:
        """Seconds to pause before the next attempt, or ``None`` to stop trying.

        Args:
            attempt: how many attempts were made, from 1.
            request: what was sent.
            outcome: what came of the last attempt.
            waited: seconds paused so far.
            chance: a random number from 0 to 1.
        """
        locked = isinstance(outcome, Reply) and is_locked(outcome)
        if not self._may_repeat(request, outcome):
            return None
        if not locked and attempt >= self.max_attempts:
            return None
        pause = min(self.base_delay * 2.0 ** min(attempt - 1, 16), self.max_delay)
        pause *= 1.0 - self.jitter * chance
        asked = retry_after(outcome) if isinstance(outcome, Reply) else None
        if asked is not None:
            pause = max(asked, pause)
        if waited + pause > self.max_wait:
            return None
        return pause

    def _may_repeat(self, request: Request, outcome: Outcome) -> bool:
        if isinstance(outcome, Reply):
            if outcome.status == 429:
                return True
            return outcome.status >= 500 and not (request.paid or request.generation)
        return not outcome.sent or not (request.paid or request.generation)


def wait_reason(outcome: Outcome) -> WaitReason:
    """Return why a call is tried again, when it is."""
    if not isinstance(outcome, Reply):
        return "unreachable"
    if outcome.status == 429:
        return "locked" if is_locked(outcome) else "rate_limited"
    return "server_error"
