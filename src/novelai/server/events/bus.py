"""What happened, told to whoever listens: in this process, and through Postgres in all of them.

Each process keeps the newest events in a ring. An event's id is ``epoch-number``: the epoch is of
the process and its connection, so an id from another process, or from before a gap, is known as
such, and its listener is told to read everything afresh (`reset`).
"""

import json
import secrets
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import anyio
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.storage.engine import after_commit, notify

__all__ = ["Bus", "Event", "Subscription"]

RING = 1_000
GOES_ON = ("queued", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    Attributes:
        id: ``epoch-number``.
        owner_id: whom it concerns.
        name: what happened, for example ``job`` or ``preview``.
        data: small; never a prompt.
    """

    id: str
    owner_id: str
    name: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


Wants = Callable[[Event], bool]


class Bus:
    """Passes events on.

    Args:
        epoch: names this process and life; drawn by default.
    """

    def __init__(self, epoch: str | None = None) -> None:
        self.epoch = epoch or secrets.token_hex(4)
        self._ring: deque[Event] = deque(maxlen=RING)
        self._number = 0
        self._waiting: dict[anyio.Event, Wants] = {}
        self.watchers: list[Callable[[Any], None]] = []
        self.told: Counter[str] = Counter()

    def count_change(self, job: Any) -> None:
        """Tell those who count that a job came into its state, by this process."""
        for watcher in self.watchers:
            watcher(job)

    def count_change_after(self, connection: AsyncConnection, job: Any) -> None:
        """Tell the same when the connection's transaction is committed."""
        after_commit(connection, lambda: self.count_change(job))

    def announce(
        self, connection: AsyncConnection, owner_id: str, name: str, data: Mapping[str, Any]
    ) -> None:
        """Tell everybody when the connection's transaction is committed."""
        if connection.dialect.name == "postgresql":
            payload = json.dumps({"owner_id": owner_id, "name": name, "data": dict(data)})
            notify(connection, payload)
        else:
            after_commit(connection, lambda: self.publish(owner_id, name, data))

    def publish(self, owner_id: str, name: str, data: Mapping[str, Any]) -> None:
        """Tell the listeners in this process."""
        self._number += 1
        self.told[name] += 1
        event_id = f"{self.epoch}-{self._number}"
        event = Event(id=event_id, owner_id=owner_id, name=name, data=data)
        self._ring.append(event)
        for waiting, wants in self._waiting.items():
            if wants(event):
                waiting.set()

    def restart(self) -> None:
        """Begin a new epoch: events may have been missed."""
        self.epoch: str = secrets.token_hex(4)
        self._ring.clear()
        self._number = 0
        self.publish("", "reset", {})

    def newest_id(self) -> str:
        """Return the id of the last event."""
        return f"{self.epoch}-{self._number}"

    @property
    def newest_number(self) -> int:
        """Return the number of the last event."""
        return self._number

    def subscribe(self) -> "Subscription":
        """Subscribe to what happens from now on."""
        return Subscription(self, self._number, self.epoch)

    def since(self, number: int) -> list[Event]:
        """Return the kept events behind a number."""
        missed = min(self._number - number, len(self._ring))
        return list(islice(reversed(self._ring), missed))[::-1]

    async def until(self, wants: Wants) -> None:
        """Wait for the next event that somebody wants."""
        waiting = anyio.Event()
        self._waiting[waiting] = wants
        try:
            await waiting.wait()
        finally:
            del self._waiting[waiting]

    async def listen(
        self, owner_id: str, *, after: str | None = None, job_id: str | None = None
    ) -> AsyncGenerator[Event]:
        """Yield an owner's events, from now on or from behind ``after``.

        Args:
            owner_id: whose.
            after: the last id that was seen. When what followed it is not known here any more,
                the first event is a `reset`.
            job_id: only those of this job.
        """
        position = self._position(after)
        epoch = self.epoch
        if position is None:
            position = self._number
            yield Event(id=f"{epoch}-{position}", owner_id=owner_id, name="reset")

        def wants(event: Event) -> bool:
            return event.name == "reset" or (
                event.owner_id == owner_id and job_id in (None, event.data.get("job"))
            )

        while True:
            if epoch != self.epoch:
                epoch, position = self.epoch, 0
            fresh = self.since(position)
            position = self._number
            for event in fresh:
                if wants(event):
                    yield event
            if position == self._number and epoch == self.epoch:
                await self.until(wants)

    def _position(self, after: str | None) -> int | None:
        """Find the place to go on from; ``None`` when something in between is lost."""
        if after is None:
            return self._number
        epoch, _, number = after.rpartition("-")
        if epoch != self.epoch or not number.isdecimal() or int(number) > self._number:
            return None
        oldest = number_of(self._ring[0]) if self._ring else self._number + 1
        return int(number) if int(number) >= oldest - 1 else None


class Subscription:
    """What happens behind a moment: taken before reading, so that nothing in between is missed."""

    def __init__(self, bus: Bus, number: int, epoch: str) -> None:
        self._bus = bus
        self._number = number
        self._epoch = epoch

    async def work(self) -> None:
        """Wait until there may be something to run: a job came, or an account got free."""
        await self._wait(
            lambda event: (
                event.name in ("job", "series.changed") and event.data.get("state") != "running"
            )
        )

    async def deliveries(self) -> None:
        """Wait until there may be a webhook to be told: a job or a series with one has changed."""
        await self._wait(
            lambda event: event.name in ("job", "series.changed") and "webhook" in event.data
        )

    async def of_series(self) -> list[Event]:
        """Wait until something happened to series, or to jobs of them; return all of it."""
        while self._epoch == self._bus.epoch:
            new = self._bus.since(self._number)
            self._number = number_of(new[-1]) if new else self._number
            found = [event for event in new if _concerns_series(event)]
            if found:
                return found
            await self._bus.until(lambda event: event.name == "reset" or _concerns_series(event))
        return []

    async def wait_for(self, job_id: str, *, end: bool = False) -> None:
        """Wait until something happened to a job, or may have.

        Args:
            job_id: which.
            end: that it was claimed, or waits, is nothing.
        """
        await self._wait(
            lambda event: (
                event.name == "job"
                and event.data.get("job") == job_id
                and not (end and event.data.get("state") in GOES_ON)
            )
        )

    def catch_up(self) -> list[Event] | None:
        """Return what happened since this was last asked; ``None``: some of it is not known."""
        fresh, newest = self._bus.since(self._number), self._bus.newest_number
        complete = self._epoch == self._bus.epoch and len(fresh) == newest - self._number
        self._number, self._epoch = newest, self._bus.epoch
        return fresh if complete else None

    async def of_key(self, key_id: str) -> None:
        """Wait until a key has changed, or a session of it has ended, or may have."""
        await self._wait(lambda event: event.name == "key" and event.data.get("key") == key_id)

    async def _wait(self, wants: Wants) -> None:
        while self._epoch == self._bus.epoch:
            for event in self._bus.since(self._number):
                self._number = number_of(event)
                if wants(event):
                    return
            await self._bus.until(lambda event: event.name == "reset" or wants(event))


def _concerns_series(event: Event) -> bool:
    return event.name in ("job", "series.changed") and "series" in event.data


def number_of(event: Event) -> int:
    """Return an event's place in its epoch."""
    return int(event.id.rpartition("-")[2])
