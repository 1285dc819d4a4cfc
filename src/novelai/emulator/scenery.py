"""Landscapes: sky, sun or moon, and the ground the prompt asks for."""

import math
import random
import re

from PIL import Image

from novelai.emulator.colours import Colour, darker, lighter, mix
from novelai.emulator.palette import Palette
from novelai.emulator.pen import Pen, Point

_MOUNTAINS = re.compile(r"\b(mountains?|snow|winter|cliff|valley)\b")
_WHITE_TOPS = re.compile(r"\b(snow|winter|mountains?)\b")
_SEA = re.compile(r"\b(sea|ocean|beach|water|lake|waves?|river|underwater)\b")
_CITY = re.compile(r"\b(city|street|cityscape|building|skyline|cyberpunk|neon|town|rooftop)\b")
_FOREST = re.compile(r"\b(forest|trees?|woods|bamboo|nature)\b")
_RAIN = re.compile(r"\b(rain|storm)\b")
_SNOW = re.compile(r"\b(snow|snowing|winter)\b")
_PETALS = re.compile(r"\b(cherry blossoms?|sakura|petals?|flowers?|rose|spring)\b")


def draw_sky(size: tuple[int, int], palette: Palette, rng: random.Random) -> Image.Image:
    """Return a sky with its light, stars or clouds, filling `size` pixels."""
    width, height = size
    strip = Image.new("RGB", (1, 5))
    top, middle, low = palette.sky
    for y, colour in enumerate((top, mix(top, middle, 0.55), middle, low, low)):
        strip.putpixel((0, y), colour)
    sky = strip.resize((1, height), Image.Resampling.BICUBIC).resize(size)
    _light(sky, palette, rng)
    pen = Pen(sky, (0, 0), width)
    tall = height / width
    if palette.night:
        for _ in range(130):
            x, y, glow = rng.random(), rng.random() ** 1.4 * tall * 0.75, rng.random()
            size_of_star = 0.0008 + 0.0018 * glow**3
            colour = mix(palette.sky[1], lighter(palette.light), 0.35 + 0.65 * glow)
            pen.oval((x, y), size_of_star, size_of_star, colour)
    _clouds(sky, palette, rng, count=3 if palette.night else 6)
    return sky


def _light(sky: Image.Image, palette: Palette, rng: random.Random) -> None:
    width, height = sky.size
    x, y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.14, 0.34) * height
    radius = min(width, height) * rng.uniform(0.07, 0.12)
    reach = radius * 6
    # Pillow's radial gradient grows from 0 in the middle to 180 at the nearest edge.
    fall = [round(150 * max(0.0, 1 - value / 178) ** 2) for value in range(256)]
    glow = Image.radial_gradient("L").point(fall)
    glow = glow.resize((round(reach * 2), round(reach * 2)), Image.Resampling.BILINEAR)
    sky.paste(palette.light, (round(x - reach), round(y - reach)), glow)
    pen = Pen(sky, (x, y), radius)
    pen.oval((0, 0), 1, 1, lighter(palette.light, 0.5))
    if palette.night:
        for cx, cy, r in (
            (-0.3, -0.2, 0.2),
            (0.35, 0.25, 0.26),
            (0.1, -0.5, 0.12),
            (-0.2, 0.5, 0.14),
        ):
            pen.oval((cx, cy), r, r, mix(palette.light, palette.sky[2], 0.22))


