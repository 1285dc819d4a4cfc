"""The parameters that a picture was made with, without the pictures it was made from."""

from collections.abc import Mapping
from typing import Any

__all__ = ["settings_of", "settings_to_keep"]

PICTURES: Mapping[str, tuple[str, ...]] = {
    "image": ("image",),
    "i2i": ("i2i.image",),
    "inpaint": ("inpaint.image", "inpaint.mask"),
    "vibes": ("vibes",),
    "controlnet": ("vibes",),
    "character_references": ("character_references",),
}
"""Parameters that hold pictures, and what is missing without them."""

MISSING = "missing"


def settings_to_keep(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a job's packed parameters that is kept with its picture.

    Args:
        params: of the job.
    """
    kept = {name: value for name, value in params.items() if name not in PICTURES}
    missing = [part for name, parts in PICTURES.items() if params.get(name) for part in parts]
    return kept | {MISSING: list(dict.fromkeys(missing))}


def settings_of(kept: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    """Return the parameters that lead to one picture of a job.

    Args:
        kept: what `settings_to_keep` gave for the job.
        seed: of this picture.
    """
    settings: dict[str, Any] = {MISSING: [], **kept}
    if seed is not None:
        settings |= {"seed": seed, "n_samples": 1}
    return settings
