"""``--wildcards``: texts of an order that are templates."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from novelai.cli.talk import Talk
from novelai.templates import Library, expand, read_texts, write_texts
from novelai.types.base import SEEDS

__all__ = ["Wildcards", "draw_roll_seed", "read_library", "read_wildcards"]


@dataclass(frozen=True, slots=True)
class Wildcards:
    """Lists and snippets, and the number that all picks follow from.

    Attributes:
        library: what names refer to.
        roll_seed: 0 to 4294967295.
    """

    library: Library = field(repr=False)
    roll_seed: int

    def expand(self, fields: Mapping[str, Any], round: int) -> dict[str, Any]:
        """Expand prompt, negative prompt and characters.

        Args:
            fields: fields of `GenerateImageParams`.
            round: which of the prompts it is; each rolls anew.

        Raises:
            TemplateError: one of them cannot be expanded, or names what is not there.
        """
        roll = expand(read_texts(fields), self.library, roll_seed=self.roll_seed, round=round)
        return write_texts(fields, roll.texts)

    def describe(self, prompt: str) -> dict[str, Any]:
        """Return what a script wants to know of an expanded prompt."""
        return {"prompt": prompt, "roll_seed": self.roll_seed}


def read_wildcards(folder: Path | None, roll_seed: int | None, talk: Talk) -> Wildcards | None:
    """Read a folder of lists and draw a roll seed, unless one is given.

    Raises:
        ConfigurationError: the folder holds no lists that can be used.
        OSError: a file cannot be read.
        typer.BadParameter: there is a seed and no folder.
    """
    if folder is None:
        if roll_seed is not None:
            raise typer.BadParameter("needs --wildcards", param_hint="--roll-seed")
        return None
    with talk.note_warnings():
        library = read_library(folder)
    if roll_seed is None:
        roll_seed = draw_roll_seed()
        talk.note(f"roll seed: {roll_seed}; --roll-seed {roll_seed} picks the same again.")
    return Wildcards(library, roll_seed)


def read_library(folder: Path | None) -> Library:
    """Read a folder of lists; without one there are none.

    Raises:
        ConfigurationError: it holds no lists that can be used.
        OSError: a file cannot be read.
    """
    return Library() if folder is None else Library.folder(folder)


def draw_roll_seed() -> int:
    """Draw what picks follow from."""
    return secrets.randbelow(SEEDS)
