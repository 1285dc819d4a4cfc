"""Plans of series as they are shown."""

from collections.abc import Iterator, Mapping

from novelai.errors import (
    ConfigurationError,
    InvalidParamsError,
    SeriesError,
    TemplateError,
)
from novelai.server.images.schemas import ImagePick
from novelai.server.jobs.views import SHOWN
from novelai.server.series.plan_schemas import (
    PlanCell,
    PlanProblem,
    PlanTokens,
    PlanView,
    SkippedCell,
)
from novelai.server.series.planning import SeriesPlan

__all__ = ["NOTHING_TO_DRAW", "plan_view", "problems_of_plan", "same_groups"]

NOTHING_TO_DRAW = "No cell is within the limit. Raise it, or draw something cheaper."
FIRST = 20
LONGEST = 64
"""Prompts whose tokens are counted: one of the longest has the most."""


def same_groups(same: Mapping[int, int]) -> list[list[int]]:
    """Return groups of cells that show one picture, from which shows which."""
    groups: dict[int, list[int]] = {}
    for cell, first in same.items():
        groups.setdefault(first, [first]).append(cell)
    return list(groups.values())


def problems_of_plan(
    error: SeriesError | TemplateError | InvalidParamsError,
) -> Iterator[PlanProblem]:
    """Yield what stops an order that cannot be planned."""
    if isinstance(error, SeriesError):
        yield PlanProblem(code=error.kind, message=error.message)
    elif isinstance(error, TemplateError):
        yield PlanProblem(
            code=error.code,
            kind=error.kind,
            field=error.field or None,
            message=error.message,
            start=error.start,
            end=error.end,
        )
    else:
        for field, message in error.problems:
            yield PlanProblem(code="invalid_params", field=field or None, message=message)


def plan_view(planned: SeriesPlan) -> PlanView:
    """Return a plan as it is shown, but for its time. Counting tokens may take a second."""
    layout, drawings = planned.layout, planned.drawings
    prices = {one.cell: one.price.anlas for one in drawings}
    known = [price for price in prices.values() if price is not None]
    price, account = planned.price, planned.accounts[0] if planned.accounts else None
    balance = None if account is None else account.anlas
    tokens = _tokens(planned)
    shown = PlanView(
        roll_seed=planned.roll_seed,
        cells=layout.cells,
        pictures=planned.pictures,
        anlas=price.anlas,
        cheapest=min(known, default=None),
        dearest=max(known, default=None),
        free=known.count(0),
        allowance=price.allowance,
        encodings=len(planned.encodings),
        balance=balance,
        tokens=tokens,
        skipped=[SkippedCell(cell=cell, reason=why) for cell, why in layout.skipped.items()],
        same=same_groups(layout.same),
        warnings=[*_warnings(planned, balance, tokens)],
        first=[_plan_cell(planned, prices, place) for place in range(layout.cells)[:FIRST]],
    )
    if not drawings:
        shown.problems.append(
            PlanProblem(code="nothing_to_draw", field="limit", message=NOTHING_TO_DRAW)
        )
    return shown


def _plan_cell(planned: SeriesPlan, prices: Mapping[int, int | None], number: int) -> PlanCell:
    cell = planned.cells[number]
    source = planned.layout.same.get(number, number)
    return PlanCell(
        cell=number,
        line=cell.line,
        round=cell.round,
        place=cell.place,
        labels=cell.labels,
        seed=cell.params.get("seed"),
        anlas=prices.get(source) if source == number else 0,
        prompt=str(cell.params.get("prompt") or "")[:SHOWN],
        picks=[ImagePick(site=pick.site, text=pick.text) for pick in cell.roll.picks],
    )


def _tokens(planned: SeriesPlan) -> PlanTokens | None:
    """Return the tokens of the longest prompt; ``None`` where its model's cannot be counted."""
    distinct = {tuple(one.params.sent_texts[0]): one for one in planned.drawings}
    longest = sorted(distinct, key=lambda texts: -sum(len(text.encode()) for text in texts))
    found: list[PlanTokens] = []
    for texts in longest[:LONGEST]:
        one = distinct[texts]
        try:
            budget = one.params.count_tokens().prompt
        except ConfigurationError:  # the extra that counts is not installed
            return None
        found.append(PlanTokens(prompt=budget.tokens, limit=budget.limit, cell=one.cell))
    return max(found, key=lambda tokens: tokens.prompt, default=None)


def _warnings(planned: SeriesPlan, balance: int | None, tokens: PlanTokens | None) -> Iterator[str]:
    price = planned.price
    if tokens is not None and tokens.limit is not None and tokens.prompt > tokens.limit:
        yield (
            f"The prompt of cell {tokens.cell} has {tokens.prompt:,} tokens; the model reads "
            f"{tokens.limit:,}, and the rest is cut off."
        )
    if not planned.accounts:
        yield "There is no NovelAI account to run it on."
    if price.anlas is None:
        yield "The price of a picture is unknown: its model is not in the catalogue."
    elif balance is not None and price.anlas > balance:
        yield f"It costs up to {price.anlas:,} Anlas, and the account has {balance:,}."
