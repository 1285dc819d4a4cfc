"""The size of a picture as clients ask for it, on NovelAI's grid of 64 pixels."""

import re
from collections.abc import Mapping
from typing import Any

from novelai.catalogue import size_presets
from novelai.server.compat.openai.errors import refused
from novelai.server.compat.openai.reading import whole

__all__ = ["wished_size"]

GRID = 64
PAIR = re.compile(r"\s*(\d{1,5})\s*[xX*:×]\s*(\d{1,5})\s*", re.ASCII)


def wished_size(fields: Mapping[str, Any]) -> str | tuple[int, int] | None:
    """The size: a name of NovelAI's, or width and height snapped to the grid; ``None`` is auto.

    ``"1024x1024"``, ``"832:1216"``, ``"portrait"``, ``"auto"``, or ``width`` and ``height``.

    Raises:
        ProblemError: 400; it is no size.
    """
    value = fields.get("size")
    width, height = whole(fields, "width"), whole(fields, "height")
    if value is None and width is not None and height is not None:
        return _snapped(width), _snapped(height)
    if value is None or value in ("", "auto"):
        return None
    if not isinstance(value, str):
        raise refused("size", 'must be text like "832x1216"')
    if value in size_presets():
        return value
    pair = PAIR.fullmatch(value)
    if pair is None:
        raise refused(
            "size", f'must be "auto", WIDTHxHEIGHT, or one of {", ".join(size_presets())}'
        )
    return _snapped(int(pair[1])), _snapped(int(pair[2]))


def _snapped(pixels: int) -> int:
    return max(GRID, (pixels + GRID // 2) // GRID * GRID)
