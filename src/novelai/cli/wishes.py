"""Options that hold several values in one word: sizes, vibes, references, characters."""

import re
from math import sqrt
from typing import Any, get_args

from novelai.cost import OPUS_FREE_AREA
from novelai.types.character import GridCell
from novelai.types.reference import ReferenceType

__all__ = ["character", "fitting_size", "reference", "vibe"]

NUMBER = re.compile(r"[+-]?\d*\.?\d+")
PLACE = re.compile(r"(?P<x>\d*\.?\d+),(?P<y>\d*\.?\d+)")
STEP = 64


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


def fitting_size(width: int, height: int) -> tuple[int, int]:
    """The size to work on a picture at: its shape, and no more than Opus's free pictures have.

    Args:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
    """
    shrink = min(1.0, sqrt(OPUS_FREE_AREA / (width * height)))
    sides = [max(round(side * shrink / STEP), 1) * STEP for side in (width, height)]
    while sides[0] * sides[1] > OPUS_FREE_AREA:
        sides[sides.index(max(sides))] -= STEP
    return sides[0], sides[1]
