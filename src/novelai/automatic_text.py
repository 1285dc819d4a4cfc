"""The text section that V5 gets for what a prompt puts in quotation marks.

As the web client does it (September 2026): the words in quotation marks are what the picture is to
show in writing, and are repeated behind ``teXt:``, whose capital X marks the section as automatic.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from novelai.prompt import SECTION, WHITE_SPACE, section_pattern, split_mix

__all__ = ["PlacedText", "add_automatic_text", "remove_automatic_text"]

QUOTES = {'"': '"', "“": "”", "「": "」", "'": "'", "‘": "’"}
OPENING = re.compile(f"[{''.join(QUOTES)}]")
APOSTROPHES = ("'", "’")
BEFORE_STRAIGHT = f"{WHITE_SPACE},."
ENDS = f"{WHITE_SPACE},"
MARK = "teXt:"
OWN_SECTION = section_pattern("teXt")

CJK = re.compile("[\u3000-\u303f\u3040-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9faf\uff00-\uff9f]")
CJK_SHARE = 0.3
"""Above this share of Chinese and Japanese characters, texts are read from right to left."""

ROW_SPAN = 0.15
ROW_GAP = 0.1


class PlacedText(NamedTuple):
    """A character's prompt and the place of its centre, from 0 to 1."""

    text: str
    x: float = 0.5
    y: float = 0.5


def add_automatic_text(
    prompt: str, characters: Sequence[PlacedText] = (), *, use_coords: bool = False
) -> str:
    """Return the prompt with a section for the texts in quotation marks.

    They are those of the first part of a mix (``a | b``), then those of the characters. A prompt
    that has a text section, or whose characters have one, is returned as it is.

    Args:
        prompt: as it would be sent without.
        characters: those that are sent, in their order.
        use_coords: places count: characters are read row by row.
    """
    if SECTION.search(prompt) is not None:
        return prompt
    first, *others = split_mix(prompt)
    section = _section_of(first, characters, use_coords=use_coords)
    return "|".join([_append(first, section), *others]) if section else prompt


def remove_automatic_text(
    prompt: str, characters: Sequence[PlacedText] = (), *, use_coords: bool = False
) -> str:
    """Return the prompt without the section that `add_automatic_text` adds.

    A section that is not exactly that stays.
    """
    parts = split_mix(prompt)
    return "|".join(_remove_from(part, characters, use_coords=use_coords) for part in parts)


def _remove_from(part: str, characters: Sequence[PlacedText], *, use_coords: bool) -> str:
    mark = OWN_SECTION.search(part)
    if mark is None:
        return part
    before, found = part[: mark.start()], part[mark.end() :].strip(WHITE_SPACE)
    expected = _section_of(before, characters, use_coords=use_coords)
    return before.rstrip(ENDS) if expected == found else part


def _section_of(first: str, characters: Sequence[PlacedText], *, use_coords: bool) -> str:
    if any(SECTION.search(one.text) for one in characters):
        return ""
    ordered = _reading_order(characters) if use_coords else characters
    groups = [list(_quoted(text)) for text in (first, *(one.text for one in ordered))]
    if _is_mostly_cjk("".join(text for group in groups for text in group)):
        groups = [group[::-1] for group in groups]
    return "\n\n".join(text for group in groups for text in group)


def _append(part: str, section: str) -> str:
    before = part.rstrip(ENDS)
    return f"{before}, {MARK} {section}" if before else f"{MARK} {section}"


def _quoted(text: str) -> Iterator[str]:
    """Yield what stands in quotation marks, from left to right; there is no nesting."""
    closings = {mark: _closings(text, mark) for mark in QUOTES.values() if mark in text}
    at = 0
    while opening := OPENING.search(text, at):
        at = opening.end()
        end = _closing_of(text, opening.start(), closings)
        if end is not None:
            if inside := text[at:end].strip(WHITE_SPACE):
                yield inside
            at = end + 1


def _closing_of(text: str, at: int, closings: dict[str, list[int]]) -> int | None:
    mark = text[at]
    if mark == "'" and at and text[at - 1] not in BEFORE_STRAIGHT:
        return None
    places = closings.get(QUOTES[mark], [])
    index = bisect_left(places, at + 1)
    return places[index] if index < len(places) else None


def _closings(text: str, mark: str) -> list[int]:
    places = [at for at, one in enumerate(text) if one == mark]
    if mark not in APOSTROPHES:
        return places
    # Before a letter or digit it is an apostrophe.
    return [
        at for at in places if unicodedata.category(text[at + 1 : at + 2] or " ")[0] not in "LN"
    ]


def _is_mostly_cjk(text: str) -> bool:
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(CJK.findall(text)) > CJK_SHARE * length


def _reading_order(characters: Sequence[PlacedText]) -> list[PlacedText]:
    rows: list[list[PlacedText]] = []
    waiting = [sorted(characters, key=lambda one: one.y)]
    while waiting:
        group = waiting.pop()
        gaps = [lower.y - upper.y for upper, lower in pairwise(group)]
        widest = max(gaps, default=0.0)
        if widest <= ROW_GAP and (not group or group[-1].y - group[0].y <= ROW_SPAN):
            rows.append(sorted(group, key=lambda one: one.x))
        else:
            cut = gaps.index(widest) + 1
            waiting += [group[cut:], group[:cut]]
    return [one for row in rows for one in row]
