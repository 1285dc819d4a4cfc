"""``/api/refusals``: what keys were refused lately, and why."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from novelai.server.fields import Line
from novelai.server.http.context import AnyContext
from novelai.server.model.problems import PROBLEMS, not_found

__all__ = ["router"]

router: APIRouter = APIRouter(prefix="/api/refusals", tags=["keys"], responses=PROBLEMS)


class RefusalView(BaseModel):
    """A request that was refused.

    Attributes:
        key: the id of the key that asked.
        request: method and path.
        status: of HTTP.
        code: for programs.
        detail: for people; without prompts and secrets.
        times: how often it was refused for the same reason.
        at: the last time, unix seconds.
    """

    key: str
    request: str
    status: int
    code: str
    detail: str
    times: int
    at: float


class RefusalList(BaseModel):
    """What was refused, the latest first; at most 50 of each key."""

    refusals: list[RefusalView]


@router.get("")
async def list_refusals(
    context: AnyContext,
    key: Annotated[Line | None, Query(max_length=100, description="Of this key alone.")] = None,
) -> RefusalList:
    """List what was refused lately: to this key, or to all of the owner for an administrator.

    Many programs show no more than a status: here is the reason.
    """
    found = await context.services.refusals.list(context.key, of=key)
    if found is None:
        raise not_found("key")
    return RefusalList(
        refusals=[
            RefusalView(
                key=one.key_id,
                request=one.request,
                status=one.status,
                code=one.code,
                detail=one.sentence,
                times=one.times,
                at=one.at,
            )
            for one in found
        ]
    )
