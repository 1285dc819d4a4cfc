"""Whether a key may spend on a series: each of its pictures, and all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.jobs import series_rows
from novelai.server.keys import ledger
from novelai.server.model.budget import Budget, Price, refusal
from novelai.server.model.job import JobRefusedError
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError

__all__ = ["MOST_UNFINISHED", "Expense", "check_accepted", "check_count", "check_sum"]

MOST_UNFINISHED = 20
"""Series of a key that have not ended."""

NOTHING = "Nothing was sent or charged."
NO_WINDOWS = {"day": None, "week": None, "month": None}


@dataclass(frozen=True, slots=True)
class Expense:
    """One job that is wanted: its model, and what it costs at most."""

    model: str | None
    price: Price


async def check_count(
    connection: AsyncConnection, key: Key, pictures: int, *, new: bool = True
) -> None:
    """Go on only if so many more pictures of series may wait.

    Args:
        connection: of the transaction that adds them.
        key: whose, locked.
        pictures: how many.
        new: they are a series of their own.

    Raises:
        ProblemError: 429; they may not.
    """
    limit = key.limits.max_series
    unfinished, waiting = await series_rows.count_open(connection, key.id)
    if new and unfinished >= MOST_UNFINISHED:
        raise ProblemError(
            429,
            "too_many_series",
            f"{unfinished} series of this key have not ended; {MOST_UNFINISHED} is the most. "
            f"{NOTHING}",
            retry_after=60.0,
        )
    if waiting + pictures > limit:
        sentence = f"This key may have {limit} pictures of series waiting"
        beside = f"{waiting} wait already, and this would be {pictures} more."
        if not limit:
            sentence, beside = "This key takes no series", "Its limit max_series is 0."
        raise ProblemError(
            429, "too_many_series", f"{sentence}: {beside} {NOTHING}", retry_after=60.0
        )


async def check_sum(
    connection: AsyncConnection,
    key: Key,
    expenses: Sequence[Expense],
    now: float,
    *,
    instead_of: Price | None = None,
) -> None:
    """Go on only if a key may spend on each of these, and on all of them.

    Args:
        connection: of the transaction that reserves it.
        key: whose budget it is, locked.
        expenses: what is wanted, in its order.
        now: unix seconds.
        instead_of: what is reserved for the same already.

    Raises:
        JobRefusedError: it may not; for one of them, or for the free V5 pictures of all.
        ProblemError: 402; it may not, for the sum.
    """
    _check_each(key.budget, expenses)
    if not key.budget.counts:
        return
    before = instead_of or Price(anlas=0)
    anlas = sum(expense.price.anlas or 0 for expense in expenses)
    allowance = sum(expense.price.allowance for expense in expenses)
    used = await ledger.spending(connection, key.id, now)
    for window, limit in key.budget.windows.items():
        kept = used.windows[window] - (before.anlas or 0)
        if limit is not None and anlas and kept + anlas > limit:
            raise _over_budget(window, limit, max(limit - kept, 0), anlas, expenses)
    limit = key.budget.allowance
    kept = used.allowance - before.allowance
    if limit is not None and allowance and kept + allowance > limit:
        raise JobRefusedError(
            "allowance",
            f"This uses {allowance} free V5 pictures; {max(limit - kept, 0)} of the key's {limit} "
            "a month are left.",
        )


def check_accepted(price: Price, accepted: int | None) -> None:
    """Go on only if somebody accepted a price by its number, or it is nothing.

    Raises:
        ProblemError: 402, nobody did; 409, it is higher than what was accepted.
    """
    if price.anlas == 0 or (
        accepted is not None and price.anlas is not None and price.anlas <= accepted
    ):
        return
    members = {"anlas": price.anlas, "allowance": price.allowance}
    if accepted is None:
        told = "an unknown sum of" if price.anlas is None else f"up to {price.anlas:,}"
        raise ProblemError(
            402,
            "price_not_accepted",
            f"This costs {told} Anlas. Order it with accept_anlas, the number that may be spent. "
            f"{NOTHING}",
            errors=[("accept_anlas", "is needed")],
            members=members,
        )
    if price.anlas is None:
        return
    raise ProblemError(
        409,
        "price_changed",
        f"This costs up to {price.anlas:,} Anlas now, and {accepted:,} were accepted. {NOTHING}",
        errors=[("accept_anlas", f"must be {price.anlas} or more")],
        members=members,
    )


def _check_each(budget: Budget, expenses: Sequence[Expense]) -> None:
    alone = replace(budget, windows=NO_WINDOWS, allowance=None)
    for expense in dict.fromkeys(expenses):
        refused = refusal(
            budget if expense.price.anlas is None else alone,
            expense.price,
            model=expense.model,
            used={"day": 0, "week": 0, "month": 0},
            allowance_used=0,
        )
        if refused is not None:
            raise JobRefusedError(refused.code, refused.sentence)


def _over_budget(
    window: str, limit: int, left: int, anlas: int, expenses: Sequence[Expense]
) -> ProblemError:
    sums = accumulate(expense.price.anlas or 0 for expense in expenses)
    fit = sum(one <= left for one in sums)
    return ProblemError(
        402,
        "series_budget",
        f"This costs up to {anlas:,} Anlas in all; {left:,} of {limit:,} are left this {window}, "
        f"which is enough for the first {fit:,}. {NOTHING}",
        members={"anlas": anlas, "left": left, "fit": fit},
    )
