"""A message to a webhook, as a value."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from novelai.server.model.rows import columns_of

__all__ = ["Delivery", "delivery_from"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is told to whom.

    Attributes:
        id: the same for every try.
        key_id: whose secret signs it.
        url: where it goes; it may hold a secret, so it is shown nowhere.
        body: JSON, the same bytes for every try.
        attempts: how often it was tried, with the one under way.
        due_at: when it is tried next, unix seconds; ``None``: it arrived, or was given up.
        delivered_at: when it arrived.
        error: why the last try failed.
    """

    id: str
    job_id: str
    key_id: str
    url: str = field(repr=False)
    body: str = field(repr=False)
    attempts: int
    due_at: float | None
    delivered_at: float | None
    error: str | None
    created_at: float


def delivery_from(row: Row[Any]) -> Delivery:
    """Read a row of the deliveries table."""
    return Delivery(**columns_of(row))
