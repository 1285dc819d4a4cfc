"""What a series is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from novelai.series.document import as_json, read_axis, read_series
from novelai.templates import Mode

__all__ = ["TAGS", "Axis", "Line", "Series"]

TAGS = "tags"

Line = str | Mapping[str, Any]
"""A prompt, or fields of `GenerateImageParams` by name."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What varies, and its values.

    ``Axis("steps", [20, 28])`` varies a field, ``Axis(("sampler", "scale"), [("k_euler", 5)])``
    several at once; `Axis.list` the options of a list or a choice, `Axis.tags` what stands at the
    end of the prompt.

    Attributes:
        what: a field, several of them, or a list's name or a choice's text.
        values: up to 100; ``None``: all options of the list, up to 500.
        kind: what it varies.
    """

    what: str | tuple[str, ...]
    values: Sequence[Any] | None = field(repr=False)
    kind: Literal["field", "list", "tags"] = "field"

    @classmethod
    def list(cls, name: str, values: Sequence[str] | None = None) -> Self:
        """Vary what a list or a choice gives.

        Args:
            name: the list's name, or the choice as it stands in the prompt.
            values: some of its options, as they are written there; all by default.
        """
        return cls(name, values, "list")

    @classmethod
    def tags(cls, values: Sequence[str | None]) -> Self:
        """Vary what is added to the prompt: to its first part, before a text section.

        Args:
            values: templates; ``None`` adds nothing, to compare with.
        """
        return cls(TAGS, values, "tags")

    def to_document(self, place: str) -> dict[str, Any]:
        """Return it as JSON has it.

        Args:
            place: what to call it in an error.

        Raises:
            SeriesError: a value has no such form.
        """
        if self.kind == "tags":
            return {TAGS: as_json(self.values or [], f"{place}.{TAGS}")}
        name = self.kind if self.kind == "list" or isinstance(self.what, str) else "fields"
        document = {name: as_json(self.what, f"{place}.{name}")}
        if self.values is not None:
            document["values"] = as_json(self.values, f"{place}.values")
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """An order of many pictures.

    Attributes:
        base: parameters of `GenerateImageParams` as a document; its texts are templates.
        roll_seed: 0 to 4294967295; what picks and seeds follow from.
        prompts: lines instead of the base's prompt, up to 500: each a prompt, or a mapping of
            fields that replace those of the base.
        axes: X, Y and Z, as many as there are.
        modes: how lists and choices pick; see `novelai.templates.expand`.
        repeat: how often everything is done, each time with a roll and seeds of its own.
        seeds: ``shared``: one for all cells of a round; ``each``: one for each. By default cells
            that axes compare share it. A seed in ``base`` holds for all.
        pictures: the most pictures, of at most 1,000; those behind are left out.
        anlas: what all may cost. It is `SeriesPlan.within` that leaves out what is behind, once it
            is known who pays.
    """

    base: Mapping[str, Any] = field(repr=False)
    roll_seed: int
    prompts: Sequence[Line] = field(default=(), repr=False)
    axes: Sequence[Axis] = ()
    modes: Mapping[str, Mode] = field(default_factory=dict[str, Mode])
    repeat: int = 1
    seeds: Literal["shared", "each"] | None = None
    pictures: int | None = None
    anlas: int | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read a series as `to_document` writes it.

        Args:
            document: ``base``, ``prompts``, ``axes``, ``picks`` (the modes), ``repeat``,
                ``seeds``, ``limit`` (``pictures``, ``anlas``) and ``roll_seed``. Each axis has one
                of ``field``, ``fields``, ``list`` and ``tags``, and ``values``. What is ``null``,
                or missing, has its default; ``base`` and ``roll_seed`` have none.

        Raises:
            SeriesError: it is no series; names the field.
        """
        found = read_series(document)
        axes = found.pop("axes", ())
        read = [Axis(**read_axis(axis, f"axes.{number}")) for number, axis in enumerate(axes)]
        return cls(**found, axes=read)

    def to_document(self) -> dict[str, Any]:
        """Return the series as JSON has it; what has its default is left out.

        Raises:
            SeriesError: something has no such form, such as a picture; names the field.
        """
        limit = {"pictures": self.pictures, "anlas": self.anlas}
        axes = [axis.to_document(f"axes.{number}") for number, axis in enumerate(self.axes)]
        optional: dict[str, Any] = {
            "prompts": as_json(self.prompts, "prompts"),
            "axes": axes,
            "picks": dict(self.modes),
            "repeat": self.repeat if self.repeat != 1 else None,
            "seeds": self.seeds,
            "limit": {name: value for name, value in limit.items() if value is not None},
        }
        return {
            "base": as_json(self.base, "base"),
            **{name: value for name, value in optional.items() if value},
            "roll_seed": self.roll_seed,
        }
