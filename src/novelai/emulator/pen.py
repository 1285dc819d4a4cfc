"""A pen that draws smooth shapes in its own coordinates."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from novelai.emulator.colours import Colour

Point = tuple[float, float]


class Pen:
    """Draws on a picture with a movable origin and unit.

    Args:
        picture: RGB or RGBA; drawn on in place.
        origin: Pixel position of (0, 0).
        unit: Pixels per unit.
    """

    def __init__(self, picture: Image.Image, origin: Point = (0.0, 0.0), unit: float = 1) -> None:
        self._draw = ImageDraw.Draw(picture)
        self._origin = origin
        self._unit = unit

    def _pixels(self, points: Sequence[Point]) -> list[Point]:
        (left, top), unit = self._origin, self._unit
        return [(left + x * unit, top + y * unit) for x, y in points]

    def blob(self, points: Sequence[Point], fill: Colour) -> None:
        """Draw a closed smooth curve through the points, filled."""
        self._draw.polygon(self._pixels(_smooth(points)), fill=fill)

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        """Draw a polygon with straight sides, filled."""
        self._draw.polygon(self._pixels(points), fill=fill)

    def oval(self, centre: Point, rx: float, ry: float, fill: Colour) -> None:
        """Draw a filled ellipse."""
        (x0, y0), (x1, y1) = self._pixels(
            [(centre[0] - rx, centre[1] - ry), (centre[0] + rx, centre[1] + ry)]
        )
        self._draw.ellipse((x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)), fill=fill)

    def stroke(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        """Draw a smooth open line through the points."""
        line = self._pixels(_smooth(points, closed=False))
        self._draw.line(line, fill=fill, width=max(round(width * self._unit), 1), joint="curve")


# Weights of four neighbouring points at even steps of a Catmull-Rom segment.
_STEPS = 6
_WEIGHTS = [
    (
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (t**3 - t**2) / 2,
    )
    for t in (step / _STEPS for step in range(_STEPS))
]


def _smooth(points: Sequence[Point], *, closed: bool = True) -> list[Point]:
    """Points on a Catmull-Rom curve through `points`."""
    if closed:
        line = [points[-1], *points, points[0], points[1]]
    else:
        line = [points[0], *points, points[-1]]
    curve = [
        (a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3)
        for (x0, y0), (x1, y1), (x2, y2), (x3, y3) in zip(
            line, line[1:], line[2:], line[3:], strict=False
        )
        for a, b, c, d in _WEIGHTS
    ]
    return curve if closed else [*curve, points[-1]]
