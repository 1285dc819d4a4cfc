"""Which pictures of the gallery are looked for."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["COUNTED", "Filter", "Sort"]

COUNTED = 10_000
"""More pictures than this are not counted."""


Sort: TypeAlias = Literal["new", "old", "series", "cost", "random"]
"""The order of pictures: as they came, backwards or not; as in their series; the dearest first; or
mixed, always in the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which pictures; ``None`` does not matter.

    Attributes:
        query: words of the prompts, and fields; see `images.query`.
        key_id: only those of this key.
        collection: only those in this collection.
        binned: those in the bin instead of the others.
        since: made at or after, unix seconds.
        until: made before, unix seconds.
        stacked: without those that are versions of another one in the gallery.
    """

    query: str = ""
    key_id: str | None = None
    model: str | None = None
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    kind: str | None = None
    job_id: str | None = None
    series_id: str | None = None
    collection: str | None = None
    favourite: bool | None = None
    since: float | None = None
    until: float | None = None
    binned: bool = False
    stacked: bool = False
