"""The options of ``novelai generate`` that make a series of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from novelai.cli.order import Order

if TYPE_CHECKING:
    from novelai.templates import Mode

__all__ = ["SeriesOptions"]

USELESS = {
    "--count": "is for single prompts; --repeat does a series so often",
    "--cost": "is for single prompts; --plan shows the price of a series",
    "--stream": "is for single prompts",
    "--output": "is a folder for a series, whose files are numbered",
}
"""Options that a series has no use for, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOptions:
    """The options of ``novelai generate`` that make a series of it, as they were given.

    Attributes:
        prompts: a file of prompts.
        sweeps: ``FIELD=VALUES`` each.
        repeat: how often everything is done.
        shuffle: names of lists that give each option once before any comes again.
        in_order: names of lists that give one option after the other.
        plan: show it and send nothing.
        max_anlas: what it may cost.
        resume: the file in which steps are written down.
        again_uncertain: draw again what may have been charged.
    """

    prompts: Path | None = None
    sweeps: Sequence[str] = field(default=(), repr=False)
    repeat: int | None = None
    shuffle: Sequence[str] = ()
    in_order: Sequence[str] = ()
    plan: bool = False
    max_anlas: int | None = None
    resume: Path | None = None
    again_uncertain: bool = False

    @property
    def given(self) -> bool:
        """Return whether any was given."""
        return self != SeriesOptions()

    @property
    def orders(self) -> bool:
        """Return whether any says what to draw."""
        varied = self.prompts, self.sweeps, self.repeat, self.shuffle, self.in_order
        return any(one is not None and one != () for one in varied)

    def is_alone(self, order: Order) -> bool:
        """Return whether a series is only gone on with: nothing says what to draw.

        Raises:
            typer.BadParameter: something does, but no prompt.
        """
        if self.resume is None or order.prompts or self.prompts is not None:
            return False
        if self.orders or order.says_more:
            raise typer.BadParameter(
                "goes on by itself, or with the whole order again: PROMPT or --prompts, too",
                param_hint="--resume",
            )
        return True

    def refuse_beside(self, given: Mapping[str, bool]) -> None:
        """Refuse what a series has no use for.

        Args:
            given: which of such options were given.

        Raises:
            typer.BadParameter: one was.
        """
        for option, sentence in USELESS.items():
            if given[option]:
                raise typer.BadParameter(sentence, param_hint=option)

    def modes(self) -> "dict[str, Mode]":
        """Return how lists pick.

        Raises:
            typer.BadParameter: one is to pick in both ways.
        """
        if both := set(self.shuffle) & set(self.in_order):
            raise typer.BadParameter(f"{min(both)} is in --shuffle, too", param_hint="--in-order")
        ways: tuple[tuple[Sequence[str], Mode], ...]
        ways = (self.shuffle, "shuffle"), (self.in_order, "order")
        return {name: mode for names, mode in ways for name in names}
