"""What was ordered on the command line, as parameters of a generation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from novelai.cli.inputs import character, reference, vibes

__all__ = ["Order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The options of ``novelai generate``, as they were given.

    Attributes:
        prompts: one or more.
        fields: fields of `GenerateImageParams` that were given.
        picture: the picture to start from.
        mask: what to repaint of it.
        strength: how far to move away from it.
        noise: noise added to it first.
        vibes: ``FILE[:strength[:info]]`` each.
        references: ``FILE[:type]`` each.
        characters: ``PROMPT[@place]`` each.
        count: pictures of each prompt.
        one_by_one: one call for each picture.
        wildcards: a folder of lists; its texts are templates then.
        roll_seed: what their picks follow from.
    """

    prompts: Sequence[str] = field(repr=False)
    fields: Mapping[str, Any] = field(repr=False)
    picture: Path | None
    mask: Path | None
    strength: float | None
    noise: float | None
    vibes: Sequence[str]
    references: Sequence[str]
    characters: Sequence[str] = field(repr=False)
    count: int
    one_by_one: bool
    wildcards: Path | None = None
    roll_seed: int | None = None

    @property
    def says_more(self) -> bool:
        """Return whether anything but prompts was given."""
        return self != Order(
            prompts=self.prompts,
            fields={},
            picture=None,
            mask=None,
            strength=None,
            noise=None,
            vibes=[],
            references=[],
            characters=[],
            count=self.count,
            one_by_one=self.one_by_one,
        )

    def parameters(self) -> dict[str, Any]:
        """Fields of `GenerateImageParams` but for the prompt.

        Raises:
            typer.BadParameter: options that do not go together.
            InvalidParamsError: a vibe file cannot be read.
        """
        fields = dict(self.fields)
        if self.picture is not None:
            fields |= self._source(self.picture)
        elif alone := [name for name, value in self._changes().items() if value is not None]:
            raise typer.BadParameter("needs --i2i", param_hint=f"--{alone[0]}")
        lists: dict[str, list[Any]] = {
            "vibes": [vibe for text in self.vibes for vibe in vibes(text)],
            "character_references": [reference(text) for text in self.references],
            "characters": [character(text) for text in self.characters],
        }
        return fields | {name: values for name, values in lists.items() if values}

    def _changes(self) -> dict[str, Any]:
        return {"strength": self.strength, "noise": self.noise, "mask": self.mask}

    def _source(self, picture: Path) -> dict[str, Any]:
        given = {name: value for name, value in self._changes().items() if value is not None}
        if self.mask is None:
            return {"i2i": {"image": picture, **given}}
        if self.noise is not None:
            raise typer.BadParameter("cannot be combined with --mask", param_hint="--noise")
        return {"inpaint": {"image": picture, **given}}
