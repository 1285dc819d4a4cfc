"""Director tools: simple picture filters that do visibly what the tool's name says."""

import random

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from novelai.emulator.colours import Colour, free_colour, mix

TOOLS = (
    "bg-removal",
    "lineart",
    "sketch",
    "colorize",
    "emotion",
    "declutter",
    "declutter-keep-bubbles",
)
MAX_DEFRY = 5


def apply_tool(image: Image.Image, req_type: str, prompt: str, defry: int) -> list[Image.Image]:
    """Apply a tool.

    Args:
        image: The source, RGB.
        req_type: One of `TOOLS`.
        prompt: For `colorize` and `emotion`.
        defry: 0 (full effect) to 5 (weakest), for the same two.

    Returns:
        One RGB picture; three RGBA pictures (masked, generated, blended) for `bg-removal`.
    """
    weight = 1 - 0.15 * min(max(defry, 0), MAX_DEFRY)
    if req_type == "bg-removal":
        return _without_background(image)
    if req_type == "lineart":
        return [_lines(image, radius=2)]
    if req_type == "sketch":
        return [_sketch(image)]
    if req_type == "colorize":
        return [Image.blend(image, _colourize(image, prompt), weight)]
    if req_type == "emotion":
        return [Image.blend(image, _mood(image, prompt), weight)]
    return [_declutter(image, keep_bubbles=req_type == "declutter-keep-bubbles")]


def _lines(image: Image.Image, radius: int) -> Image.Image:
    """Dark lines where neighbouring pixels differ, on white."""
    grey = image.convert("L")
    blurred = grey.filter(ImageFilter.BoxBlur(radius))
    edges = ImageChops.difference(grey, blurred)
    return edges.point([max(0, 255 - value * 10) for value in range(256)]).convert("RGB")


def _sketch(image: Image.Image) -> Image.Image:
    """Pencil: light paper, softly shaded."""
    shade = image.convert("L").point([190 + value // 4 for value in range(256)]).convert("RGB")
    return ImageChops.multiply(shade, _lines(image, radius=4))


def _colourize(image: Image.Image, prompt: str) -> Image.Image:
    text = prompt.lower()
    rng = random.Random(f"colorize:{text}")
    colour = free_colour(text) or (rng.randrange(80, 230), rng.randrange(80, 230), 150)
    return ImageOps.colorize(
        image.convert("L"),
        black=mix(colour, (16, 8, 40), 0.8),
        mid=colour,
        white=mix(colour, (255, 250, 240), 0.85),
    )


def _mood(image: Image.Image, prompt: str) -> Image.Image:
    emotion = prompt.partition(";;")[0].strip().lower()
    rng = random.Random(f"emotion:{emotion}")
    tint: Colour = (rng.randrange(120, 256), rng.randrange(120, 256), rng.randrange(120, 256))
    tinted = ImageChops.multiply(image, Image.new("RGB", image.size, tint))
    return ImageEnhance.Brightness(tinted).enhance(1.1)


def _declutter(image: Image.Image, *, keep_bubbles: bool) -> Image.Image:
    """Small details, text above all, are smoothed away."""
    smooth = image.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.MedianFilter(5))
    if not keep_bubbles:
        return smooth
    white = image.convert("L").point([0] * 240 + [255] * 16).filter(ImageFilter.BoxBlur(6))
    return Image.composite(image, smooth, white)


def _without_background(image: Image.Image) -> list[Image.Image]:
    """Find the subject: what differs from the colours of the left and right border, row by row."""
    width, height = image.size
    border = Image.new("RGB", (2, height))
    border.paste(image.crop((0, 0, 1, height)), (0, 0))
    border.paste(image.crop((width - 1, 0, width, height)), (1, 0))
    background = border.resize((width, height), Image.Resampling.BILINEAR)
    difference = ImageChops.difference(image, background).convert("L")
    alpha = difference.point([min(255, value * 8) for value in range(256)])
    masked, generated, blend = image.copy(), image.copy(), image.copy()
    masked.putalpha(alpha)
    generated.putalpha(alpha.point([0] * 128 + [255] * 128))
    blend.putalpha(alpha.filter(ImageFilter.BoxBlur(2)))
    return [masked, generated, blend]
