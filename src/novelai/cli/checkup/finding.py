"""One thing the doctor found."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding"]

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at and how it is.

    Attributes:
        about: the part: ``key``, ``address``, ``network``, ``service``, ``account``,
            ``installation`` or ``parts``.
        level: ``fail``: nothing works until it is mended; ``warn``: something may surprise.
        sentence: what was found.
        fix: what to do, and what to write where.
    """

    about: str
    level: Level
    sentence: str
    fix: str = ""
