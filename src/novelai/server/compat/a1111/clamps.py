"""What A1111 allows and NovelAI does not, brought inside NovelAI's limits; a note says so."""

from collections.abc import Mapping
from itertools import product
from math import ceil, floor, log, sqrt
from typing import Any, TypeVar

from novelai.catalogue import MAX_AREA, SIZE_STEP, ModelSpec, nearest_size
from novelai.server.compat.a1111.schemas import ImageRequest

__all__ = ["FIELDS", "at_most", "fit_size", "fit_strength", "hires_size", "note_fixed"]

FIELDS: Mapping[str, str] = {
    "scale": "cfg_scale",
    "sampler": "sampler_name",
    "noise_schedule": "scheduler",
    "size": "width and height",
    "i2i.image": "init_images.0",
    "i2i.strength": "denoising_strength",
    "inpaint.image": "init_images.0",
    "inpaint.mask": "mask",
    "inpaint.strength": "denoising_strength",
}
"""What A1111 calls our parameters, where it has another name."""

CHOSEN = frozenset({"steps", "negative_prompt"})
"""Our names of what a client chooses with a field of its own and a model may set by itself."""

LEAST_STRENGTH = 0.01

N = TypeVar("N", int, float)
Size = tuple[int, int]


def at_most(field: str, asked: N, most: float, notes: list[str]) -> N:
    """Return a number, or the most that is possible."""
    if asked <= most:
        return asked
    notes.append(f"{field} {asked:g} became {most:g}: it is NovelAI's most.")
    return type(asked)(most)


def fit_strength(field: str, asked: float, most: float, notes: list[str]) -> float:
    """Return the nearest strength that NovelAI takes."""
    strength = min(max(asked, LEAST_STRENGTH), most)
    if strength != asked:
        notes.append(
            f"{field} {asked:g} became {strength:g}: NovelAI takes {LEAST_STRENGTH} to {most:g}."
        )
    return strength


def fit_size(field: str, asked: Size, notes: list[str]) -> Size:
    """Return the nearest size with sides in steps of 64, or the largest of its form."""
    size = nearest_size(*asked)
    why = f"sides are multiples of {SIZE_STEP}"
    if size[0] * size[1] > MAX_AREA:
        size = _largest(asked)
        why = f"NovelAI draws {MAX_AREA:,} pixels at most"
    if size != asked:
        notes.append(f"{field} {_shown(asked)} became {_shown(size)}: {why}.")
    return size


def hires_size(image_request: ImageRequest, size: Size, notes: list[str]) -> Size | None:
    """Return the size that the hires fix leads to; ``None``: there is nothing left to enlarge.

    Args:
        image_request: what is wanted.
        size: of the picture before.
        notes: gets a note when the size is another one than asked for.
    """
    width, height = size
    across, down = image_request.hr_resize_x, image_request.hr_resize_y
    if across or down:
        field = "hr_resize_x and hr_resize_y"
        asked = across or round(width * down / height), down or round(height * across / width)
    else:
        field = f"hr_scale {image_request.hr_scale:g}:"
        scale = image_request.hr_scale
        asked = round(width * scale), round(height * scale)
    found = fit_size(field, asked, notes)
    if found == size != asked:
        notes[-1] = (
            f"enable_hr was left out: from {_shown(size)} NovelAI cannot go to {_shown(asked)}."
        )
        return None
    return found


def note_fixed(
    asked: Mapping[str, Any], spec: ModelSpec, names: Mapping[str, str], notes: list[str]
) -> None:
    """Note what a model sets by itself although something else was asked for.

    Args:
        asked: our parameters.
        spec: of the model.
        names: what the client calls them, where it has another name.
        notes: gets the notes.
    """
    for name, value in spec.fixed.items():
        if name not in CHOSEN or asked.get(name, value) == value:
            continue
        taken = "was left out" if value is None else f"{asked[name]} became {value}"
        notes.append(f"{names.get(name, name)} {taken}: {spec.name} sets it by itself.")


def _largest(asked: Size) -> Size:
    """Return the size on the grid that loses least of the form and of the area."""
    width, height = asked
    factor = sqrt(MAX_AREA / (width * height)) / SIZE_STEP
    sides = [{max(f(side * factor), 1) * SIZE_STEP for f in (floor, ceil)} for side in asked]

    def loss(size: Size) -> float:
        form = abs(log(size[0] / size[1]) - log(width / height))
        return form + log(MAX_AREA / (size[0] * size[1])) / 2

    fitting = [(w, h) for w, h in product(*sides) if w * h <= MAX_AREA]
    return min(fitting, key=loss)


def _shown(size: Size) -> str:
    return f"{size[0]}x{size[1]}"
