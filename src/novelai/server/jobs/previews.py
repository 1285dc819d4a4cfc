"""The newest picture in the making of each running job."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from novelai.server.events.bus import Bus
from novelai.server.model.artifact import Artifact
from novelai.server.model.job import Job
from novelai.server.storage.blobs import BlobMissingError, Blobs
from novelai.server.storage.engine import Database
from novelai.types.events import PreviewEvent

__all__ = ["Previews"]

log = logging.getLogger(__name__)

EVERY = 0.125
"""Seconds between two that are told of: more than a page shows on a fast link."""

EVERY_SHARED = 0.5
"""The same where each is written to a bucket first."""


LAST = 64
"""Finished pictures whose last preview is kept: it is seen sooner than they are made small."""


@dataclass(slots=True)
class _Newest:
    event: PreviewEvent
    told_at: float = float("-inf")
    rev: int = 0
    is_publishing: bool = False


class Previews:
    """Keeps previews and tells of them, one at a time: a call never waits for that.

    The newest wins: at most eight a second are told of, and two where processes share a bucket, to
    which each goes.

    Args:
        database: tells other processes.
        blobs: where they find the bytes.
        bus: tells this one.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        bus: Bus,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._bus = bus
        self._monotonic = monotonic
        self._newest: dict[str, _Newest] = {}
        self._last: OrderedDict[str, bytes] = OrderedDict()

    def put(self, job: Job, event: PreviewEvent) -> bool:
        """Keep a preview; ``True``: it is time to `tell` of it."""
        now = self._monotonic()
        newest = self._newest.setdefault(job.id, _Newest(event))
        newest.event = event
        every = EVERY if self._database.is_sqlite else EVERY_SHARED
        if newest.is_publishing or now - newest.told_at < every:
            return False
        newest.is_publishing, newest.told_at, newest.rev = True, now, newest.rev + 1
        return True

    async def tell(self, job: Job) -> None:
        """Tell of the newest preview. That it cannot is no reason to end a paid call."""
        newest = self._newest.get(job.id)
        if newest is None:
            return  # the job has ended
        try:
            await self._tell(job, newest.event, newest.rev)
        except (SQLAlchemyError, OSError) as error:
            log.warning("a preview of %s is lost: %s", job.id, type(error).__name__)
        finally:
            newest.is_publishing = False

    async def _tell(self, job: Job, event: PreviewEvent, rev: int) -> None:
        data = {"job": job.id, "key": job.key_id, "step": event.step, "steps": event.steps}
        data |= {"sample": event.sample, "rev": rev, "sigma": event.sigma}
        if self._database.is_sqlite:
            self._bus.publish(job.owner_id, "preview", data)
            return
        await self._blobs.put(_path(job.id), event.data)
        async with self._database.write() as connection:
            self._bus.announce(connection, job.owner_id, "preview", data)

    async def get(self, job_id: str) -> bytes | None:
        """Return a JPEG of the picture so far, if there is one."""
        found = self._newest.get(job_id)
        if found is not None:
            return found.event.data
        if self._database.is_sqlite:
            return None
        try:
            return await self._blobs.get(_path(job_id))
        except BlobMissingError:
            return None

    def step_of(self, job_id: str) -> tuple[int, int] | None:
        """Return how many steps of how many are done, if a worker of this process runs the job."""
        found = self._newest.get(job_id)
        return None if found is None else (found.event.step, found.event.steps)

    def take_last(self, sha256: str) -> bytes | None:
        """Return the last preview of a finished picture, once."""
        return self._last.pop(sha256, None)

    async def drop(self, job_id: str, made: Sequence[Artifact] = ()) -> None:
        """Forget a job's previews; of what it made the last one is kept for a while."""
        known = self._newest.pop(job_id, None)
        for one in made:
            if known is not None and known.event.sample == one.position and one.received is None:
                self._last[one.sha256] = known.event.data
        while len(self._last) > LAST:
            self._last.popitem(last=False)
        if known is not None and not self._database.is_sqlite:
            with suppress(OSError):  # the sweep takes it
                await self._blobs.delete(_path(job_id))


def _path(job_id: str) -> str:
    return f"previews/{job_id}"
