"""Limits of a key as options."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from novelai.server.model.key import Limits

__all__ = [
    "AllowanceMonth",
    "BudgetDay",
    "BudgetJob",
    "BudgetMonth",
    "BudgetWeek",
    "Expires",
    "MaxQueued",
    "MaxSeries",
    "Models",
    "RateMinute",
    "Weight",
    "describe",
    "with_changes",
]

DAY = 86_400.0

Models: TypeAlias = Annotated[
    list[str] | None, typer.Option("--model", metavar="ID", help="Only this model; repeatable.")
]
BudgetJob: TypeAlias = Annotated[
    int | None, typer.Option(min=0, metavar="ANLAS", help="At most for one job.")
]
BudgetDay: TypeAlias = Annotated[
    int | None, typer.Option(min=0, metavar="ANLAS", help="At most within 24 hours.")
]
BudgetWeek: TypeAlias = Annotated[
    int | None, typer.Option(min=0, metavar="ANLAS", help="At most within 7 days.")
]
BudgetMonth: TypeAlias = Annotated[
    int | None, typer.Option(min=0, metavar="ANLAS", help="At most within 30 days.")
]
AllowanceMonth: TypeAlias = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Free V5 pictures within 30 days.")
]
MaxQueued: TypeAlias = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Jobs that may wait at once.")
]
MaxSeries: TypeAlias = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="Pictures of series that may wait; 0: no series."),
]
RateMinute: TypeAlias = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Jobs within a minute.")
]
Weight: TypeAlias = Annotated[
    float | None, typer.Option(min=0.001, help="Share beside the owner's other keys; 1 is usual.")
]
Expires: TypeAlias = Annotated[
    float | None, typer.Option(min=0, metavar="DAYS", help="Ends after so many days; 0 is never.")
]


def with_changes(limits: "Limits", given: Mapping[str, Any], *, paid: bool | None) -> "Limits":
    """Limits with what was given in their place.

    Args:
        limits: as they were.
        given: options by name; ``None`` leaves what was.
        paid: whether it may spend Anlas; ``None`` leaves it, unless a budget is given.
    """
    from novelai.server.model.key import Limits

    values = asdict(limits) | {name: value for name, value in given.items() if value is not None}
    days = values.pop("expires", None)
    if days is not None:
        values["expires_at"] = time.time() + days * DAY if days else None
    budgets = [given.get(name) for name in BUDGETS]
    if paid is not None or any(budgets):
        values["free_only"] = not (paid or any(budgets))
    return Limits(**values)


BUDGETS = ("budget_job", "budget_day", "budget_week", "budget_month")


def describe(limits: "Limits") -> str:
    """Describe the limits of a key in few words."""
    parts = [",".join(limits.scopes), "free only" if limits.free_only else "may spend Anlas"]
    if limits.fit_free:
        parts.append("fitted into what is free")
    windows = {"job": limits.budget_job, "day": limits.budget_day}
    windows |= {"week": limits.budget_week, "month": limits.budget_month}
    parts += [f"{most} a {name}" for name, most in windows.items() if most is not None]
    if limits.models is not None:
        parts.append("only " + ", ".join(limits.models))
    return "; ".join(parts)
