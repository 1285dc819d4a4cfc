"""Which requests repeat an earlier one, and which are new.

OpenAI's clients send no Idempotency-Key, draw no seed, and repeat a request by themselves when an
answer fails or does not come. A repetition must get the pictures of the first request, which are
paid for; somebody who asks twice on purpose wants other ones. So:

- An ``Idempotency-Key`` decides, where there is one.
- ``X-Stainless-Retry-Count`` above 0 says that it is a repetition: it joins the newest request with
  the same content that goes on, or that ended in the last minutes. The database knows of those, so
  it holds across processes and restarts.
- Without these, it joins a request with the same content whose caller went away before it was
  answered, or was told that it is uncertain: nobody has those pictures. Only one caller gets them.
- Anything else is a new request, also beside a request that still waits for the same.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from novelai.server.http.context import RequestContext
from novelai.server.model.job import Job, State
from novelai.server.model.key import Key

__all__ = ["PendingRequest", "PendingRequests", "lookup_of"]

WINDOW = 300.0
"""Seconds after its end for which a request can be repeated."""

MOST = 10_000

WHERE = "openai_pending_requests"
"""Where in the server's state they stand."""


@dataclass(slots=True, kw_only=True)
class PendingRequest:
    """One request and what became of its answer.

    Attributes:
        request_id: of its jobs, and their dedupe key: submitted again they are the same ones.
        named: by an Idempotency-Key.
        lost: nobody got the answer.
    """

    key_id: str
    digest: str
    request_id: str
    named: bool
    lost: bool = False


class PendingRequests:
    """The requests of this process that were not answered yet, or in vain.

    Args:
        draw: gives a random text of that many bytes.
    """

    def __init__(self, draw: Callable[[int], str] = secrets.token_hex) -> None:
        self._draw = draw
        self._open: list[PendingRequest] = []

    @classmethod
    def of(cls, context: RequestContext) -> "PendingRequests":
        """Return those of the server that was asked."""
        state = context.http.app.state
        if not hasattr(state, WHERE):
            setattr(state, WHERE, cls())
        return getattr(state, WHERE)

    async def begin(
        self, context: RequestContext, digest: str, *, given: str | None, retries: int
    ) -> PendingRequest:
        """Decide under which id a request's jobs are submitted.

        Args:
            context: who asks.
            digest: the same for the same request.
            given: its Idempotency-Key.
            retries: how often the client says it repeated the request.
        """
        key, request_id = context.key, None
        if given is not None:
            request_id = f"openai={given}"
        else:
            lost = [one for one in self._of(key, digest) if one.lost]
            if retries or lost:
                request_id = await self._find_earlier(context, digest, lost, repeats=retries > 0)
        asking = PendingRequest(
            key_id=key.id,
            digest=digest,
            request_id=request_id or f"openai:{self._draw(16)}",
            named=given is not None,
        )
        self._open = [one for one in self._open[-MOST:] if one.request_id != asking.request_id]
        self._open.append(asking)
        return asking

    def is_open(self, asking: PendingRequest) -> bool:
        """Return whether it was not answered, and no other request waits for its pictures."""
        return any(one is asking for one in self._open)

    def forget(self, asking: PendingRequest) -> None:
        """Forget a request whose caller has the pictures, or a failure that cost nothing."""
        self._open = [one for one in self._open if one is not asking]

    async def _find_earlier(
        self,
        context: RequestContext,
        digest: str,
        lost: list[PendingRequest],
        *,
        repeats: bool,
    ) -> str | None:
        found: dict[str, list[Job]] = {}
        for job in await context.services.jobs.of_client(
            context.key, lookup_of(digest), seconds=WINDOW
        ):
            found.setdefault(job.request_id or job.id, []).append(job)  # newest first
        if repeats:  # a failure that was charged is told once more, and not paid once more
            usable = [name for name, jobs in found.items() if not all(map(_in_vain, jobs))]
        else:
            usable = [name for name, jobs in found.items() if any(map(_promising, jobs))]
        # The first that was lost is the first to be fetched.
        wanted = [one.request_id for one in lost if one.request_id in usable]
        wanted += usable if repeats else []
        return wanted[0] if wanted else None

    def _of(self, key: Key, digest: str) -> list[PendingRequest]:
        return [one for one in self._open if one.key_id == key.id and one.digest == digest]


def lookup_of(digest: str) -> str:
    """Return the name by which the jobs of equal requests are found again."""
    return f"openai {digest}"


def _in_vain(job: Job) -> bool:
    """Tell whether it ended with neither picture nor charge: trying again is right."""
    return job.state in (State.FAILED, State.CANCELLED) and job.charged == "no"


def _promising(job: Job) -> bool:
    """Tell whether it has brought pictures, or may."""
    return not job.ended or bool(job.result)
