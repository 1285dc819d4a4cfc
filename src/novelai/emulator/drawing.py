"""Draws the picture of a generation: decided by prompt, seed, size and model."""

import math
import random

from PIL import Image, ImageChops, ImageFilter

from novelai.emulator.colours import Colour
from novelai.emulator.figures import draw_figure
from novelai.emulator.generation import Generation
from novelai.emulator.look import look_of, people_in
from novelai.emulator.palette import choose_palette
from novelai.emulator.pictures import fit, open_image
from novelai.emulator.randomiser import resolve
from novelai.emulator.scenery import draw_air, draw_ground, draw_sky
from novelai.emulator.vibes import colour_of

MAX_ENHANCED_AREA = 3_145_728
# Fast pictures are drawn this much smaller and enlarged: pixel art, at a tenth of the time.
FAST_BLOCK = 8
# By level of red, green, blue and alpha: what decoding makes of it, never quite the same colour.
_DECODED = [level + 2 if level < 128 else level - 2 for level in range(256)] * 3 + [*range(256)]


def draw_sample(generation: Generation, index: int, *, fast: bool) -> Image.Image:
    """Draw sample `index`, RGB, or RGBA when the background is empty.

    Args:
        generation: What to draw.
        index: Number of the sample, from 0; its seed is the request's plus the index.
        fast: Draw coarse blocks instead of smooth shapes.

    Raises:
        Refusal: 500 when a source picture cannot be read.
    """
    size = (generation.width, generation.height)
    painted = _paint(generation, generation.sample_seed(index), fast=fast)
    if generation.action == "img2img" and generation.image is not None:
        painted = _over_source(painted, generation, generation.image)
    elif generation.image is not None and generation.mask is not None:
        painted = _infill(painted, generation, generation.image, generation.mask)
    if generation.enhance:
        scale = min(2, math.sqrt(MAX_ENHANCED_AREA / (size[0] * size[1])))
        size = (int(size[0] * scale), int(size[1] * scale))
        painted = painted.resize(size, Image.Resampling.BICUBIC)
    return painted


def _paint(generation: Generation, seed: int, *, fast: bool) -> Image.Image:
    """Return the picture without its source: what `generate` would give."""
    prompt = resolve(generation.prompt, seed).lower()
    captions = [resolve(one.prompt, seed).lower() for one in generation.characters]
    text = ", ".join([prompt, *captions])
    rng = random.Random(f"{generation.model.id}|{text}|{seed}")
    palette = choose_palette(text, rng, _tints(generation))
    width, height = generation.width, generation.height
    # Twice the final detail, halved at the end, gives smooth edges.
    canvas = (
        (width * 2 // FAST_BLOCK, height * 2 // FAST_BLOCK) if fast else (width * 2, height * 2)
    )
    if generation.transparent:
        image = Image.new("RGBA", canvas)
    else:
        image = draw_sky(canvas, palette, rng)
        draw_ground(image, prompt, palette, rng)
    _people(image, generation, prompt, captions, seed)
    if not generation.transparent:
        draw_air(image, prompt, palette, rng)
    image = image.reduce(2)
    return image.resize((width, height), Image.Resampling.NEAREST) if fast else image


def _tints(generation: Generation) -> list[tuple[Colour, float]]:
    references = (*generation.vibes, *generation.precise_references)
    return [(colour_of(reference.data), reference.strength) for reference in references]


def _people(
    image: Image.Image, generation: Generation, prompt: str, captions: list[str], seed: int
) -> None:
    width, height = image.size
    prompts = captions or [prompt] * people_in(prompt)
    if not prompts and generation.transparent:
        # An empty background with nobody in front would be an empty picture.
        prompts = [prompt]
    places = [one.place for one in generation.characters] or [None] * len(prompts)
    rng = random.Random(f"people|{seed}|{generation.model.id}")
    looks = [look_of(text, rng) for text in prompts]
    if len(prompts) == 1 and places[0] is None:
        unit = min(width * 0.2, height * 0.165)
        draw_figure(image, (width / 2, height * 0.47), unit, looks[0], bust=True)
        return
    unit = min(width / (len(prompts) + 1.5) * 0.36, height * 0.12)
    spots: list[tuple[float, float, int]] = []
    for i, place in enumerate(places):
        x, y = place or ((i + 1) / (len(places) + 1), 0.6 + 0.02 * (i % 2))
        # Nobody checks coordinates; far outside there is nothing to draw.
        x, y = (min(max(value, -0.5), 1.5) for value in (x, y))
        spots.append((y, x, i))
    for y, x, i in sorted(spots):
        draw_figure(image, (x * width, y * height), unit, looks[i], bust=False)


def _over_source(painted: Image.Image, generation: Generation, source: bytes) -> Image.Image:
    keep_alpha = painted.mode == "RGBA"
    original = fit(open_image(source), painted.size, keep_alpha=keep_alpha)
    return Image.blend(original, painted, generation.strength)


def _infill(
    painted: Image.Image, generation: Generation, source: bytes, mask: bytes
) -> Image.Image:
    """Draw anew where the mask is white; every other pixel stays about as it was sent.

    The service decodes the whole picture anew, so nothing of it comes back quite the same.
    """
    keep_alpha = painted.mode == "RGBA"
    original = fit(open_image(source), painted.size, keep_alpha=keep_alpha)
    repaint = fit(open_image(mask), open_image(mask).size).convert("L")
    repaint = repaint.resize(painted.size, Image.Resampling.NEAREST).point([0] * 128 + [255] * 128)
    if generation.strength < 1:
        painted = Image.blend(original, painted, generation.strength)
    # A soft edge inside the mask only, so that the seam does not show.
    soft = ImageChops.darker(repaint.filter(ImageFilter.BoxBlur(4)), repaint)
    decoded = original.point(_DECODED[: 256 * len(original.getbands())])
    return Image.composite(painted, decoded, soft)
