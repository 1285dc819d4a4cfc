"""Stylised people: a bust for a portrait, a small standing figure where several share a picture."""

from PIL import Image

from novelai.emulator.colours import Colour, darker, lighter, mix
from novelai.emulator.look import Look
from novelai.emulator.pen import Pen, Point


def draw_figure(image: Image.Image, head: Point, unit: float, look: Look, *, bust: bool) -> None:
    """Draw a figure in place.

    Args:
        image: RGB or RGBA.
        head: Pixel position of the middle of the head.
        unit: Half the height of the head in pixels.
        look: What to draw.
        bust: A portrait whose body runs out of the picture; else a small standing figure.
    """
    pen = Pen(image, head, unit)
    if look.long_hair:
        _back_hair(pen, look, bust=bust)
    if bust:
        _bust(pen, look)
    else:
        _standing(pen, look)
    if look.ears:
        _ears(pen, look)
    _face(pen, look)
    _fringe(pen, look)
    if look.maid:
        _headdress(pen)


def _mirror(points: list[Point]) -> list[Point]:
    return [(-x, y) for x, y in points]


def _both(left: list[Point]) -> list[Point]:
    """Return a closed outline from its left half, listed top to bottom."""
    return left + _mirror(left)[::-1]


def _back_hair(pen: Pen, look: Look, *, bust: bool) -> None:
    end = 3.1 if bust else 1.7
    shade = darker(look.hair, 0.28)
    pen.blob(
        _both(
            [
                (-0.5, -1.12),
                (-1.12, -0.5),
                (-1.22, 0.5),
                (-1.42, end * 0.6),
                (-1.3, end),
                (-0.5, end - 0.25),
            ]
        ),
        shade,
    )
    for x in (-1.1, -0.8, 0.8, 1.1):
        pen.stroke([(x * 0.9, 0.2), (x * 1.1, end * 0.5), (x, end - 0.2)], 0.05, darker(shade, 0.2))


def _bust(pen: Pen, look: Look) -> None:
    skin_shade = mix(look.skin, (214, 120, 110), 0.35)
    cloth, fold = look.clothes, darker(look.clothes, 0.3)
    if look.maid:
        cloth, fold = (52, 48, 66), (34, 30, 48)
    width = 1.7 if look.boy else 1.36
    pen.blob(
        _both(
            [(-0.3, 1.1), (-0.95, 1.45), (-width, 1.85), (-width - 0.25, 3.2), (-width - 0.2, 9.0)]
        ),
        cloth,
    )
    for side in (-1, 1):
        pen.stroke([(side * 0.95, 2.3), (side * 1.08, 3.2), (side * 1.1, 6.0)], 0.06, fold)
    pen.blob(_both([(-0.27, 0.6), (-0.27, 1.15), (-0.42, 1.42), (-0.2, 1.75)]), skin_shade)
    pen.blob(_both([(-0.25, 1.2), (-0.4, 1.42), (-0.18, 1.74)]), look.skin)
    if look.maid:
        white, grey = (250, 248, 252), (216, 214, 230)
        pen.blob(_both([(-0.75, 2.15), (-0.85, 3.4), (-0.95, 9.0)]), white)
        pen.stroke([(-0.72, 2.25), (0, 2.42), (0.72, 2.25)], 0.05, grey)
        for side in (-1, 1):
            pen.blob(
                [(side * 0.6, 2.4), (side * 1.25, 1.62), (side * 1.5, 1.95), (side * 0.95, 2.7)],
                white,
            )
            pen.stroke([(side * 0.75, 2.45), (side * 1.35, 1.85)], 0.04, grey)
    collar = (250, 250, 252) if look.maid else lighter(look.clothes, 0.55)
    for side in (-1, 1):
        pen.shape([(0, 1.86), (side * 0.42, 1.36), (side * 0.78, 1.62), (side * 0.3, 2.1)], collar)
    _bow(pen, (0, 1.95), 0.34, look.ribbon or mix(look.eyes, (200, 50, 70), 0.4))


def _standing(pen: Pen, look: Look) -> None:
    cloth = (52, 48, 66) if look.maid else look.clothes
    for side in (-1, 1):
        pen.blob(
            [(side * 0.16, 2.5), (side * 0.42, 2.5), (side * 0.4, 3.4), (side * 0.14, 3.4)],
            look.skin,
        )
        pen.oval((side * 0.3, 3.42), 0.24, 0.14, darker(look.clothes, 0.6))
        pen.blob(
            [(side * 0.5, 1.15), (side * 0.75, 1.3), (side * 1.15, 2.1), (side * 0.92, 2.2)],
            darker(cloth, 0.12),
        )
        pen.oval((side * 1.04, 2.2), 0.15, 0.15, look.skin)
    hem = 0.75 if look.boy else 1.1
    pen.blob(
        _both([(-0.3, 0.95), (-0.62, 1.25), (-0.6, 1.9), (-hem, 2.7), (-hem * 0.5, 2.85)]), cloth
    )
    if look.maid:
        pen.blob(_both([(-0.3, 1.4), (-0.5, 2.2), (-0.62, 2.6)]), (250, 248, 252))
    _bow(pen, (0, 1.15), 0.26, look.ribbon or mix(look.eyes, (200, 50, 70), 0.4))


def _bow(pen: Pen, centre: Point, size: float, colour: Colour) -> None:
    x, y = centre
    for side in (-1, 1):
        pen.blob(
            [
                (x, y),
                (x + side * size, y - size * 0.6),
                (x + side * size * 1.15, y + size * 0.1),
                (x + side * size, y + size * 0.6),
            ],
            colour,
        )
        pen.shape(
            [
                (x, y),
                (x + side * size * 0.7, y + size * 1.5),
                (x + side * size * 0.25, y + size * 1.4),
            ],
            darker(colour, 0.2),
        )
    pen.oval(centre, size * 0.24, size * 0.3, darker(colour, 0.3))


