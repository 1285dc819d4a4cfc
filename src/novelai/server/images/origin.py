"""What a picture is another version of, and what it has from there.

An upscaled picture, or one that a tool made, shows what the other one shows: it keeps its prompt,
seed, model and settings. One that was drawn from a picture has its own.
"""

from collections.abc import Mapping
from typing import Any

from novelai.server.model.image import Image
from novelai.server.model.params import references

__all__ = ["APPLIED", "inherited", "place_in_stack", "source_of"]

APPLIED = "applied"
"""In the settings of a picture that has them from another one: what was asked for itself."""

BASES = ("image", "i2i", "inpaint")
"""Parameters that hold the picture that is made anew; others show a style or a character."""


def source_of(params: Mapping[str, Any]) -> str | None:
    """Return the sha256 of the picture that packed parameters make anew, or ``None``."""
    for name in BASES:
        found = references(params.get(name))
        if found:
            return found[0]
    return None


def place_in_stack(source: Image) -> dict[str, Any]:
    """Return the columns that tell a picture's source."""
    return {"derived_from": source.id, "stack": source.stack or source.id}


def inherited(kind: str, settings: Mapping[str, Any], source: Image) -> dict[str, Any]:
    """Return the columns that a picture has from its source; none if it was drawn.

    Args:
        kind: of its job.
        settings: its own.
        source: what it was made from.
    """
    if kind == "generate":
        return {}
    kept = {name: value for name, value in source.settings.items() if name != APPLIED}
    roll = {} if source.roll is None else {"roll": source.roll}
    return roll | {
        "prompt": source.prompt,
        "negative_prompt": source.negative_prompt,
        "model": source.model,
        "seed": source.seed,
        "settings": {**kept, APPLIED: dict(settings)},
    }
