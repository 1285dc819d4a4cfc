"""Single values as clients write them: numbers as text, switches as words."""

import math
import re
from collections.abc import Mapping
from typing import Any, cast

from novelai.catalogue import size_presets
from novelai.server.compat.openai.errors import refusal

__all__ = [
    "first_of",
    "one_of",
    "parse_bool",
    "parse_int",
    "parse_number",
    "parse_size",
    "parse_text",
]

ON = frozenset({"true", "1", "yes", "on"})
OFF = frozenset({"false", "0", "no", "off", ""})


def first_of(fields: Mapping[str, Any], *names: str) -> tuple[str, Any]:
    """Return the first of several names that is given, and its value; ``None`` without any."""
    for name in names:
        if fields.get(name) is not None:
            return name, fields[name]
    return names[0], None


def parse_text(fields: Mapping[str, Any], name: str, *, longest: int = 200) -> str | None:
    """Return a text.

    Raises:
        ProblemError: 400; it is something else, or longer.
    """
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise refusal(name, "must be text")
    if len(value) > longest:
        raise refusal(name, f"is longer than {longest:,} characters")
    return value


def one_of(fields: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """One of several words, by default the first; ``{"type": word}`` is the word.

    Raises:
        ProblemError: 400; it is another.
    """
    value = fields.get(name)
    if isinstance(value, Mapping):
        value = cast("Mapping[str, Any]", value).get("type")
    if value is None or value == "":
        return choices[0]
    if value not in choices:
        raise refusal(name, f"must be one of {', '.join(choices)}")
    return str(value)


def parse_number(fields: Mapping[str, Any], *names: str) -> float | None:
    """Return a number, also written as text.

    Raises:
        ProblemError: 400; it is none.
    """
    name, value = first_of(fields, *names)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise TypeError
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise refusal(name, "must be a number") from None
    if not math.isfinite(found):
        raise refusal(name, "must be a number")
    return found


def parse_int(fields: Mapping[str, Any], *names: str) -> int | None:
    """Return a whole number, also written as text.

    Raises:
        ProblemError: 400; it is none.
    """
    found = parse_number(fields, *names)
    if found is not None and found != int(found):
        raise refusal(first_of(fields, *names)[0], "must be a whole number")
    return None if found is None else int(found)


def parse_bool(fields: Mapping[str, Any], name: str) -> bool | None:
    """Return a switch, also written as a word.

    Raises:
        ProblemError: 400; it is neither on nor off.
    """
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in ON | OFF:
        raise refusal(name, "must be true or false")
    return word in ON


GRID = 64
PAIR = re.compile(r"\s*(\d{1,5})\s*[xX*:×]\s*(\d{1,5})\s*", re.ASCII)


def parse_size(fields: Mapping[str, Any]) -> str | tuple[int, int] | None:
    """Return the size: a name of NovelAI's, or width and height snapped to the grid.

    ``None`` is auto.

    ``"1024x1024"``, ``"832:1216"``, ``"portrait"``, ``"auto"``, or ``width`` and ``height``.

    Raises:
        ProblemError: 400; it is no size.
    """
    value = fields.get("size")
    width, height = parse_int(fields, "width"), parse_int(fields, "height")
    if value is None and width is not None and height is not None:
        return _snap(width), _snap(height)
    if value is None or value in ("", "auto"):
        return None
    if not isinstance(value, str):
        raise refusal("size", 'must be text like "832x1216"')
    if value in size_presets():
        return value
    pair = PAIR.fullmatch(value)
    if pair is None:
        raise refusal(
            "size", f'must be "auto", WIDTHxHEIGHT, or one of {", ".join(size_presets())}'
        )
    return _snap(int(pair[1])), _snap(int(pair[2]))


def _snap(pixels: int) -> int:
    return max(GRID, (pixels + GRID // 2) // GRID * GRID)
