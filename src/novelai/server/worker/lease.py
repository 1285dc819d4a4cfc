"""Keeping hold of an account while a call is under way."""

import logging

import anyio
from sqlalchemy.exc import SQLAlchemyError

from novelai.server.accounts import repository as accounts
from novelai.server.jobs.job import Job
from novelai.server.worker.parts import Parts

__all__ = ["keep_lease"]

log = logging.getLogger(__name__)


async def keep_lease(parts: Parts, job: Job, call: anyio.CancelScope) -> None:
    """Renew the lease until cancelled; when it cannot be renewed, cancel the call.

    A process that was frozen for longer than its lease notices with its first beat.
    """
    timing = parts.timing
    good_until = parts.monotonic() + timing.lease
    while True:
        await anyio.sleep(timing.beat)
        begun = parts.monotonic()
        try:
            async with parts.database.write() as connection:
                now = await parts.clock.now(connection)
                held = await accounts.beat(connection, job, now + timing.lease)
        except (SQLAlchemyError, OSError) as error:
            log.warning("lease of %s not renewed: %s", job.id, type(error).__name__)
            if parts.monotonic() + timing.beat < good_until:
                continue
            held = False
        if not held:
            log.info("%s is held no longer", job.id)
            call.cancel()
            return
        good_until = begun + timing.lease
