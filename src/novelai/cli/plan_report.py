"""What is said of a series before it is drawn."""

from collections.abc import Iterator
from typing import Any

from novelai.cli.quote import count_noun, total
from novelai.series import SeriesPlan, prices
from novelai.types.subscription import Subscription

__all__ = ["plan_record", "plan_sentences", "price_sentence"]

PROMPT_LENGTH = 200
"""Characters of a prompt that are shown."""


def plan_record(planned: SeriesPlan, account: Subscription | None) -> dict[str, Any]:
    """Say for a program what is drawn, and what it costs.

    Args:
        planned: the series.
        account: who pays; without it nobody with Opus.
    """
    found = prices(planned.fit.drawn, account)
    price = total(found)
    costs = {cell.number: anlas for cell, anlas in zip(planned.fit.drawn, found, strict=True)}
    return {
        "roll_seed": planned.series.roll_seed,
        "cells": len(planned.cells) + len(planned.skipped),
        "pictures": planned.pictures,
        "anlas": price,
        "opus": account.is_opus if account else None,
        "balance": account.anlas if account else None,
        "enough": None if account is None or price is None else price <= account.anlas,
        "skipped": [{"cell": one.cell.number, "reason": one.reason} for one in planned.skipped],
        "same": [[*group] for group in planned.same],
        "each": [
            {
                "cell": cell.number,
                "line": cell.line,
                "round": cell.round,
                "place": [*cell.place],
                "labels": [*cell.labels],
                "seed": cell.params.seed,
                "anlas": costs.get(cell.number, 0),
                "prompt": cell.params.prompt,
                "picks": [{"site": pick.site, "text": pick.text} for pick in cell.roll.picks],
            }
            for cell in planned.cells
        ],
    }


def plan_sentences(planned: SeriesPlan, account: Subscription | None) -> Iterator[str]:
    """Yield the same for a person, a line each."""
    record = plan_record(planned, account)
    for cell in record["each"]:
        labels = " · ".join(cell["labels"])
        prompt = " ".join(cell["prompt"].split())
        shown = prompt if len(prompt) <= PROMPT_LENGTH else f"{prompt[:PROMPT_LENGTH]}…"
        yield "  ".join(
            filter(
                None,
                [
                    f"{cell['cell'] + 1:4d}",
                    labels,
                    f"{'?' if cell['anlas'] is None else cell['anlas']} Anlas",
                    f"seed {cell['seed']}",
                    shown,
                ],
            )
        )
    for one in planned.skipped:
        labels = " · ".join(one.cell.labels)
        yield "  ".join(
            filter(None, [f"{one.cell.number + 1:4d}", labels, f"skipped: {one.reason}"])
        )
    for group in planned.same:
        yield f"Cells {', '.join(str(number + 1) for number in group)} are one picture."
    yield f"{price_sentence(record['anlas'], planned.pictures)}."
    if account is not None:
        opus = "with Opus" if account.is_opus else "without Opus"
        yield f"{account.anlas} Anlas on the account, {opus}"
    yield f"--roll-seed {planned.series.roll_seed} gives the same series again."


def price_sentence(price: int | None, pictures: int) -> str:
    """Say what pictures cost."""
    amount = "an unknown number of" if price is None else price
    return f"{count_noun(pictures, 'picture')} for {amount} Anlas"
