"""For how long something has stood unchanged, on this process's own clock.

Machines' clocks jump, and a database's does too. Whoever takes a lease away has seen for the whole
length of the lease that nobody renewed it.
"""

from collections.abc import Hashable, Mapping

__all__ = ["ChangeTracker"]


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
