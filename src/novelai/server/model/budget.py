"""Whether a key may spend: a pure decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Budget", "Price", "Refusal", "Window", "anlas_left", "refusal"]

Window = Literal["day", "week", "month"]
SECONDS: Mapping[Window, float] = {"day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a job may cost at most.

    Attributes:
        anlas: Anlas; ``None`` when the price is unknown.
        allowance: free V5 pictures it uses.
    """

    anlas: int | None
    allowance: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a key may spend; ``None`` is without limit.

    Attributes:
        free_only: only what costs nothing.
        per_job: Anlas for one job.
        windows: Anlas within the last day, 7 days and 30 days.
        allowance: free V5 pictures within the last 30 days.
        models: ids that may be used; ``None`` allows all.
    """

    free_only: bool = True
    per_job: int | None = None
    windows: Mapping[Window, int | None]
    allowance: int | None = None
    models: Sequence[str] | None = None

    @property
    def counts(self) -> bool:
        """Return whether what was used before matters."""
        limits = (self.allowance, *self.windows.values())
        return any(limit is not None for limit in limits)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a job is not taken, for people and for programs.

    Attributes:
        code: for programs.
        sentence: for people.
        price: Anlas that the job may cost; ``None`` where that is not the reason.
        limit: what the key allows, in Anlas, or free V5 pictures for the code ``allowance``.
        left: of that limit, within ``window``.
        window: the time that the limit is for.
    """

    code: Literal["model", "price_unknown", "free_only", "job_budget", "budget", "allowance"]
    sentence: str
    price: int | None = None
    limit: int | None = None
    left: int | None = None
    window: Window | None = None

    @property
    def sums(self) -> Mapping[str, int | str]:
        """What there is to say in numbers."""
        found = {name: getattr(self, name) for name in ("price", "limit", "left", "window")}
        return {name: value for name, value in found.items() if value is not None}


def refusal(  # noqa: PLR0911 - one for each limit
    budget: Budget,
    price: Price,
    *,
    model: str | None,
    used: Mapping[Window, int],
    allowance_used: int,
) -> Refusal | None:
    """Explain why a key may not submit a job; ``None`` when it may.

    A limit that was lowered below what is used refuses nothing that would not use more of it.

    Args:
        budget: the key's limits.
        price: the job's upper bound.
        model: the model it uses.
        used: Anlas reserved and spent by the key in each window.
        allowance_used: free V5 pictures it used within the last 30 days.
    """
    if budget.models is not None and model is not None and model not in budget.models:
        return Refusal("model", f"This key may not use {model}.")
    limits = (budget.per_job, *budget.windows.values())
    if price.anlas is None:
        if budget.free_only or any(limit is not None for limit in limits):
            return Refusal("price_unknown", "The price of this is unknown, and the key has limits.")
        return None
    if budget.free_only and price.anlas > 0:
        return Refusal(
            "free_only",
            f"This costs {price.anlas} Anlas, and the key takes only what is free.",
            price=price.anlas,
            limit=0,
        )
    if budget.per_job is not None and price.anlas > budget.per_job:
        return Refusal(
            "job_budget",
            f"This costs up to {price.anlas} Anlas; the key allows {budget.per_job} for one job.",
            price=price.anlas,
            limit=budget.per_job,
        )
    for window, limit in budget.windows.items():
        if limit is not None and price.anlas and used[window] + price.anlas > limit:
            left = max(limit - used[window], 0)
            return Refusal(
                "budget",
                f"This costs up to {price.anlas} Anlas; {left} of {limit} are left this {window}.",
                price=price.anlas,
                limit=limit,
                left=left,
                window=window,
            )
    uses = price.allowance
    if budget.allowance is not None and uses and allowance_used + uses > budget.allowance:
        return Refusal(
            "allowance",
            f"The key's {budget.allowance} free V5 pictures a month are used up.",
            limit=budget.allowance,
            left=max(budget.allowance - allowance_used, 0),
            window="month",
        )
    return None


def anlas_left(budget: Budget, used: Mapping[Window, int]) -> int | None:
    """Return the Anlas that a key may still spend; ``None`` if nothing limits it.

    Args:
        budget: the key's limits.
        used: Anlas reserved and spent by the key in each window.
    """
    if budget.free_only:
        return 0
    limits = budget.windows.items()
    left = [max(limit - used[window], 0) for window, limit in limits if limit is not None]
    return min(left, default=None)
