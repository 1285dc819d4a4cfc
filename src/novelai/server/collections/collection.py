"""A collection as a value, and how its name is compared."""

import unicodedata
from dataclasses import dataclass

__all__ = ["Collection", "collection_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A named set of pictures; a picture can be in many.

    Attributes:
        key_id: whose it is.
        cover: the id of the picture that stands for it; ``None``: its newest one does.
        count: how many pictures are in it, without those in the bin.
        created_at: unix seconds.
        used_at: when a picture was put in or taken out last.
        deleted_at: when it went into the bin; ``None`` while it is in use.
    """

    id: str
    key_id: str
    name: str
    cover: str | None
    count: int
    created_at: float
    used_at: float
    deleted_at: float | None


def collection_key(name: str) -> str:
    """Return a name as it is compared: without case, width and runs of blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
