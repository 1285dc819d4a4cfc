"""Telling how series go on: of each at most once a second, and at once when its state changes.

Their jobs are told of as they are; what follows from them for the series is told less often.
"""

from collections.abc import Callable

import anyio

from novelai.server.events.bus import Bus, Event

__all__ = ["keep_announcing"]

EVERY = 1.0
"""Seconds between two events of a series."""


async def keep_announcing(
    bus: Bus, monotonic: Callable[[], float], *, every: float = EVERY
) -> None:
    """Tell the listeners of this process, until cancelled.

    Args:
        bus: tells what happens to jobs, and carries what is told.
        monotonic: seconds of a clock that only goes forward.
        every: seconds between two events of a series.
    """
    told: dict[str, float] = {}
    changed: dict[str, Event] = {}
    subscription = bus.subscribe()
    while True:
        now = monotonic()
        told = {name: at for name, at in told.items() if now - at < every}
        for name, event in [*changed.items()]:
            if name not in told or event.name == "series.changed":
                told[name] = now
                del changed[name]
                data = {"series": name, "key": event.data.get("key")}
                bus.publish(event.owner_id, "series", data)
        pause = min((told[name] + every - now for name in changed), default=None)
        with anyio.move_on_after(pause):
            found = await subscription.of_series()
            if not found:  # a new epoch: who listens reads everything anew
                subscription = bus.subscribe()
            for event in found:
                name = event.data["series"]
                kept = changed.get(name)
                changed[name] = kept if kept and kept.name == "series.changed" else event