def _clouds(sky: Image.Image, palette: Palette, rng: random.Random, count: int) -> None:
    width, height = sky.size
    # Soft shapes need no detail: a small mask, enlarged.
    mask = Image.new("L", (max(width // 8, 8), max(height // 8, 8)))
    for _ in range(count):
        span = rng.uniform(0.12, 0.28) * mask.width
        x, y = rng.random() * mask.width, rng.uniform(0.06, 0.55) * mask.height
        shape = Image.new("RGB", mask.size)
        pen = Pen(shape, (x, y), span)
        depth = rng.randrange(70, 170)
        grey = (depth, depth, depth)
        for i in range(6):
            rise = math.sin((i + 0.5) / 6 * math.pi)
            r = 0.1 + 0.22 * rise * rng.uniform(0.7, 1.2)
            pen.oval((i / 2.5 - 1, -r * 0.4), r * 1.3, r * 0.75, grey)
        layer = shape.getchannel("R")
        flat = round(y + span * 0.05)
        layer.paste(0, (0, flat, mask.width, mask.height))
        mask.paste(layer, mask=layer)
    mask = mask.resize(sky.size, Image.Resampling.BICUBIC)
    sky.paste(
        mix(palette.sky[2], lighter(palette.light, 0.6), 0.2 if palette.night else 0.75),
        (0, 0),
        mask,
    )


def draw_ground(image: Image.Image, prompt: str, palette: Palette, rng: random.Random) -> None:
    """Draw the land below the sky.

    Sea, city, forest, mountains or hills, whichever the prompt names.
    """
    pen = Pen(image, (0, 0), image.width)
    tall = image.height / image.width
    horizon = tall * rng.uniform(0.56, 0.66)
    if _MOUNTAINS.search(prompt) or rng.random() < 0.4:
        snowy = bool(_WHITE_TOPS.search(prompt))
        _mountains(pen, horizon, tall, palette, rng, snowy=snowy)
    if _SEA.search(prompt):
        _sea(pen, horizon, tall, palette, rng)
    elif _CITY.search(prompt):
        _city(pen, horizon, tall, palette, rng)
    else:
        forest = bool(_FOREST.search(prompt))
        _hills(pen, horizon, tall, palette, rng, forest=forest)


def _ridge(rng: random.Random, height: float, swing: float, rough: float = 1.0) -> list[Point]:
    waves = [
        (rng.uniform(0.6, 1.4) * 2**i * rough, rng.random() * math.tau, swing / 1.8**i)
        for i in range(4)
    ]
    return [
        (
            i / 48 * 1.04 - 0.02,
            height + sum(s * math.sin(math.tau * f * i / 48 + p) for f, p, s in waves),
        )
        for i in range(49)
    ]


def _fill_below(pen: Pen, ridge: list[Point], floor: float, colour: Colour) -> None:
    pen.shape([*ridge, (1.02, floor), (-0.02, floor)], colour)


def _mountains(
    pen: Pen, horizon: float, tall: float, palette: Palette, rng: random.Random, *, snowy: bool
) -> None:
    colour = mix(palette.haze, palette.land, 0.25)
    for _ in range(4):
        x, h, w = rng.random(), rng.uniform(0.2, 0.38) * tall * 0.8, rng.uniform(0.3, 0.5)
        foot = horizon + 0.1
        pen.shape([(x - w, foot), (x, foot - h), (x + w, foot)], colour)
        pen.shape([(x, foot - h), (x + w, foot), (x + w * 0.15, foot)], darker(colour, 0.12))
        if snowy:
            cap = [(-0.3, 0.7), (0, 1), (0.3, 0.7), (0.12, 0.78), (0, 0.67), (-0.13, 0.79)]
            outline = [(x + a * w, foot - b * h) for a, b in cap]
            pen.shape(outline, lighter(palette.haze, 0.75))
        colour = mix(colour, palette.land, 0.15)
    pen.shape([(0, horizon + 0.09), (1, horizon + 0.09), (1, tall), (0, tall)], colour)


def _hills(
    pen: Pen, horizon: float, tall: float, palette: Palette, rng: random.Random, *, forest: bool
) -> None:
    layers = 5
    for i in range(layers):
        depth = i / (layers - 1)
        height = horizon + (tall - horizon) * depth * 0.72
        ridge = _ridge(rng, height, 0.022 + 0.02 * depth)
        colour = mix(palette.haze, palette.land, 0.3 + 0.7 * depth)
        if forest or i == 2:
            for x, y in ridge[:: 1 if forest else 3]:
                size = rng.uniform(0.02, 0.045) * (0.6 + depth)
                for part in range(3):
                    foot, half = y + 0.01 - part * size * 0.7, size * (0.55 - part * 0.13)
                    pen.shape(
                        [(x - half, foot), (x, foot - size * 1.1), (x + half, foot)],
                        darker(colour, 0.1),
                    )
        _fill_below(pen, ridge, tall, colour)
        pen.stroke(ridge[::4], 0.002, lighter(colour, 0.18))
    for _ in range(60):
        x, y = rng.random(), tall * rng.uniform(0.9, 1.0)
        bloom = rng.uniform(0.002, 0.006)
        pen.stroke([(x, y + 0.03), (x + 0.003, y)], 0.002, darker(palette.land, 0.2))
        pen.oval(
            (x + 0.003, y), bloom, bloom, mix(palette.accent, (255, 255, 255), rng.random() * 0.5)
        )


def _sea(pen: Pen, horizon: float, tall: float, palette: Palette, rng: random.Random) -> None:
    bands = 26
    deep = mix(palette.sky[0], palette.land, 0.35)
    for i in range(bands):
        depth = i / bands
        y = horizon + (tall - horizon) * depth**1.5
        ridge = _ridge(rng, y, 0.0005 + 0.005 * depth, rough=2)
        _fill_below(pen, ridge, tall, mix(palette.sky[2], deep, min(1, 0.25 + depth)))
    for _ in range(70):
        depth = rng.random()
        y = horizon + 0.008 + (tall - horizon) * depth**1.5
        x, span = rng.random(), rng.uniform(0.01, 0.06) * (0.3 + depth)
        pen.stroke(
            [(x - span, y), (x, y - 0.002), (x + span, y)],
            0.0025,
            mix(palette.light, deep, 0.25 + depth * 0.3),
        )


def _city(pen: Pen, horizon: float, tall: float, palette: Palette, rng: random.Random) -> None:
    for i in range(3):
        colour = mix(palette.haze, palette.land, 0.35 + 0.32 * i)
        x = -0.05
        while x < 1.05:
            wide, high = rng.uniform(0.05, 0.13), rng.uniform(0.1, 0.34 - 0.06 * i) * tall * 0.8
            roof = horizon + (0.06 + 0.11 * i) * tall - high + 0.08
            pen.shape([(x, tall), (x, roof), (x + wide, roof), (x + wide, tall)], colour)
            for row in range(int((tall - roof) / 0.026)):
                for column in range(int(wide / 0.018)):
                    if rng.random() < (0.34 if palette.night else 0.16):
                        wx, wy = x + 0.008 + column * 0.018, roof + 0.014 + row * 0.026
                        glow = mix(colour, palette.accent, rng.uniform(0.5, 1.0))
                        pen.shape(
                            [
                                (wx, wy),
                                (wx + 0.008, wy),
                                (wx + 0.008, wy + 0.012),
                                (wx, wy + 0.012),
                            ],
                            glow,
                        )
            x += wide + rng.uniform(0, 0.02)


def draw_air(image: Image.Image, prompt: str, palette: Palette, rng: random.Random) -> None:
    """Draw what floats in front: petals, snow, rain, fireflies."""
    pen = Pen(image, (0, 0), image.width)
    tall = image.height / image.width
    if _RAIN.search(prompt):
        for _ in range(140):
            x, y, length = rng.random() * 1.1, rng.random() * tall, rng.uniform(0.02, 0.06)
            pen.stroke(
                [(x, y), (x - length * 0.25, y + length)], 0.0015, lighter(palette.haze, 0.5)
            )
    elif _SNOW.search(prompt):
        for _ in range(160):
            r = 0.001 + 0.005 * rng.random() ** 3
            pen.oval((rng.random(), rng.random() * tall), r, r, (250, 252, 255))
    elif _PETALS.search(prompt):
        _petals(pen, tall, mix(palette.accent, (255, 186, 208), 0.6), rng)
    elif palette.night or "fireflies" in prompt:
        for _ in range(26):
            r = rng.uniform(0.0015, 0.004)
            pen.oval((rng.random(), tall * rng.uniform(0.5, 1)), r, r, lighter(palette.accent, 0.3))


def _petals(pen: Pen, tall: float, colour: Colour, rng: random.Random) -> None:
    for _ in range(64):
        x, y, turn = rng.random(), rng.random() * tall, rng.random() * math.tau
        size = rng.uniform(0.005, 0.016)
        outline = [(1.0, 0.0), (0.1, 0.55), (-0.9, 0.25), (-0.7, 0.0), (-0.9, -0.25), (0.1, -0.55)]
        cos, sin = math.cos(turn) * size, math.sin(turn) * size
        pen.blob(
            [(x + a * cos - b * sin, y + a * sin + b * cos) for a, b in outline],
            mix(colour, (255, 255, 255), rng.random() * 0.6),
        )
