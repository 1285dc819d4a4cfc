"""Usage as the HTTP API shows it."""

from typing import Literal, TypeAlias

from pydantic import BaseModel

__all__ = ["Group", "UsageRowView", "UsageTotal", "UsageView"]

Group: TypeAlias = Literal["day", "key", "model"]


class UsageTotal(BaseModel):
    """What was used in all.

    Attributes:
        jobs: that were submitted, without those that ended without a charge and a picture.
        images: pictures that came.
        anlas: spent, and reserved by open jobs.
        allowance: free V5 pictures.
    """

    jobs: int
    images: int
    anlas: int
    allowance: int


class UsageRowView(UsageTotal):
    """What one group used; one of ``day``, ``key`` and ``model`` names it.

    Attributes:
        day: in UTC, such as ``2026-11-25``.
        key: the key's id.
        model: empty for work without a model.
        name: what the key is called.
    """

    day: str | None = None
    key: str | None = None
    model: str | None = None
    name: str | None = None


class UsageView(BaseModel):
    """Usage in groups, and in all."""

    rows: list[UsageRowView]
    total: UsageTotal
