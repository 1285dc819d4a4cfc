"""Telling a repetition from a second wish.

OpenAI's clients send no Idempotency-Key, draw no seed, and repeat a request by themselves when an
answer fails or does not come. A repetition must get the pictures of the first request, which are
paid for; somebody who asks twice on purpose wants other ones. So:

- An ``Idempotency-Key`` decides, where there is one.
- ``X-Stainless-Retry-Count`` above 0 says that it is a repetition: it joins the newest request with
  the same content that goes on, or that ended in the last minutes. The database knows of those, so
  it holds across processes and restarts.
- Without these, it joins a request with the same content whose caller went away before it was
  answered, or was told that it is uncertain: nobody has those pictures. Only one caller gets them.
- Anything else is a new wish, also beside a request that still waits for the same.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from novelai.server.model.job import Job
from novelai.server.model.key import Key
from novelai.server.model.states import State
from novelai.server.services import Services

__all__ = ["PendingRequest", "PendingRequests"]

WINDOW = 300.0
"""Seconds after its end for which a request can be repeated."""

MOST = 10_000


@dataclass(slots=True, kw_only=True)
class PendingRequest:
    """One request and what became of its answer.

    Attributes:
        base: under which its jobs are submitted; with a number behind it for each.
        lost: nobody got the answer.
    """

    key_id: str
    digest: str
    base: str
    lost: bool = False


class PendingRequests:
    """The requests of this process that were not answered yet, or in vain.

    Args:
        draw: gives a random text of that many bytes.
    """

    def __init__(self, draw: Callable[[int], str] = secrets.token_hex) -> None:
        self._draw = draw
        self._open: list[PendingRequest] = []

    async def begin(
        self, services: Services, key: Key, digest: str, *, given: str | None, retries: int
    ) -> PendingRequest:
        """Decide under which base a request's jobs are submitted.

        Args:
            services: the services.
            key: of the caller.
            digest: the same for the same request.
            given: its Idempotency-Key.
            retries: how often the client says it repeated the request.
        """
        prefix = f"openai:{digest}:"
        base = None
        if given is not None:
            base = f"openai={given}"
        else:
            lost = [one for one in self._of(key, digest) if one.lost]
            if retries or lost:
                base = await self._earlier(services, key, prefix, lost, repeats=retries > 0)
        asking = PendingRequest(key_id=key.id, digest=digest, base=base or prefix + self._draw(8))
        self._open = [one for one in self._open[-MOST:] if one.base != asking.base]
        self._open.append(asking)
        return asking

    def forget(self, asking: PendingRequest) -> None:
        """Forget a request whose caller has the pictures, or a failure that cost nothing."""
        self._open = [one for one in self._open if one is not asking]

    async def _earlier(
        self,
        services: Services,
        key: Key,
        prefix: str,
        lost: list[PendingRequest],
        *,
        repeats: bool,
    ) -> str | None:
        found = await services.jobs.under(key, prefix, seconds=WINDOW)
        bases: dict[str, list[Job]] = {}
        for name, job in found:  # newest first
            bases.setdefault(name.rpartition(":")[0], []).append(job)
        if repeats:  # a failure that was charged is told once more, and not paid once more
            usable = [base for base, jobs in bases.items() if not all(map(_in_vain, jobs))]
        else:
            usable = [base for base, jobs in bases.items() if any(map(_promising, jobs))]
        # The first that was lost is the first to be fetched.
        wanted = [one.base for one in lost if one.base in usable]
        wanted += usable if repeats else []
        return wanted[0] if wanted else None

    def _of(self, key: Key, digest: str) -> list[PendingRequest]:
        return [one for one in self._open if one.key_id == key.id and one.digest == digest]


def _in_vain(job: Job) -> bool:
    """Tell whether it ended with neither picture nor charge: trying again is right."""
    return job.state in (State.FAILED, State.CANCELLED) and job.charged == "no"


def _promising(job: Job) -> bool:
    """Tell whether it has brought pictures, or may."""
    return not job.ended or bool(job.result)
