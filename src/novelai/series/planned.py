"""A series that is planned: what is drawn of it, and what that costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from novelai.errors import SeriesError
from novelai.series.fitting import Fit, Skipped, fit, prices
from novelai.series.order import Series
from novelai.series.planning import Cell, plan
from novelai.templates import Library
from novelai.types.generation import GenerateImageParams
from novelai.types.subscription import Subscription

__all__ = ["SeriesPlan"]


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """A series, planned. Nothing is sent for it.

    Attributes:
        series: what is ordered.
        library: what its templates name.
        fit: what of it is drawn.
    """

    series: Series
    library: Library = field(repr=False)
    fit: Fit = field(repr=False)

    @classmethod
    def of(
        cls,
        series: Series,
        library: Library | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Self:
        """Plan a series.

        Args:
            series: what is ordered.
            library: lists and snippets for its templates.
            fields: of `GenerateImageParams`, for what the base does not say.

        Raises:
            SeriesError: an axis cannot vary so, or there are too many axes, lines or pictures.
            TemplateError: a text cannot be expanded.
            InvalidParamsError: a value is wrong, or every cell is refused by its model.
        """
        library = library or Library()
        if fields:
            series = replace(series, base={**fields, **series.base})
        return cls(series, library, fit(plan(series, library)))

    @property
    def cells(self) -> tuple[Cell[GenerateImageParams], ...]:
        """All cells that have a picture, in their order."""
        return self.fit.cells

    @property
    def pictures(self) -> int:
        """How many pictures are made: those that are the same are made once."""
        return sum(cell.params.n_samples for cell in self.fit.drawn)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Cells that their models refuse."""
        return self.fit.skipped

    @property
    def same(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of cells that are one picture; see `Fit`."""
        return self.fit.same

    def cost(self, account: Subscription | None = None) -> int | None:
        """Return what all of it costs, in Anlas.

        Args:
            account: who pays, from ``client.user.get_subscription()``; by default somebody without
                Opus.

        Returns:
            The sum; ``None`` when a model's price is unknown.
        """
        found = prices(self.fit.drawn, account)
        known = [price for price in found if price is not None]
        return sum(known) if len(known) == len(found) else None

    def within(self, anlas: int, account: Subscription | None = None) -> Self:
        """Return the plan of as many cells, from the first on, as a sum pays for.

        Args:
            anlas: what may be spent.
            account: who pays; as for `cost`.

        Raises:
            SeriesError: a price is unknown, or not even the first picture is paid for.
        """
        last: int | None = None
        for cell, price in zip(self.fit.drawn, prices(self.fit.drawn, account), strict=True):
            if price is None:
                raise _no_limit("A model's price is unknown, so no limit can be kept.")
            anlas -= price
            if anlas < 0:
                last = cell.number
                break
        series = replace(self.series, anlas=None)
        if last is None:
            return replace(self, series=series)
        if last <= self.fit.drawn[0].number:
            raise _no_limit("The limit does not pay for one picture.")
        return type(self).of(replace(series, pictures=last), self.library)


def _no_limit(sentence: str) -> SeriesError:
    return SeriesError(sentence, kind="limit", field="limit.anlas")