def _ears(pen: Pen, look: Look) -> None:
    for side in (-1, 1):
        pen.blob(
            [
                (side * 0.22, -0.92),
                (side * 0.6, -1.5),
                (side * 0.98, -1.78),
                (side * 1.06, -1.2),
                (side * 0.98, -0.4),
            ],
            look.hair,
        )
        pen.blob(
            [
                (side * 0.46, -1.0),
                (side * 0.7, -1.38),
                (side * 0.9, -1.52),
                (side * 0.94, -1.1),
                (side * 0.88, -0.6),
            ],
            mix(look.skin, (244, 140, 156), 0.6),
        )


def _face(pen: Pen, look: Look) -> None:
    blush = mix(look.skin, (250, 120, 120), 0.3)
    pen.blob(
        _both([(-0.5, -0.85), (-0.86, -0.2), (-0.8, 0.35), (-0.48, 0.78), (-0.12, 0.97)]), look.skin
    )
    line = darker(mix(look.hair, (70, 40, 50), 0.5), 0.4)
    for side in (-1, 1):
        pen.oval((side * 0.54, 0.5), 0.17, 0.085, blush)
        _eye(pen, side, look, line)
        pen.stroke(
            [(side * 0.22, -0.16), (side * 0.4, -0.22), (side * 0.6, -0.15)],
            0.035,
            mix(line, look.hair, 0.4),
        )
    mouth: list[Point] = [(-0.14, 0.68), (0, 0.74), (0.14, 0.68)]
    if not look.smiling:
        mouth = [(-0.1, 0.72), (0, 0.69), (0.1, 0.72)]
    pen.stroke(mouth, 0.035, mix(line, (190, 70, 80), 0.5))
    pen.stroke([(0.0, 0.42), (0.02, 0.47)], 0.03, mix(look.skin, line, 0.35))


def _eye(pen: Pen, side: int, look: Look, line: Colour) -> None:
    x, y = side * 0.4, 0.2
    height = 0.19 if look.boy else 0.26
    pen.oval((x, y), 0.21, height, (255, 255, 255))
    pen.oval((x, y + 0.02), 0.165, height * 0.94, darker(look.eyes, 0.45))
    pen.oval((x, y + height * 0.25), 0.145, height * 0.66, look.eyes)
    pen.oval((x, y + height * 0.55), 0.095, height * 0.3, lighter(look.eyes, 0.55))
    pen.oval((x, y), 0.065, height * 0.36, darker(look.eyes, 0.8))
    pen.oval((x - 0.06, y - height * 0.42), 0.055, height * 0.24, (255, 255, 255))
    pen.oval((x + 0.07, y + height * 0.5), 0.026, 0.03, (255, 255, 255))
    pen.stroke(
        [
            (x - side * 0.19, y - height * 0.55),
            (x, y - height),
            (x + side * 0.2, y - height * 0.5),
            (x + side * 0.27, y - height * 0.15),
        ],
        0.062,
        line,
    )


def _fringe(pen: Pen, look: Look) -> None:
    hair, shade = look.hair, darker(look.hair, 0.16)
    top = -1.16
    crown: list[Point] = [
        (-0.98, 0.1), (-1.08, -0.4), (-0.86, -0.92), (-0.4, top), (0.1, top - 0.02), (0.6, -1.08),
        (0.98, -0.72), (1.08, -0.2), (0.98, 0.1), (0.84, -0.25), (0.72, -0.3), (0.62, 0.02),
        (0.42, -0.38), (0.2, -0.02), (0.02, -0.42), (-0.22, 0.0), (-0.36, -0.4), (-0.6, 0.04),
        (-0.72, -0.28), (-0.84, -0.25),
    ]  # fmt: skip
    pen.blob(crown, hair)
    length = 1.5 if look.long_hair else 0.72
    for side in (-1, 1):
        pen.blob(
            [
                (side * 0.82, -0.55),
                (side * 1.09, -0.3),
                (side * 1.07, 0.4),
                (side * 0.96, length),
                (side * 0.84, length * 0.7),
                (side * 0.8, 0.1),
            ],
            hair,
        )
        pen.stroke(
            [(side * 0.96, -0.2), (side * 0.98, 0.4), (side * 0.93, length * 0.85)], 0.03, shade
        )
    for points in (
        [(-0.3, -1.0), (-0.46, -0.6), (-0.4, -0.42)],
        [(0.24, -1.0), (0.16, -0.6), (0.05, -0.46)],
        [(0.5, -0.96), (0.55, -0.6), (0.45, -0.42)],
    ):
        pen.stroke(points, 0.03, shade)
    shine = lighter(hair, 0.45)
    pen.stroke([(-0.72, -0.62), (-0.52, -0.76), (-0.3, -0.82)], 0.07, shine)
    pen.stroke([(-0.14, -0.86), (0.02, -0.87)], 0.06, shine)
    if look.ribbon is not None:
        _bow(pen, (0.78, -0.95), 0.3, look.ribbon)


def _headdress(pen: Pen) -> None:
    for i in range(7):
        x = (i - 3) * 0.24
        pen.oval((x, -1.16 + 0.14 * (x / 0.72) ** 2), 0.15, 0.17, (252, 250, 255))
    pen.stroke(
        [(-0.86, -0.86), (-0.4, -1.04), (0, -1.08), (0.4, -1.04), (0.86, -0.86)],
        0.09,
        (226, 222, 238),
    )
