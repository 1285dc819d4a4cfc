"""A generation as the judge of the strict mode reads it: what cannot be read gets no remark."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from novelai.emulator.models import Model
from novelai.emulator.web_texts import Texts

Finding = tuple[str, str]
"""Dotted name of a field, and a sentence."""


@dataclass(frozen=True)
class WebRequest:
    """A generation, as far as it can be read; what cannot be gets no remark here."""

    document: dict[str, Any]
    model: Model
    texts: Texts

    @cached_property
    def sent(self) -> dict[str, Any]:
        """Return the parameters."""
        return as_object(self.document.get("parameters"))

    @cached_property
    def action(self) -> str:
        """Return what is asked for."""
        return str(self.document.get("action") or "generate")

    @property
    def modern(self) -> bool:
        """Return whether the model is V4 or later."""
        return self.model.modern

    @property
    def v5(self) -> bool:
        """Return whether the model is one of V5."""
        return self.model.family == "v5"

    @property
    def medium(self) -> bool:
        """Return whether the model sets steps and more by itself."""
        return self.model.counted_steps is not None

    @property
    def sampler(self) -> str:
        """Return the sampler."""
        return as_text(self.sent.get("sampler"))

    @property
    def schedule(self) -> str:
        """Return the noise schedule."""
        return as_text(self.sent.get("noise_schedule"))

    @cached_property
    def prompt(self) -> str:
        """Return the prompt as it was sent."""
        return as_text(self.document.get("input"))

    @cached_property
    def unwanted(self) -> str:
        """Return the undesired content as it was sent."""
        return as_text(self.sent.get("negative_prompt"))

    @cached_property
    def characters(self) -> list[dict[str, Any]]:
        """Return the characters."""
        return as_objects(self.sent.get("characterPrompts"))


def as_object(value: object) -> dict[str, Any]:
    """Return an object; an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_objects(value: object) -> list[dict[str, Any]]:
    """Return a list of objects; an empty one for anything else."""
    return [as_object(one) for one in cast("list[Any]", value)] if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return a text; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def as_number(value: object) -> float | None:
    """Return a number as a float; None for anything else, and for one that is too large."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def is_same(value: object, wanted: object) -> bool:
    """Return whether a value is the one wanted; true is not 1."""
    return value == wanted and isinstance(value, bool) is isinstance(wanted, bool)


def shown(value: object) -> str:
    """Return a value for a sentence, cut at 40 characters."""
    return f"{value!r}"[:40]


def unknown_fields(given: dict[str, Any], known: Collection[str], prefix: str) -> Iterator[Finding]:
    """Find members that are not among the known ones."""
    for name in given:
        if name not in known:
            yield f"{prefix}{name}"[:100], "The web client does not send it."
