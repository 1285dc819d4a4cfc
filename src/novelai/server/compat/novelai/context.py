"""One request to this door: its body, and the jobs that it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header
from starlette.requests import Request

from novelai.server.compat.batch import Drawn, submit_all, wait_for_all
from novelai.server.compat.novelai.body import Body, read_body
from novelai.server.http.dependencies import Maker, ServerSettings, ServicesDep
from novelai.server.model.job import Job
from novelai.server.model.key import Key
from novelai.server.model.params import JobParams
from novelai.server.services import Services

__all__ = ["DOOR", "NativeVisit", "Visit"]

DOOR = "native"

IdempotencyKey = Annotated[str | None, Header(max_length=190)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the routes of this door have at hand.

    Attributes:
        key: of the caller.
        pixel_limit: the most pixels a picture may have.
        idempotency_key: of the request, if it has one.
    """

    request: Request
    services: Services
    key: Key
    pixel_limit: int
    idempotency_key: str | None

    async def body(self) -> Body:
        """Return the body that was sent.

        Raises:
            ProblemError: 400; it is not what it should be.
        """
        return await read_body(self.request, pixel_limit=self.pixel_limit)

    async def submit(self, wanted: Sequence[JobParams]) -> list[Job]:
        """Submit a job for each; see `submit_all`."""
        return await submit_all(
            self.services, self.key, wanted, door=DOOR, dedupe_key=self.idempotency_key
        )

    async def draw(self, wanted: Sequence[JobParams]) -> list[Drawn]:
        """Submit a job for each, and wait for what they give; see `wait_for_all`."""
        return await wait_for_all(self.services, self.key, await self.submit(wanted))


async def _visit(
    request: Request,
    caller: Maker,
    services: ServicesDep,
    settings: ServerSettings,
    idempotency_key: IdempotencyKey = None,
) -> Visit:
    return Visit(
        request=request,
        services=services,
        key=caller,
        pixel_limit=settings.pixel_limit,
        idempotency_key=idempotency_key,
    )


NativeVisit = Annotated[Visit, Depends(_visit)]
"""Annotate a parameter with this to get the visit."""
