"""A draft as a value."""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Draft"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a page keeps of the work of a key.

    Attributes:
        revision: grows with each saving; 0 when nothing was saved yet.
        document: JSON that only the page understands.
        updated_at: unix seconds.
    """

    revision: int = 0
    document: Any = field(default=None, repr=False)
    updated_at: float | None = None
