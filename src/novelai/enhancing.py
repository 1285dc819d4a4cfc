"""The ways to enhance a picture, as the web page offers them: levels, scales and sizes."""

from dataclasses import dataclass
from math import floor, sqrt
from typing import Literal, TypeAlias

from novelai.catalogue import MAX_AREA, SIZE_STEP, ModelSpec, nearest_size

__all__ = [
    "LEVELS",
    "VARIATION",
    "EnhanceScale",
    "EnhanceSizes",
    "enhance_sizes",
    "max_priced_size",
    "offered_scales",
]

EnhanceScale: TypeAlias = Literal[1, 2, "max"] | float
"""How much wider and higher a picture gets: 1, 1.5 or 2, or ``"max"`` (V5): to 3,145,728 pixels,
but not more than twice."""

LEVELS = ((0.2, 0.0), (0.4, 0.0), (0.5, 0.0), (0.6, 0.0), (0.7, 0.1))
"""Strength and noise of the web client's five levels."""

VARIATION = (0.8, 0.1)
"""Strength and noise of its variations."""

FACTORS = (2, 1.5, 1)
STANDARD = ((832, 1216), (1216, 832))
STANDARD_FACTORS = (1.5, 1)

MAX_BELOW = 2_516_582.4
"""In pixels; four fifths of the largest picture. From here on there is no `"max"`."""

MAX_FACTOR = 2
MAX_GRID = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class EnhanceSizes:
    """The sizes of one way to enhance a picture; all are width and height in pixels.

    Attributes:
        image: at which the picture is sent.
        size: asked for: the former, on the grid of sizes.
        priced: that counts for the price.
        result: of what comes back.
    """

    image: tuple[int, int]
    size: tuple[int, int]
    priced: tuple[int, int]
    result: tuple[int, int]


def offered_scales(spec: ModelSpec, width: int, height: int) -> tuple[EnhanceScale, ...]:
    """Return the scales that NovelAI's page offers for a picture, its default first.

    Empty for a picture that is too large, or whose sides are no multiples of 64 (V5: one that is
    too large only).

    Args:
        spec: the model's row of the catalogue.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
    """
    area = width * height
    factors = (
        STANDARD_FACTORS
        if (width, height) in STANDARD
        else tuple(
            factor
            for factor in FACTORS
            if area * factor * factor <= MAX_AREA
            and width * factor % SIZE_STEP == height * factor % SIZE_STEP == 0
        )
    )
    return ("max", *factors) if spec.enhance_max and area < MAX_BELOW else factors


def enhance_sizes(width: int, height: int, scale: EnhanceScale) -> EnhanceSizes:
    """Return the sizes of enhancing a picture.

    Except for ``"max"``, where NovelAI enlarges the result, the picture itself is resized.

    Args:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        scale: of the offered ones, or another.
    """
    if scale != "max":
        image = floor(width * scale), floor(height * scale)
        size = nearest_size(*image)
        return EnhanceSizes(image=image, size=size, priced=size, result=size)
    factor = min(float(MAX_FACTOR), sqrt(MAX_AREA / (width * height)))
    return EnhanceSizes(
        image=(width, height),
        size=nearest_size(width, height),
        priced=max_priced_size(width, height),
        result=(floor(width * factor), floor(height * factor)),
    )


def max_priced_size(width: int, height: int) -> tuple[int, int]:
    """Return the size that counts for the price of enhancing to ``"max"``; on a grid of 32."""
    doubled = [max(side // (MAX_GRID // 2), 1) * MAX_GRID for side in (width, height)]
    factor = min(1.0, sqrt(MAX_AREA / (doubled[0] * doubled[1])))
    cells = [side * factor / MAX_GRID for side in doubled]
    # Rounded as a browser does: halves go up.
    sides = [floor(cell + 0.5) * MAX_GRID for cell in cells]
    if sides[0] * sides[1] > MAX_AREA:
        sides = [floor(cell) * MAX_GRID for cell in cells]
    return sides[0], sides[1]
