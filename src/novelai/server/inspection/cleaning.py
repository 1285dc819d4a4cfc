"""JSON from strangers, made small and harmless: it is shown to people."""

import math
import re
from collections.abc import Mapping
from typing import Any, cast

__all__ = ["clean_json", "clean_text"]

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but tab and line feed, marks that turn writing round, and half characters."""

LONGEST_TEXT = 20_000
LONGEST_NAME = 100
MOST_MEMBERS = 500
MOST_TEXT = 200_000
MOST_VALUES = 20_000
DEEPEST = 12
LARGEST_NUMBER = 2**63
CUT = "…"


def clean_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text without control characters, cut at so many characters."""
    text = CONTROL.sub("", text[: longest + 1].replace("\r\n", "\n"))
    return text if len(text) <= longest else text[:longest] + CUT


def clean_json(value: Any) -> Any:
    """JSON with clean texts, at most 200,000 characters and 20,000 values; the rest is left out."""
    return _Cleaner().clean(value, DEEPEST)


class _Cleaner:
    def __init__(self) -> None:
        self._room = MOST_TEXT
        self._values = MOST_VALUES

    def clean(self, value: Any, depth: int) -> Any:  # noqa: PLR0911 - one for each kind of value
        self._values -= 1
        if self._full:
            return None
        if isinstance(value, str):
            return self._text(value, LONGEST_TEXT)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value if abs(value) < LARGEST_NUMBER else self._text(str(value)[:40], 40)
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if depth == 0:
            return CUT
        if isinstance(value, Mapping):
            members = list(cast("Mapping[Any, Any]", value).items())[:MOST_MEMBERS]
            return {
                self._text(str(name), LONGEST_NAME): self.clean(member, depth - 1)
                for name, member in members
                if not self._full
            }
        if isinstance(value, (list, tuple)):
            items = cast("list[Any]", value)[:MOST_MEMBERS]
            return [self.clean(item, depth - 1) for item in items if not self._full]
        return None

    @property
    def _full(self) -> bool:
        return self._room <= 0 or self._values <= 0

    def _text(self, text: str, longest: int) -> str:
        text = clean_text(text, min(longest, max(self._room, 0)))
        self._room -= len(text)
        return text
