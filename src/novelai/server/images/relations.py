"""How pictures of the gallery hang together."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Relations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """What some pictures were made from, and what was made from them.

    Attributes:
        sources: ids of pictures in the gallery by the sha256 of their bytes.
        derived: how many versions there are of a picture, by its id.
    """

    sources: Mapping[str, str]
    derived: Mapping[str, int]
