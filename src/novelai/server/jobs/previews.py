"""The newest picture in the making of each running job."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from novelai.server.events.bus import Bus
from novelai.server.jobs.job import Job
from novelai.server.storage.blobs import BlobMissingError, Blobs
from novelai.server.storage.engine import Database
from novelai.types.events import PreviewEvent

__all__ = ["Previews"]

log = logging.getLogger(__name__)

EVERY = 0.125
"""Seconds between two that are told of: more than a page shows on a fast link."""

EVERY_SHARED = 0.5
"""The same where each is written to a bucket first."""


@dataclass(slots=True)
class _Newest:
    data: bytes
    told_at: float
    rev: int
    step: int
    steps: int


class Previews:
    """Keeps previews and tells of them.

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

    async def put(self, job: Job, event: PreviewEvent) -> None:
        """Keep a preview, and tell of it. That it cannot is no reason to end a paid call."""
        try:
            await self._put(job, event)
        except (SQLAlchemyError, OSError) as error:
            log.warning("a preview of %s is lost: %s", job.id, type(error).__name__)

    async def _put(self, job: Job, event: PreviewEvent) -> None:
        now = self._monotonic()
        last = self._newest.get(job.id)
        every = EVERY if self._database.is_sqlite else EVERY_SHARED
        if last is not None and now - last.told_at < every:
            last.data, last.step, last.steps = event.data, event.step, event.steps
            return
        rev = 1 if last is None else last.rev + 1
        self._newest[job.id] = _Newest(event.data, now, rev, event.step, event.steps)
        data = {"job": job.id, "key": job.key_id, "step": event.step, "steps": event.steps}
        data |= {"sample": event.sample, "rev": rev, "sigma": event.sigma}
        if self._database.is_sqlite:
            self._bus.publish(job.owner_id, "preview", data)
            return
        await self._blobs.put(_path(job.id), event.data)
        async with self._database.write() as connection:
            self._bus.announce(connection, job.owner_id, "preview", data)

    async def get(self, job_id: str) -> bytes | None:
        """A JPEG of the picture so far, if there is one."""
        found = self._newest.get(job_id)
        if found is not None:
            return found.data
        if self._database.is_sqlite:
            return None
        try:
            return await self._blobs.get(_path(job_id))
        except BlobMissingError:
            return None

    def step_of(self, job_id: str) -> tuple[int, int] | None:
        """How many steps of how many are done, if a worker of this process runs the job."""
        found = self._newest.get(job_id)
        return None if found is None else (found.step, found.steps)

    async def drop(self, job_id: str) -> None:
        """Forget a job's previews."""
        known = self._newest.pop(job_id, None)
        if known is not None and not self._database.is_sqlite:
            with suppress(OSError):  # the sweep takes it
                await self._blobs.delete(_path(job_id))


def _path(job_id: str) -> str:
    return f"previews/{job_id}"
