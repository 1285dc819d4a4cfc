"""Options that hold several values in one word: vibes, references, characters."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from novelai.errors import InvalidParamsError
from novelai.types.character import GridCell
from novelai.types.reference import ReferenceType

if TYPE_CHECKING:
    from novelai.types.vibe import Vibe

__all__ = ["character", "reference", "vibes"]

VIBE_FILES = frozenset({".naiv4vibe", ".naiv4vibebundle"})
DIGITS = r"(?:\d+(?:\.\d+)?|\.\d+)"
NUMBER = re.compile(rf"[+-]?{DIGITS}")
PLACE = re.compile(rf"(?P<x>{DIGITS}),(?P<y>{DIGITS})")


def vibes(text: str) -> list[dict[str, Any]]:
    """Fields of the `Vibe` in ``FILE[:strength[:info]]``; a vibe bundle holds several.

    Raises:
        InvalidParamsError: it is a vibe file that cannot be read.
    """
    path, numbers = text, list[str]()
    while len(numbers) < 2:
        head, colon, tail = path.rpartition(":")
        if not (head and colon and NUMBER.fullmatch(tail)):
            break
        path, numbers = head, [tail, *numbers]
    given = dict(zip(("strength", "info_extracted"), map(float, numbers), strict=False))
    if Path(path).suffix.lower() not in VIBE_FILES:
        return [{"image": path, **given}]
    return [{**dict(vibe), **given} for vibe in load_vibes(path)]


def load_vibes(path: str) -> "list[Vibe]":
    """Return the vibes in a vibe file."""
    from novelai.vibes import read_vibes

    try:
        return read_vibes(path)
    except InvalidParamsError as error:
        faults = [("vibes", f"{path}: {field} {text}") for field, text in error.problems]
        raise InvalidParamsError(faults) from None


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
