"""Options that hold several values in one word: vibes, references, characters."""

import re
from typing import Any, get_args

from novelai.types.character import GridCell
from novelai.types.reference import ReferenceType

__all__ = ["character", "reference", "vibe"]

NUMBER = re.compile(r"[+-]?\d*\.?\d+")
PLACE = re.compile(r"(?P<x>\d*\.?\d+),(?P<y>\d*\.?\d+)")


def vibe(text: str) -> dict[str, Any]:
    """Fields of a `Vibe` from ``FILE[:strength[:info]]``."""
    path, numbers = text, list[str]()
    while len(numbers) < 2:
        head, colon, tail = path.rpartition(":")
        if not (head and colon and NUMBER.fullmatch(tail)):
            break
        path, numbers = head, [tail, *numbers]
    given = dict(zip(("strength", "info_extracted"), map(float, numbers), strict=False))
    return {"image": path, **given}


def reference(text: str) -> dict[str, Any]:
    """Fields of a `CharacterReference` from ``FILE[:type]``."""
    path, _, kind = text.rpartition(":")
    if path and kind in get_args(ReferenceType):
        return {"image": path, "type": kind}
    return {"image": text}


def character(text: str) -> dict[str, Any]:
    """Fields of a `Character` from ``PROMPT[@place]``.

    An ``@`` that names no place belongs to the prompt: some tags have one.
    """
    prompt, _, place = text.rpartition("@")
    if prompt and place.upper() in get_args(GridCell):
        return {"prompt": prompt, "position": place.upper()}
    if prompt and (found := PLACE.fullmatch(place)):
        return {"prompt": prompt, "position": (float(found["x"]), float(found["y"]))}
    return {"prompt": text}
