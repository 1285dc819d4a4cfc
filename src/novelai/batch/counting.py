"""How far a batch is."""

from collections.abc import Callable

from novelai.batch.items import BatchItem, BatchProgress

__all__ = ["Count"]


class Count:
    """How far a batch is.

    Args:
        total: its calls.
        stopwatch: seconds.
    """

    def __init__(self, total: int, stopwatch: Callable[[], float]) -> None:
        self._total = total
        self._stopwatch = stopwatch
        self._begun = stopwatch()
        self._sent = 0
        self._done = 0
        self._failed = 0
        self._cost = 0

    @property
    def ended(self) -> int:
        """Calls that were done, well or not."""
        return self._done + self._failed

    def add(self, item: BatchItem) -> BatchProgress:
        """Count a call; return how far the batch is."""
        if item.status in ("failed", "lost"):
            self._failed += 1
        else:
            self._done += 1
        if item.status in ("done", "failed"):
            self._sent += 1
            self._cost += item.cost or 0
        left = None
        if self._sent:
            each = (self._stopwatch() - self._begun) / self._sent
            left = each * (self._total - self.ended)
        return BatchProgress(
            done=self._done,
            total=self._total,
            cost=self._cost,
            failed=self._failed,
            seconds_left=left,
        )
